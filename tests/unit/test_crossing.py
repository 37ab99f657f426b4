"""Values cross the boundary exactly, both ways, as events, ops and queries."""

from __future__ import annotations

import contextlib
import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st

from edgehost.errors import BoundaryViolation, Failure, HostBug, MemoryLimitExceeded, ScriptError

ECHO = """
    const wrap = (value) => (typeof value === 'string' ? text(value) : value);

    on('op', (value) => op.got(wrap(value)));
    on('query', (value) => op.got(wrap(ask(query.echo(wrap(value))))));
    on('view', (buffer) => op.got(new Uint8Array(buffer)));
    on('utf8', (value) => op.got(utf8(value)));
    on('type', (value) => op.got(Object.prototype.toString.call(value), String(value)));
    on('units', (value) => op.got(value.length, [...Array(value.length).keys()].map((i) => value.charCodeAt(i)).join()));
"""


@pytest.fixture(scope="module")
def echo() -> Iterator[Callable[[str, Any], Any]]:
    """What comes back of a value that goes in by an event."""
    from tests.unit.conftest import probe

    makers = probe.__wrapped__()  # type: ignore[attr-defined]
    make = next(makers)
    host = make(ECHO, {"echo": lambda value: value})

    def deliver(event: str, value: Any) -> Any:
        ((_, *answer),) = host.deliver(event, value)
        return answer[0] if len(answer) == 1 else tuple(answer)

    yield deliver
    for _ in makers:
        pass


TEXTS = [
    "",
    "a",
    "\0",
    "a\0b",
    "\0\0",
    "é",
    "\u20ac",
    "\U0001f600",
    "\ud800",
    "\udc00",
    "\udc00\ud800",
    "a\ud83d",
    "\ud83dx\ude00",
    "\ufeffx",
    "\uffff",
    "x" * 511,
    "x" * 512,
    "x" * 513,
    "é" * 513,
    "\0" * 5000,
    "\U0010ffff" * 5000,
]


@pytest.mark.parametrize("way", ["op", "query"])
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:8]) + str(len(text)))
def test_text_crosses_whole(echo: Callable[[str, Any], Any], way: str, text: str) -> None:
    assert echo(way, text) == text


@given(text=st.text(st.characters(categories=None)))
def test_any_text_crosses_whole(echo: Callable[[str, Any], Any], text: str) -> None:
    assert echo("op", text) == text
    assert echo("query", text) == text


@given(text=st.text(st.characters(categories=None)))
def test_text_arrives_with_the_same_code_units(echo: Callable[[str, Any], Any], text: str) -> None:
    data = text.encode("utf-16-le", "surrogatepass")
    units = struct.unpack(f"<{len(data) // 2}H", data)
    # A lone high surrogate before a lone low one is a pair: UTF-16 cannot tell.
    assert echo("units", text) == (len(units), ",".join(map(str, units)))


@given(text=st.text())
def test_text_that_is_wanted_as_utf8_arrives_as_text_or_as_utf8(
    echo: Callable[[str, Any], Any], text: str
) -> None:
    answer = echo("utf8", text)
    assert (answer.decode() if isinstance(answer, bytes) else answer) == text


@pytest.mark.parametrize("way", ["op", "query", "view"])
@pytest.mark.parametrize("data", [b"", b"\0", b"\xff", b"a\0b", bytes(range(256)) * 300])
def test_bytes_cross_whole(echo: Callable[[str, Any], Any], way: str, data: bytes) -> None:
    assert echo(way, data) == data


@given(pieces=st.lists(st.binary()))
def test_pieces_arrive_as_one_buffer(echo: Callable[[str, Any], Any], pieces: list[bytes]) -> None:
    assert echo("view", pieces) == echo("query", b"".join(pieces)) == b"".join(pieces)


@given(data=st.binary())
def test_any_bytes_cross_whole(echo: Callable[[str, Any], Any], data: bytes) -> None:
    assert echo("op", data) == echo("query", data) == echo("view", data) == data


def test_16_mebibytes_cross_whole(echo: Callable[[str, Any], Any]) -> None:
    data = bytes(range(256)) * 65536
    assert echo("query", data) == data
    text = "\0é\ud800x" * (4 * 1024 * 1024)
    assert echo("query", text) == text
    assert echo("utf8", "é" * (8 * 1024 * 1024)) == ("é" * (8 * 1024 * 1024)).encode()


def test_a_view_crosses_as_the_bytes_it_shows(probe: Callable[..., Any]) -> None:
    host = probe(
        """
        on('go', () => {
          const { buffer } = new Uint8Array([1, 2, 3, 4, 5]);

          op.got(new Uint8Array(buffer, 1, 3), buffer, new Uint8Array(buffer, 5));
        });
        """
    )
    assert host.deliver("go") == [("got", b"\2\3\4", b"\1\2\3\4\5", b"")]


