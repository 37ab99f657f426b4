"""Closing handshakes, from either side, in good order and not."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest
import websockets
from raw_websocket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    ECHO,
    PING,
    PONG,
    RECORD,
    RECORDER,
    TEXT,
    Peer,
    close_frame,
    connect,
    events,
    frame,
    handshake,
)

import edgehost.sockets.wire as wire

CODES = [
    1000,
    1001,
    1002,
    1003,
    1007,
    1008,
    1009,
    1010,
    1011,
    1012,
    1013,
    1014,
    3000,
    3999,
    4000,
    4999,
]
DROPPED = ["error", "the connection was lost without a closing handshake", 3, True, True]


def closes(seen: list[Any]) -> list[Any]:
    return [item for item in seen if item[0] == "close"]


# The peer begins


@pytest.mark.parametrize("code", CODES)
async def test_the_peers_code_and_reason_arrive_and_are_echoed(serve, code):
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.send_close(code, "bye 😀")
    assert await peer.closing() == (code, "bye 😀")
    assert await peer.is_closed()
    seen = await events(server)
    assert seen == [["open", 1, ""], ["close", code, "bye 😀", True, 3]]


async def test_a_close_without_a_code_is_1005(serve):
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.send_close()
    assert await peer.closing() == (None, "")
    assert await peer.is_closed()
    assert closes(await events(server)) == [["close", 1005, "", True, 3]]


@pytest.mark.parametrize("code", [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2999, 5000, 65535])
async def test_a_code_that_must_not_be_sent_is_a_protocol_error(serve, code):
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.send_close(code)
    assert await peer.closing() == (1002, "")
    assert await peer.is_closed()
    peer.raw.writer.close()
    seen = await events(server)
    assert [item[0] for item in seen] == ["open", "error", "close"]
    assert seen[-1] == ["close", 1006, "", False, 3]


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (b"\x03", (1002, "")),
        (b"\x03\xe8\xff\xff", (1007, "")),
        (b"\x03\xe8" + b"x" * 123, (1000, "x" * 123)),
    ],
)
async def test_close_frames_at_the_edge(serve, payload, answer):
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.send(CLOSE, payload)
    assert await peer.closing() == answer
    assert await peer.is_closed()


async def test_what_was_sent_before_the_close_is_answered_before_it(serve):
    server = await serve(ECHO)
    peer = await connect(server)
    peer.raw.send(frame(TEXT, "last words") + close_frame(1000) + frame(TEXT, "too late"))
    assert await peer.text() == "last words"
    assert await peer.closing() == (1000, "")
    assert await peer.is_closed()


async def test_a_close_in_the_middle_of_a_message(serve):
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.send(TEXT, "half", fin=False)
    peer.send_close(1000)
    assert await peer.closing() == (1000, "")
    assert closes(await events(server)) == [["close", 1000, "", True, 3]]


# The function begins


@pytest.mark.parametrize("code", CODES)
async def test_the_functions_code_and_reason_reach_the_peer(serve, code):
    server = await serve(RECORDER)
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/", proxy=None) as peer:
        await peer.send(f"do:close,{code},grund ä")
        with pytest.raises(websockets.ConnectionClosed):
            await peer.recv()
        assert (peer.close_code, peer.close_reason) == (code, "grund ä")
    assert closes(await events(server)) == [["close", code, "grund ä", True, 3]]


async def test_a_close_without_a_code_is_an_empty_frame(serve):
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.send(TEXT, "do:close")
    assert await peer.closing() == (None, "")
    peer.send_close()
    assert await peer.is_closed()
    assert closes(await events(server)) == [["close", 1005, "", True, 3]]


async def test_the_peers_answer_decides_the_code(serve):
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.send(TEXT, "do:close,4000,mine")
    assert await peer.closing() == (4000, "mine")
    peer.send_close(4001, "yours")
    assert await peer.is_closed()
    assert closes(await events(server)) == [["close", 4001, "yours", True, 3]]


async def test_messages_that_come_after_the_functions_close_are_dropped(serve):
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.send(TEXT, "do:close,4000")
    peer.send(TEXT, "a")
    peer.send(BINARY, b"b")
    peer.send(PING, b"c")
    assert await peer.closing() == (4000, "")
    peer.send(TEXT, "d")
    peer.send_close(4000)
    assert await peer.is_closed()
    seen = await events(server)
    assert [item for item in seen if item[0] == "message"] == [["message", "do:close,4000"]]


async def test_both_sides_close_at_the_same_time(serve):
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.raw.send(frame(TEXT, "do:close,4000,server") + close_frame(4001, "client"))
    assert await peer.closing() == (4000, "server")
    assert await peer.is_closed()
    assert closes(await events(server)) == [["close", 4001, "client", True, 3]]


async def test_what_was_sent_before_closing_arrives_and_what_comes_after_does_not(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onopen = () => {
              socket.send('one');
              socket.send(new Uint8Array(200000));
              socket.close(4321, 'done');
              socket.send('two');
              socket.close(1000);
            };
            return response;
          },
        };
        """
    )
    peer = await connect(server)
    assert await peer.text() == "one"
    assert len((await peer.frame()).payload) == 200_000
    assert await peer.closing() == (4321, "done")


