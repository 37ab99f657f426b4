"""Silent peers: pinged, and given up when they are gone."""

from __future__ import annotations

import asyncio
import time

from raw_websocket import PING, PONG, RECORDER, TEXT, connect, events

IDLE = 0.08  # seconds; half of it is the time before a ping


async def test_a_silent_peer_is_pinged_and_its_pong_keeps_it(serve):
    server = await serve(RECORDER)
    peer = await connect(server, f"/?idle={IDLE}")
    for _ in range(4):
        got = await peer.frame()
        assert (got.opcode, got.payload) == (PING, b"")
        peer.send(PONG, got.payload)
    peer.send(TEXT, "still here")
    assert await peer.text() == "still here"
    assert [item[0] for item in await server.json()] == ["open", "message"]


async def test_a_peer_that_answers_no_ping_is_an_error_and_a_close(serve):
    server = await serve(RECORDER)
    before = time.monotonic()
    peer = await connect(server, f"/?idle={IDLE}")
    assert (await peer.frame()).opcode == PING
    assert await peer.is_closed()
    assert time.monotonic() - before >= IDLE * 0.95
    seen = await events(server)
    assert seen[1:] == [
        ["error", f"the peer did not answer a ping (idleTimeout of {IDLE} s)", 3, True, True],
        ["close", 1006, "", False, 3],
    ]
    assert len(server.worker.sockets) == 0


async def test_a_half_open_peer_is_found(serve):
    """It is there for TCP, but nobody reads or writes any more."""
    server = await serve(RECORDER)
    peer = await connect(server, f"/?idle={IDLE}")
    peer.raw.reader._transport.pause_reading()
    seen = await events(server)
    assert [item[0] for item in seen] == ["open", "error", "close"]


async def test_messages_alone_keep_a_peer_without_a_ping(serve):
    server = await serve(RECORDER)
    peer = await connect(server, "/?idle=2")
    end = time.monotonic() + 0.3
    count = 0
    while time.monotonic() < end:
        peer.send(TEXT, "x")
        assert await peer.text() == "x"
        count += 1
    assert count > 10


async def test_real_clients_answer_pings_by_themselves(serve):
    server = await serve(RECORDER)
    async with server.session.ws_connect(f"/?idle={IDLE}") as peer:
        receiving = asyncio.ensure_future(peer.receive())
        raw = await connect(server, f"/?idle={4 * IDLE}")
        assert (await raw.frame()).opcode == PING  # by now the other has had several
        assert not receiving.done()
        await peer.send_str("alive")
        assert (await receiving).data == "alive"


async def test_without_a_timeout_nobody_is_pinged(serve):
    server = await serve(RECORDER)
    silent = await connect(server, "/?idle=0")
    other = await connect(server, f"/?idle={IDLE}")
    for _ in range(3):
        assert (await other.frame()).opcode == PING
        other.send(PONG)
    silent.send(TEXT, "no ping came before this")
    assert await silent.text() == "no ping came before this"


async def test_a_huge_timeout_is_no_timeout(serve):
    server = await serve(RECORDER)
    peer = await connect(server, "/?idle=1e15")
    peer.send(TEXT, "x")
    assert await peer.text() == "x"


async def test_a_slow_reader_is_not_taken_for_gone(serve):
    """While it takes what was sent it is not read from, so it cannot answer a ping."""
    server = await serve(RECORDER)
    idle = 0.4
    peer = await connect(server, f"/?idle={idle}")
    peer.send(TEXT, "do:flood,40,1000000")
    before = time.monotonic()
    frames = 0
    while frames < 40:
        got = await peer.frame()
        if got.opcode == PING:
            peer.send(PONG, got.payload)
        else:
            frames += 1
        await asyncio.sleep(3 * idle / 40)  # this is what makes it slow
    assert time.monotonic() - before > 2 * idle
    peer.send(TEXT, "after all")
    while (got := await peer.frame()).opcode == PING:
        peer.send(PONG, got.payload)
    assert got.payload == b"after all"
