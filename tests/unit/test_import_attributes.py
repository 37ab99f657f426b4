"""What an import asks for by `with`, and files that are no modules by their names."""

from __future__ import annotations

import pytest

from tests.unit.conftest import Function
from tests.unit.test_commonjs import write
from tests.unit.test_modules import failure

FILES = {
    "lib.js": "globalThis.ran = true; export default 1;",
    "lib.cjs": "globalThis.ran = true; module.exports = 1;",
    "note.txt": "globalThis.ran = true;",
    "data.json": {"a": 1},
    "node_modules/lib/package.json": {"exports": {"./data": "./data.json", "./note": "./note.md"}},
    "node_modules/lib/data.json": [1, 2],
    "node_modules/lib/note.md": "# é😀\u2028</script>\0'\"`${1}\\",
}


@pytest.fixture
def function(function: Function) -> Function:
    write(function, FILES)
    return function


def as_type(file: str, kind: str) -> str:
    return f"(await import('{file}', {{ with: {{ type: '{kind}' }} }})).default"


@pytest.mark.parametrize(
    "statement",
    [
        "import x from {}; throw x",
        "import {{ default as x }} from {}; throw x",
        "export {{ default }} from {}; import * as n from {}; throw n.default",
        "export * from {}; import x from {}; throw x",
    ],
)
def test_a_file_is_what_its_import_asks_for(function: Function, statement: str) -> None:
    for file, kind, shown in [
        ("./note.txt", "text", "'globalThis.ran = true;'"),
        ("./lib.js", "text", "'globalThis.ran = true; export default 1;'"),
        ("./data.json", "json", "{ a: 1 }"),
        ("./data.json", "text", "'{\"a\": 1}'"),
        ("lib/data", "json", "[ 1, 2 ]"),
    ]:
        clause = f"'{file}' with {{ type: '{kind}' }}"
        assert failure(function, statement.format(clause, clause))[1] == shown
    assert function.value("globalThis.ran") == "undefined"


def test_a_text_is_all_of_a_file(function: Function) -> None:
    text = FILES["node_modules/lib/note.md"]
    codes = f"[...{as_type('lib/note', 'text')}].map((c) => c.codePointAt())"
    assert function.value(codes) == ",".join(str(ord(char)) for char in text)


def test_a_text_is_decoded_as_the_web_does(function: Function) -> None:
    (function.folder / "bytes.txt").write_bytes(b"\xef\xbb\xbfa\xff\xe2\x82z")
    assert function.value(as_type("./bytes.txt", "text")) == "a\ufffd\ufffdz"


def test_bytes_are_those_of_the_file(function: Function) -> None:
    (function.folder / "a.bin").write_bytes(bytes(range(256)))
    source = as_type("./a.bin", "bytes")
    assert function.value(f"({source}).constructor.name") == "Uint8Array"
    assert function.value(source) == ",".join(map(str, range(256)))


def test_json_is_one_object_with_and_without_a_type(function: Function) -> None:
    same = f"{as_type('./data.json', 'json')} === (await import('./data.json')).default"
    assert function.value(same) == "true"


def test_json_may_begin_with_a_byte_order_mark(function: Function) -> None:
    write(function, {"bom.json": "\ufeff[7]"})
    assert function.value(as_type("./bom.json", "json")) == "7"


REFUSED = [
    ("./lib.js", "type: 'json'", "imports './lib.js' as json, and 'lib.js' is no .json file"),
    ("./lib.cjs", "type: 'json'", "imports './lib.cjs' as json, and 'lib.cjs' is no .json file"),
    ("./note.txt", "type: 'json'", "'note.txt' is no module by its name"),
    ("./lib.js", "type: 'css'", "imports './lib.js' with the type 'css': there are json, text, bytes"),
    ("./lib.js", "type: ''", "with the type '': there are json, text, bytes"),
    ("./lib.js", "type: 'JSON'", "with the type 'JSON': there are json, text, bytes"),
    ("./data.json", "type: 'javascript'", "with the type 'javascript': there are json, text, bytes"),
    ("./data.json", "type: 'json', lang: 'en'", "with 'lang': the only import attribute is 'type'"),
    ("./lib.js", "'__proto__': 'json'", "with '__proto__': the only import attribute is 'type'"),
    ("./lib.js", "'\\ud800': 'json'", "the only import attribute is 'type'"),
    ("./absent.txt", "type: 'text'", "there is no module 'absent.txt'"),
    ("../above.txt", "type: 'text'", "'../above.txt' is outside the function's folder"),
    ("node:path", "type: 'text'", "imports 'node:path' as text: it is no file"),
    ("path", "type: 'json'", "imports 'path' as json: it is no file"),
    ("edgehost:main.js", "type: 'text'", "there is no built-in module"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "attributes", "message"), REFUSED)
