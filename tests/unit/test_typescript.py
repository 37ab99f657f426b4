"""Files that esbuild compiles: here by a stand-in for it, so that nothing need be installed."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgehost.config import Limits
from tests.unit.conftest import Function
from tests.unit.test_modules import failure

# Takes types away where a test writes them, puts a line before the text, and notes how it was called.
STAND_IN = """#!{python}
import base64, json, pathlib, re, sys
source = sys.stdin.read()
with open({log!r}, "a") as log:
    print(json.dumps(sys.argv[1:]), file=log)
name = next(a for a in sys.argv if a.startswith("--sourcefile=")).partition("=")[2]
if "BROKEN" in source:
    line = source[: source.index("BROKEN")].count("\\n")
    column = source.split("\\n")[line].index("BROKEN")
    print(f"✘ [ERROR] Unexpected 100%\\n\\n    {{name}}:{{line + 1}}:{{column}}:\\n      | text", file=sys.stderr)
    sys.exit(1)
if "CRASH" in source:
    sys.exit("something else")
text = "// compiled\\n" + re.sub(r": (number|string)", "", source)
mappings = ";" + ";".join("AAAA" if n == 0 else "AACA" for n in range(source.count("\\n") + 1))
map = base64.b64encode(json.dumps({{"mappings": mappings}}).encode()).decode()
sys.stdout.write(f"{{text}}\\n//# sourceMappingURL=data:application/json;base64,{{map}}\\n")
"""


class Compiled(Function):
    """A function whose compiler is the stand-in."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self.log = tools / "log"
        program = tools / "esbuild"
        program.write_text(STAND_IN.format(python=sys.executable, log=str(self.log)))
        program.chmod(0o755)
        super().__init__(folder, Limits(), esbuild=str(program))

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name.replace("__", ".")).write_text(text)

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Compiled]:
    monkeypatch.setenv("EDGEHOST_HOME", str(tmp_path / "home"))
    (tmp_path / "function").mkdir()
    (tmp_path / "tools").mkdir()
    return lambda: Compiled(tmp_path / "function", tmp_path / "tools")


@pytest.fixture
def function(make: Callable[[], Compiled]) -> Compiled:
    return make()


@pytest.mark.parametrize("ending", ["ts", "tsx", "jsx", "mts"])
def test_a_file_that_is_no_javascript_is_compiled(function: Compiled, ending: str) -> None:
    function.write(**{f"lib__{ending}": "export const x: number = 7;"})
    assert function.value(f"(await import('./lib.{ending}')).x") == "7"
    loader = "ts" if ending == "mts" else ending
    assert f"--loader={loader}" in function.calls[0]
    assert f"--sourcefile=lib.{ending}" in function.calls[0]


@pytest.mark.parametrize("specifier", ["./lib", "./lib.ts", "./lib.js"])
def test_a_source_is_found_by_the_names_that_typescript_allows(
    function: Compiled, specifier: str
) -> None:
    function.write(lib__ts="export const x: number = 7;")
    assert function.value(f"(await import('{specifier}')).x") == "7"


def test_a_source_comes_before_what_was_made_of_it_and_a_whole_name_before_both(
    function: Compiled,
) -> None:
    function.write(lib__ts="export const x = 'source';", lib__js="export const x = 'made';")
    assert function.value("(await import('./lib')).x") == "source"
    assert function.value("(await import('./lib.js')).x") == "made"


def test_commonjs_may_be_typescript(function: Compiled) -> None:
    function.write(lib__cts="exports.x = 7 as number;".replace(" as number", ""))
    assert function.value("(await import('./lib.cts')).x") == "7"


def test_a_compiled_file_is_kept_outside_the_functions_folder(
    make: Callable[[], Compiled], tmp_path: Path
) -> None:
    first, second = make(), make()
    first.write(lib__ts="export const x: number = 7;")
    for function in (first, second):
        assert function.value("(await import('./lib.ts')).x") == "7"
    assert len(first.calls) == 1
    assert len(list((tmp_path / "home" / "cache" / "compiled").iterdir())) == 1
    assert {path.suffix for path in first.folder.iterdir()} == {".js", ".ts"}


@pytest.mark.parametrize("changed", ["text", "settings", "program"])
def test_what_was_kept_is_used_for_the_same_text_settings_and_program_only(
    make: Callable[[], Compiled], tmp_path: Path, changed: str
) -> None:
    from edgehost.engine.modules import typescript

    function = make()
    function.write(lib__ts="export const x: number = 7;")
    assert function.value("(await import('./lib.ts')).x") == "7"
    typescript._stamp.cache_clear()
    again = make()
    if changed == "text":
        again.write(lib__ts="export const x: number = 8;")
    elif changed == "settings":
        (again.folder / "tsconfig.json").write_text('{"compilerOptions": {"jsx": "react"}}')
    else:
        os.utime(tmp_path / "tools" / "esbuild", (1, 1))
    assert again.value("(await import('./lib.ts')).x") == ("8" if changed == "text" else "7")
    assert len(function.calls) == 2