@pytest.mark.parametrize("when", ["at once", "after the answer"])
async def test_a_socket_closed_before_it_opens(serve, when):
    server = await serve(
        RECORD
        + """
        export default {
          fetch(request) {
            const said = answer(request);
            if (said !== null) return said;
            const { response, socket } = upgradeWebSocket(request);
            record(socket);
            if (WHEN === 'at once') socket.close(4010, 'changed my mind');
            else queueMicrotask(() => socket.close(4010, 'changed my mind'));
            return response;
          },
        };
        """.replace("WHEN", repr(when))
    )
    peer = await connect(server)
    assert await peer.closing() == (4010, "changed my mind")
    peer.send_close(4010)
    assert await peer.is_closed()
    assert await events(server) == [["close", 4010, "", True, 3]]


async def test_a_peer_that_does_not_answer_the_close_is_dropped_in_time(serve, monkeypatch):
    monkeypatch.setattr(wire, "CLOSE_SECONDS", 0.02)
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.send(TEXT, "do:close,4000")
    assert await peer.closing() == (4000, "")
    assert await peer.is_closed()
    seen = await events(server)
    assert seen[-2:] == [
        ["error", "the peer did not answer the closing handshake", 3, True, True],
        ["close", 1006, "", False, 3],
    ]


async def test_a_peer_that_closes_but_reads_nothing_is_dropped_in_time(serve, monkeypatch):
    monkeypatch.setattr(wire, "CLOSE_SECONDS", 0.02)
    server = await serve(RECORDER)
    peer = await connect(server)
    peer.raw.reader._transport.pause_reading()
    peer.send(TEXT, "do:flood,100,200000")
    await server.until(lambda: any(c._paused for c in server.host.connections))
    peer.send_close(1000)
    for connection in server.host.connections:  # it reads nothing from one who does not read
        connection.resume_reading()
    await server.until(lambda: len(server.worker.sockets) == 0)


# Neither


@pytest.mark.parametrize("how", ["abort", "close"])
async def test_a_lost_connection_is_an_error_and_then_a_close_with_1006(serve, how):
    server = await serve(RECORDER)
    peer = await connect(server)
    if how == "abort":
        peer.abort()
    else:
        peer.raw.writer.close()
    assert await events(server) == [["open", 1, ""], DROPPED, ["close", 1006, "", False, 3]]
    assert server.stderr == ""


async def test_a_peer_that_only_stops_sending_still_gets_its_answers(serve):
    server = await serve(ECHO)
    peer = await connect(server)
    peer.raw.send(frame(TEXT, "last"))
    peer.raw.writer.write_eof()
    assert await peer.text() == "last"
    assert await peer.is_closed()


