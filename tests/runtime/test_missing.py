"""What is missing is named in the log when it is first used, and tests for it answer as they have to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from wired import Function

Load = Callable[[str], Awaitable[Function]]


@pytest.fixture
async def load(tmp_path: Path) -> AsyncIterator[Load]:
    functions = []

    async def start(body: str) -> Function:
        source = f"export default {{ async fetch(request) {{ {body}; return new Response(); }} }};"
        functions.append(await Function.load(tmp_path, source))
        return functions[-1]

    yield start
    for function in functions:
        function.worker.close()


@pytest.mark.parametrize(
    ("use", "line"),
    [
        *[
            (use, f"Intl is missing: {method} ignores the locales and options that it is given")
            for use, method in [
                ("(1.5).toLocaleString('de')", "Number.prototype.toLocaleString"),
                (
                    "new Date().toLocaleString(undefined, { hour: 'numeric' })",
                    "Date.prototype.toLocaleString",
                ),
                ("new Date().toLocaleDateString('de')", "Date.prototype.toLocaleDateString"),
                ("new Date().toLocaleTimeString('de')", "Date.prototype.toLocaleTimeString"),
                ("'a'.localeCompare('b', 'de')", "String.prototype.localeCompare"),
                (
                    "'a'.localeCompare('b', undefined, { numeric: true })",
                    "String.prototype.localeCompare",
                ),
                ("'i'.toLocaleUpperCase('tr')", "String.prototype.toLocaleUpperCase"),
                ("'I'.toLocaleLowerCase('tr')", "String.prototype.toLocaleLowerCase"),
            ]
        ],
    ],
)
async def test_the_first_use_is_logged_once(load, use, line):
    function = await load(f"for (let i = 0; i < 3; i++) {{ {use}; }}")
    function.request()
    function.request()
    assert function.errors.splitlines() == [line]


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("new CompressionStream('gzip')", "CompressionStream"),
        ("new Intl.NumberFormat('de')", "Intl"),
        ("await caches.open('x')", "caches"),
        (
            "reportError((() => { try { Buffer.from('x') } catch (error) { return error } })())",
            "Buffer",
        ),
    ],
)
async def test_a_global_whose_use_fails_is_named_once_beside_the_error(load, use, name):
    function = await load(use)
    function.request()
    function.request()
    assert function.errors.count(f"{name} is missing: edgehost does not have this global") == 1
    assert function.errors.count(f"ReferenceError: {name} is not defined") == 2


@pytest.mark.parametrize("name", ["caches", "CompressionStream", "Intl", "WebAssembly"])
async def test_tests_for_a_global_answer_that_it_is_not_there_without_a_word(load, name):
    function = await load(
        f"console.log(JSON.stringify([typeof {name}, '{name}' in globalThis, globalThis.{name} === undefined]))"
    )
    function.request()
    assert function.log == [["undefined", False, True]]
    assert function.errors == ""


@pytest.mark.parametrize(
    "use",
    [
        "(1.5).toLocaleString()",
        "'a'.localeCompare('b')",
        "[1.5, new Date()].toLocaleString()",
        "await fetch('data:,x')",
        "try { undefinedByTheFunction } catch {}",
    ],
)
async def test_what_works_is_not_warned_of(load, use):
    function = await load(use)
    function.request()
    assert function.errors == ""


async def test_an_undefined_name_of_the_functions_own_is_an_error_only(load):
    function = await load("mistyped()")
    function.request()
    assert "missing" not in function.errors


@pytest.mark.parametrize(
    ("owner", "name", "length", "answer"),
    [
        ("Number", "toLocaleString", 0, "(1.5).toLocaleString() === '1.5'"),
        ("Date", "toLocaleString", 0, "new Date(0).toLocaleString().includes('1970')"),
        ("String", "localeCompare", 1, "'a'.localeCompare('b') === -1"),
        ("String", "toLocaleUpperCase", 0, "'a'.toLocaleUpperCase() === 'A'"),
    ],
)
def test_methods_that_take_locales_are_as_they_were(realm, owner, name, length, answer):
    script = f"""(() => {{
      const method = {owner}.prototype.{name};
      const {{ writable, enumerable, configurable }} = Object.getOwnPropertyDescriptor({owner}.prototype, '{name}');
      return [method.name, method.length, 'prototype' in method, writable, enumerable, configurable, {answer}];
    }})()"""
    assert realm.eval(script) == [name, length, False, True, False, True, True]
