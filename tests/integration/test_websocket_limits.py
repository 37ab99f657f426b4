"""What bounds a socket: sizes of messages, slow readers, the isolate's memory."""

from __future__ import annotations

import asyncio
import json
import resource
import zlib
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
    RECORDER,
    TEXT,
    Peer,
    connect,
    events,
    frame,
)

from edgehost.config import MIB
from edgehost.sockets.frames import head

LIMIT = 1000
DEFLATE = "permessage-deflate"


def deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(
        b"\0\0\xff\xff"
    )


async def is_refused(peer: Peer) -> None:
    assert await peer.closing() == (1009, "")
    peer.raw.writer.close()


# Sizes


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_a_message_as_large_as_the_limit_arrives_and_one_byte_more_is_1009(serve, opcode):
    server = await serve(RECORDER, message_bytes=LIMIT)
    other = await connect(server)
    peer = await connect(server)
    peer.send(opcode, b"x" * LIMIT)
    assert (await peer.frame()).payload == b"x" * LIMIT
    peer.send(opcode, b"x" * (LIMIT + 1))
    await is_refused(peer)
    seen = await events(server)
    assert [item[0] for item in seen] == ["open", "open", "message", "error", "close"]
    assert seen[-2][1] == "a message exceeds the limit of 1000 bytes (message_bytes)"
    assert seen[-1] == ["close", 1006, "", False, 3]
    other.send(TEXT, "fine")
    assert await other.text() == "fine"


async def test_the_limit_is_for_the_whole_of_a_fragmented_message(serve):
    server = await serve(ECHO, message_bytes=LIMIT)
    peer = await connect(server)
    for _ in range(2):
        peer.send(TEXT, "x" * 400, fin=False)
        peer.send(CONTINUATION, "y" * 400, fin=False)
        peer.send(CONTINUATION, "z" * 200)
        assert len(await peer.text()) == LIMIT
    peer.send(TEXT, "x" * 400, fin=False)
    peer.send(CONTINUATION, "y" * 400, fin=False)
    peer.send(CONTINUATION, "z" * 201)
    await is_refused(peer)


async def test_the_announced_length_is_refused_before_its_bytes_arrive(serve):
    server = await serve(ECHO)  # with the default limit
    peer = await connect(server)
    announced = head(BINARY | 0x80, 1 << 40)
    peer.raw.send(announced[:1] + bytes([announced[1] | 0x80]) + announced[2:] + b"mask")
    await is_refused(peer)


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_the_limit_is_for_what_was_inflated(serve, opcode):
    server = await serve(ECHO, message_bytes=LIMIT)
    peer = await connect(server, sec_websocket_extensions=DEFLATE)
    peer.send(opcode, deflated(b"x" * LIMIT), rsv=4)
    assert (await peer.frame()).compressed
    peer.send(opcode, deflated(b"x" * (LIMIT + 1)), rsv=4)
    await is_refused(peer)