GREETER = """
const log = [];
export default {
  fetch(request) {
    if (!request.headers.has('upgrade')) return Response.json(log);
    const { response, socket } = upgradeWebSocket(request);
    for (const type of ['open', 'message', 'error', 'close']) socket.addEventListener(type, () => log.push(type));
    socket.onopen = () => socket.send('welcome');
    socket.onmessage = ({ data }) => socket.send(`got ${data}`);
    return response;
  },
};
"""
PLAIN = b"GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("before", [b"", PLAIN, PLAIN * 3], ids=["first", "second", "fourth"])
@pytest.mark.parametrize("cut", [None, 0, 3], ids=["one", "two", "in-a-frame"])
async def test_what_stands_behind_the_handshake_is_answered_before_the_end(serve, before, cut):
    server = await serve(GREETER)
    raw = await server.raw()
    opening, message = before + handshake(), frame(TEXT, "hi")
    if cut is None:
        raw.send(opening + message)
    else:
        raw.send(opening + message[:cut])
        await raw.writer.drain()
        raw.send(message[cut:])
    raw.writer.write_eof()
    for _ in range(before.count(PLAIN)):
        assert (await raw.answer()).status == 200
    assert (await raw.head()).status == 101
    peer = Peer(raw)
    assert (await peer.text(), await peer.text()) == ("welcome", "got hi")
    assert await peer.is_closed()
    assert (await events_of(server))[-4:] == ["open", "message", "error", "close"]
    assert server.stderr == ""


async def events_of(server: Any) -> list[str]:
    """What the greeter's socket heard until its close."""
    while "close" not in (seen := await server.json()):
        pass
    return list(seen)


@pytest.mark.parametrize("end", [frame(TEXT, "bare", masked=False), close_frame(1000), b""])
@pytest.mark.parametrize("behind", [0, 2], ids=["one-segment", "own-segment"])
async def test_a_handshake_behind_a_request_and_any_end_are_no_internal_error(serve, end, behind):
    server = await serve(GREETER)
    raw = await server.raw()
    data = PLAIN + handshake() + frame(TEXT, "hi")
    if behind:
        raw.send(data)
        assert (await raw.answer()).status == 200
        raw.send(end)
    else:
        raw.send(data + end)
        assert (await raw.answer()).status == 200
    assert (await raw.head()).status == 101
    peer = Peer(raw)
    assert (await peer.text(), await peer.text()) == ("welcome", "got hi")
    if end:
        assert (await peer.closing())[0] in (1000, 1002)
    peer.abort()
    await server.until(lambda: len(server.worker.sockets) == 0)
    assert (await events_of(server))[-1] == "close"
    assert server.stderr == ""


async def test_a_connection_that_is_lost_behind_its_end_while_messages_wait_comes_to_its_end(serve):
    server = await serve(
        """
        const turn = () => { for (const end = performance.now() + 7; performance.now() < end;); };
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onmessage = ({ data }) => { turn(); socket.send(data); };
            return response;
          },
        };
        """
    )
    peers = [await connect(server) for _ in range(8)]
    for peer in peers:
        peer.raw.send(frame(TEXT, "slow") * 12)
        peer.raw.writer.write_eof()
    for peer in peers:
        assert await peer.text() == "slow"
        peer.abort()
    await server.until(lambda: len(server.worker.sockets) == 0)
    assert server.stderr == ""


async def test_a_connection_lost_in_the_middle_of_a_frame(serve):
    server = await serve(RECORDER)
    for cut in range(1, 12):
        peer = await connect(server)
        peer.raw.send(frame(TEXT, "half a message")[:cut])
        await peer.raw.writer.drain()
        peer.abort()
    await server.until(lambda: len(server.worker.sockets) == 0)
    seen = await events(server)
    assert [item[0] for item in seen].count("error") == 11
    assert closes(seen) == [["close", 1006, "", False, 3]] * 11


