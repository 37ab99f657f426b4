"""`process.env`, which packages read."""

from __future__ import annotations

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
