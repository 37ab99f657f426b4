"""Search of a long text in a long text: the answers are the engine's, the time is linear."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from edgehost.bindings import long_search
from edgehost.bindings.long_search import find_all_text, find_text
from tests.unit.conftest import Function

# Just over the product of lengths from which the host searches.
WHOLE = "const part = 'ab\\u{1f600}'.repeat(50); const whole = ('..' + part).repeat(300) + 'z';"


def value(function: Function, expression: str) -> str:
    return function.value(f"(() => {{ {WHOLE} return {expression}; }})()")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("whole.includes(part)", "true"),
        ("whole.includes(part, whole.length - 100)", "false"),
        ("whole.includes(part + 'x')", "false"),
        ("whole.indexOf(part)", "2"),
        ("whole.indexOf(part, 3)", "204"),
        ("whole.indexOf(part, -5)", "2"),
        ("whole.indexOf(part, NaN)", "2"),
        ("whole.indexOf(part, Infinity)", "-1"),
        ("whole.lastIndexOf(part)", str(299 * 202 + 2)),
        ("whole.lastIndexOf(part, 203)", "2"),
        ("whole.lastIndexOf(part, 1)", "-1"),
        ("whole.lastIndexOf(part, 'x')", str(299 * 202 + 2)),
        ("whole.split(part).length", "301"),
        ("whole.split(part).join('') === '..'.repeat(300) + 'z'", "true"),
        ("whole.split(part, 2).join('|')", "..|.."),
        ("whole.split(part, 0).length", "0"),
        ("whole.replace(part, '-').length", str(300 * 202 + 1 - 199)),
        ("whole.replaceAll(part, '-')", "..-" * 300 + "z"),
        ("whole.replaceAll(part, '$$').slice(0, 6)", "..$..$"),
        ("whole.replaceAll(part, '$&') === whole", "true"),
        ("whole.replace(part, '[$`]').slice(0, 6)", "..[..]"),
        ('whole.replace(part, "$\'").length', str(2 + 2 * (299 * 202 + 1))),
        ("whole.replaceAll(part, '$1$').slice(0, 5)", "..$1$"),
        (
            "whole.replaceAll(part, (match, at, all) => at + (all === whole) + (match === part))[2]",
            "4",
        ),
        ("String.prototype.indexOf.length + String.prototype.split.length", "3"),
        ("Object.hasOwn(String.prototype.includes, 'prototype')", "false"),
    ],
)
def test_a_long_search_answers_as_a_short_one_does(
    function: Function, expression: str, expected: str
) -> None:
    assert value(function, expression) == expected


@pytest.mark.parametrize(
    "method", ["includes", "indexOf", "lastIndexOf", "split", "replace", "replaceAll"]
)
@pytest.mark.parametrize(("length", "is_asked"), [(300, False), (30_000, True)])
def test_the_host_searches_where_the_engine_would_take_long(
    make_function: Callable[..., Function],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    length: int,
    is_asked: bool,
) -> None:
    asked: list[str] = []
    for name, query in long_search.QUERIES.items():
        monkeypatch.setitem(
            long_search.QUERIES,
            name,
            lambda *given, query=query: [asked.append(""), query(*given)][1],
        )
    function = make_function()
    part = f"'x'.repeat({length}) + 'y'"
    function.value(f"typeof 'x'.repeat(10 * {length}).{method}({part}, 0)")
    assert bool(asked) == is_asked


def test_the_host_finds_what_a_simple_search_finds() -> None:
    chance = random.Random(1)
    for _ in range(500):
        whole = "".join(chance.choices("ab\ud83d\ude00\U0001f600", k=chance.randrange(40)))
        part = "".join(chance.choices("ab\ud83d\ude00\U0001f600", k=chance.randrange(1, 4)))
        units, wanted = units_of(whole), units_of(part)
        start = chance.randrange(len(units) + 1)
        places = [at for at in range(len(units)) if units[at : at + len(wanted)] == wanted]
        assert find_text(whole, part, start, False) == next(
            (at for at in places if at >= start), -1
        )
        assert find_text(whole, part, start, True) == next(
            (at for at in places[::-1] if at <= start), -1
        )
        apart: list[int] = []
        for at in places:
            if not apart or at >= apart[-1] + len(wanted):
                apart.append(at)
        assert find_all_text(whole, part) == b"".join(at.to_bytes(4, "little") for at in apart)


def units_of(text: str) -> list[bytes]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [data[at : at + 2] for at in range(0, len(data), 2)]