async def test_a_client_that_leaves_before_a_late_answer(serve):
    server = await serve(
        RECORD
        + """
        let go;
        const gate = new Promise((resolve) => { go = resolve; });
        export default {
          async fetch(request) {
            const said = answer(request);
            if (said !== null) { go(); return said; }
            const { response, socket } = upgradeWebSocket(request);
            record(socket);
            await gate;
            return response;
          },
        };
        """
    )
    raw = await server.raw()
    raw.send(handshake())
    await server.until(lambda: server.worker.busy)
    raw.abort()
    await server.until(lambda: all(c.transport is None for c in server.host.connections))
    seen = await events(server)
    assert [item[0] for item in seen] == ["error", "close"]
    assert seen[-1] == ["close", 1006, "", False, 3]
    assert len(server.worker.sockets) == 0


async def test_a_handler_that_throws_after_it_upgraded(serve):
    server = await serve(
        RECORD
        + """
        export default {
          fetch(request) {
            const said = answer(request);
            if (said !== null) return said;
            record(upgradeWebSocket(request).socket);
            throw new Error('after the upgrade');
          },
        };
        """
    )
    raw = await server.raw()
    raw.send(handshake())
    assert (await raw.answer()).status == 500
    seen = await events(server)
    assert [item[0] for item in seen] == ["error", "close"]
    assert "after the upgrade" in server.stderr


# Protocol errors


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(frame(TEXT, "x", masked=False), 1002, id="unmasked text"),
        pytest.param(frame(BINARY, b"x" * 70_000, masked=False), 1002, id="unmasked long"),
        pytest.param(frame(PING, b"", masked=False), 1002, id="unmasked ping"),
        pytest.param(frame(CLOSE, b"\x03\xe8", masked=False), 1002, id="unmasked close"),
        pytest.param(frame(TEXT, "x", rsv=4), 1002, id="rsv1"),
        pytest.param(frame(TEXT, "x", rsv=2), 1002, id="rsv2"),
        pytest.param(frame(PING, "x", rsv=1), 1002, id="rsv3"),
        *[
            pytest.param(frame(op, b""), 1002, id=f"opcode {op}")
            for op in (3, 4, 5, 6, 7, 11, 12, 15)
        ],
        pytest.param(frame(CONTINUATION, "x"), 1002, id="continues nothing"),
        pytest.param(frame(TEXT, "x", fin=False) + frame(TEXT, "y"), 1002, id="text in a message"),
        pytest.param(frame(PING, "x", fin=False), 1002, id="fragmented ping"),
        pytest.param(frame(PING, "x" * 126), 1002, id="long ping"),
        pytest.param(frame(TEXT, b"\xff"), 1007, id="not utf-8"),
        pytest.param(frame(TEXT, b"\xed\xa0\x80"), 1007, id="a surrogate"),
        pytest.param(frame(TEXT, b"\xe2\x82"), 1007, id="cut short"),
        pytest.param(b"\x82\xff" + b"\xff" * 8 + b"mask", 1009, id="a length without end"),
    ],
)
async def test_a_broken_rule_fails_the_connection_after_the_messages_before_it(serve, data, code):
    server = await serve(RECORDER)
    other = await connect(server)
    peer = await connect(server)
    peer.raw.send(frame(TEXT, "good") + data + frame(TEXT, "never read"))
    assert await peer.text() == "good"
    assert await peer.closing() == (code, "")
    peer.raw.writer.close()
    seen = await events(server)
    assert [item[0] for item in seen] == ["open", "open", "message", "error", "close"]
    assert seen[-2][2] == 3
    assert seen[-1] == ["close", 1006, "", False, 3]
    other.send(TEXT, "fine")
    assert await other.text() == "fine"