def test_bytes_of_an_op_are_those_at_the_time_of_the_call(probe: Callable[..., Any]) -> None:
    host = probe(
        """
        on('go', () => {
          const bytes = new Uint8Array([1]);

          op.got(bytes);
          bytes[0] = 2;
          op.got(bytes);
        });
        """
    )
    assert host.deliver("go") == [("got", b"\1"), ("got", b"\2")]


def test_bytes_arrive_in_an_array_buffer_of_their_own(probe: Callable[..., Any]) -> None:
    host = probe(
        """
        on('go', (a, b) => {
          new Uint8Array(a).fill(7);
          op.got(a !== b, a instanceof ArrayBuffer, a, b);
        });
        """
    )
    data = b"abc"
    assert host.deliver("go", data, data) == [("got", True, True, b"\7\7\7", b"abc")]
    assert data == b"abc"


INTEGERS = [0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**32, 2**53, -(2**53)]


def same(a: Any, b: Any) -> bool:
    """The same number, also for NaN and by the sign of zero."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return bool(a == b and math.copysign(1, a) == math.copysign(1, b))


@pytest.mark.parametrize("way", ["op", "query"])
@pytest.mark.parametrize("number", INTEGERS)
def test_integers_cross_exactly(echo: Callable[[str, Any], Any], way: str, number: int) -> None:
    assert echo(way, number) == number


@pytest.mark.parametrize("number", INTEGERS)
def test_integers_arrive_as_numbers(echo: Callable[[str, Any], Any], number: int) -> None:
    assert echo("type", number) == ("[object Number]", str(number))


@given(number=st.integers(-(2**53), 2**53))
def test_any_integer_that_javascript_holds_crosses_exactly(
    echo: Callable[[str, Any], Any], number: int
) -> None:
    assert echo("op", number) == echo("query", number) == number


@pytest.mark.parametrize("number", [2**53 + 1, -(2**53) - 1, 10**30])
def test_an_integer_that_javascript_does_not_hold_is_refused(
    echo: Callable[[str, Any], Any], number: int
) -> None:
    with pytest.raises(BoundaryViolation, match=str(number)):
        echo("op", number)
    assert echo("op", 1) == 1


@given(number=st.floats())
def test_any_float_crosses_exactly(echo: Callable[[str, Any], Any], number: float) -> None:
    assert same(echo("op", number), number)
    assert same(echo("query", number), number)


@pytest.mark.parametrize("value", [True, False])
def test_booleans_stay_booleans(echo: Callable[[str, Any], Any], value: bool) -> None:
    assert echo("op", value) is value
    assert echo("query", value) is value


def test_none_is_null_or_undefined(probe: Callable[..., Any]) -> None:
    host = probe(
        "on('go', (value) => op.got(value === null || value === undefined, null, undefined))"
    )
    assert host.deliver("go", None) == [("got", True, None, None)]


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**53 + 1, 2**63, 10**30])
def test_a_bigint_leaves_exactly_or_is_refused(probe: Callable[..., Any], number: int) -> None:
    host = probe("on('go', (digits) => op.got(BigInt(digits))); on('fine', () => op.got(1));")
    with contextlib.suppress(ScriptError):  # it depends on how the engine keeps it
        assert host.deliver("go", str(number)) == [("got", number)]
    assert host.deliver("fine") == [("got", 1)]


# Queries that fail


@pytest.mark.parametrize(
    ("js_class", "shown"),
    [
        ("TypeError", "TypeError: no\0 \ud800|true"),
        ("RangeError", "RangeError: no\0 \ud800|true"),
        ("Error", "Error: no\0 \ud800|true"),
        ("SyntaxError", "SyntaxError: no\0 \ud800|false"),  # the name of a DOMException
        ("InvalidCharacterError", "InvalidCharacterError: no\0 \ud800|false"),
    ],
)
def test_a_failure_becomes_the_error_it_names(
    probe: Callable[..., Any], js_class: str, shown: str
) -> None:
    def fail() -> None:
        raise Failure(js_class, "no\0 \ud800")

    host = probe(
        """
        on('go', () => {
          try {
            ask(query.fail());
          } catch (error) {
            const isOwn = globalThis[error.name]?.prototype === Object.getPrototypeOf(error);

            op.got(text(`${error}|${isOwn}`));
          }
        });
        """,
        {"fail": fail},
    )
    assert host.deliver("go") == [("got", shown)]


def test_a_query_that_breaks_is_a_bug_and_the_isolate_goes_on(probe: Callable[..., Any]) -> None:
    def broken(kind: str) -> None:
        raise {"value": ValueError("odd"), "memory": MemoryError(), "recursion": RecursionError()}[
            kind
        ]

    host = probe(
        """
        on('go', (kind) => {
          try {
            ask(query.broken(kind));
          } catch (error) {
            op.got(String(error));
          }
        });
        on('fine', () => op.got(1));
        """,
        {"broken": broken},
    )
    for kind in ("value", "memory", "recursion"):
        with pytest.raises(HostBug) as caught:
            host.deliver("go", kind)
        assert caught.value.__cause__ is not None
        assert host.take() == [("got", "Error: internal error")]  # nothing internal in the realm
        assert host.deliver("fine") == [("got", 1)]


def test_ctrl_c_in_a_query_goes_through(probe: Callable[..., Any]) -> None:
    def broken() -> None:
        raise KeyboardInterrupt

    host = probe(
        "on('go', () => { query.broken(); }); on('fine', () => op.got(1));", {"broken": broken}
    )
    with pytest.raises(KeyboardInterrupt):
        host.deliver("go")
    assert host.deliver("fine") == [("got", 1)]


def test_a_bug_is_raised_by_the_turn_it_happened_in(probe: Callable[..., Any]) -> None:
    def broken() -> None:
        raise ValueError("first")

    host = probe(
        "on('go', () => { query.broken(); throw new Error('second'); }); on('fine', () => op.got(1));",
        {"broken": broken},
    )
    with pytest.raises(HostBug, match="first"):
        host.deliver("go")
    assert host.deliver("fine") == [("got", 1)]


@pytest.mark.parametrize("answer", [object(), {1}, {"a": 1}, (1,)])
def test_a_query_that_answers_what_cannot_cross_leaves_the_isolate_usable(
    probe: Callable[..., Any], answer: object
) -> None:
    host = probe(
        "on('go', () => { query.odd(); }); on('fine', () => op.got(1));", {"odd": lambda: answer}
    )
    with pytest.raises(ScriptError, match="Can not convert Python result"):
        host.deliver("go")
    assert host.deliver("fine") == [("got", 1)]


# What the function patched does not run on the way


PATCHES = """
    const bad = { get() { query.touched(); return 'bad'; }, set() { query.touched(); }, configurable: true };

    for (let i = 0; i < 4; i++) Object.defineProperty(Array.prototype, i, bad);
    Object.defineProperty(Object.prototype, 'length', { ...bad, get() { query.touched(); return 0; } });
    String.prototype.toString = Array.prototype.toString = bad.get;
    Error.prepareStackTrace = bad.get;
