"""Headers: what they take, in which order they show it, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest


def pairs(realm: Any, init: str) -> Any:
    return realm.eval(f"[...new Headers({init})]")


@pytest.mark.parametrize(
    "init",
    [
        "{ B: '2', a: '1' }",
        "[['B', '2'], ['a', '1']]",
        "new Map([['B', '2'], ['a', '1']])",
        "new Headers({ B: '2', a: '1' })",
        "new URLSearchParams('B=2&a=1')",
    ],
)
def test_names_are_shown_in_lower_case_and_sorted(realm: Any, init: str) -> None:
    assert pairs(realm, init) == [["a", "1"], ["b", "2"]]


def test_values_of_one_name_are_combined_but_for_cookies(realm: Any) -> None:
    init = "[['a', '1'], ['set-cookie', 'x=1'], ['A', '2'], ['Set-Cookie', 'y=2']]"
    assert pairs(realm, init) == [["a", "1, 2"], ["set-cookie", "x=1"], ["set-cookie", "y=2"]]
    assert realm.eval(f"new Headers({init}).getSetCookie()") == ["x=1", "y=2"]


def test_a_value_that_reads_like_a_name_is_not_taken_for_one(realm: Any) -> None:
    realm.eval("globalThis.h = new Headers([['vary', 'accept'], ['accept', 'vary'], ['x', 'y']])")
    assert realm.eval("['vary', 'accept', 'Accept', 'x', 'y'].map((name) => h.get(name))") == [
        "accept",
        "vary",
        "vary",
        "y",
        None,
    ]
    assert realm.eval("['vary', 'accept', 'y'].map((name) => h.has(name))") == [True, True, False]


def test_values_of_one_name_are_read_together(realm: Any) -> None:
    init = "[['a', '1'], ['b', 'a'], ['A', '2'], ['set-cookie', 'x'], ['set-cookie', 'y']]"
    realm.eval(f"globalThis.h = new Headers({init})")
    assert realm.eval("['a', 'A', 'set-cookie'].map((name) => h.get(name))") == [
        "1, 2",
        "1, 2",
        "x, y",
    ]


@pytest.mark.parametrize("method", ["get", "has"])
def test_a_name_that_is_looked_up_is_converted_and_checked(realm: Any, method: str) -> None:
    names = ["undefined", "null", "7", "{ toString: () => 'UNDEFINED' }"]
    found = [
        realm.eval(f"new Headers({{ undefined: '1', 7: '2' }}).{method}({name})") for name in names
    ]
    assert found == (["1", None, "2", "1"] if method == "get" else [True, False, True, True])
    for refused in ("", "''", "'a b'", "'\\u0100'", "Symbol('s')"):
        script = f"try {{ new Headers().{method}({refused}) }} catch (error) {{ error.name }}"
        assert realm.eval(script) == "TypeError", refused


def test_patched_array_methods_do_not_change_a_look_up(realm: Any) -> None:
    script = """
      for (const name of ['indexOf', 'lastIndexOf', 'push']) {
        Object.defineProperty(Array.prototype, name, { value() { throw new Error('patched') } });
      }
      const headers = new Headers({ a: '1' });
      headers.append('b', '2');
      headers.get('a') + headers.get('b') + headers.has('c');
    """
    assert realm.eval(script) == "12false"


def test_a_record_is_read_in_the_order_of_web_idl(realm: Any) -> None:
    """Also where every name and value was checked before."""
    script = """(() => {
      const seen = [], target = { b: '2', a: '1' };
      Object.defineProperty(target, 'hidden', { value: '3', configurable: true });
      const log = (trap) => (...args) => {
        seen.push(`${trap} ${String(args[1]?.description ?? args[1] ?? '')}`.trim());
        return Reflect[trap](...args);
      };
      const traps = ['ownKeys', 'getOwnPropertyDescriptor', 'get', 'has', 'getPrototypeOf'];
      const handler = Object.fromEntries(traps.map((trap) => [trap, log(trap)]));
      new Headers({ ...target });
      new Headers(new Proxy(target, handler));
      return seen;
    })()"""
    assert realm.eval(script) == [
        "get Symbol.iterator",
        "ownKeys",
        "getOwnPropertyDescriptor b",
        "get b",
        "getOwnPropertyDescriptor a",
        "get a",
        "getOwnPropertyDescriptor hidden",
    ]


def test_iteration_is_live(realm: Any) -> None:
    assert realm.eval("""(() => {
        const headers = new Headers({ a: '1', c: '3' });
        const seen = [];
        for (const [name] of headers) {
            seen.push(name);
            if (name === 'a') headers.append('b', '2');
        }
        return seen;
    })()""") == ["a", "b", "c"]


def test_set_replaces_all_values_where_the_first_stood(realm: Any) -> None:
    assert (
        realm.eval("""(() => {
        const headers = new Headers([['a', '1'], ['b', '2'], ['a', '3']]);
        headers.set('A', ' 4 ');
        return headers.get('a') + '|' + headers.has('B');
    })()""")
        == "4|true"
    )


@pytest.mark.parametrize("value", ["a\\r\\nb", "a\\0", "\\u0100", "\\ud800"])
def test_a_value_that_cannot_be_sent_is_refused_and_changes_nothing(realm: Any, value: str) -> None:
    assert (
        realm.eval(f"""(() => {{
        const headers = new Headers({{ a: '1' }});
        for (const change of ['set', 'append']) {{
            try {{ headers[change]('a', '{value}'); return 'taken' }} catch (error) {{
                if (!(error instanceof TypeError)) return error.name;
            }}
        }}
        return headers.get('a');
    }})()""")
        == "1"
    )


def test_a_record_with_a_value_that_is_refused_makes_no_headers(realm: Any) -> None:
    known = "new Headers({ a: '1' });"  # a name and a value that were checked before
    script = known + "try { new Headers({ a: '1', b: 'x\\ny' }) } catch (error) { error.name }"
    assert realm.eval(script) == "TypeError"


def test_headers_given_as_headers_are_copied(realm: Any) -> None:
    assert realm.eval("""(() => {
        const first = new Headers({ a: '1' });
        const second = new Headers(first);
        second.append('a', '2');
        return [first.get('a'), second.get('a')];
    })()""") == ["1", "1, 2"]


def test_a_replaced_iterator_is_heeded(realm: Any) -> None:
    """Headers are then given as any iterable is: the standard reads the property."""
    assert realm.eval("""(() => {
        const headers = new Headers({ a: '1' });
        headers[Symbol.iterator] = function* () { yield ['b', '2']; };
        return [...new Headers(headers).keys()];
    })()""") == ["b"]