async def test_a_late_unmasked_frame_is_found_wherever_the_reads_are_cut(serve):
    server = await serve(ECHO)
    good = (
        frame(TEXT, "a")
        + frame(BINARY, b"b" * 300)
        + frame(PING, b"c")
        + frame(BINARY, b"d" * 70_000)
    )
    for cut in (1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15, 316, 320, len(good) - 70_010, len(good)):
        peer = await connect(server)
        data = good + frame(TEXT, "bare", masked=False)
        peer.raw.send(data[:cut])
        await server.until(lambda: True)
        peer.raw.send(data[cut:])
        got = [await peer.frame() for _ in range(5)]
        assert [item.opcode for item in got] == [TEXT, BINARY, PONG, BINARY, CLOSE]
        assert got[-1].code == 1002
        peer.abort()


# The signal of the request

SIGNAL = """
export default {
  fetch(request) {
    const { response, socket } = upgradeWebSocket(request, { idleTimeout: Number(new URL(request.url).search.slice(1)) });
    const { signal } = new Request(request);
    socket.onmessage = () => socket.close();
    socket.onopen = () => console.log('open', request.signal.aborted);
    socket.onclose = () => console.log('close', request.signal.aborted);
    signal.onabort = () => console.log('abort', request.signal.aborted, socket.readyState, signal.reason.name);
    return response;
  },
};
"""


@pytest.mark.parametrize("how", ["frame", "answered", "FIN", "RST", "broken", "idle"])
async def test_the_signal_of_the_request_aborts_when_the_socket_has_closed(serve, how):
    server = await serve(SIGNAL)
    peer = await connect(server, "/?0.05" if how == "idle" else "/?0")
    match how:
        case "frame":
            peer.send_close(1000)
        case "answered":
            peer.send(TEXT, "close")
            await peer.closing()
            peer.send_close(1000)
        case "FIN":
            peer.raw.writer.close()
        case "RST":
            peer.abort()
        case "broken":
            peer.raw.send(frame(TEXT, b"\xff"))
            await peer.closing()
            peer.raw.writer.close()
    await server.until(lambda: "abort" in server.stdout)
    assert server.stdout.replace("fn │ ", "").splitlines() == [
        "open false",
        "close false",
        "abort true 3 AbortError",
    ]


async def test_the_signal_of_the_request_aborts_when_the_server_stops(serve):
    server = await serve(SIGNAL)
    async with server.session.ws_connect("/?0") as peer:
        stopping = asyncio.ensure_future(server.stop())
        await peer.receive()
    await stopping
    assert server.stdout.endswith("abort true 3 AbortError\n")


# The server ends


async def test_a_stopping_server_closes_with_1001_and_does_not_wait_for_more(serve):
    server = await serve(RECORDER, grace_seconds=30.0)
    peers = [await connect(server) for _ in range(20)]
    stopping = asyncio.ensure_future(server.stop())
    for peer in peers:
        assert await peer.closing() == (1001, "the server is stopping")
        peer.send_close(1001)
        assert await peer.is_closed()
    await asyncio.wait_for(stopping, 5)


async def test_a_stopping_server_gives_the_function_its_close_events(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onclose = ({ code, reason, wasClean }) => console.log('closed', code, reason, wasClean);
            return response;
          },
        };
        """
    )
    async with server.session.ws_connect("/") as peer:
        stopping = asyncio.ensure_future(server.stop())
        message = await peer.receive()
        assert (message.data, message.extra) == (1001, "the server is stopping")
    await stopping
    assert "closed 1000  true" in server.stdout  # what aiohttp answers


async def test_a_socket_that_is_accepted_while_the_server_stops_is_closed_at_once(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            const { response } = upgradeWebSocket(request);
            await new Promise((resolve) => setTimeout(resolve, 50));
            return response;
          },
        };
        """,
        grace_seconds=30.0,
    )
    raw = await server.raw()
    raw.send(handshake())
    await server.until(lambda: server.worker.busy)
    stopping = asyncio.ensure_future(server.stop())
    assert (await raw.head()).status == 101
    peer = Peer(raw)
    assert await peer.closing() == (1001, "the server is stopping")
    peer.send_close(1001)
    await asyncio.wait_for(stopping, 5)