def test_what_does_not_fit_is_an_error_and_nothing_runs(
    function: Function, file: str, attributes: str, message: str
) -> None:
    # In a clause "__proto__" is a key as others are.
    computed = attributes.replace("'__proto__'", "['__proto__']")
    clause = f"'{file}' with {{ {attributes} }}"
    for source in (
        f"globalThis.ran = true; import {clause};",
        f"globalThis.ran = true; export * from {clause};",
        f"await import('{file}', {{ with: {{ {computed} }} }})",
    ):
        name, said, _ = failure(function, source)
        assert name == "TypeError"
        assert message in said
    assert function.value("globalThis.ran") == "undefined"


def test_an_empty_list_of_attributes_is_none(function: Function) -> None:
    assert failure(function, "import x from './lib.js' with {}; throw x")[1] == "1"
    assert function.value("(await import('./lib.js', { with: {} })).default") == "1"


def test_a_commonjs_file_may_ask_for_a_type(function: Function) -> None:
    write(function, {"a.cjs": f"exports.seen = (async () => {as_type('./note.txt', 'text')})();"})
    assert function.value("await (await import('./a.cjs')).seen") == "globalThis.ran = true;"


def test_what_a_package_leaves_out_for_browsers_is_left_out_by_type_too(function: Function) -> None:
    write(
        function,
        {
            "node_modules/dep/package.json": {"browser": {"./a.txt": False}, "type": "module"},
            "node_modules/dep/index.js": "import a from './a.txt' with { type: 'text' };"
            "import b from './a.txt'; export default JSON.stringify([a, b]);",
            "node_modules/dep/a.txt": "",
        },
    )
    assert function.value("(await import('dep')).default") == "[{},{}]"


@pytest.mark.parametrize("file", [".env", ".git/config", "a/.npmrc", "link.txt"])
@pytest.mark.parametrize("kind", ["text", "bytes"])
def test_hidden_files_are_not_given(function: Function, file: str, kind: str) -> None:
    write(function, {".env": "KEY=secret", ".git/config": "secret", "a/.npmrc": "secret"})
    (function.folder / "link.txt").symlink_to(".env")
    assert "is a hidden file" in function.value(as_type(f"./{file}", kind))


def test_the_store_of_a_package_manager_is_not_hidden(function: Function) -> None:
    write(function, {"node_modules/.pnpm/x@1/node_modules/x/a.txt": "yes"})
    (function.folder / "node_modules" / "x").symlink_to(".pnpm/x@1/node_modules/x")
    assert function.value(as_type("x/a.txt", "text")) == "yes"


# Files without a type


@pytest.mark.parametrize(
    "file", ["note.txt", "a.html", "a.wasm", "a.css", "a.JS", "a.js.bak", "a", "a.b/c", ".js"]
)
def test_a_file_that_is_no_module_by_its_name_is_said_and_does_not_run(
    function: Function, file: str
) -> None:
    write(function, {file: "globalThis.ran = true;", "r.cjs": f"require('./{file}')"})
    said = (
        f"'{file}' is no module by its name: files that end in .js, .ts, .jsx, .tsx, .mjs, .mts, .cjs, .cts, .json "
        "can be imported, and all others with { type: 'text' } or { type: 'bytes' }"
    )
    assert failure(function, f"import './{file}'")[:2] == ("TypeError", said)
    assert function.value(f"await import('./{file}')") == f"threw TypeError: {said}"
    assert function.value("await import('./r.cjs')") == f"threw Error: {said}"
    assert function.value("globalThis.ran") == "undefined"


def test_only_the_entry_may_lack_an_ending(function: Function) -> None:
    write(function, {"script": "#!/usr/bin/env edgehost\nthrow 7;", "page.html": "throw 7;"})
    ((op, _, message, *_),) = function.load(function.folder / "script")
    assert (op, message) == ("loadFailed", "7")
    ((op, _, message, *_),) = function.load(function.folder / "page.html")
    assert message.startswith("'page.html' is no module by its name")