@pytest.mark.parametrize("damage", [b"", b"\xff", b"no map"])
def test_a_damaged_cache_is_passed_over(
    make: Callable[[], Compiled], tmp_path: Path, damage: bytes
) -> None:
    first = make()
    first.write(lib__ts="export const x: number = 7;")
    assert first.value("(await import('./lib.ts')).x") == "7"
    (kept,) = (tmp_path / "home" / "cache" / "compiled").iterdir()
    kept.write_bytes(damage)
    assert make().value("(await import('./lib.ts')).x") == "7"


def test_it_works_where_nothing_can_be_kept(function: Compiled, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    function.write(lib__ts="export const x: number = 7;")
    assert function.value("(await import('./lib.ts')).x") == "7"


def test_the_settings_of_the_project_are_given_to_the_compiler(function: Compiled) -> None:
    text = """\ufeff{ // for JSX, "jsx": "react"
        "compilerOptions": { /* "jsx": "react", */
            "jsx": "react-jsx", "jsxImportSource": "//preact/*,]", },
        }"""
    (function.folder / "tsconfig.json").write_text(text)
    function.write(lib__tsx="export const x = 1;")
    function.evaluate("import './lib.tsx'")
    settings = {"jsx": "react-jsx", "jsxImportSource": "//preact/*,]"}
    assert f"--tsconfig-raw={json.dumps({'compilerOptions': settings})}" in function.calls[0]


def test_the_settings_that_the_projects_extend_are_given_too(function: Compiled) -> None:
    for name, data in {
        "tsconfig.json": {
            "extends": ["base/tsconfig.json", "./config/jsx", "./absent"],
            "compilerOptions": {"target": "es5", "baseUrl": ".", "paths": {}},
        },
        "config/jsx.json": {"compilerOptions": {"jsx": "preserve", "target": "es6"}},
        "node_modules/base/tsconfig.json": {
            "extends": "./more.json",
            "compilerOptions": {"jsx": "react"},
        },
        "node_modules/base/more.json": {"compilerOptions": {"jsxFactory": "h"}},
    }.items():
        (function.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (function.folder / name).write_text(json.dumps(data))
    function.write(lib__tsx="export const x = 1;")
    function.evaluate("import './lib.tsx'")
    settings = {"jsxFactory": "h", "jsx": "preserve", "target": "es5"}
    assert f"--tsconfig-raw={json.dumps({'compilerOptions': settings})}" in function.calls[0]


def test_a_file_may_say_where_its_jsx_comes_from(function: Compiled) -> None:
    function.write(lib__tsx="/** @jsxImportSource preact */ export const x = 1;")
    function.evaluate("import './lib.tsx'")
    assert "--jsx=automatic" in function.calls[0]


def test_import_attributes_are_left_for_the_engine(function: Compiled) -> None:
    function.write(note__txt="text", data__json="[7]")
    function.write(lib__ts="export { default as x } from './note.txt' with { type: 'text' };")
    function.write(old__ts="export const x: number = 7;")
    assert function.value("(await import('./lib.ts')).x") == "text"
    assert function.value("(await import('./old.ts')).x") == "7"
    option = "--supported:import-attributes=true"  # an old esbuild does not know it
    assert [option in call for call in function.calls] == [True, False]


def test_an_error_has_its_place_in_the_source(function: Compiled) -> None:
    function.write(lib__ts="const a: number = 1;\nthrow new RangeError('no');")
    name, message, trace = failure(function, "import './lib.ts'")
    assert (name, message) == ("RangeError", "no")
    frames, excerpt = function.isolate.modules.place(trace)
    assert (frames[0].file, frames[0].line) == ("lib.ts", 2)
    assert excerpt.startswith("2 | throw new RangeError('no');")


def test_the_console_shows_places_in_the_source(function: Compiled) -> None:
    function.write(lib__ts="export const f = () => {\n  console.log(new Error('no'));\n};")
    got = function.evaluate("import { f } from './lib.ts'; f(); console.trace();")
    texts = [details[1] for op, *details in got if op == "log"]
    assert "at f (lib.ts:2:" in texts[0]
    assert "(entry1.js:1:" in texts[1]


def test_an_error_event_has_its_place_in_the_source(function: Compiled) -> None:
    function.write(lib__ts="export const e: number = new Error('no');")
    value = "new Promise((r) => { onerror = (m, file, line) => { r(file + line); return true; }; reportError(e); })"
    got = failure(function, f"import {{ e }} from './lib.ts'; throw await {value};")
    assert got[1] == "'lib.ts1'"


@pytest.mark.parametrize("before", ["", "const a: number = 1;\n"])
def test_a_syntax_error_has_its_place_in_the_source(function: Compiled, before: str) -> None:
    function.write(lib__ts=f"{before}  let é = BROKEN")
    name, message, trace = failure(function, "import './lib.ts'")
    assert (name, message) == ("SyntaxError", "Unexpected 100%")
    frames, excerpt = function.isolate.modules.place(trace)
    line = 2 if before else 1
    assert (frames[0].file, frames[0].line, frames[0].column) == ("lib.ts", line, 11)
    assert excerpt.startswith(f"{line} |   let é = BROKEN\n")


def test_a_compiler_that_fails_is_said(function: Compiled) -> None:
    function.write(lib__ts="CRASH")
    assert (
        failure(function, "import './lib.ts'")[1]
        == f"'lib.ts' cannot be compiled by {function.folder.parent}/tools/esbuild: something else"
    )


def test_a_missing_compiler_says_what_to_do(
    make_lone: Callable[..., Function], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = make_lone(esbuild="no-such-program")
    assert failure(named, "import './lib.ts'")[:2] == (
        "TypeError",
        "'packages/api/lib.ts' is compiled by the program 'no-such-program', which is not there",
    )
    monkeypatch.setenv("PATH", "")
    assert failure(make_lone(), "import './lib.ts'")[1] == (
        "'packages/api/lib.ts' is compiled by the program esbuild: there is none in node_modules/.bin from the function "
        "up to its project's folder, nor on the PATH. Run npm install --save-dev esbuild, or name one by --esbuild"
    )


# Which program


@pytest.fixture
def make_lone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Function]]:
    """Makes functions in the folder packages/api of a project, with a .ts file, and no compiler of the tests' own."""
    monkeypatch.setenv("EDGEHOST_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project" / "packages" / "api"
    folder.mkdir(parents=True)
    (tmp_path / "project" / "package.json").write_text('{"workspaces": ["packages/*"]}')
    (folder / "package.json").write_text("{}")
    (folder / "lib.ts").touch()
    made: list[Function] = []

    def make(**options: str) -> Function:
        made.append(Function(folder, Limits(), **options))
        return made[-1]

    yield make
    for function in made:
        function.isolate.close()


def place(folder: Path, name: str, mode: int = 0o755) -> None:
    """A compiler that gives modules whose `x` says which it is."""
    folder.mkdir(parents=True, exist_ok=True)
    map = base64.b64encode(b'{"mappings": ""}').decode()
    lines = f"export const x = '{name}';\n//# sourceMappingURL=data:application/json;base64,{map}\n"
    (folder / "esbuild").write_text(f"#!{sys.executable}\nprint({lines!r}, end='')")
    (folder / "esbuild").chmod(mode)


def test_the_projects_own_compiler_comes_before_that_on_the_path(
    make_lone: Callable[..., Function], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    project = tmp_path / "project"
    expected = []
    for folder in (
        tmp_path / "bin",
        tmp_path / "node_modules" / ".bin",  # outside the project
        project / "node_modules" / ".bin",
        project / "packages" / "api" / "node_modules" / ".bin",
    ):
        place(folder, str(folder))
        expected.append(str(folder) if folder.parent.parent != tmp_path else expected[-1])
        assert make_lone().value("(await import('./lib.ts')).x") == expected[-1]
    named = make_lone(esbuild="esbuild")
    assert named.value("(await import('./lib.ts')).x") == expected[0]


def test_a_file_that_is_no_program_is_passed_over(
    make_lone: Callable[..., Function], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    place(tmp_path / "bin", "the other")
    place(tmp_path / "project" / "node_modules" / ".bin", "its own", mode=0o644)
    assert make_lone().value("(await import('./lib.ts')).x") == "the other"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("#!/bin/sh\nexit 3", "it ended with 3 and no output"),
        ("#!/bin/sh\necho text", "it ended with 0 and no source map"),
        ("#!/bin/sh\necho 'no such option' >&2; exit 1", "no such option"),
        ("#!/no/such/interpreter", "No such file or directory"),
        ("\x7fELF", "Exec format error"),
    ],
)
def test_a_compiler_of_the_project_that_fails_is_named(
    make_lone: Callable[..., Function], tmp_path: Path, program: str, reason: str
) -> None:
    folder = tmp_path / "project" / "node_modules" / ".bin"
    place(folder, "")
    (folder / "esbuild").write_text(program)
    message = failure(make_lone(), "import './lib.ts'")[1]
    assert message == (
        f"'packages/api/lib.ts' cannot be compiled by node_modules/.bin/esbuild: {reason}"
    )
