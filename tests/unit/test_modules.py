"""Resolving and loading the modules of a function."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from edgehost.engine.modules.module_map import ModuleMap
from edgehost.engine.modules.root import root_of
from edgehost.errors import ConfigError
from tests.unit.conftest import Function


def write(function: Function, **files: str | bytes) -> None:
    for name, text in files.items():
        path = function.folder / name.replace("__", ".").replace("_SLASH_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)


def failure(function: Function, source: str) -> tuple[str, str, str]:
    """name, message and stack of the error that a module fails with."""
    (failed,) = [got for got in function.evaluate(source) if got[0] == "loadFailed"]
    return failed[1:4]


# Roots and names


def test_the_root_is_the_nearest_project(tmp_path: Path) -> None:
    (tmp_path / "package.json").touch()
    entry = tmp_path / "a" / "b" / "fn.js"
    entry.parent.mkdir(parents=True)
    assert root_of(entry) == tmp_path
    (tmp_path / "a" / "azion.config.mjs").touch()
    assert root_of(entry) == tmp_path / "a"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package.json", '{"workspaces": ["packages/*"]}'),
        ("package.json", '{"workspaces": {"packages": []}}'),
        ("pnpm-workspace.yaml", "packages: ['packages/*']"),
    ],
)
def test_the_root_is_the_workspace_of_the_project(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    project = tmp_path / "packages" / "api"
    project.mkdir(parents=True)
    (project / "package.json").touch()
    assert root_of(project / "src" / "fn.js") == tmp_path
    (project / ".git").mkdir()
    assert root_of(project / "src" / "fn.js") == project


@pytest.mark.parametrize("text", ["", "{}", "[", "1", "null", "\xff"])
def test_a_package_further_up_is_no_workspace(tmp_path: Path, text: str) -> None:
    (tmp_path / "package.json").write_text(text, "latin-1")
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "package.json").touch()
    assert root_of(tmp_path / "api" / "fn.js") == tmp_path / "api"


def test_an_entry_is_named_from_its_root(tmp_path: Path) -> None:
    (tmp_path / "package.json").touch()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "fn.js").touch()
    assert ModuleMap("esbuild", production=True).entry(tmp_path / "src" / "fn.js") == "src/fn.js"


def test_a_missing_entry_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file: .*/fn\.js"):
        ModuleMap("esbuild", production=True).entry(tmp_path / "fn.js")
    with pytest.raises(ConfigError, match="no such file"):
        ModuleMap("esbuild", production=True).entry(tmp_path)


def test_an_entry_cannot_take_a_name_of_the_runtime(tmp_path: Path) -> None:
    path = tmp_path / "edgehost:host.js"
    path.touch()
    (tmp_path / ".git").mkdir()
    with pytest.raises(ConfigError, match="cannot begin with 'edgehost:'"):
        ModuleMap("esbuild", production=True).entry(path)


@pytest.mark.parametrize(
    ("base", "specifier", "name"),
    [
        ("edgehost:main.js", "./boundary/host.js", "edgehost:boundary/host.js"),
        ("edgehost:streams/index.js", "../boundary/host.js", "edgehost:boundary/host.js"),
        ("edgehost:function/function.js", "src/fn.js", "src/fn.js"),
    ],
)
def test_the_runtime_imports_its_own_files_and_the_entry(
    base: str, specifier: str, name: str
) -> None:
    assert ModuleMap("esbuild", production=True).resolve(base, specifier, {}) == name


# Loading


def test_a_module_imports_another(function: Function) -> None:
    write(
        function,
        lib__js="export const value = 7; export default 'd'",
        a_SLASH_b__js="export * from '../lib.js'",
    )
    assert function.value("(await import('./lib.js')).value") == "7"
    assert function.value("(await import('./a/b.js')).value") == "7"
    assert failure(function, "import d, { value } from './lib.js'; throw d + value")[1] == "'d7'"


def test_a_module_is_evaluated_once(function: Function) -> None:
    write(function, lib__js="globalThis.count = (globalThis.count ?? 0) + 1")
    assert function.value("(await import('./lib.js'), await import('./lib.js'), count)") == "1"


def test_cyclic_imports_work(function: Function) -> None:
    write(
        function,
        a__js="import { b } from './b.js'; export const a = () => 'a'; export const both = () => a() + b();",
        b__js="import { a } from './a.js'; export const b = () => a() + 'b';",
    )
    assert function.value("(await import('./a.js')).both()") == "aab"


def test_a_module_that_imports_itself_works(function: Function) -> None:
    write(
        function,
        self__js="import * as me from './self.js'; export const x = 1; export const y = () => me.x;",
    )
    assert function.value("(await import('./self.js')).y()") == "1"


def chain(function: Function, files: int) -> None:
    for number in range(files):
        write(function, **{f"m{number}.js": f"export * from './m{number + 1}.js'"})
    write(function, **{f"m{files}.js": "export const it = 1;"})


def test_many_files_may_import_one_another_in_a_row(function: Function) -> None:
    chain(function, 150)
    assert function.value("(await import('./m0.js')).it") == "1"


def test_files_that_import_one_another_without_end_are_refused(function: Function) -> None:
    chain(function, 300)
    name, message, _ = failure(function, "import './m0.js'")
    assert name == "TypeError"
    assert "nested too deeply" in message


def test_a_package_json_that_is_nested_deeply_is_refused(function: Function) -> None:
    write(function, **{"package.json": f'{{"imports": {{"#a": {"[" * 900}"./a.js"{"]" * 900}}}}}'})
    name, message, _ = failure(function, "import '#a'")
    assert name == "TypeError"
    assert "nested too deeply" in message


def test_json_is_imported_as_its_default(function: Function) -> None:
    write(function, data__json='{"a": [1, "\\u2028", "\\ud800"], "__proto__": {"b": 1}}')
    expression = "(({ default: d }) => [d.a[0], d.a[1].charCodeAt(0), d.a[2].charCodeAt(0), Object.keys(d), d.b].join('|'))"
    assert (
        function.value(f"{expression}(await import('./data.json'))") == "1|8232|55296|a,__proto__|"
    )


def test_json_is_imported_with_an_attribute(function: Function) -> None:
    write(function, data__json="[1, 2]")
    got = failure(
        function, "import data from './data.json' with { type: 'json' }; throw data.length"
    )
    assert got[1] == "2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "SyntaxError: 'data.json' is not JSON: "),
        ("", "SyntaxError: 'data.json' is not JSON: "),
        ("[" * 200_000, "TypeError: 'data.json' is nested too deeply"),
    ],
)
def test_broken_json_is_said(function: Function, text: str, message: str) -> None:
    write(function, data__json=text)
    assert function.value("await import('./data.json')").startswith(f"threw {message}")


def test_top_level_await_is_waited_for(function: Function) -> None:
    write(function, lib__js="export let value = 1; await null; await null; value = 2;")
    assert failure(function, "import { value } from './lib.js'; throw value")[1] == "2"


def test_import_meta_url_names_the_module_and_not_the_machine(function: Function) -> None:
    write(function, a_SLASH_lib__js="export default import.meta.url")
    assert function.value("(await import('./a/lib.js')).default") == "file:///a/lib.js"
    assert str(function.folder) not in function.value("import.meta.url")


def test_a_missing_import_is_said(function: Function) -> None:
    assert failure(function, "import './lib'")[:2] == ("TypeError", "there is no module 'lib'")


def test_a_missing_export_is_a_syntax_error_of_the_importer(function: Function) -> None:
    write(function, lib__js="export const a = 1")
    name, message, stack = failure(function, "import { b } from './lib.js'")
    assert name == "SyntaxError"
    assert "'b'" in message
    assert "edgehost:" not in message + stack


@pytest.mark.parametrize(
    "specifier",
    ["./" + "x" * 254, "./" + "x" * 5000, "./a/" * 2000, "./fn\\ud800.js", "./fn\\0.js"],
)
def test_an_impossible_name_is_refused(function: Function, specifier: str) -> None:
    assert function.value(f"await import('{specifier}')").startswith("threw TypeError: ")


def test_a_percent_sign_in_a_name_stays_as_it_is(function: Function) -> None:
    assert (
        function.value("await import('./%s%n%d.js')")
        == "threw TypeError: there is no module '%s%n%d.js'"
    )


def test_a_folder_is_no_module(function: Function) -> None:
    (function.folder / "lib.js").mkdir()
    assert (
        function.value("await import('./lib.js')") == "threw TypeError: there is no module 'lib.js'"
    )
    assert function.value("await import('./lib.js/x.js')").startswith(
        "threw TypeError: there is no module"
    )
    assert function.value("await import('./')").startswith("threw TypeError: there is no module")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_cannot_be_read_is_said(function: Function) -> None:
    write(function, lib__js="")
    (function.folder / "lib.js").chmod(0)
    assert "cannot be read: Permission denied" in function.value("await import('./lib.js')")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_no_module_and_does_not_block(function: Function) -> None:
    os.mkfifo(function.folder / "lib.js")
    assert function.value("await import('./lib.js')").startswith("threw TypeError: ")


def test_text_that_is_not_utf_8_is_refused_with_its_place(function: Function) -> None:
    write(function, lib__js=b"const a = '\xe9';")
    assert (
        function.value("await import('./lib.js')")
        == "threw TypeError: 'lib.js' is not UTF-8 text (byte 11)"
    )


@pytest.mark.parametrize(
    "source",
    [
        "\ufeffexport default 1",
        "#!/usr/bin/env edgehost run\nexport default 1",
        "// a\r\nexport default 1;\r\n",
        "// a\rexport default 1;\r",
        "// \u2028export default 1;",
        "export default 1 // no end of line",
    ],
)
def test_every_form_of_text_is_read(function: Function, source: str) -> None:
    write(function, lib__js=source)
    assert function.value("(await import('./lib.js')).default") == "1"


def test_an_empty_module_is_one(function: Function) -> None:
    write(function, lib__js="")
    assert function.value("Object.keys(await import('./lib.js')).length") == "0"


def test_a_nul_does_not_end_the_source(function: Function) -> None:
    write(function, lib__js="export default 'a\0b'.length")
    assert function.value("(await import('./lib.js')).default") == "3"
    write(function, lib2__js="export default 1;\0 throw 1")
    assert function.value("await import('./lib2.js')").startswith("threw SyntaxError")


def test_non_ascii_text_is_read(function: Function) -> None:
    write(function, lib__js="export default 'é€😀'")
    assert function.value("(await import('./lib.js')).default.length") == "4"


def test_a_large_module_is_read(function: Function) -> None:
    write(function, lib__js="export default [" + "'0123456789',\n" * 100_000 + "].length")
    assert function.value("(await import('./lib.js')).default") == "100000"


# Errors show the user's place


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("let x = ;", 1, 9),
        ("\n\n  let x = ;", 3, 11),
        ("// é\r\nlet y = 1;\r\nlet x = ;\r\n", 3, 9),
        ("\ufefflet a;\nlet x = ;", 2, 9),
        ("#!/bin/x\nlet x = ;", 2, 9),
        ("let a; let a;", 1, 13),
    ],
)
def test_a_syntax_error_has_its_place_in_the_users_file(
    function: Function, source: str, line: int, column: int
) -> None:
    name, _, stack = failure(function, source)
    assert name == "SyntaxError"
    assert stack.strip() == f"at entry1.js:{line}:{column}"


def test_a_syntax_error_in_an_import_names_that_file(function: Function) -> None:
    write(function, lib__js="\nexport default ;")
    name, _, stack = failure(function, "import './lib.js'")
    assert name == "SyntaxError"
    assert stack.strip() == "at lib.js:2:16"


def test_an_error_while_evaluating_has_the_users_frames(function: Function) -> None:
    write(function, lib__js="export function inner() {\n  throw new RangeError('no');\n}")
    name, message, stack = failure(function, "import { inner } from './lib.js';\ninner();")
    assert (name, message) == ("RangeError", "no")
    assert "at inner (lib.js:2:" in stack
    assert "(entry1.js:2:" in stack


def test_no_internal_path_is_in_a_stack(function: Function) -> None:
    *_, stack = failure(function, "new URL('x')")
    assert str(Path(__file__).parents[2]) not in stack
    assert str(function.folder) not in stack


def test_a_place_is_shown_with_its_line(function: Function) -> None:
    write(function, lib__js="\nexport default ;")
    *_, trace = failure(function, "import './lib.js'")
    frames, excerpt = function.isolate.modules.place(trace)
    assert [str(frame) for frame in frames] == ["<anonymous> (lib.js:2:16)"]
    assert excerpt.startswith("2 | export default ;\n")


# Unhandled rejections


def test_an_unhandled_rejection_reaches_the_host_with_its_place(function: Function) -> None:
    got = function.evaluate(
        "\nfunction oops() {\n  return Promise.reject(new TypeError('mine'));\n}\noops();"
    )
    ((kind, name, message, stack, *_),) = [details for op, *details in got if op == "uncaught"]
    assert (kind, name, message) == ("rejection", "TypeError", "mine")
    assert "at oops (entry1.js:3:" in stack


def test_a_rejection_that_is_handled_in_the_same_turn_is_none(function: Function) -> None:
    got = function.evaluate(
        "const p = Promise.reject(1); await null; await null; p.catch(() => {}); throw 'end'"
    )
    assert [op for op, *_ in got] == ["loadFailed"]


def test_a_rejection_with_null_reaches_the_host(function: Function) -> None:
    got = function.evaluate("Promise.reject(null); Promise.reject(); throw 'end'")
    assert [details[:3] for op, *details in got if op == "uncaught"] == [
        ["rejection", "Uncaught value", "null"],
        ["rejection", "Uncaught value", "undefined"],
    ]


def test_many_rejections_reach_the_host_in_order(function: Function) -> None:
    got = function.evaluate("for (let i = 0; i < 1000; i++) Promise.reject(i); throw 'end'")
    assert [details[2] for op, *details in got if op == "uncaught"] == [str(i) for i in range(1000)]
