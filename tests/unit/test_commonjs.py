"""CommonJS files as a function sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.conftest import Function
from tests.unit.test_modules import failure


def write(function: Function, files: dict[str, Any]) -> None:
    for name, content in files.items():
        path = function.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))


def test_exports_are_imported_by_name_and_as_the_default(function: Function) -> None:
    write(function, {"lib.cjs": "exports.a = 1; module.exports.b = () => 2;"})
    source = "import lib, { a, b } from './lib.cjs'; import * as all from './lib.cjs';"
    got = failure(function, f"{source} throw [a, b(), lib.a, all.a, all.default === lib].join()")
    assert got[1] == "'1,2,1,1,true'"


@pytest.mark.parametrize(
    "value", ["function () { return 5; }", "() => 5", "class { static x = 1 }"]
)
def test_what_replaces_the_exports_is_the_default(function: Function, value: str) -> None:
    write(function, {"lib.cjs": f"module.exports = {value};"})
    assert function.value("typeof (await import('./lib.cjs')).default") == "function"


@pytest.mark.parametrize("value", ["null", "undefined", "0", "'text'"])
def test_exports_may_be_no_object(function: Function, value: str) -> None:
    write(function, {"lib.cjs": f"exports.a = 1; module.exports = {value};"})
    assert function.value(f"(await import('./lib.cjs')).default === {value}") == "true"
    assert function.value("(await import('./lib.cjs')).a") == "undefined"


def test_a_js_file_is_commonjs_by_what_it_is(function: Function) -> None:
    write(
        function,
        {
            "old.js": "const x = 1; module.exports = { x };",
            "new.js": "export const x = 2; // module.exports",
            "late.js": "const exports = 3; export { exports as x };",
            "await.js": "const require = await 4; export const x = require;",
            "effect.js": "globalThis.effect = 5;",
        },
    )
    expression = (
        "Promise.all(['old', 'new', 'late', 'await', 'effect'].map((n) => import(`./${n}.js`)))"
    )
    assert function.value(f"(await {expression}).map((m) => m.x).join() + effect") == "1,2,3,4,5"


@pytest.mark.parametrize(
    "source",
    [
        "await (0, lib.answer)();",
        "await [1];",
        "await /x/g.exec('x');",
        "await `x`;",
        "await -1;",
        "await (async () => { await (1); })();",
        "'use strict'; await (1);",
        "function f() { return typeof require; } await (f());",
        "if (typeof import.meta.url !== 'string') throw 'no module';",
        "import.meta.url; await (1);",
        "for await (const x of [1]);",
        "await\n(1);",
    ],
)
def test_a_file_that_awaits_at_its_top_is_an_es_module(function: Function, source: str) -> None:
    lib = "const lib = ((exports) => { exports.answer = () => 42; return exports; })({});"
    write(function, {"lib.js": f"{lib} {source} globalThis.seen = typeof module + this;"})
    assert function.value("(await import('./lib.js'), seen)") == "undefinedundefined"


@pytest.mark.parametrize(
    "source",
    [
        "module.exports = async () => { await (1); };",
        "exports.f = async function () { for await (const x of []) await (x); };",
        "'use strict'; exports.awaited = 'await (1)'; // await",
        "exports.f = () => import('./x.js').then(async (x) => await (x));",
    ],
)
def test_a_file_that_awaits_in_its_functions_may_be_commonjs(
    function: Function, source: str
) -> None:
    write(function, {"lib.js": f"{source}\nglobalThis.seen = typeof module;"})
    assert function.value("(await import('./lib.js'), seen)") == "object"


@pytest.mark.parametrize(
    "source", ["var await = 1;", "await (1); return;", "await (1); var a = 010;"]
)
def test_what_is_neither_is_refused(function: Function, source: str) -> None:
    write(function, {"lib.js": f"{source} exports.a = 1;"})
    assert failure(function, "import './lib.js'")[0] == "SyntaxError"


def test_the_type_of_a_package_makes_its_files_es_modules(function: Function) -> None:
    write(function, {"package.json": {"type": "module"}, "lib.js": "export default typeof module;"})
    assert function.value("(await import('./lib.js')).default") == "undefined"


def test_a_file_requires_others(function: Function) -> None:
    write(
        function,
        {
            "a.cjs": "exports.sum = require('./b').b + require('./data.json').c + require('dep').d;",
            "b.js": "exports.b = 1;",
            "data.json": {"c": 10},
            "node_modules/dep/package.json": {"main": "main.js", "module": "module.js"},
            "node_modules/dep/main.js": "exports.d = 100;",
            "node_modules/dep/module.js": "export const d = 1000;",
        },
    )
    assert function.value("(await import('./a.cjs')).sum") == "111"
    assert function.value("(await import('dep')).d") == "1000"


def test_a_file_runs_once_and_when_it_is_first_required(function: Function) -> None:
    write(
        function,
        {
            "a.cjs": "globalThis.order = ['a']; if (globalThis.never) require('./c.cjs');"
            "exports.load = () => require('./b.cjs'); require('./b.cjs'); order.push('end');",
            "b.cjs": "order.push('b');",
            "c.cjs": "order.push('c');",
        },
    )
    expression = "(await import('./a.cjs')).load(), (await import('./b.cjs')), order.join()"
    assert function.value(f"({expression})") == "a,b,end"


def test_a_file_for_development_is_not_even_read_in_production(function: Function) -> None:
    write(
        function,
        {
            "a.cjs": "if (process.env.NODE_ENV === 'production') { module.exports = require('./b.cjs'); }"
            "else { module.exports = require('./c.cjs'); }",
            "b.cjs": "exports.x = 'production';",
            "c.cjs": "this is no JavaScript",
        },
    )
    assert function.value("(await import('./a.cjs')).x") == "production"


def test_a_cycle_sees_what_was_exported_so_far(function: Function) -> None:
    write(
        function,
        {
            "a.cjs": "exports.early = 1; exports.seen = require('./b.cjs').seen; exports.late = 2;",
            "b.cjs": "const a = require('./a.cjs'); exports.seen = [a.early, a.late].join();",
        },
    )
    assert function.value("(await import('./a.cjs')).seen") == "1,"


def test_exports_that_are_passed_on_have_names(function: Function) -> None:
    write(
        function,
        {
            "a.cjs": "module.exports = require('./b.cjs');",
            "b.cjs": "__exportStar(require('./c.cjs'), exports); exports.b = 1; require('./a.cjs');"
            "function __exportStar(m, e) { for (const k in m) e[k] = m[k]; }",
            "c.cjs": "exports.c = 2;",
        },
    )
    assert failure(function, "import { b, c } from './a.cjs'; throw b + c")[1] == "3"


def test_what_does_not_show_in_the_text_is_imported_all_the_same(function: Function) -> None:
    write(
        function,
        {
            "lib.cjs": "function Lib() {} module.exports = Lib; Lib.Lib = Lib; Lib['a' + 1] = 2;",
            "other.js": "export { a1 as other } from './lib.cjs';",
        },
    )
    source = "import { Lib, a1 } from './lib.cjs'; import { other } from './other.js';"
    assert (
        failure(function, f"{source} throw [typeof Lib, a1, other].join()")[1] == "'function,2,2'"
    )


@pytest.mark.parametrize(
    "source",
    [
        "/** @import { Some } from './lib.cjs' */",
        "// once: import { Some } from './lib.cjs'",
        "export const doc = `import { Some } from './lib.cjs'`;",
        "export const doc = `${`import { Some } from './lib.cjs' ${1}`} export { Some } from './lib.cjs'`;",
        "export const doc = \"import { Some } from './lib.cjs'\";",
        "export const doc = /import { Some } from '.\\/lib.cjs'/;",
        "export const a2 = 1 / 2; // import { Some } from './lib.cjs'\n/'/;",
        "if (a) /[/*]/.test(''); /* import { Some } from './lib.cjs' */",
        "#!/bin/x import { Some } from './lib.cjs'",
    ],
)
def test_what_only_looks_like_an_import_asks_for_nothing(function: Function, source: str) -> None:
    write(function, {"lib.cjs": "exports.a = 1;"})
    assert failure(function, f"{source}\nimport {{ a }} from './lib.cjs'; throw a")[1] == "1"


@pytest.mark.parametrize(
    "clause",
    [
        "import { /* } */ Some /* { */ } from /* here */ './lib.cjs'",
        "import // {\n lib, { // }\n Some } from './lib.cjs'",
        "import { Some } from './l\\x69b.cjs'",
        "const r = /[`'/*]/; import { Some } from './lib.cjs'; `",
        "import { 'Some' as Some } from './lib.cjs'",
    ],
)
def test_comments_within_an_import_are_none_of_its_names(function: Function, clause: str) -> None:
    write(function, {"lib.cjs": "module.exports = Object.fromEntries([['Some', 1]]);"})
    end = "`" if clause.endswith("`") else ""
    assert failure(function, f"{clause}{end}; throw Some")[1] == "1"


def test_a_name_may_be_any_text(function: Function) -> None:
    key = "a,b/c d%é😀"
    write(function, {"lib.cjs": f"module.exports = Object.fromEntries([['{key}', 1], ['0', 2]]);"})
    source = f"import {{ '{key}' as a, '0' as b }} from './lib.cjs'; throw [a, b].join()"
    assert failure(function, source)[1] == "'1,2'"


def test_a_name_that_a_file_does_not_export_is_said(function: Function) -> None:
    write(function, {"lib.cjs": "exports.a = 1;"})
    name, message, _ = failure(function, "import { a, b } from './lib.cjs'; throw a")
    assert (name, message) == ("SyntaxError", "'lib.cjs' exports no 'b'")


def test_an_es_module_is_required_as_compiled_code_expects(function: Function) -> None:
    write(
        function,
        {
            "a.cjs": "const lib = require('./lib.mjs'); exports.seen = [lib.default, lib.x, lib.__esModule, "
            "Object.keys(lib).join('+'), lib === require('./lib.mjs'), require('./own.mjs')];",
            "lib.mjs": "export default 1; export const x = 2;",
            "own.mjs": "const own = 'own'; export { own as 'module.exports' };",
        },
    )
    assert function.value("(await import('./a.cjs')).seen") == "1,2,true,default+x,true,own"


def test_the_default_of_compiled_code_is_its_own_for_a_bundlers_importer(
    function: Function,
) -> None:
    write(
        function,
        {
            "lib.cjs": "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'own';",
            "bare.cjs": "exports.__esModule = true; exports.a = 1;",
            "strict.mjs": "export { default } from './lib.cjs';",
        },
    )
    assert function.value("(await import('./lib.cjs')).default") == "own"
    assert function.value("(await import('./bare.cjs')).default.a") == "1"
    assert function.value("(await import('./strict.mjs')).default.default") == "own"


def test_what_a_file_finds_around_it(function: Function) -> None:
    write(
        function,
        {
            "src/a.cjs": "exports.seen = [this === exports, module.exports === exports, __filename, __dirname, "
            "module.id, module.loaded, typeof require, require.main === module, global === globalThis];"
            "exports.after = () => module.loaded;"
        },
    )
    assert function.value("(await import('./src/a.cjs')).seen") == (
        "true,true,/src/a.cjs,/src,/src/a.cjs,false,function,false,true"
    )
    assert function.value("(await import('./src/a.cjs')).after()") == "true"


def test_the_entry_may_be_commonjs(function: Function) -> None:
    entry = function.folder / "fn.cjs"
    write(
        function,
        {
            "fn.cjs": "module.exports = { fetch() { return new Response(require('./x.cjs')); } };",
            "x.cjs": "",
        },
    )
    assert [name for name, *_ in function.load(entry)] == ["loaded"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("require('absent')", "Error: the package 'absent' is not installed"),
        ("require('node:fs')", "Error: 'node:fs' is a module of Node.js that is not here: 'a.cjs' imports it"),
        ("require('./absent')", "Error: there is no module 'absent'"),
        ("require('../absent')", "Error: '../absent' is outside the function's folder"),
        ("require('edgehost:boundary/host.js')", "Error: there is no built-in module 'edgehost:boundary/host.js'"),
        ("require('./' + 'b')", "Error: Cannot find module './b': 'a.cjs' does not name it in quotes"),
        ("require('__proto__')", "Error: the package '__proto__' is not installed"),
        ("require('con' + 'structor')", "Error: Cannot find module 'constructor'"),
    ],
)  # fmt: skip
def test_what_cannot_be_required_is_an_error_when_it_is_asked_for(
    function: Function, call: str, message: str
) -> None:
    write(
        function,
        {"a.cjs": f"try {{ {call} }} catch (e) {{ exports.seen = `${{e}} ${{e.code}}`; }}"},
    )
    got = function.value("(await import('./a.cjs')).seen")
    assert got.startswith(message)
    assert got.endswith(" MODULE_NOT_FOUND")


def test_a_file_that_throws_runs_again_when_it_is_required_again(function: Function) -> None:
    write(
        function,
        {
            "a.cjs": "try { require('./b.cjs'); } catch {} exports.seen = require('./b.cjs').runs;",
            "b.cjs": "globalThis.runs = (globalThis.runs ?? 0) + 1; if (runs < 2) throw 1; exports.runs = runs;",
        },
    )
    assert function.value("(await import('./a.cjs')).seen") == "2"


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("throw new Error('no')", 1, 11),
        ("#!/bin/node\n  throw new Error('no')", 2, 13),
        ("exports.a = 1;\n  let x = ;", 2, 11),
        ("exports.a = ;", 1, 13),
    ],
)
def test_an_error_has_its_place_in_the_file(
    function: Function, source: str, line: int, column: int
) -> None:
    write(function, {"lib.cjs": source})
    *_, trace = failure(function, "import './lib.cjs'")
    frames, excerpt = function.isolate.modules.place(trace)
    assert (frames[0].file, frames[0].line, frames[0].column) == ("lib.cjs", line, column)
    assert source.split("\n")[line - 1] in excerpt


def test_nothing_of_the_runtime_can_be_reached_through_a_file(function: Function) -> None:
    write(
        function,
        {"a.cjs": "exports.seen = import('edgehost:function/commonjs.js').catch((e) => e.name);"},
    )
    assert function.value("await (await import('./a.cjs')).seen") == "TypeError"


def test_a_package_puts_other_files_in_place_for_browsers(function: Function) -> None:
    package = {
        "main": "index.js",
        "browser": {"./node.js": "./edge.js", "fs": False, "./gone": False, "dep": "./own.js"},
    }
    write(
        function,
        {
            "node_modules/lib/package.json": package,
            "node_modules/lib/index.js": "exports.seen = [require('./node').x, require('dep').x, "
            "JSON.stringify(require('fs')), JSON.stringify(require('./gone.js'))];",
            "node_modules/lib/node.js": "exports.x = 'node'; require('fs');",
            "node_modules/lib/edge.js": "exports.x = 'edge';",
            "node_modules/lib/own.js": "exports.x = 'own';",
            "node_modules/lib/gone.js": "exports.x = 'gone';",
            "node_modules/lib/sub/index.js": "exports.x = require('./node.js').x;",
            "node_modules/lib/sub/node.js": "exports.x = 'another';",
            "node_modules/dep/index.js": "exports.x = 'dep';",
        },
    )
    assert function.value("(await import('lib')).seen") == "edge,own,{},{}"
    assert function.value("(await import('dep')).x") == "dep"
    assert function.value("(await import('lib/sub')).x") == "another"
