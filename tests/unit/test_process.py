"""`process.env`, which packages read."""

from __future__ import annotations

import json

import pytest

from tests.unit.conftest import Function


def test_it_has_the_functions_variables(function: Function) -> None:
    function.deliver("configure", '{"A": "1", "__proto__": "2"}')
    assert function.value("JSON.stringify(process.env)") == (
        '{"NODE_ENV":"production","A":"1","__proto__":"2"}'
    )


def test_the_variables_may_say_that_it_is_no_production(function: Function) -> None:
    function.deliver("configure", '{"NODE_ENV": "development"}')
    assert function.value("process.env.NODE_ENV") == "development"


def test_it_does_not_look_like_node(function: Function) -> None:
    assert function.value("Object.keys(process)") == "env"
    assert function.value("Object.keys(globalThis).includes('process')") == "false"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("undefined", "undefined"),
        ("null", "null"),
        ("1.50", "1.5"),
        ("true", "true"),
        ("5n", "5"),
        ("[1, 2]", "1,2"),
        ("{}", "[object Object]"),
        ("{ toString: () => 'shown', valueOf: () => 1 }", "shown"),
        ("'text'", "text"),
    ],
)
@pytest.mark.parametrize(
    "assign",
    [
        "process.env.A = VALUE",
        "Object.assign(process.env, { A: VALUE })",
        "Reflect.set(process.env, 'A', VALUE)",
        "process.env.A = 'before'; process.env.A = VALUE",
        "Object.defineProperty(process.env, 'A', { value: VALUE, writable: true, enumerable: true, configurable: true })",
    ],
)
def test_what_is_assigned_becomes_a_text(
    function: Function, assign: str, value: str, text: str
) -> None:
    assigned = assign.replace("VALUE", value)
    script = f"(() => {{ {assigned}; return JSON.stringify([process.env.A, Object.keys(process.env)]) }})()"
    assert json.loads(function.value(script)) == [text, ["NODE_ENV", "A"]]


@pytest.mark.parametrize(
    ("use", "error"),
    [
        ("process.env.A = Symbol('s')", "TypeError"),
        ("process.env[Symbol('s')] = 'x'", "TypeError"),
        ("Object.assign(process.env, { A: Symbol('s') })", "TypeError"),
        ("process.env.A = { __proto__: null }", "TypeError"),
        ("process.env.A = { toString() { throw new RangeError() } }", "RangeError"),
        ("Object.defineProperty(process.env, 'A', { value: 1 })", "TypeError"),
        (
            "Object.defineProperty(process.env, 'A', { get: () => 1, enumerable: true, configurable: true })",
            "TypeError",
        ),
        (
            "Object.defineProperty(process.env, 'NODE_ENV', { value: 'x', writable: false })",
            "TypeError",
        ),
        ("Object.freeze(process.env)", "TypeError"),
    ],
)
def test_what_has_no_text_is_refused_and_changes_nothing(
    function: Function, use: str, error: str
) -> None:
    script = f"""(() => {{
      try {{ {use}; return 'taken' }} catch (error) {{ return error.name + JSON.stringify(process.env) }}
    }})()"""
    assert function.value(script) == error + '{"NODE_ENV":"production"}'


def test_it_is_an_ordinary_object_in_all_else(function: Function) -> None:
    script = """(() => {
      const heir = Object.create(process.env);
      process.env.A = 'a';
      heir.B = 1;
      const seen = [{ ...process.env }, 'A' in process.env, process.env[Symbol('s')] === undefined,
        delete process.env.A, process.env.A === undefined, heir.B, 'B' in process.env];
      process.env = { C: 1 };
      return JSON.stringify([...seen, process.env]);
    })()"""
    variables = {"NODE_ENV": "production", "A": "a"}
    assert json.loads(function.value(script)) == [
        variables,
        True,
        True,
        True,
        True,
        1,
        False,
        {"C": 1},
    ]