"""


def test_no_getter_or_setter_of_the_function_runs_while_values_cross(
    probe: Callable[..., Any],
) -> None:
    touched: list[int] = []
    host = probe(
        f"on('patch', () => {{ {PATCHES} }}); {ECHO}"
        "on('reject', () => { Promise.reject(1); }); on('bytes', () => op.got(query.echo(new Uint8Array(9))));",
        {"echo": lambda value: value, "touched": lambda: touched.append(1)},
    )
    host.deliver("patch")
    touched.clear()
    for text in ("plain", "\0", "\ud800", "x" * 5000):
        assert host.deliver("op", text) == [("got", text)]
        assert host.deliver("query", text) == [("got", text)]
    assert host.deliver("bytes") == [("got", bytes(9))]
    assert not touched


# Memory


def test_what_crossed_is_freed(probe: Callable[..., Any]) -> None:
    host = probe(
        "on('go', () => { for (let i = 0; i < 100; i++) query.data(); }); on('in', () => {});",
        {"data": lambda: bytes(1024 * 1024)},
        memory_mb=16,
    )
    before = host.isolate.memory_bytes()
    for _ in range(3):
        host.deliver("go")  # 100 MiB in all, of which the realm keeps nothing
        host.deliver("in", bytes(4 * 1024 * 1024))
        host.isolate.deliver_plain("go")
    host.isolate.collect()
    assert host.isolate.memory_bytes() - before < 64 * 1024


@pytest.mark.parametrize(
    "value", [bytes(40_000_000), [bytes(40_000_000)], "\ud800" * 20_000_000, "\0" * 40_000_000]
)
@pytest.mark.parametrize("way", ["op", "query"])
def test_a_value_that_the_heap_has_no_room_for_exceeds_the_memory_limit(
    probe: Callable[..., Any], way: str, value: Any
) -> None:
    source = "on('op', (value) => { op.got(1); }); on('query', () => { query.big(); });"
    host = probe(source, {"big": lambda: value}, memory_mb=16)
    with pytest.raises(MemoryLimitExceeded, match=r"16 MB \(memory_mb\)"):
        host.deliver(way, *([value] if way == "op" else []))
    # Nothing was allocated, so nobody else need be hurt.
    assert not host.isolate.retired
    assert host.deliver("op", "small") == [("got", 1)]


def test_a_text_that_has_no_room_to_leave_exceeds_the_memory_limit(
    probe: Callable[..., Any],
) -> None:
    # Its UTF-8 form is a copy in the heap.
    host = probe("on('go', () => op.got(utf8('é'.repeat(18_000_000))))", memory_mb=16)
    with pytest.raises(MemoryLimitExceeded):
        host.deliver("go")
    assert host.isolate.retired
    assert host.take() == []
