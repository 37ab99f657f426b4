"""node:path: what a function gets of it, and that it answers as in Node."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.unit.conftest import Function

# Observed in Node 20.20.2 with the current folder "/": a function, its arguments, its answer.
VECTORS = json.loads(Path(__file__).with_name("node_path.json").read_text("utf-8"))


def test_vectors(function: Function) -> None:
    (function.folder / "vectors.js").write_text(
        "import path from 'node:path'; const calls = " + json.dumps(VECTORS) + ";"
        "export default encodeURIComponent(JSON.stringify(calls.map(([name, given]) => {"
        "const [kind, method] = name.split('.'); return path[kind][method](...given) })))"
    )
    answers = json.loads(unquote(function.value("(await import('./vectors.js')).default")))
    assert len(answers) == len(VECTORS) > 150
    for (name, given, expected), answer in zip(VECTORS, answers, strict=True):
        assert (name, given, answer) == (name, given, expected)


@pytest.mark.parametrize(
    ("specifier", "kind"),
    [
        *(("node:path", "posix"), ("path", "posix"), ("node:path/posix", "posix")),
        *(("path/posix", "posix"), ("node:path/win32", "win32"), ("path/win32", "win32")),
    ],
)
def test_every_name_of_it_is_imported_and_required(
    function: Function, specifier: str, kind: str
) -> None:
    (function.folder / "required.cjs").write_text(f"module.exports = require('{specifier}');")
    (function.folder / "imported.js").write_text(
        f"import path, * as all from '{specifier}'; import required from './required.cjs';"
        "import { posix, win32 } from 'node:path';"
        "const { default: _, ...named } = all;"
        f"export default [path === {kind}, required === path, path.posix === posix, path.win32 === win32,"
        "Object.keys(path).sort().join() === Object.keys(named).join(),"
        "Object.keys(named).every((name) => named[name] === path[name])].join()"
    )
    assert function.value("(await import('./imported.js')).default") == ",".join(["true"] * 6)


def test_members_are_in_the_order_of_node(function: Function) -> None:
    assert function.value("Object.keys((await import('node:path')).default)") == (
        "resolve,normalize,isAbsolute,join,relative,toNamespacedPath,dirname,basename,extname,format,parse,"
        "sep,delimiter,win32,posix,_makeLong"
    )


@pytest.mark.parametrize(
    ("call", "argument", "received"),
    [
        ("join('a', 1)", "path", "type number (1)"),
        ("join(null)", "path", "null"),
        ("resolve('a', {}, 'b')", "paths[1]", "an instance of Object"),
        ("win32.resolve('C:\\\\a', -0)", "paths[1]", "type number (-0)"),
        ("basename('a', 1n)", "suffix", "type bigint (1n)"),
        ("basename(Symbol('s'))", "path", "type symbol (Symbol(s))"),
        ("dirname(class A {})", "path", "function A"),
        ("extname(Object.create(null))", "path", "[Object: null prototype] {}"),
        ("relative('a')", "to", "undefined"),
        ("relative(new Date(), 'a')", "from", "an instance of Date"),
        ("win32.isAbsolute(true)", "path", "type boolean (true)"),
        ("parse()", "path", "undefined"),
    ],
)
def test_what_is_no_text_is_refused_as_in_node(
    function: Function, call: str, argument: str, received: str
) -> None:
    assert function.value(
        f"await import('node:path').then(({{ default: path }}) => path.{call}).catch((error) => [error.name, error.code, error.message])"
    ) == (
        f'TypeError,ERR_INVALID_ARG_TYPE,The "{argument}" argument must be of type string. Received {received}'
    )


def test_format_wants_an_object(function: Function) -> None:
    call = "(await import('node:path')).format('a long text that has no end')"
    assert (
        'The "pathObject" argument must be of type object. '
        "Received type string ('a long text that has no ...)"
    ) in function.value(call).replace("\\'", "'")


def test_resolve_looks_only_as_far_as_it_must(function: Function) -> None:
    assert function.value("(await import('node:path')).resolve(7, '/a')") == "/a"


def test_it_works_in_a_realm_that_was_patched(function: Function) -> None:
    (function.folder / "patches.js").write_text(
        "const { ownKeys, getOwnPropertyDescriptor } = Reflect;"
        "function patch({ prototype }) { for (let i = 0, keys = ownKeys(prototype); i < keys.length; i++) {"
        "  const { value } = getOwnPropertyDescriptor(prototype, keys[i]);"
        "  if (typeof value === 'function') prototype[keys[i]] = () => { throw 'patched' };"
        "} }"
        "patch(Set); patch(RegExp); patch(String); patch(Array);"
    )
    (function.folder / "patched.js").write_text(
        "import './patches.js'; import { posix, win32 } from 'node:path';"
        "export default encodeURIComponent(posix.join('a', '../b') + posix.relative('/a/b', '/a/c') + posix.parse('/a.b').name"
        "  + win32.resolve('C:\\\\a', '..\\\\b') + win32.normalize('con:../x') + win32.join('\\\\\\\\s', 'h'))"
    )
    assert (
        unquote(function.value("(await import('./patched.js')).default"))
        == (r"b../caC:\b.\con:..\x\\s\h\\"[:-1])
    )


def test_what_a_function_does_to_it_is_its_own_affair(
    make_function: Callable[..., Function],
) -> None:
    source = (
        "await import('node:path').then(({ default: path }) => { path.normalize = path.resolve = () => 'mine';"
        "return [path.join('a', '..'), path.relative('/a', '/b'), path.normalize('a')] })"
    )
    assert make_function().value(source) == ".,../b,mine"
    assert make_function().value("(await import('node:path')).default.normalize('a')") == "a"


def test_no_name_of_the_runtime_leads_to_it(function: Function) -> None:
    for specifier in ("edgehost:node/path.js", "node:edgehost:node/path.js", "node:node/path.js"):
        assert function.value(f"await import('{specifier}')").startswith("threw TypeError: ")
