"""How arguments become values: https://webidl.spec.whatwg.org/#js-type-mapping"""

from __future__ import annotations

from typing import Any

import pytest


def thrown_by(realm: Any, expression: str) -> Any:
    return realm.eval(
        f"(() => {{ try {{ {expression} }} catch (error) {{ return error.name }} return null }})()"
    )


@pytest.mark.parametrize(
    ("value", "converted"),
    [
        ("7", 7),
        ("'7'", 7),
        ("1.9", 1),
        ("-1.9", 65535),
        ("-0", 0),
        ("65536", 0),
        ("-1", 65535),
        ("2 ** 32 + 5", 5),
        ("1e300", 0),
        ("NaN", 0),
        ("-Infinity", 0),
        ("{ valueOf: () => 3 }", 3),
        ("null", 0),
        ("[]", 0),
    ],
)
def test_an_unsigned_short_wraps(realm: Any, value: str, converted: int) -> None:
    assert realm.eval(
        f"const {{ code }} = new CloseEvent('x', {{ code: {value} }}); [code, 1 / code > 0]"
    ) == [
        converted,
        True,
    ]


@pytest.mark.parametrize(
    ("value", "converted"), [("-1", 2**32 - 1), ("2 ** 53", 0), ("2 ** 31", 2**31)]
)
def test_an_unsigned_long_wraps(realm: Any, value: str, converted: int) -> None:
    assert realm.eval(f"new ErrorEvent('x', {{ lineno: {value} }}).lineno") == converted


@pytest.mark.parametrize(
    "value",
    [
        "-1",
        "NaN",
        "Infinity",
        "2 ** 53",
        "1n",
        "Symbol()",
        "{ valueOf() { throw new TypeError() } }",
    ],
)
def test_a_number_that_must_be_in_range_is_refused_outside(realm: Any, value: str) -> None:
    assert thrown_by(realm, f"AbortSignal.timeout({value})") == "TypeError"


@pytest.mark.parametrize("value", ["undefined", "null", "{}", "() => {}", "[]"])
def test_an_object_or_nothing_is_a_dictionary(realm: Any, value: str) -> None:
    assert thrown_by(realm, f"new Event('x', {value})") is None


@pytest.mark.parametrize("value", ["1", "'{}'", "true", "Symbol()", "1n"])
def test_another_value_is_no_dictionary(realm: Any, value: str) -> None:
    assert thrown_by(realm, f"new Event('x', {value})") == "TypeError"


def test_an_omitted_dictionary_reads_nothing_from_object_prototype(realm: Any) -> None:
    assert realm.eval("Object.prototype.bubbles = true; new Event('x', null).bubbles") is False


def test_members_are_read_in_order_of_names_those_of_the_parent_first(realm: Any) -> None:
    assert (
        realm.eval(
            "const seen = []; const record = new Proxy({}, { get: (_, name) => { seen.push(name) } });"
            "new MessageEvent('x', record); seen.join()"
        )
        == "bubbles,cancelable,composed,data,lastEventId,origin,ports,source"
    )


def test_text_is_made_of_any_value_but_a_symbol(realm: Any) -> None:
    assert realm.eval(
        "[new Event(undefined).type, new Event({ toString: () => 'mine' }).type]"
    ) == [
        "undefined",
        "mine",
    ]
    assert thrown_by(realm, "new Event(Symbol())") == "TypeError"


def test_a_usv_string_has_no_lone_surrogates(realm: Any) -> None:
    assert realm.eval("new CloseEvent('x', { reason: 'a\\ud800b' }).reason") == "a\ufffdb"


SIGNALS = "const signals = [new AbortController().signal, AbortSignal.abort('why')];"


@pytest.mark.parametrize(
    "value", ["signals", "new Set(signals)", "(function* () { yield* signals })()"]
)
def test_a_sequence_is_any_iterable(realm: Any, value: str) -> None:
    assert realm.eval(f"{SIGNALS} AbortSignal.any({value}).reason") == "why"


@pytest.mark.parametrize(
    "value",
    [
        "undefined",
        "'text'",
        "{}",
        "{ [Symbol.iterator]: null }",
        "{ [Symbol.iterator]: () => ({ next: () => 1 }) }",
        "{ [Symbol.iterator]: () => ({}) }",
    ],
)
def test_another_value_is_no_sequence(realm: Any, value: str) -> None:
    assert thrown_by(realm, f"AbortSignal.any({value})") == "TypeError"


def test_a_sequence_with_a_wrong_member_is_refused_and_its_iterator_left_open(realm: Any) -> None:
    assert realm.eval(
        "let closed = false; const iterable = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }),"
        "return() { closed = true; return {} } }) };"
        "let name; try { AbortSignal.any(iterable) } catch (error) { ({ name } = error) } [name, closed]"
    ) == ["TypeError", False]


@pytest.mark.parametrize(
    ("use", "text"),
    [
        ("await new Blob([it]).text()", "text"),
        ("new File([], it).name", "text"),
        ("await new Response(it).text()", "text"),
        ("new Headers([[it, it]]).get('text')", "text"),
        ("new URL(it, 'http://a/').href", "http://a/text"),
        ("String(new URLSearchParams([[it, it]]))", "text=text"),
        ("new Request('http://a/', { method: it }).method", "text"),
        ("new Event(it).type", "text"),
        ("String(new DOMException(it, it))", "text: text"),
        ("atob(btoa(it))", "text"),
        ("performance.mark(it).name", "text"),
        ("(await new Response(new URLSearchParams([[it, it]])).formData()).get(it)", "text"),
        ("structuredClone(Object.assign(new Error(''), { message: it })).message", "text"),
        ("new TextDecoder(says('latin1')).encoding", "windows-1252"),
        ("Response.redirect(says('http://a/')).headers.get('location')", "http://a/"),
        ("new Request('http://a/', { redirect: says('error') }).redirect", "error"),
        (
            "new ReadableStream({ type: says('bytes') }).getReader({ mode: says('byob') }).constructor.name",
            "ReadableStreamBYOBReader",
        ),
    ],
)
def test_an_object_becomes_text_by_its_to_string(realm: Any, use: str, text: str) -> None:
    """ToString, which asks valueOf only where there is no toString."""
    assert text == realm.settle(
        "(async () => { const says = (text) => ({ toString: () => text, valueOf: () => 'value' });"
        f"const it = says('text'); return {use}; }})()"
    )


@pytest.mark.parametrize("use", ["new Headers([[it, 'x']])", "new Event(it)", "btoa(it)"])
def test_a_symbol_becomes_no_text(realm: Any, use: str) -> None:
    assert thrown_by(realm, f"const it = Symbol('x'); {use}") == "TypeError"
