"""What a module learns of itself."""

from __future__ import annotations

import pytest

from tests.unit.conftest import Function
from tests.unit.test_commonjs import write
from tests.unit.test_modules import failure


@pytest.fixture
def function(function: Function) -> Function:
    write(
        function,
        {
            "lib.js": "export const { url, dirname, filename, main, resolve } = import.meta;",
            "a/b.js": "export const { url, dirname, filename, main, resolve } = import.meta;",
            "a/é #?%[1].js": "export const { url, resolve } = import.meta;",
            "package.json": {
                "name": "own",
                "exports": {"./lib": "./lib.js"},
                "imports": {"#a": "./a/b.js"},
            },
            "node_modules/dep/package.json": {
                "exports": {
                    ".": {"node": "./node.js", "import": "./edge.mjs", "require": "./edge.cjs"}
                },
                "browser": {"fs": False},
            },
            "node_modules/dep/edge.mjs": "export const { resolve } = import.meta;",
            "node_modules/a b/index.js": "",
        },
    )
    return function


def of(file: str, expression: str) -> str:
    return f"(await import('{file}')).{expression}"


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("./lib.js", "file:///lib.js / /lib.js false"),
        ("./a/b.js", "file:///a/b.js /a /a/b.js false"),
    ],
)
def test_a_module_learns_its_name_and_nothing_of_the_machine(
    function: Function, file: str, names: str
) -> None:
    module = f"(({{ url, dirname, filename, main }}) => [url, dirname, filename, main].join(' '))(await import('{file}'))"
    assert function.value(module) == names


def test_only_the_functions_file_is_the_main_one(function: Function) -> None:
    assert (
        failure(function, "import { main } from './lib.js'; throw [import.meta.main, main].join()")[
            1
        ]
        == "'true,false'"
    )


@pytest.mark.parametrize(
    "specifier",
    [
        "./x.js",
        "../x.js",
        "../../../x.js",
        "/x.js",
        "./",
        "./é ü%20.js?q#h",
        "./lib",
        "https://a/b/../c",
        "node:fs",
        "data:,x",
    ],
)
@pytest.mark.parametrize("file", ["lib.js", "a/b.js", "a/é %23%3F%25[1].js"])
def test_a_path_or_url_is_resolved_as_the_url_class_does(
    function: Function, file: str, specifier: str
) -> None:
    same = f"(await import('file:///{file}')); m.resolve('{specifier}') === new URL('{specifier}', m.url).href"
    assert failure(function, f"const m = {same.replace('; ', '; throw ')}")[1] == "true"


@pytest.mark.parametrize(
    ("file", "specifier", "url"),
    [
        ("./a/b.js", "dep", "file:///node_modules/dep/edge.mjs"),
        ("./a/b.js", "a b", "file:///node_modules/a%20b/index.js"),
        ("./a/b.js", "own/lib", "file:///lib.js"),
        ("./a/b.js", "#a", "file:///a/b.js"),
        ("./a/b.js", "path", "node:path"),
        ("./a/b.js", "path/win32", "node:path/win32"),
        ("./a/b.js", "node:absent", "node:absent"),
        ("./a/b.js", "fs", "threw TypeError: 'fs' is a module of Node.js that is not here"),
        ("./a/b.js", ".", "threw TypeError: there is no module 'a'"),
        ("./a/b.js", "absent", "threw TypeError: the package 'absent' is not installed"),
        ("./a/b.js", "dep/absent", "threw TypeError: 'dep/absent' is not among what node_modules/dep exports: '.'"),
        ("./a/b.js", "#absent", "threw TypeError: '#absent' is not among the \"imports\" of 'package.json'"),
        ("dep", "fs", "threw TypeError: 'fs' is nothing for browsers, by the package.json"),
        ("./lib.js", "", "threw TypeError: '' names neither a file ('./...') nor a package"),
        ("./lib.js", "a\\0b", "threw TypeError: the package 'a\\x00b' is not installed"),
    ],
)  # fmt: skip
def test_a_package_is_resolved_as_an_import_is(
    function: Function, file: str, specifier: str, url: str
) -> None:
    assert function.value(of(file, f"resolve('{specifier}')")).startswith(url)


@pytest.mark.parametrize(
    ("resolved", "imported"),
    [
        ("dep", "dep"),
        ("./lib.js", "./lib.js"),
        ("./a/é %23%3F%25[1].js", "./a/é #?%[1].js"),
        ("#a", "./a/b.js"),
    ],
)
def test_what_was_resolved_can_be_imported(
    function: Function, resolved: str, imported: str
) -> None:
    same = f"await import(import.meta.resolve('{resolved}')) === await import('{imported}')"
    assert function.value(same) == "true"


@pytest.mark.parametrize(
    "specifier", ["file:///../x.js", "file:///%2e%2e/x.js", "file:///..%2fx.js"]
)
def test_a_file_url_does_not_leave_the_functions_folder(function: Function, specifier: str) -> None:
    (function.folder.parent / "x.js").write_text("export default 1;")
    assert "outside the function's folder" in function.value(f"await import('{specifier}')")
    (function.folder.parent / "x.js").unlink()


def test_it_is_a_property_like_others(function: Function) -> None:
    assert function.value("import.meta.resolve === import.meta.resolve") == "true"
    assert (
        function.value("Object.keys(import.meta).sort().join()")
        == "dirname,filename,main,resolve,url"
    )
    assert function.value("(import.meta.resolve = 1) + import.meta.resolve") == "2"
    assert function.value("import.meta.resolve(Symbol())").startswith("threw TypeError")
    assert function.value("(import.meta.url = 1, import.meta.resolve('./x'))").startswith(
        "threw TypeError"
    )


def test_the_folders_of_what_is_no_module_are_not_looked_at(function: Function) -> None:
    for url in ("file:///../x.js", "file:///a/absent.js", "https://a/", ""):
        asked = f"(import.meta.url = '{url}', import.meta.resolve('dep'))"
        assert "that could import 'dep'" in function.value(asked)
