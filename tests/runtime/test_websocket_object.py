"""The WebSocket of a server: state, events, sending and closing, over a wire in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from wired import Function, Wire

Connect = Callable[..., Awaitable[tuple[Function, Wire]]]

PRELUDE = """
const log = (...items) => console.log(JSON.stringify(items));
const attempt = (use) => {
  try {
    use();
    log('ok');
  } catch (error) {
    log(error.name, error instanceof DOMException);
  }
};
"""


@pytest.fixture
async def load(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Function]]]:
    functions = []

    async def start(body: str, **limits: Any) -> Function:
        source = f"""{PRELUDE}
        export default {{
          fetch(request) {{
            const {{ response, socket }} = upgradeWebSocket(request);
            {body}
            return response;
          }},
        }};
        """
        functions.append(await Function.load(tmp_path, source, **limits))
        return functions[-1]

    yield start
    for function in functions:
        function.worker.close()


@pytest.fixture
async def connect(load: Callable[..., Awaitable[Function]]) -> Connect:
    """`await connect(body)`: the function with that body in its handler, and its first socket, open."""

    async def start(body: str, **limits: Any) -> tuple[Function, Wire]:
        function = await load(body, **limits)
        return function, function.connect()

    return start


# The interface


async def test_members_and_constants(connect):
    function, _ = await connect(
        """
        log(Object.getOwnPropertyNames(WebSocket.prototype).filter((name) => name !== 'constructor').sort());
        log(Object.prototype.toString.call(socket), socket instanceof EventTarget, WebSocket.length, WebSocket.name);
        log(WebSocket.prototype.send.length, WebSocket.prototype.close.length);
        for (const holder of [WebSocket, WebSocket.prototype]) {
          log(holder.CONNECTING, holder.OPEN, holder.CLOSING, holder.CLOSED);
        }
        """
    )
    members = {
        "send",
        "close",
        "url",
        "readyState",
        "bufferedAmount",
        "extensions",
        "protocol",
        "binaryType",
    }
    handlers = {"onopen", "onmessage", "onerror", "onclose"}
    constants = {"CONNECTING", "OPEN", "CLOSING", "CLOSED"}
    assert set(function.log[0][0]) == members | handlers | constants
    assert function.log[1:] == [
        ["[object WebSocket]", True, 1, "WebSocket"],
        [1, 0],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
    ]


@pytest.mark.parametrize(
    "use",
    [
        "WebSocket.prototype.send.call({}, 'x')",
        "WebSocket.prototype.close.call({})",
        "WebSocket.prototype.readyState",
        "Object.create(socket).url",
        "WebSocket.prototype.onopen = null",
        "WebSocket()",
        "new WebSocket()",
        "socket.send()",
        "socket.send(Symbol())",
    ],
)
async def test_wrong_uses_throw_a_type_error(connect, use):
    function, _ = await connect(f"socket.onopen = () => attempt(() => {use});")
    assert function.log == [["TypeError", False]]


# Opening


async def test_open_is_fired_once_with_the_state_and_the_extensions_of_the_time(load):
    function = await load(
        """
        log(socket.readyState, socket.extensions);
        socket.onopen = (event) => log(event.type, event.constructor.name, socket.readyState, socket.extensions,
          event.target === socket, event.bubbles, event.cancelable);
        """
    )
    function.connect(extensions="permessage-deflate")
    assert function.log == [
        [0, ""],
        ["open", "Event", 1, "permessage-deflate", True, False, False],
    ]


async def test_send_before_open_throws_and_close_does_not(load):
    function = await load(
        """
        attempt(() => socket.send('x'));
        attempt(() => socket.send());
        attempt(() => socket.close(4000));
        log(socket.readyState);
        attempt(() => socket.send('x'));
        socket.onopen = () => log('open');
        socket.onclose = ({ code }) => log('close', code, socket.readyState);
        """
    )
    exchange = function.request()
    assert exchange.wire is not None
    exchange.wire.open()
    assert exchange.wire.sent == [(4000, "")]
    exchange.wire.end(4000)
    assert function.log == [
        ["InvalidStateError", True],
        ["TypeError", False],  # Web IDL looks at the arguments first
        ["ok"],
        [2],
        ["ok"],
        ["close", 4000, 3],
    ]


# Messages


async def test_messages_are_events_of_their_kind(connect):
    function, wire = await connect(
        """
        socket.onmessage = (event) => log(event.constructor.name, event.type, typeof event.data, event.ports.length,
          event.data instanceof ArrayBuffer ? [...new Uint8Array(event.data)] : event.data);
        """
    )
    wire.text("a", "", "ä\0😀")
    wire.bytes(b"")
    wire.bytes(b"\0\xff")
    assert function.log == [
        ["MessageEvent", "message", "string", 0, "a"],
        ["MessageEvent", "message", "string", 0, ""],
        ["MessageEvent", "message", "string", 0, "ä\0😀"],
        ["MessageEvent", "message", "object", 0, []],
        ["MessageEvent", "message", "object", 0, [0, 255]],
    ]


async def test_a_message_is_sent_on_whole_whatever_is_in_it(connect):
    """Short and plain texts go out unexamined when they came in; the others must not."""
    texts = ["a", "a\0b", "ä😀", "x" * 513, "a", "\0", "y" * 600 + "\0", ""]
    _, wire = await connect(
        """
        socket.onmessage = (event) => {
          socket.send(event.data);
          socket.send(event.data + 'a');
          socket.send(event.data + '\\0');
        };
        """
    )
    for text in texts:
        wire.text(text)
    expected = [sent for text in texts for sent in (text, text + "a", text + "\0")]
    assert wire.sent == expected
    wire.flushed.clear()
    wire.text(*texts)
    assert wire.sent == expected


async def test_a_kept_message_is_sent_whole_after_others_were_dropped(load):
    function = await load(
        """
        socket.onmessage = ({ data }) => {
          if (data === 'close') socket.close();
          else if (typeof data === 'string') globalThis.kept = data;
          else socket.send(kept);
        };
        """
    )
    keeps, closes = function.connect(), function.connect()
    closes.text("close")
    keeps.text("a\0b")
    closes.text("dropped")
    keeps.bytes(b"now")
    assert keeps.sent == ["a\0b"]


async def test_handlers_and_listeners_run_in_the_order_in_which_they_were_added(connect):
    function, wire = await connect(
        """
        socket.addEventListener('message', () => log('first'));
        socket.onmessage = () => log('replaced');
        socket.addEventListener('message', { handleEvent: () => log('an object') });
        socket.addEventListener('message', () => log('once'), { once: true });
        socket.onmessage = () => log('handler');
        """
    )
    wire.text("a", "b")
    assert [item[0] for item in function.log] == [
        *["first", "handler", "an object", "once"],
        *["first", "handler", "an object"],
    ]


async def test_a_removed_handler_hears_nothing(connect):
    function, wire = await connect(
        """
        const listener = () => log('listener');
        socket.addEventListener('message', listener);
        socket.onmessage = () => log('handler');
        log(typeof socket.onmessage, socket.onclose);
        socket.onmessage = null;
        socket.removeEventListener('message', listener);
        socket.onmessage = 'no function';
        log(socket.onmessage);
        """
    )
    wire.text("a")
    assert function.log == [["function", None], [None]]


async def test_jobs_of_one_message_run_before_the_next(connect):
    function, wire = await connect(
        """
        socket.onmessage = async ({ data }) => {
          log(data);
          await null;
          log(`${data} later`);
        };
        """
    )
    wire.text("a", "b")
    assert function.log == [["a"], ["a later"], ["b"], ["b later"]]


async def test_a_rejection_is_reported_before_the_next_message(connect):
    function, wire = await connect(
        """
        addEventListener('unhandledrejection', (event) => { log(event.reason); event.preventDefault(); });
        socket.onmessage = ({ data }) => { log(data); Promise.reject(`${data} rejected`); };
        """
    )
    wire.text("a", "b")
    assert function.log == [["a"], ["a rejected"], ["b"], ["b rejected"]]


async def test_a_change_of_listeners_counts_from_the_next_message_on(connect):
    function, wire = await connect(
        """
        const changes = {
          other() { socket.onmessage = (event) => { log('other', event.data); change(event); }; },
          second() { socket.addEventListener('message', second); },
          remove() { socket.removeEventListener('message', second); },
          capture() { socket.addEventListener('message', ({ data }) => log('capture', data), { capture: true, once: true }); },
          none() { socket.onmessage = null; socket.addEventListener('message', second, { once: true }); },
        };
        const second = ({ data }) => log('second', data);
        const change = ({ data }) => changes[data]?.();
        socket.onmessage = (event) => { log('first', event.data); change(event); };
        """
    )
    wire.text("other", "second", "a", "remove", "capture", "b", "none", "c", "d")
    assert function.log == [
        ["first", "other"],
        ["other", "second"],
        ["other", "a"],
        ["second", "a"],
        ["other", "remove"],
        ["other", "capture"],
        ["capture", "b"],
        ["other", "b"],
        ["other", "none"],
        ["second", "c"],
    ]


async def test_each_message_is_an_event_of_its_own_that_may_be_kept(connect):
    function, wire = await connect(
        """
        const kept = [];
        socket.onmessage = function (event) {
          kept.push(event);
          if (event.data !== 'last') return log(this === socket, event.eventPhase, event.isTrusted);
          for (const { data, target, currentTarget, eventPhase } of kept) log(data, target === socket, currentTarget === socket, eventPhase);
          socket.dispatchEvent(new MessageEvent('message', { data: 'by script' }));
        };
        """
    )
    wire.text("a", "last")
    assert function.log == [
        [True, 2, True],
        ["a", True, False, 0],
        ["last", True, True, 2],
        [True, 2, False],
    ]


@pytest.mark.parametrize("answer", ["data", "`[${data}]`"])
async def test_short_answers_keep_their_number_and_their_order_whatever_is_in_them(connect, answer):
    _, wire = await connect(f"socket.onmessage = ({{ data }}) => socket.send({answer});")
    texts = ["", "a\x7fb", "\x7f", "é", "\U0001f600", "a\0b", "", "x" * 600, "last"]
    for together in (texts, texts[:4], texts[1:2], [""], ["a", "b"]):
        wire.text(*together)
        wanted = together if answer == "data" else [f"[{text}]" for text in together]
        assert wire.flushed.pop() == wanted


async def test_many_messages_and_more_answers_keep_their_order(connect):
    _, wire = await connect(
        """
        let count = 0;
        socket.onmessage = async ({ data }) => {
          socket.send(data);
          socket.send(`${data} again`);
          if (++count % 100 === 0) socket.send(new Uint8Array([1]));
          if (count % 90 === 0) log(socket.bufferedAmount > 0);
          if (count % 70 === 0) await null;
          if (count % 70 === 0) socket.send('later');
        };
        """
    )
    wire.text(*map(str, range(1, 301)))
    wanted: list[Any] = []
    for i in range(1, 301):
        wanted += [str(i), f"{i} again"]
        wanted += [b"\1"] * (i % 100 == 0) + ["later"] * (i % 70 == 0)
    assert wire.sent == wanted


async def test_answers_leave_before_what_closes_the_socket(connect):
    _, wire = await connect(
        "socket.onmessage = ({ data }) => { socket.send(data); if (data === 'b') socket.close(4000); };"
    )
    wire.text("a", "b", "c")
    assert wire.sent == ["a", "b", (4000, "")]


async def test_null_and_nothing_are_not_taken_for_the_message(connect):
    function, wire = await connect(
        """
        socket.onmessage = () => { socket.send(null); socket.send(undefined); attempt(() => socket.send()); };
        socket.onclose = () => socket.send('');
        """
    )
    wire.text("")
    assert wire.sent == ["null", "undefined"]
    assert function.log == [["TypeError", False]]


async def test_the_time_of_an_event_is_when_the_message_came(connect):
    function, wire = await connect(
        """
        const start = performance.now();
        let last = start;
        socket.onmessage = ({ timeStamp }) => { log(timeStamp >= last && timeStamp <= performance.now()); last = timeStamp; };
        """
    )
    wire.text("a", "b")
    wire.text("c")
    assert function.log == [[True]] * 3


async def test_each_message_has_the_cpu_limit_for_itself(connect):
    function, wire = await connect(
        """
        socket.onmessage = ({ data }) => {
          const end = performance.now() + 40;
          while (performance.now() < end);
          socket.send(data);
        };
        """,
        cpu_ms=100,
    )
    wire.text(*"abcdef")
    assert wire.sent == [*"abcdef"]
    assert function.errors == ""


async def test_everything_sent_in_a_turn_leaves_in_one_write_and_in_order(connect):
    _, wire = await connect(
        """
        socket.onmessage = ({ data }) => {
          socket.send(data);
          socket.send(new Uint8Array([1]));
          socket.send('x'.repeat(600));
          socket.send(new Uint8Array(20000));
          queueMicrotask(() => socket.send(`${data} end`));
        };
        """
    )
    wire.text("a", "b")
    assert len(wire.flushed) == 1
    assert wire.sent == [
        *["a", b"\1", "x" * 600, bytes(20_000), "a end"],
        *["b", b"\1", "x" * 600, bytes(20_000), "b end"],
    ]


async def test_what_was_sent_before_a_throw_leaves(connect):
    function, wire = await connect(
        """
        socket.onmessage = ({ data }) => {
          socket.send(data);
          throw new Error('after sending');
        };
        """
    )
    wire.text("a", "b")
    assert wire.sent == ["a", "b"]
    assert function.errors.count("Uncaught Error: after sending") == 2
    assert "fn.js:" in function.errors


async def test_what_was_sent_before_a_limit_leaves(connect):
    function, wire = await connect(
        "socket.onmessage = ({ data }) => { socket.send(data); if (data === 'spin') for (;;); };",
        cpu_ms=30,
    )
    wire.text("a", "spin", "b")
    assert wire.sent == ["a", "spin", "b"]
    assert "cpu_ms" in function.errors


async def test_a_socket_may_send_to_others_while_it_handles_a_message(load):
    function = await load(
        """
        globalThis.all ??= [];
        all.push(socket);
        socket.onmessage = ({ data }) => all.forEach((other) => other.send(data));
        """
    )
    wires = [function.connect() for _ in range(3)]
    wires[1].text("hello", "again")
    assert [wire.sent for wire in wires] == [["hello", "again"]] * 3


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ("undefined", "undefined"),
        ("''", ""),
        (r"'a\0b'", "a\0b"),
        (r"'\ud800'", "\ufffd"),
        (r"'a\udc00' + 'x'.repeat(600)", "a\ufffd" + "x" * 600),
        ("'x'.repeat(300) + 'y'.repeat(300)", "x" * 300 + "y" * 300),
        ("12.5", "12.5"),
        ("null", "null"),
        ("[1, 2]", "1,2"),
        ("new ArrayBuffer(0)", b""),
        ("new Uint8Array([1, 2, 3]).subarray(1)", b"\2\3"),
        ("new DataView(new Uint8Array([1, 2, 3]).buffer, 2)", b"\3"),
        ("new Float32Array(1)", bytes(4)),
        ("new SharedArrayBuffer(3)", bytes(3)),
        ("new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 }))", bytes(4)),
        ("new (class extends Uint8Array { get byteLength() { return 1000; } })(2)", bytes(2)),
        ("((b) => (structuredClone(b, { transfer: [b] }), b))(new ArrayBuffer(9))", b""),
        (
            "((b) => (structuredClone(b.buffer, { transfer: [b.buffer] }), b))(new Uint8Array(9))",
            b"",
        ),
    ],
)
async def test_any_data_is_sent_as_the_standard_converts_it(connect, data, sent):
    _, wire = await connect(f"socket.onopen = () => socket.send({data});")
    assert wire.sent == [sent]


async def test_data_that_throws_while_it_is_converted_sends_nothing(connect):
    function, wire = await connect(
        "socket.onopen = () => attempt(() => socket.send({ toString() { throw new RangeError(); } }));"
    )
    assert function.log == [["RangeError", False]]
    assert wire.sent == []


async def test_binary_type_takes_two_values(connect):
    function, _ = await connect(
        """
        for (const value of ['blob', 'nonsense', 'arraybuffer', '', undefined]) {
          socket.binaryType = value;
          log(socket.binaryType);
        }
        """
    )
    assert function.log == [["blob"], ["blob"], ["arraybuffer"], ["arraybuffer"], ["arraybuffer"]]


async def test_bytes_arrive_as_the_binary_type_says(connect):
    function, wire = await connect(
        """
        socket.onmessage = async ({ data }) => {
          socket.binaryType = 'blob';
          log(data.constructor.name, [...new Uint8Array(await new Response(data).arrayBuffer())]);
        };
        """
    )
    wire.bytes(b"\x00\xff")
    wire.bytes(b"\x01")
    assert function.log == [["ArrayBuffer", [0, 255]], ["Blob", [1]]]


async def test_a_blob_is_sent_in_its_turn(connect):
    _, wire = await connect(
        """
        socket.onmessage = () => {
          socket.send('before');
          socket.send(new Blob(['ab', 'c']).slice(1));
          socket.send(new Blob(['x'.repeat(20000), new Uint8Array(1)]));
          socket.send(new Blob());
          socket.send('after');
        };
        """
    )
    wire.text("go")
    assert wire.sent == ["before", b"bc", b"x" * 20000 + b"\0", b"", "after"]


# Buffered amount


async def test_buffered_amount_is_what_the_wire_holds_and_what_the_turn_has_sent(connect):
    function, wire = await connect(
        """
        const note = () => log(socket.bufferedAmount);
        socket.onmessage = () => {
          note();
          socket.send('ä');
          note();
          socket.send(new Uint8Array(10));
          note();
          socket.send(new Uint8Array(20000));
          note();
          socket.send('x'.repeat(1000));
          note();
        };
        """
    )
    wire.text("go")
    wire.buffered = 5
    wire.text("go")
    sizes = [0, 2, 12, 20_012, 21_012]
    assert function.log == [[size] for size in [*sizes, *(size + 5 for size in sizes)]]


async def test_what_is_sent_too_late_is_counted_and_ignored(connect):
    function, wire = await connect(
        """
        socket.onclose = () => log('close', socket.bufferedAmount);
        socket.onopen = () => {
          socket.close();
          socket.send('äx');
          socket.send(new Uint8Array(10));
          log(socket.bufferedAmount);
          setTimeout(() => {}, 0);
        };
        """
    )
    assert wire.sent == [(None, "")]
    wire.end(1005)
    assert function.log == [[13], ["close", 13]]


# Closing


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ("", (None, "")),
        ("undefined", (None, "")),
        ("undefined, ''", (None, "")),
        ("undefined, 'why'", (1000, "why")),
        ("1000", (1000, "")),
        ("1000.9", (1001, "")),
        ("'3000'", (3000, "")),
        ("1011, 'ä'", (1011, "ä")),
        ("4999, 'x'.repeat(123)", (4999, "x" * 123)),
        (r"4000, '\ud800'", (4000, "\ufffd")),
    ],
)
async def test_close_sends_its_code_and_reason(connect, arguments, sent):
    function, wire = await connect(
        f"socket.onopen = () => {{ socket.close({arguments}); log(socket.readyState); }};"
    )
    assert wire.sent == [sent]
    assert function.log == [[2]]


@pytest.mark.parametrize(
    "code",
    ["0", "999", "1004", "1005", "1006", "1015", "2999", "5000", "65536", "NaN", "null", "'x'"],
)
async def test_a_code_that_cannot_be_sent_throws(connect, code):
    function, wire = await connect(
        f"""
        socket.onopen = () => {{ attempt(() => socket.close({code})); log(socket.readyState); }};
        socket.onclose = () => attempt(() => socket.close({code}));
        """
    )
    assert wire.sent == []
    wire.end()
    assert function.log == [["InvalidAccessError", True], [1], ["InvalidAccessError", True]]


@pytest.mark.parametrize("reason", ["'x'.repeat(124)", "'ä'.repeat(62)", r"'\ud800'.repeat(42)"])
async def test_a_reason_of_more_than_123_bytes_throws(connect, reason):
    function, wire = await connect(
        f"socket.onopen = () => attempt(() => socket.close(1000, {reason}));"
    )
    assert wire.sent == []
    assert function.log == [["SyntaxError", True]]


async def test_closing_again_does_nothing(connect):
    function, wire = await connect(
        """
        socket.onopen = () => { socket.close(4000, 'first'); socket.close(4001, 'second'); };
        socket.onclose = () => { socket.close(); log(socket.readyState); };
        """
    )
    wire.end(4000)
    assert wire.sent == [(4000, "first")]
    assert function.log == [[3]]


async def test_after_close_messages_are_not_events(connect):
    function, wire = await connect(
        "socket.onmessage = ({ data }) => { log(data); if (data === 'b') socket.close(); };"
    )
    wire.text("a", "b", "c")
    wire.bytes(b"d")
    assert function.log == [["a"], ["b"]]


@pytest.mark.parametrize("end", [(1000, "bye", True), (1006, "", False), (4321, "ä", True)])
async def test_the_close_event_says_how_it_ended(connect, end):
    function, wire = await connect(
        """
        socket.onclose = (event) => log(event.constructor.name, event.code, event.reason, event.wasClean, socket.readyState);
        """
    )
    wire.end(*end)
    assert function.log == [["CloseEvent", *end, 3]]
    assert len(function.worker.sockets) == 0


async def test_an_error_is_an_event_and_not_a_line_in_the_log(connect):
    function, wire = await connect(
        """
        socket.onerror = (event) => {
          log(event.constructor.name, event.message, event.error instanceof Error, event.error.message, socket.readyState);
          socket.send('ignored');
          socket.close(4000);
        };
        socket.onclose = ({ code }) => log('close', code);
        """
    )
    wire.error("the peer is gone")
    wire.end(1006, "", False)
    assert function.log == [
        ["ErrorEvent", "the peer is gone", True, "the peer is gone", 3],
        ["close", 1006],
    ]
    assert wire.sent == []
    assert function.errors == ""


async def test_an_exception_in_any_listener_is_logged_and_stops_nothing(connect):
    function, wire = await connect(
        """
        for (const type of ['open', 'message', 'error', 'close']) {
          socket.addEventListener(type, () => { throw new Error(`in ${type}`); });
          socket.addEventListener(type, () => log(type));
        }
        """
    )
    wire.text("a")
    wire.error("x")
    wire.end(1006, "", False)
    assert function.log == [["open"], ["message"], ["error"], ["close"]]
    for kind in ("open", "message", "error", "close"):
        assert f"Uncaught Error: in {kind}" in function.errors


async def test_a_closed_socket_is_not_kept(load):
    function = await load(
        """
        globalThis.last = new WeakRef(socket);
        socket.onmessage = () => log(last.deref() !== undefined);
        """
    )
    first = function.connect()
    first.end()
    second = function.connect()
    second.text("is it there?")
    assert function.log == [[True]]  # the second itself
    function.worker.isolate.collect()
    assert len(function.worker.sockets) == 1


async def test_a_patched_realm_breaks_no_other_socket(load):
    function = await load(
        """
        socket.onmessage = ({ data }) => {
          if (data === 'break') {
            Promise.prototype.then = () => { throw new Error('patched'); };
            Array.prototype.push = () => { throw new Error('patched'); };
            Object.defineProperty(Array.prototype, 0, { set() { throw new Error('patched'); }, configurable: true });
          }
          socket.send(data);
        };
        """
    )
    one, two = function.connect(), function.connect()
    one.text("break")
    two.text("hello")
    two.bytes(b"\1")
    assert one.sent == ["break"]
    assert two.sent == ["hello", b"\1"]


@pytest.mark.parametrize(
    ("event", "message"), [("stopped", "data"), ("turnEnd", "new TextEncoder().encode(data)")]
)
async def test_what_was_sent_before_a_limit_trips_leaves_although_the_limit_would_trip_again(
    connect: Connect, event: str, message: str
) -> None:
    function, wire = await connect(
        f"""
        const kept = [];
        socket.onmessage = ({{ data }}) => {{
          if (data === 'eat') for (;;) kept.push(new Uint8Array(1000));
          socket.send({message});
        }};
        """,
        memory_mb=24,
    )
    isolate = function.worker.isolate
    finish = isolate._events[event]

    def asked_at_once() -> None:
        isolate._meter.counter.value = 1
        finish()

    isolate._events[event] = asked_at_once
    wire.text("a", "eat")
    assert isolate.retired
    assert wire.sent[0] in ("a", b"a")


async def test_a_signal_that_is_first_looked_at_after_the_end_is_aborted(load):
    function = await load(
        "socket.onclose = () => queueMicrotask(() => log(request.signal.aborted, request.signal.reason.message));"
    )
    function.connect().end()
    assert function.log == [[True, "the WebSocket was closed"]]


async def test_a_request_that_was_answered_otherwise_is_not_aborted(load):
    function = await load(
        "setTimeout(() => log(request.signal.aborted)); return new Response('no');"
    )
    function.request()
    while not function.log:
        await asyncio.sleep(0)
    assert function.log == [[False]]
