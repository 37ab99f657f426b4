"""URLSearchParams, and the application/x-www-form-urlencoded parser and serializer."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

# Any text that is no lone surrogate.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def pairs(realm: Any, init: str) -> list[list[str]]:
    """init: a JavaScript expression."""
    result: list[list[str]] = realm.eval(f"[...new URLSearchParams({init})]")
    return result


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("?", []),
        ("??a=1", [["?a", "1"]]),
        ("a", [["a", ""]]),
        ("=", [["", ""]]),
        ("&&a=1&&b=2&", [["a", "1"], ["b", "2"]]),
        ("=&=b&==&a==", [["", ""], ["", "b"], ["", "="], ["a", "="]]),
        ("a=b=c", [["a", "b=c"]]),
        ("a+b=c+d", [["a b", "c d"]]),
        ("a=%2B%20%26", [["a", "+ &"]]),
        ("a=%C3%A9&é=%f0%9f%98%80", [["a", "é"], ["é", "😀"]]),
        ("a=%&b=%4&c=%zz&d=%41", [["a", "%"], ["b", "%4"], ["c", "%zz"], ["d", "A"]]),
        ("a=%ff%41é", [["a", "\ufffdAé"]]),
        ("a=%e2%82", [["a", "\ufffd"]]),
        ("%EF%BB%BFa=%FE%FF", [["\ufeffa", "\ufffd\ufffd"]]),
        ("a=%00b", [["a", "\0b"]]),
    ],
)
def test_parsing(realm: Any, query: str, expected: list[list[str]]) -> None:
    assert pairs(realm, json.dumps(query)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aZ09*-._", "aZ09*-._"),
        ("a b", "a+b"),
        ("+", "%2B"),
        ("%20", "%2520"),
        ("!'()~", "%21%27%28%29%7E"),
        ("é😀", "%C3%A9%F0%9F%98%80"),
        ("\0\n", "%00%0A"),
    ],
)
def test_serializing(realm: Any, name: str, expected: str) -> None:
    assert (
        realm.eval(f"new URLSearchParams([[{json.dumps(name)}, 'v']]).toString()")
        == f"{expected}=v"
    )


def test_lone_surrogates_become_the_replacement_character(realm: Any) -> None:
    assert realm.eval("new URLSearchParams({ 'a\\udc00': 'b' }).toString()") == "a%EF%BF%BD=b"
    assert pairs(realm, "'a=\\ud800'") == [["a", "\ufffd"]]


def test_what_it_can_be_made_of(realm: Any) -> None:
    assert pairs(realm, "") == []
    assert pairs(realm, "undefined") == []
    assert pairs(realm, "null") == [["null", ""]]
    assert pairs(realm, "{ a: 1, b: null }") == [["a", "1"], ["b", "null"]]
    assert pairs(realm, "[['a', 1], new Set(['b', 2])]") == [["a", "1"], ["b", "2"]]
    assert pairs(realm, "new Map([['a', 'b']])") == [["a", "b"]]
    assert pairs(realm, "new URLSearchParams('a=1&a=2')") == [["a", "1"], ["a", "2"]]
    assert pairs(realm, "Object.defineProperty({ a: 1 }, 'hidden', { value: 2 })") == [["a", "1"]]
    assert pairs(realm, "{ 'x\\ud800': 1, 'x\\ud801': 2 }") == [["x\ufffd", "2"]]


@pytest.mark.parametrize(
    "init",
    [
        "[['a']]",
        "[['a', 'b', 'c']]",
        "[1]",
        "{ [Symbol.iterator]: 1 }",
        "{ [Symbol('s')]: 1 }",
        "Symbol('s')",
    ],
)
def test_what_it_cannot_be_made_of(realm: Any, init: str) -> None:
    assert (
        realm.eval(f"try {{ new URLSearchParams({init}); '' }} catch (error) {{ error.name }}")
        == "TypeError"
    )


def test_reading(realm: Any) -> None:
    realm.eval("globalThis.p = new URLSearchParams('a=1&b=2&a=3'); 0")
    assert realm.eval("[p.get('a'), p.get('c'), p.getAll('a'), p.getAll('c'), p.size]") == [
        "1",
        None,
        ["1", "3"],
        [],
        3,
    ]
    assert realm.eval(
        "[p.has('a'), p.has('c'), p.has('a', '3'), p.has('a', '2'), p.has('a', undefined)]"
    ) == [
        True,
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("undefined", ["1"]),
        ("null", ["2"]),
        ("7", ["3", "4"]),
        ("{ toString: () => '7' }", ["3", "4"]),
        ("'x\\ud800'", ["5"]),
        ("'x\\udc00y'", []),
    ],
)
def test_a_name_is_converted_before_it_is_looked_up(
    realm: Any, name: str, values: list[str]
) -> None:
    realm.eval("globalThis.p = new URLSearchParams('undefined=1&null=2&7=3&7=4&x\ufffd=5'); 0")
    first = values[0] if values else None
    assert realm.eval(f"[p.get({name}), p.getAll({name}), p.has({name})]") == [
        first,
        values,
        bool(values),
    ]


def test_a_conversion_that_resets_the_list_is_seen_by_a_look_up(realm: Any) -> None:
    script = """(() => {
      const url = new URL('http://h/?a=1');
      const resetting = (search) => ({ toString() { url.search = search; return 'b' } });
      return [
        url.searchParams.get(resetting('?b=2')), url.searchParams.getAll(resetting('?b=3&b=4')),
      ];
    })()"""
    assert realm.eval(script) == ["2", ["3", "4"]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("p.append('c', 'd e')", "a=1&b=2&a=3&c=d+e"),
        ("p.delete('a')", "b=2"),
        ("p.delete('a', '3')", "a=1&b=2"),
        ("p.delete('a', undefined)", "b=2"),
        ("p.delete('x')", "a=1&b=2&a=3"),
        ("p.set('a', '4')", "a=4&b=2"),
        ("p.set('c', '4')", "a=1&b=2&a=3&c=4"),
        ("p.sort()", "a=1&a=3&b=2"),
    ],
)
def test_changing(realm: Any, change: str, expected: str) -> None:
    assert (
        realm.eval(f"const p = new URLSearchParams('a=1&b=2&a=3'); {change}; `${{p}}`") == expected
    )


def test_sorting_is_stable_and_by_code_units(realm: Any) -> None:
    # U+FFFD is above the surrogates that make up U+1F308, though its code point is below.
    assert realm.eval(
        "const p = new URLSearchParams('z=1&\\ufffd=2&\\u{1f308}=3&z=0'); p.sort(); [...p.keys()]"
    ) == [
        "z",
        "z",
        "🌈",
        "\ufffd",
    ]
    assert realm.eval(
        "const q = new URLSearchParams('z=1&a=2&z=0'); q.sort(); [...q.values()]"
    ) == ["2", "1", "0"]


def test_iterating_is_live(realm: Any) -> None:
    script = """(() => {
      const params = new URLSearchParams('a=1&b=2&c=3'), seen = [];
      for (const [name] of params) { seen.push(name); if (name === 'a') params.delete('b'); }
      return seen;
    })()"""
    assert realm.eval(script) == ["a", "c"]


def test_for_each_passes_value_name_and_object(realm: Any) -> None:
    script = """(() => {
      const params = new URLSearchParams('a=1'), seen = [];
      params.forEach(function (value, name, object) {
        seen.push(value, name, object === params, this.x);
      }, { x: 9 });
      return seen;
    })()"""
    assert realm.eval(script) == ["1", "a", True, 9]


def test_a_conversion_that_resets_the_list_is_seen(realm: Any) -> None:
    script = """(() => {
      const url = new URL('http://h/?a=1');
      url.searchParams.append('b', { toString() { url.search = '?c=3'; return '2' } });
      return url.href;
    })()"""
    assert realm.eval(script) == "http://h/?c=3&b=2"


def test_arguments_are_counted(realm: Any) -> None:
    for call in ("append('a')", "delete()", "get()", "getAll()", "has()", "set('a')", "forEach()"):
        script = f"try {{ new URLSearchParams().{call}; '' }} catch (error) {{ error.name }}"
        assert realm.eval(script) == "TypeError", call
    lengths = {"append": 2, "delete": 1, "get": 1, "getAll": 1, "has": 1, "set": 2}
    for method, length in lengths.items():
        assert realm.eval(f"URLSearchParams.prototype.{method}.length") == length
    assert realm.eval("URLSearchParams.length") == 0


def test_the_receiver_is_checked(realm: Any) -> None:
    for member in (
        "size",
        "toString.call({})",
        "get.call({}, 'a')",
        "delete.call({}, 'a')",
        "entries.call({})",
    ):
        script = f"try {{ URLSearchParams.prototype.{member}; '' }} catch (error) {{ error.name }}"
        assert realm.eval(script) == "TypeError", member


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(given_pairs=st.lists(st.tuples(TEXT, TEXT), max_size=4))
def test_what_is_written_is_read_again(realm: Any, given_pairs: list[tuple[str, str]]) -> None:
    written = realm.eval(f"new URLSearchParams({json.dumps(given_pairs)}).toString()")
    assert written.isascii()
    assert parse_qsl(written, keep_blank_values=True) == given_pairs
    assert pairs(realm, json.dumps(written)) == [list(pair) for pair in given_pairs]


def test_many_separators_take_linear_time(realm: Any) -> None:
    # A turn has 2 CPU seconds; a search to the end for each piece would take far longer.
    assert realm.eval("new URLSearchParams('a&'.repeat(200000)).size") == 200_000