async def test_a_peer_that_ignores_the_end_of_the_server_is_dropped(serve):
    server = await serve(RECORDER, grace_seconds=0.05)
    peer = await connect(server)
    await server.stop()
    assert await peer.closing() == (1001, "the server is stopping")
    assert await peer.is_closed()
    assert "internal error" not in server.stderr


async def test_a_retired_isolate_closes_its_sockets_with_1011(serve):
    server = await serve(
        """
        const kept = [];
        export default {
          fetch(request) {
            if (!request.headers.has('upgrade')) return new Response('a new one');
            const { response, socket } = upgradeWebSocket(request);
            socket.onmessage = ({ data }) => {
              if (data === 'eat') for (;;) kept.push(new Uint8Array(1000000));
              socket.send(data);
            };
            socket.onclose = () => console.log('must not run');
            return response;
          },
        };
        """,
        memory_mb=24,
    )
    peers = [await connect(server) for _ in range(5)]
    peers[0].raw.send(frame(TEXT, "a") + frame(TEXT, "eat") + frame(TEXT, "b"))
    assert await peers[0].text() == "a"
    for peer in peers:
        assert await peer.closing() == (1011, "the function was stopped")
    peers[1].send(TEXT, "into the void")
    for peer in peers:
        peer.send_close(1011)
        assert await peer.is_closed()
    assert await server.text() == "a new one"
    assert "memory_mb" in server.stderr
    assert "must not run" not in server.stdout


# Races and leaks


async def test_a_thousand_abrupt_ends_leave_nothing_behind(serve):
    """Ends during the handshake, in the middle of a frame, with answers on the way, and in good order."""
    server = await serve(RECORDER)

    async def leave_during_the_handshake(i: int) -> None:
        raw = await server.raw()
        raw.send(handshake()[: 20 + i % 150])
        raw.abort()

    async def leave_right_after_it(_: int) -> None:
        raw = await server.raw()
        raw.send(handshake() + frame(TEXT, "x"))
        await raw.writer.drain()
        raw.abort()

    async def leave_in_a_frame(i: int) -> None:
        peer = await connect(server)
        peer.raw.send(frame(TEXT, "hello") + frame(TEXT, "hello")[: 1 + i % 10])
        await peer.text()
        peer.abort()

    async def leave_with_answers_on_the_way(_: int) -> None:
        peer = await connect(server)
        peer.raw.send(frame(BINARY, bytes(50_000)) * 3)
        await peer.raw.writer.drain()
        peer.abort()

    async def leave_while_it_closes(i: int) -> None:
        peer = await connect(server)
        peer.send(TEXT, "do:close,4000")
        if i % 2:
            peer.send_close(4001)
        peer.abort() if i % 3 else peer.raw.writer.close()

    ways = [
        leave_during_the_handshake,
        leave_right_after_it,
        leave_in_a_frame,
        leave_with_answers_on_the_way,
        leave_while_it_closes,
    ]
    for start in range(0, 1000, 50):
        await asyncio.gather(*(ways[i % len(ways)](i) for i in range(start, start + 50)))
    await server.until(lambda: len(server.worker.sockets) == 0)
    peer = await connect(server)
    peer.send(TEXT, "still served")
    assert await peer.text() == "still served"
    assert "internal error" not in server.stderr
    seen = await server.json()
    opened = [item[0] for item in seen].count("open")
    assert [item[0] for item in seen].count("close") >= opened - 1


async def test_a_closed_socket_is_freed_without_the_cycle_collector(serve):
    server = await serve(ECHO)
    gc.collect()
    gc.disable()
    try:
        peer = await connect(server)
        await server.until(lambda: len(server.worker.sockets) == 1)
        socket = weakref.ref(next(iter(server.worker.sockets._wires.values())))
        peer.send(TEXT, "x")
        await peer.text()
        peer.send_close(1000)
        await peer.closing()
        assert await peer.is_closed()
        await server.until(lambda: socket() is None)
    finally:
        gc.enable()
