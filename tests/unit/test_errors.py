"""The tree of errors."""

from __future__ import annotations

import pickle

import pytest

from edgehost import errors
from edgehost.errors import (
    CpuLimitExceeded,
    EdgehostError,
    Failure,
    Frame,
    FunctionError,
    LimitExceeded,
    MemoryLimitExceeded,
    ScriptError,
    WallLimitExceeded,
)


def test_every_error_is_in_the_tree_and_on_its_page() -> None:
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert classes == set(errors.__all__)
    outside = {name for name in classes if not issubclass(getattr(errors, name), EdgehostError)}
    assert outside == {"Failure", "Frame"}
    for name in classes - outside:
        assert name in (errors.__doc__ or "")


def test_an_error_reads_as_a_console_prints_it() -> None:
    error = ScriptError("TypeError", "no", (Frame("f", "fn.js", 2, 5),), "2 | x\n        ^")
    assert str(error) == "TypeError: no\n    at f (fn.js:2:5)\n2 | x\n        ^"
    assert error.title == "TypeError: no"


def test_an_error_without_a_message_has_no_colon() -> None:
    assert str(ScriptError("TypeError", "")) == "TypeError"


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        (CpuLimitExceeded, "cpu_ms"),
        (WallLimitExceeded, "wall_ms"),
        (MemoryLimitExceeded, "memory_mb"),
    ],
)
def test_a_limit_names_its_option(kind: type[LimitExceeded], limit: str) -> None:
    error = kind("too much")
    assert kind.limit == limit
    assert error.title == f"{kind.__name__}: too much"
    assert isinstance(error, FunctionError)


def test_a_failure_is_no_error_of_edgehost() -> None:
    failure = Failure("TypeError", "no")
    assert not isinstance(failure, EdgehostError)
    assert (failure.js_class, str(failure)) == ("TypeError", "no")


def test_a_script_error_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(ScriptError("TypeError", "no")))
    assert (copy.name, copy.message) == ("TypeError", "no")
