"""Which file an import means: relative paths, packages in node_modules, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from edgehost.engine.modules.package import Packages
from edgehost.engine.modules.resolver import IMPORT, Resolver
from edgehost.engine.modules.root import ImportRefused, Root

Resolve = Callable[[str, str], str]


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Resolve]:
    """Writes files (a dict is JSON, None a symbolic link's stand-in) and gives a resolver of them."""

    def make(*names: str, **files: dict[str, Any] | str) -> Resolve:
        root = tmp_path / "function"
        for name, content in {**dict.fromkeys(names, ""), **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return Resolver(Root(root), Packages(Root(root)), *IMPORT).resolve

    return make


def package(folder: str, *names: str, **manifest: Any) -> dict[str, Any]:
    """The files of a package in node_modules, to spread."""
    place = f"node_modules/{folder}"
    files: dict[str, Any] = {f"{place}/package.json": {"name": folder, **manifest}}
    return {**files, **{f"{place}/{name}": "" for name in names}}


# Paths


@pytest.mark.parametrize(
    ("importer", "specifier", "name"),
    [
        ("fn.js", "./lib.js", "lib.js"),
        ("src/fn.js", "./lib.js", "src/lib.js"),
        ("src/fn.js", "../lib.js", "lib.js"),
        ("src/a/fn.js", "../../lib.js", "lib.js"),
        ("src/fn.js", "/lib.js", "lib.js"),
        ("src/fn.js", "./a//b/./c/../lib.js", "src/a/b/lib.js"),
        ("fn.js", "./..lib.js", "..lib.js"),
        ("fn.js", "./é ü.js", "é ü.js"),
        ("fn.js", "./100%.js", "100%.js"),
        ("fn.js", "./lib", "lib.js"),
        ("fn.js", "./m", "m.mjs"),
        ("fn.js", "./data", "data.json"),
        ("fn.js", "./folder", "folder/index.js"),
        ("folder/index.js", ".", "folder/index.js"),
        ("folder/x.js", "./", "folder/index.js"),
        ("folder/x.js", "../folder/", "folder/index.js"),
        ("fn.js", "./main", "main/lib/start.js"),
    ],
)
def test_a_path_is_seen_from_the_importing_file(
    tree: Callable[..., Resolve], importer: str, specifier: str, name: str
) -> None:
    files = "lib.js src/lib.js src/a/b/lib.js ..lib.js|é ü.js|100%.js m.mjs data.json folder/index.js main/lib/start.js"
    names = [
        part for group in files.split("|") for part in ([group] if "é" in group else group.split())
    ]
    resolve = tree(*names, **{"main/package.json": {"main": "lib/start"}})
    assert resolve(importer, specifier) == name


def test_the_whole_name_comes_before_an_extension(tree: Callable[..., Resolve]) -> None:
    resolve = tree("lib", "lib.js", "lib/index.js".replace("lib", "other"), "other.js")
    assert resolve("fn.js", "./lib") == "lib"
    assert resolve("fn.js", "./other") == "other.js"
    assert resolve("fn.js", "./other/") == "other/index.js"


@pytest.mark.parametrize("specifier", ["../x.js", "/../x.js", "./../../x.js", "./a/../../x.js"])
def test_a_path_does_not_leave_the_functions_folder(
    tree: Callable[..., Resolve], tmp_path: Path, specifier: str
) -> None:
    (tmp_path / "x.js").touch()
    with pytest.raises(ImportRefused, match="is outside the function's folder"):
        tree("fn.js")("fn.js", specifier)


def test_a_file_has_the_name_of_what_its_link_leads_to(
    tree: Callable[..., Resolve], tmp_path: Path
) -> None:
    resolve = tree("real/lib.js")
    (tmp_path / "function" / "link").symlink_to("real")
    assert resolve("fn.js", "./link/lib.js") == "real/lib.js"


# Packages


def test_a_package_is_found_from_the_importing_file_upwards(tree: Callable[..., Resolve]) -> None:
    resolve = tree(
        **package("lib", "index.js"),
        **{"src/node_modules/lib/index.js": "", "src/node_modules/other/index.js": ""},
    )
    assert resolve("fn.js", "lib") == "node_modules/lib/index.js"
    assert resolve("src/a/fn.js", "lib") == "src/node_modules/lib/index.js"
    assert resolve("src/node_modules/other/index.js", "lib") == "src/node_modules/lib/index.js"
    assert resolve("node_modules/x/index.js", "lib") == "node_modules/lib/index.js"


def test_a_package_above_the_functions_folder_is_not_seen(
    tree: Callable[..., Resolve], tmp_path: Path
) -> None:
    (tmp_path / "node_modules" / "lib").mkdir(parents=True)
    (tmp_path / "node_modules" / "lib" / "index.js").touch()
    with pytest.raises(ImportRefused, match="the package 'lib' is not installed"):
        tree("fn.js")("fn.js", "lib")


@pytest.mark.parametrize(
    ("manifest", "file"),
    [
        ({}, "index.js"),
        ({"main": "a.js"}, "a.js"),
        ({"main": "./a"}, "a.js"),
        ({"main": "sub"}, "sub/index.js"),
        ({"main": "missing.js"}, "index.js"),
        ({"main": "a.js", "module": "b.mjs"}, "b.mjs"),
        ({"main": "a.js", "module": "b.mjs", "browser": "c.js"}, "c.js"),
        ({"main": "a.js", "exports": "./b.mjs"}, "b.mjs"),
        ({"exports": {".": "./b.mjs"}}, "b.mjs"),
        ({"exports": {"node": "./a.js", "default": "./b.mjs"}}, "b.mjs"),
        ({"exports": {"browser": "./c.js", "default": "./b.mjs"}}, "c.js"),
        ({"exports": {"default": "./b.mjs", "browser": "./c.js"}}, "b.mjs"),
        ({"exports": {"require": "./a.js", "import": "./b.mjs"}}, "b.mjs"),
        ({"exports": {".": {"workerd": "./a.js", "worker": {"import": "./c.js"}}}}, "c.js"),
        ({"exports": {".": {"azion": {"require": "./a.js"}, "default": "./c.js"}}}, "c.js"),
        ({"exports": {".": ["a.js", "./c.js"]}}, "c.js"),
        ({"exports": {".": [{"node": "./a.js"}, "./c.js"]}}, "c.js"),
    ],
)
def test_the_main_file_of_a_package(
    tree: Callable[..., Resolve], manifest: dict[str, Any], file: str
) -> None:
    resolve = tree(
        **package("lib", "index.js", "a.js", "b.mjs", "c.js", "sub/index.js", **manifest)
    )
    assert resolve("fn.js", "lib") == f"node_modules/lib/{file}"


@pytest.mark.parametrize(
    ("subpath", "file"),
    [
        ("x", "x.js"),
        ("x.js", "x.js"),
        ("sub", "sub/index.js"),
        ("sub/", "sub/index.js"),
        ("old", "old/main.js"),
    ],
)
def test_a_path_in_a_package_without_exports(
    tree: Callable[..., Resolve], subpath: str, file: str
) -> None:
    files = package("lib", "x.js", "sub/index.js", "old/main.js")
    resolve = tree(**files, **{"node_modules/lib/old/package.json": {"main": "main.js"}})
    assert resolve("fn.js", f"lib/{subpath}") == f"node_modules/lib/{file}"


EXPORTS = {
    ".": "./index.js",
    "./exact": "./dist/exact.js",
    "./*": "./dist/*.js",
    "./deep/*": "./dist/deep/*.js",
    "./deep/*.css": "./dist/styles/*.css.js",
    "./private/*": None,
    "./package.json": "./package.json",
    "./twice/*": "./dist/*/*.js",
}


@pytest.mark.parametrize(
    ("subpath", "file"),
    [
        ("/exact", "dist/exact.js"),
        ("/any", "dist/any.js"),
        ("/some/any", "dist/some/any.js"),
        ("/deep/any", "dist/deep/any.js"),
        ("/deep/any.css", "dist/styles/any.css.js"),
        ("/package.json", "package.json"),
        ("/twice/any", "dist/any/any.js"),
    ],
)
def test_a_path_in_a_package_with_exports(
    tree: Callable[..., Resolve], subpath: str, file: str
) -> None:
    resolve = tree(**package("@scope/lib", file, exports=EXPORTS))
    assert resolve("fn.js", f"@scope/lib{subpath}") == f"node_modules/@scope/lib/{file}"


@pytest.mark.parametrize(
    "subpath", ["/private/x", "/any/", "/../x", "/a/../../x", "/node_modules/x"]
)
def test_a_path_that_a_package_does_not_export_is_refused(
    tree: Callable[..., Resolve], subpath: str
) -> None:
    resolve = tree(**package("lib", "index.js", "private/x.js", "dist/any.js", exports=EXPORTS))
    with pytest.raises(
        ImportRefused, match=r"is not among what lib exports|leads out of the package"
    ):
        resolve("fn.js", f"lib{subpath}")


def test_a_refused_path_says_what_there_is(tree: Callable[..., Resolve]) -> None:
    resolve = tree(**package("lib", version="1.2.3", exports={".": "./a.js", "./b": "./b.js"}))
    with pytest.raises(ImportRefused) as refused:
        resolve("fn.js", "lib/c")
    assert str(refused.value) == "'lib/c' is not among what lib@1.2.3 exports: '.', './b'"


def test_a_package_with_exports_offers_nothing_else(tree: Callable[..., Resolve]) -> None:
    resolve = tree(**package("lib", "index.js", "x.js", exports={"./y": "./x.js"}, main="index.js"))
    with pytest.raises(ImportRefused, match=r"'lib' is not among what lib exports: '\./y'"):
        resolve("fn.js", "lib")
    with pytest.raises(ImportRefused, match=r"'lib/x\.js' is not among"):
        resolve("fn.js", "lib/x.js")


@pytest.mark.parametrize(
    "target",
    ["../out.js", "./../out.js", "/etc/hostname", "./node_modules/x.js", "a.js", "http://a/b"],
)
def test_exports_do_not_lead_out_of_the_package(tree: Callable[..., Resolve], target: str) -> None:
    resolve = tree("node_modules/out.js", "out.js", **package("lib", "a.js", exports=target))
    with pytest.raises(ImportRefused, match=r"the package\.json of lib is wrong"):
        resolve("fn.js", "lib")


def test_a_path_does_not_lead_out_of_a_package(tree: Callable[..., Resolve]) -> None:
    resolve = tree("secret.js", **package("lib", "index.js"))
    with pytest.raises(ImportRefused, match="leads out of the package"):
        resolve("fn.js", "lib/../../secret.js")


def test_a_package_imports_itself_by_its_name(tree: Callable[..., Resolve]) -> None:
    resolve = tree(
        "src/own.js", **{"package.json": {"name": "mine", "exports": {"./own": "./src/own.js"}}}
    )
    assert resolve("src/fn.js", "mine/own") == "src/own.js"
    inner = tree(**package("lib", "index.js", "b.js", exports={".": "./index.js", "./b": "./b.js"}))
    assert inner("node_modules/lib/index.js", "lib/b") == "node_modules/lib/b.js"


@pytest.mark.parametrize(
    ("specifier", "file"),
    [
        ("#util", "src/util.js"),
        ("#platform", "src/edge.js"),
        ("#internal/a", "src/internal/a.js"),
        ("#dep", "node_modules/lib/index.js"),
        ("#dep/sub", "node_modules/lib/sub.js"),
    ],
)
def test_a_package_imports_by_its_own_names(
    tree: Callable[..., Resolve], specifier: str, file: str
) -> None:
    imports = {
        "#util": "./src/util.js",
        "#platform": {"node": "./src/node.js", "default": "./src/edge.js"},
        "#internal/*": "./src/internal/*.js",
        "#dep": "lib",
        "#dep/*": "lib/*.js",
    }
    files = package("lib", "index.js", "sub.js")
    resolve = tree(
        "src/util.js",
        "src/edge.js",
        "src/internal/a.js",
        **files,
        **{"package.json": {"imports": imports}},
    )
    assert resolve("src/fn.js", specifier) == file


def test_an_internal_name_that_is_not_declared_is_said(tree: Callable[..., Resolve]) -> None:
    resolve = tree(**package("lib", "index.js"))
    with pytest.raises(ImportRefused, match=r"'#x' is not among the \"imports\" of 'package.json'"):
        resolve("fn.js", "#x")
    with pytest.raises(ImportRefused, match=r"of 'node_modules/lib/package\.json'"):
        resolve("node_modules/lib/index.js", "#x")


def test_an_internal_name_does_not_stand_for_another(tree: Callable[..., Resolve]) -> None:
    resolve = tree(**{"package.json": {"imports": {"#a": "#b", "#b": "#a"}}})
    with pytest.raises(ImportRefused, match=r"'#a' is wrong in the package\.json"):
        resolve("fn.js", "#a")


# By tsconfig.json


def tsconfig(**options: Any) -> dict[str, Any]:
    return {"compilerOptions": options}


PATHS = {
    "@/*": ["./src/*"],
    "~lib": ["./absent", "./src/lib/main"],
    "@/lib/*": ["./lib/*", "./src/lib/*"],
    "*.svg": ["./src/images/*.svg.js"],
    "dep": ["./src/dep"],
    "types": ["./src/types.d.ts"],
    "out": ["../out.js", "/etc/hostname"],
    "wrong": "./src/util.ts",
    "none": [None],
    "#own": ["./src/util"],
}


@pytest.mark.parametrize("importer", ["fn.ts", "src/a/b.js"])
@pytest.mark.parametrize(
    ("specifier", "file"),
    [
        ("@/util", "src/util.ts"),
        ("@/util.js", "src/util.ts"),
        ("@/lib", "src/lib/index.ts"),
        ("@/lib/main", "src/lib/main.ts"),
        ("~lib", "src/lib/main.ts"),
        ("a.svg", "src/images/a.svg.js"),
        ("dep", "src/dep.ts"),
        ("dep/sub", "node_modules/dep/sub.js"),
        ("#own", "src/util.ts"),
        ("types", "node_modules/types/index.js"),
        ("other", "node_modules/other/index.js"),
    ],
)
def test_a_name_is_found_by_the_paths_of_the_tsconfig(
    tree: Callable[..., Resolve], importer: str, specifier: str, file: str
) -> None:
    names = ["util.ts", "lib/index.ts", "lib/main.ts", "images/a.svg.js", "dep.ts", "types.d.ts"]
    resolve = tree(
        *(f"src/{name}" for name in names),
        **{"package.json": {}, "tsconfig.json": tsconfig(paths=PATHS)},
        **package("dep", "sub.js"),
        **package("types", "index.js"),
        **package("other", "index.js"),
    )
    assert resolve(importer, specifier) == file


@pytest.mark.parametrize("specifier", ["out", "wrong", "none", "@/absent", "@/../../out"])
def test_paths_lead_nowhere_else(
    tree: Callable[..., Resolve], tmp_path: Path, specifier: str
) -> None:
    (tmp_path / "out.js").touch()
    resolve = tree("src/util.ts", **{"tsconfig.json": tsconfig(paths=PATHS)})
    with pytest.raises(ImportRefused, match=r"is not installed|names neither a file"):
        resolve("fn.ts", specifier)


def test_names_are_looked_for_from_the_base_url(tree: Callable[..., Resolve]) -> None:
    resolve = tree(
        "src/util.ts",
        "src/react.ts",
        "src/gen/x.ts",
        **{"tsconfig.json": tsconfig(baseUrl="./src", paths={"x": ["gen/x"]})},
        **package("react", "index.js"),
        **package("dep", "index.js"),
    )
    assert resolve("fn.ts", "util") == "src/util.ts"
    assert resolve("fn.ts", "react") == "src/react.ts"
    assert resolve("fn.ts", "x") == "src/gen/x.ts"
    assert resolve("fn.ts", "dep") == "node_modules/dep/index.js"
    assert resolve("node_modules/dep/index.js", "react") == "node_modules/react/index.js"


def test_paths_of_an_extended_file_begin_at_its_folder(tree: Callable[..., Resolve]) -> None:
    resolve = tree(
        "config/a.ts",
        "app/b.ts",
        **{
            "config/base.json": tsconfig(paths={"a": ["./a"], "b": ["${configDir}/b"]}),
            "app/package.json": {},
            "app/tsconfig.json": {"extends": "../config/base"},
            "own/tsconfig.json": {"extends": "../config/base", **tsconfig(paths={})},
        },
    )
    assert resolve("app/fn.ts", "a") == "config/a.ts"
    assert resolve("app/fn.ts", "b") == "app/b.ts"
    with pytest.raises(ImportRefused, match="'a' is not installed"):
        resolve("own/fn.ts", "a")


@pytest.mark.parametrize(
    "extends", ["./tsconfig.json", ["./a", "./a"], "./absent", 5, [None], "absent"]
)
def test_what_a_tsconfig_extends_may_be_anything(
    tree: Callable[..., Resolve], extends: Any
) -> None:
    chain = {f"{chr(97 + i)}.json": {"extends": [f"./{chr(98 + i)}"] * 2} for i in range(24)}
    resolve = tree(**{"tsconfig.json": {"extends": extends}, **chain}, **package("lib", "index.js"))
    if extends in ("./tsconfig.json", ["./a", "./a"]):
        with pytest.raises(ImportRefused, match="extends more than 100 files, or itself"):
            resolve("fn.ts", "lib")
    else:
        assert resolve("fn.ts", "lib") == "node_modules/lib/index.js"


@pytest.mark.parametrize("text", ["{", "[]", "nonsense", "[" * 100_000])
def test_a_broken_tsconfig_is_said(tree: Callable[..., Resolve], text: str) -> None:
    resolve = tree(**{"tsconfig.json": text}, **package("lib", "index.js"))
    for _ in range(2):
        with pytest.raises(ImportRefused, match=r"'tsconfig\.json' is not"):
            resolve("fn.js", "lib")


@pytest.mark.parametrize("part", ['"', "//", "/*", ",", ", ", "{", '"\\', ",\n//"])
def test_no_tsconfig_takes_long(tree: Callable[..., Resolve], part: str) -> None:
    resolve = tree(**{"tsconfig.json": part * 50_000})
    with suppress(ImportRefused):
        resolve("fn.js", "lib")


# Links, as pnpm and workspaces make them


def test_a_linked_package_finds_what_lies_beside_its_real_folder(
    tree: Callable[..., Resolve], tmp_path: Path
) -> None:
    store = "node_modules/.pnpm/lib@1/node_modules"
    resolve = tree(f"{store}/lib/index.js", f"{store}/dep/index.js")
    (tmp_path / "function" / "node_modules" / "lib").symlink_to(".pnpm/lib@1/node_modules/lib")
    assert resolve("fn.js", "lib") == f"{store}/lib/index.js"
    assert resolve(f"{store}/lib/index.js", "dep") == f"{store}/dep/index.js"
    with pytest.raises(ImportRefused, match="'dep' is not installed"):
        resolve("fn.js", "dep")


def test_a_link_out_of_the_functions_folder_is_refused(
    tree: Callable[..., Resolve], tmp_path: Path
) -> None:
    resolve = tree("node_modules/other/index.js")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "index.js").touch()
    (tmp_path / "function" / "node_modules" / "lib").symlink_to(tmp_path / "lib")
    with pytest.raises(
        ImportRefused, match=r"'node_modules/lib/index\.js' is outside the function's folder"
    ):
        resolve("fn.js", "lib")


# What is refused


def test_a_package_that_is_not_installed_says_how_to_get_it(tree: Callable[..., Resolve]) -> None:
    with pytest.raises(ImportRefused) as refused:
        tree("fn.js")("src/fn.js", "@scope/lib/sub")
    assert str(refused.value) == (
        "the package '@scope/lib' is not installed: 'src/fn.js' imports it, and no node_modules folder from there "
        "up to the function's root has it. Run: npm install @scope/lib"
    )


@pytest.mark.parametrize(
    "specifier", ["node:fs", "fs", "fs/promises", "node:async_hooks", "node:path/posix/join"]
)
def test_a_module_of_node_is_named(tree: Callable[..., Resolve], specifier: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        tree("fn.js")("fn.js", specifier)
    assert str(refused.value).startswith(
        f"'{specifier}' is a module of Node.js that is not here: 'fn.js' imports it. There are 'node:path', "
    )


@pytest.mark.parametrize(
    ("specifier", "file"),
    [
        ("node:path", "edgehost:node/path.js"),
        ("path", "edgehost:node/path.js"),
        ("path/posix", "edgehost:node/path.js"),
        ("node:path/win32", "edgehost:node/path_win32.js"),
    ],
)
def test_some_modules_of_node_are_there(
    tree: Callable[..., Resolve], specifier: str, file: str
) -> None:
    assert tree("fn.js", "path.js")("fn.js", specifier) == file


def test_a_table_for_browsers_may_name_or_replace_them(tree: Callable[..., Resolve]) -> None:
    files = {"package.json": {"browser": {"path": "./mine.js", "files": "node:path"}}}
    resolve = tree("fn.js", "mine.js", **files)
    assert resolve("fn.js", "path") == "mine.js"
    assert resolve("fn.js", "files") == "edgehost:node/path.js"


def test_an_installed_package_may_have_the_name_of_a_module_of_node(
    tree: Callable[..., Resolve],
) -> None:
    assert (
        tree(**package("events", "index.js"))("fn.js", "events") == "node_modules/events/index.js"
    )
    resolve = tree(**package("path", "index.js"))
    assert resolve("fn.js", "path") == "node_modules/path/index.js"
    assert resolve("fn.js", "node:path") == "edgehost:node/path.js"


@pytest.mark.parametrize(
    "specifier", ["", "@", "@scope", "@/x", "a\\b", "a%2fb", ".hidden", "@scope//x"]
)
def test_a_name_that_no_package_has_is_refused(
    tree: Callable[..., Resolve], specifier: str
) -> None:
    with pytest.raises(ImportRefused, match="names neither a file"):
        tree("fn.js")("fn.js", specifier)


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, "\x00"])
def test_a_broken_package_json_is_said(tree: Callable[..., Resolve], text: str) -> None:
    resolve = tree("node_modules/lib/index.js", **{"node_modules/lib/package.json": text})
    with pytest.raises(ImportRefused, match=r"'node_modules/lib/package\.json' is not"):
        resolve("fn.js", "lib")


@pytest.mark.parametrize(
    "exports", [1, True, {".": 1}, {".": "./a.js", "import": "./b.js"}, {".": {"import": 5}}]
)
def test_exports_of_the_wrong_kind_are_said(tree: Callable[..., Resolve], exports: Any) -> None:
    with pytest.raises(ImportRefused, match=r"the package\.json of lib is wrong"):
        tree(**package("lib", "index.js", exports=exports))("fn.js", "lib")


def test_a_file_that_exports_name_and_that_is_absent_is_said(tree: Callable[..., Resolve]) -> None:
    with pytest.raises(
        ImportRefused, match=r"'lib' is 'node_modules/lib/x\.js' by the package\.json of lib, and"
    ):
        tree(**package("lib", exports="./x.js"))("fn.js", "lib")
