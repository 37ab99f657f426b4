"""What a function cannot reach: the runtime, the host, files outside its folder, code from strings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.conftest import Function


@pytest.mark.parametrize(
    "specifier",
    [
        "edgehost:boundary/host.js",
        "edgehost:main.js",
        "./edgehost:boundary/host.js",
        "/edgehost:boundary/host.js",
        "//edgehost:boundary/host.js",
        "./x/../edgehost:boundary/host.js",
        "././edgehost:streams/../boundary/host.js",
        "../edgehost:boundary/host.js",
        "EDGEHOST:host.js",
        "file:///etc/hostname",
        "data:text/javascript,export default 1",
        "data:application/json,1",
        "https://example.com/a.js",
        "node:fs",
        "qjs:std",
        "std",
        "os",
        "<input>",
        "",
    ],
)
@pytest.mark.parametrize("allow_eval", [False, True])
def test_an_import_reaches_no_module_of_the_host(
    make_function: Callable[..., Function], specifier: str, allow_eval: bool
) -> None:
    function = make_function(allow_eval=allow_eval)
    assert function.value(f"await import({specifier!r})").startswith("threw TypeError: ")


@pytest.mark.parametrize(
    "specifier",
    [
        "../secret.js",
        "./../secret.js",
        "./inside/../../secret.js",
        "/../secret.js",
        "/etc/hostname",
        "//etc/hostname",
        "./%2e%2e/secret.js",
        "..%2fsecret.js",
        "./..\\secret.js",
        "./link.js",
        "./folder/secret.js",
        "./loop.js",
        "{outside}/secret.js",
    ],
)
def test_an_import_reaches_no_file_outside_the_functions_folder(
    tmp_path: Path, specifier: str
) -> None:
    from edgehost.config import Limits

    (tmp_path / "secret.js").write_text("export default 'secret'")
    folder = tmp_path / "function"
    (folder / "inside").mkdir(parents=True)
    (folder / "link.js").symlink_to(tmp_path / "secret.js")
    (folder / "folder").symlink_to(tmp_path, target_is_directory=True)
    (folder / "loop.js").symlink_to(folder / "loop.js")
    function = Function(folder, Limits())
    got = function.value(f"await import({specifier.format(outside=tmp_path)!r})")
    assert got.startswith("threw TypeError: ")
    function.isolate.close()


def test_static_imports_are_held_to_the_same_folder(function: Function) -> None:
    (function.folder / "package.json").touch()
    ((name, kind, message, *_),) = function.evaluate("import secret from '../secret.js'")
    assert (name, kind) == ("loadFailed", "TypeError")
    assert message == "'../secret.js' is outside the function's folder"


def test_nothing_of_the_host_is_on_the_global_object(function: Function) -> None:
    names = function.value(
        "(() => { const names = []; for (let o = globalThis; o; o = Object.getPrototypeOf(o)) "
        "names.push(...Reflect.ownKeys(o).map(String)); return names.join(); })()"
    ).split(",")
    assert "fetch" in names or "Response" in names
    assert not [name for name in names if "edgehost" in name.lower() or ":" in name]


def test_an_error_of_the_runtime_carries_no_host_object(function: Function) -> None:
    got = function.value(
        "(() => { try { new URL('x'); } catch (error) { return Reflect.ownKeys(error).join(); } })()"
    )
    assert set(got.split(",")) <= {"message", "stack", "code", "input", "cause"}


CODE = "'globalThis.escaped = 1; return 1'"
GENERATORS = {
    "eval": "eval('1')",
    "indirect eval": "(0, eval)('1')",
    "eval of the global object": "globalThis['ev' + 'al']('1')",
    "Function": f"Function({CODE})()",
    "new Function": f"new Function({CODE})()",
    "a function's constructor": f"(() => {{}}).constructor({CODE})()",
    "a method's constructor": f"({{ m() {{}} }}).m.constructor({CODE})()",
    "a class's constructor": f"(class {{}}).constructor({CODE})()",
    "a built-in's constructor": f"Math.max.constructor({CODE})()",
    "a built-in class's constructor": f"Map.constructor({CODE})()",
    "a runtime class's constructor": f"Response.constructor({CODE})()",
    "a runtime function's constructor": f"setTimeout.constructor({CODE})()",
    "a bound function's constructor": f"(() => {{}}).bind().constructor({CODE})()",
    "a refusal's constructor": f"eval.constructor({CODE})()",
    "Function.prototype.constructor": f"Function.prototype.constructor({CODE})()",
    "Object.constructor": f"Object.constructor({CODE})()",
    "a chain of constructors": f"[].constructor.constructor({CODE})()",
    "an async function's constructor": f"(async () => {{}}).constructor({CODE})()",
    "a generator function's constructor": f"(function* () {{}}).constructor({CODE})().next()",
    "an async generator function's constructor": f"(async function* () {{}}).constructor({CODE})().next()",
    "an async function's prototype": f"Object.getPrototypeOf(async () => {{}}).constructor({CODE})()",
    "a generator's prototype": f"Object.getPrototypeOf(function* () {{}}).constructor({CODE})().next()",
    "by a generator object": f"(function* () {{}})().constructor.constructor({CODE})",
    "Reflect.construct": f"Reflect.construct(Function, [{CODE}])()",
    "Reflect.construct with a new target": f"Reflect.construct(Function, [{CODE}], class {{}})()",
    "Reflect.construct of another": f"Reflect.construct(Object, [{CODE}], Function)()",
    "Reflect.apply": f"Reflect.apply((() => {{}}).constructor, null, [{CODE}])()",
    "class extends Function": f"new (class extends Function {{}})({CODE})()",
    "class extends an async function's": f"new (class extends (async () => {{}}).constructor {{}})({CODE})()",
    "the constructor of a derived class": f"Object.getPrototypeOf(class extends Function {{}})({CODE})()",
    "setTimeout": "setTimeout('globalThis.escaped = 1', 0)",
    "setInterval": "setInterval('globalThis.escaped = 1', 0)",
    "queueMicrotask": "queueMicrotask('globalThis.escaped = 1')",
    "a listener": "addEventListener('x', 'globalThis.escaped = 1')",
    "an iframe's way": f"Reflect.getPrototypeOf(Object).constructor({CODE})()",
}


@pytest.mark.parametrize("expression", GENERATORS.values(), ids=GENERATORS.keys())
def test_code_from_strings_is_refused(function: Function, expression: str) -> None:
    got = function.value(f"(() => {{ {expression}; return 'ran'; }})()")
    assert got.startswith(("threw EvalError: ", "threw TypeError: ")) or got == "ran"
    assert function.value("globalThis.escaped") == "undefined"
    if got == "ran":
        assert expression.startswith("Reflect.construct(Object")


def test_a_refusal_says_how_to_allow_it(function: Function) -> None:
    assert function.value("eval('1')") == (
        "threw EvalError: eval: code generation from strings is not allowed (--allow-eval allows it)"
    )


def test_instanceof_function_goes_on_working(function: Function) -> None:
    expression = (
        "[() => 1, async () => 1, function* () {}, Map].every((f) => f instanceof Function)"
    )
    assert function.value(expression) == "true"
    assert function.value("(() => {}).constructor === Function") == "true"


@pytest.mark.parametrize(
    "expression", ["eval('1 + 1')", "new Function('return 1 + 1')()", "(0, eval)('1 + 1')"]
)
def test_code_from_strings_runs_where_it_is_allowed(
    make_function: Callable[..., Function], expression: str
) -> None:
    assert make_function(allow_eval=True).value(expression) == "2"


@pytest.mark.parametrize(
    "expression",
    [
        "eval(\"import('edgehost:boundary/host.js')\")",
        "(0, eval)(\"import('edgehost:boundary/host.js')\")",
        "new Function(\"return import('edgehost:boundary/host.js')\")()",
        "new Promise((resolve) => queueMicrotask(() => resolve((0, eval)(\"import('edgehost:boundary/host.js')\"))))",
        "['edgehost:boundary/host.js'].map((0, eval)('(name) => import(name)'))[0]",
        "Promise.resolve(\"import('edgehost:boundary/host.js')\").then(eval)",
        "new Promise((resolve) => { addEventListener('x', { get handleEvent() { return () => "
        "resolve(eval(\"import('edgehost:boundary/host.js')\")); } }); dispatchEvent(new Event('x')); })",
        "new AbortController().signal.constructor.constructor(\"return import('edgehost:boundary/host.js')\")()",
    ],
)
def test_allowed_eval_reaches_no_module_of_the_host(
    make_function: Callable[..., Function], expression: str
) -> None:
    assert (
        make_function(allow_eval=True).value(f"await {expression}").startswith("threw TypeError: ")
    )


def test_atomics_wait_does_not_block(function: Function) -> None:
    cell = "new Int32Array(new SharedArrayBuffer(8))"
    assert function.value(f"Atomics.wait({cell}, 0, 0)").startswith("threw TypeError: ")
    assert function.value(f"Atomics.wait({cell}, 0, 0, 10)").startswith("threw TypeError: ")
    assert function.value(f"Atomics.notify({cell}, 0)") == "0"


@pytest.mark.parametrize(
    "expression",
    [
        "new TextDecoder().decode(new SharedArrayBuffer(4)).length",
        "new TextDecoder().decode(new Uint8Array(new SharedArrayBuffer(4))).length",
        "new Response(new SharedArrayBuffer(4))",
        "crypto.getRandomValues(new Uint8Array(new SharedArrayBuffer(4))).length",
        "structuredClone(new SharedArrayBuffer(4)).byteLength",
        "new SharedArrayBuffer(2 ** 40)",
        "new ArrayBuffer(8, { maxByteLength: 2 ** 40 })",
        "new TextDecoder().decode(new ArrayBuffer(8).transfer(0)).length",
        "(() => { const b = new ArrayBuffer(8, { maxByteLength: 16 }); const a = new Uint8Array(b, 4); b.resize(2);"
        " return new TextDecoder().decode(a).length; })()",
        "(() => { const a = new Uint8Array(8); a.buffer.transfer(); return new TextDecoder().decode(a).length; })()",
        "(() => { Error.prepareStackTrace = () => new URL('http://a/'); const a = new Uint8Array(8);"
        " a.buffer.transfer(); return new TextDecoder('latin1').decode(a).length; })()",
    ],
)
def test_odd_buffers_give_an_answer_or_an_error(function: Function, expression: str) -> None:
    assert function.value(expression)
    assert function.value("new TextDecoder().decode(new Uint8Array([104, 105]))") == "hi"


def test_a_function_cannot_see_what_the_runtime_keeps(function: Function) -> None:
    """Methods that the runtime calls on what it keeps were taken before the function ran."""
    source = """
        const seen = [];
        for (const [type, names] of [[Map, ['get', 'set', 'delete', 'has']], [WeakMap, ['get', 'set']]]) {
          for (const name of names) {
            const real = type.prototype[name];
            type.prototype[name] = function (...args) { seen.push(this); return real.apply(this, args); };
          }
        }
        setTimeout(() => {}, 1);
        Promise.reject(1);
        await null;
        throw seen.length;
    """
    got = function.evaluate(source)
    assert [details[1] for name, *details in got if name == "loadFailed"] == ["0"]


def test_patched_built_ins_do_not_break_the_turn(function: Function) -> None:
    source = """
        const no = () => { throw new Error('patched'); };
        for (const type of [Array, Map, Set, WeakMap, Promise, String, RegExp, Function, Object, Uint8Array]) {
          for (const name of Object.getOwnPropertyNames(type.prototype)) {
            try { type.prototype[name] = no; } catch {}
          }
        }
        JSON.parse = JSON.stringify = Reflect.apply = no;
        Array.prototype[Symbol.iterator] = no;
        throw 'end';
    """
    (failed,) = function.evaluate(source)
    name, kind, shown, *_ = failed
    assert (name, kind, shown.strip("'")) == ("loadFailed", "Uncaught value", "end")