async def test_a_bomb_is_refused_in_bounded_memory(serve):
    server = await serve(ECHO, message_bytes=1 << 20)
    bomb = deflated(bytes(512 << 20))
    assert len(bomb) < 1 << 20
    peer = await connect(server, sec_websocket_extensions=DEFLATE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peer.send(BINARY, bomb, rsv=4)
    await is_refused(peer)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


async def test_no_limit_is_no_limit(serve):
    server = await serve(ECHO, message_bytes=0, memory_mb=0)
    async with server.session.ws_connect("/", max_msg_size=0) as peer:
        await peer.send_bytes(bytes(40 << 20))
        assert len(await peer.receive_bytes()) == 40 << 20


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_client_that_is_still_sending_hears_1009(serve, trusting, scheme):
    """A connection that is reset at once would lose the close frame."""
    server = await serve(RECORDER, message_bytes=LIMIT, tls=scheme == "wss")
    options: dict[str, Any] = {"ssl": trusting} if scheme == "wss" else {}
    url = f"{scheme}://localhost:{server.port}/"
    peer = await websockets.connect(url, proxy=None, compression=None, **options)
    with pytest.raises(websockets.ConnectionClosed):
        await peer.send(bytes(30 << 20))
        await peer.recv()
    await peer.wait_closed()
    assert peer.close_code == 1009


# The isolate's memory


@pytest.mark.parametrize("data", [b"x" * (40 << 20), "x" * (40 << 20), "ä" * (20 << 20)])
async def test_a_message_that_the_isolate_has_no_room_for_closes_its_own_socket_only(serve, data):
    server = await serve(RECORDER, memory_mb=16, message_bytes=0)
    other = await connect(server)
    async with websockets.connect(
        f"ws://127.0.0.1:{server.port}/", proxy=None, compression=None, max_size=None
    ) as peer:
        await peer.send(data)
        with pytest.raises(websockets.ConnectionClosed):
            await peer.recv()
        assert peer.close_code == 1009
    other.send(TEXT, "fine")
    assert await other.text() == "fine"
    assert "memory_mb" in server.stderr


# Slow readers


def stop_reading(peer: Peer) -> None:
    peer.raw.reader._transport.pause_reading()


async def test_a_peer_that_reads_nothing_is_dropped_past_the_limit(serve):
    server = await serve(RECORDER, send_buffer_bytes=1 << 20)
    other = await connect(server)
    peer = await connect(server)
    stop_reading(peer)
    peer.send(TEXT, "do:flood,100,1000000")
    seen = await events(server)
    assert [item[0] for item in seen] == ["open", "open", "message", "error", "close"]
    assert "send_buffer_bytes" in seen[-2][1]
    assert seen[-1] == ["close", 1006, "", False, 3]
    assert len(server.worker.sockets) == 1
    other.send(TEXT, "fine")
    assert await other.text() == "fine"


async def test_peers_that_read_nothing_are_dropped_where_all_together_are_past_the_limit(serve):
    limit = 16 << 20
    server = await serve(RECORDER, unsent_bytes=limit)
    other = await connect(server)
    peers = [await connect(server) for _ in range(4)]
    for peer in peers:
        stop_reading(peer)
        peer.send(TEXT, "do:flood,20,1000000")  # the system takes some of it
    await server.until(lambda: len(server.worker.sockets) < 5)
    other.send(TEXT, "fine")
    assert await other.text() == "fine"
    assert sum(connection.unsent for connection in server.host.opened) <= limit
    assert "unsent_bytes" in str(await events(server))


async def test_a_peer_that_reads_slowly_gets_everything_within_the_limit(serve):
    server = await serve(RECORDER, send_buffer_bytes=64 << 20)
    peer = await connect(server)
    stop_reading(peer)
    peer.send(TEXT, "do:flood,30,1000000")
    await server.until(lambda: any(c.writing_paused for c in server.host.opened))
    peer.raw.reader._transport.resume_reading()
    for _ in range(30):
        assert len((await peer.frame()).payload) == 1_000_000
    peer.send(TEXT, "after")
    assert await peer.text() == "after"


async def test_a_peer_that_does_not_read_is_not_read_from(serve):
    server = await serve(ECHO)
    peer = await connect(server)
    stop_reading(peer)
    message = frame(BINARY, bytes(1 << 20))
    sent = 0
    while sent < 60 and peer.raw.writer.transport.get_write_buffer_size() < 2 << 20:
        peer.raw.send(message)
        sent += 1
        for _ in range(200):
            await asyncio.sleep(0)
    assert sent < 60, "the server took 60 MiB of a peer that reads nothing"
    assert next(iter(server.worker.sockets._wires.values())).buffered < 8 << 20
    peer.raw.reader._transport.resume_reading()
    for _ in range(sent):
        assert len((await peer.frame()).payload) == 1 << 20


async def test_buffered_amount_counts_what_has_not_left(serve):
    server = await serve(
        """
        let socket;
        export default {
          fetch(request) {
            if (!request.headers.has('upgrade')) return Response.json(socket.bufferedAmount);
            const upgraded = upgradeWebSocket(request);
            ({ socket } = upgraded);
            socket.onmessage = () => {
              const seen = [socket.bufferedAmount];
              socket.send('ä');
              seen.push(socket.bufferedAmount);
              socket.send(new Uint8Array(10));
              seen.push(socket.bufferedAmount);
              socket.send(new Uint8Array(20000));
              seen.push(socket.bufferedAmount);
              socket.send('x'.repeat(1000));
              seen.push(socket.bufferedAmount);
              socket.send(JSON.stringify(seen));
              for (let i = 0; i < 40; i++) socket.send(new Uint8Array(1000000));
            };
            socket.onclose = () => {
              socket.send('four');
              socket.send(new Uint8Array(5));
            };
            return upgraded.response;
          },
        };
        """
    )
    peer = await connect(server)
    stop_reading(peer)
    peer.send(TEXT, "go")
    await server.until(lambda: any(c.writing_paused for c in server.host.opened))
    waiting = await server.json()
    assert 20_000_000 < waiting <= 40_021_100
    peer.raw.reader._transport.resume_reading()
    sizes = [len((await peer.frame()).payload) for _ in range(4)]
    assert sizes == [2, 10, 20_000, 1000]
    assert json.loads(await peer.text()) == [0, 2, 12, 20_012, 21_012]
    for _ in range(40):
        await peer.frame()
    assert await server.json() == 0
    peer.send_close(1000)
    assert await peer.closing() == (1000, "")
    assert await peer.is_closed()
    await server.until(lambda: len(server.worker.sockets) == 0)
    assert await server.json() == 9


async def test_a_function_may_look_at_buffered_amount_after_every_message(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onopen = () => {
              let sent = 0;
              while (socket.bufferedAmount < 200000) { socket.send('0123456789'); sent++; }
              socket.send(`${sent}`);
            };
            return response;
          },
        };
        """,
        cpu_ms=1000,
    )
    peer = await connect(server)
    for _ in range(20_000):
        assert await peer.text() == "0123456789"
    assert await peer.text() == "20000"


async def test_what_one_listener_uses_is_not_charged_to_another_socket(serve):
    server = await serve(RECORDER, cpu_ms=50)
    peers = [await connect(server) for _ in range(10)]
    for i, peer in enumerate(peers):
        peer.send(TEXT, "do:spin" if i % 2 else "echo")
    for i, peer in enumerate(peers):
        if i % 2:
            peer.send(TEXT, "echo")
        assert await peer.text() == "echo"
    assert server.stderr.count("(cpu_ms)") == 5
    assert len(server.worker.sockets) == 10


async def test_a_close_frame_goes_out_behind_what_a_slow_reader_has_not_read(serve):
    server = await serve(RECORDER)
    peer = await connect(server)
    stop_reading(peer)
    peer.send(TEXT, "do:flood,20,1000000")
    peer.send(TEXT, "do:close,4000,that was all")
    await server.until(lambda: any(c.writing_paused for c in server.host.opened))
    peer.raw.reader._transport.resume_reading()
    got = [await peer.frame() for _ in range(21)]
    assert [len(item.payload) for item in got[:20]] == [1_000_000] * 20
    assert (got[20].opcode, got[20].code, got[20].reason) == (CLOSE, 4000, "that was all")


SLOW = """
let messages = 0;
export default {
  fetch(request) {
    if (!request.headers.has('upgrade')) return Response.json(messages);
    const { response, socket } = upgradeWebSocket(request);
    socket.onmessage = () => {
      messages++;
      for (const end = performance.now() + 7; performance.now() < end;);
    };
    return response;
  },
};
"""


async def test_a_peer_that_sends_faster_than_the_function_handles_is_not_read_from(serve):
    server = await serve(SLOW)
    peers = [await connect(server) for _ in range(2)]
    size = 64 * MIB
    for peer in peers:
        peer.raw.send(frame(BINARY, bytes(65_000)) * (size // 65_000))
    while await server.json() < 20:
        pass
    for peer in peers:
        assert peer.raw.writer.transport.get_write_buffer_size() > size / 2
        peer.abort()


async def test_unfinished_messages_of_all_peers_together_have_a_limit(serve):
    server = await serve(RECORDER, unhandled_bytes=4 * MIB)
    bystander = await connect(server)
    peers = [await connect(server) for _ in range(5)]
    for peer in peers[:4]:
        peer.raw.send(frame(BINARY, bytes(MIB // 2), fin=False))
        peer.send(PING)
        assert (await peer.frame()).opcode == PONG
    peers[4].raw.send(frame(BINARY, bytes(4 * MIB), fin=False))
    assert await peers[4].is_closed()
    assert "(unhandled_bytes)" in str(await events(server))
    for peer in [*peers[:4], bystander]:
        peer.raw.send(frame(BINARY if peer is bystander else CONTINUATION, b"end"))
        assert (await peer.frame()).opcode == BINARY


async def test_pings_are_not_counted_as_an_unfinished_message(serve):
    server = await serve(RECORDER, unhandled_bytes=MIB)
    peer = await connect(server)
    peer.raw.send(frame(BINARY, b"begun", fin=False))
    for _ in range(40):
        peer.raw.send(frame(PING, bytes(120)) * 500)
        for _ in range(500):
            assert (await peer.frame()).opcode == PONG
    peer.raw.send(frame(CONTINUATION, b"ended"))
    assert (await peer.frame()).payload == b"begunended"
