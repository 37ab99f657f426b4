"""permessage-deflate (RFC 7692) with real clients and with streams of our own."""

from __future__ import annotations

import os
import random
import zlib
from typing import Any

import pytest
import websockets
from raw_websocket import (
    BINARY,
    CONTINUATION,
    ECHO,
    PING,
    PONG,
    TEXT,
    Peer,
    connect,
    frame,
    handshake,
)
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

TAIL = b"\0\0\xff\xff"

TELL = """
export default {
  fetch(request) {
    const { response, socket } = upgradeWebSocket(request, { idleTimeout: 0 });
    socket.onopen = () => socket.send(socket.extensions);
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  },
};
"""


class Client:
    """The compressing side of a client, and its inflating side with the window that was agreed."""

    def __init__(
        self, *, bits: int = 15, server_bits: int = 15, keeps_context: bool = True
    ) -> None:
        self._bits = bits
        self._keeps_context = keeps_context
        self._compressor = zlib.compressobj(wbits=-bits)
        self.inflater = zlib.decompressobj(wbits=-server_bits)

    def compress(self, data: bytes) -> bytes:
        if not self._keeps_context:
            self._compressor = zlib.compressobj(wbits=-self._bits)
        out = self._compressor.compress(data) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return out.removesuffix(TAIL)

    def inflate(self, data: bytes) -> bytes:
        return self.inflater.decompress(data + TAIL)


def words(count: int, seed: int = 1) -> str:
    choose = random.Random(seed)
    return " ".join(
        choose.choice(["alpha", "beta", "gamma", "delta", "epsilon"]) for _ in range(count)
    )


def client(server: Any, *extensions: ClientPerMessageDeflateFactory) -> Any:
    return websockets.connect(
        f"ws://127.0.0.1:{server.port}/",
        proxy=None,
        compression=None,
        extensions=extensions,
        max_size=None,
    )


@pytest.mark.parametrize("server_bits", [None, *range(9, 16)])
@pytest.mark.parametrize("client_bits", [None, True, 9, 15])
@pytest.mark.parametrize("takeover", [True, False])
async def test_what_a_client_asks_for_is_kept(serve, server_bits, client_bits, takeover):
    server = await serve(TELL)
    factory = ClientPerMessageDeflateFactory(
        server_no_context_takeover=not takeover,
        client_no_context_takeover=not takeover,
        server_max_window_bits=server_bits,
        client_max_window_bits=client_bits,
    )
    async with client(server, factory) as peer:
        extensions = await peer.recv()
        assert peer.response.headers["Sec-WebSocket-Extensions"] == extensions
        assert extensions.startswith("permessage-deflate")
        assert ("server_no_context_takeover" in extensions) is not takeover
        for message in [words(500), words(500), "", "ä" * 5000, words(20_000), os.urandom(5000)]:
            await peer.send(message)
            assert await peer.recv() == message


async def test_the_default_of_real_clients(serve):
    server = await serve(TELL)
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/", proxy=None) as peer:
        assert (await peer.recv()).startswith("permessage-deflate")
        for message in [words(300), "short", words(300)]:
            await peer.send(message)
            assert await peer.recv() == message
    async with server.session.ws_connect("/", compress=15) as other:
        assert other.compress
        assert (await other.receive_str()).startswith("permessage-deflate")
        for message in [words(300), "short", words(300)]:
            await other.send_str(message)
            assert await other.receive_str() == message


async def test_without_an_offer_nothing_is_compressed(serve):
    server = await serve(TELL)
    peer = await connect(server)
    assert await peer.text() == ""
    peer.send(TEXT, "x" * 5000)
    got = await peer.frame()
    assert (got.compressed, got.payload) == (False, b"x" * 5000)


async def test_an_offer_of_eight_bits_is_passed_over(serve):
    server = await serve(TELL)
    raw = await server.raw()
    raw.send(handshake(sec_websocket_extensions="permessage-deflate; server_max_window_bits=8"))
    answer = await raw.head()
    assert (answer.status, answer.get("sec-websocket-extensions")) == (101, None)
    peer = await connect(
        server,
        sec_websocket_extensions="permessage-deflate; server_max_window_bits=8, permessage-deflate; client_max_window_bits=8",
    )
    assert await peer.text() == "permessage-deflate; server_max_window_bits=12"


@pytest.mark.parametrize("bits", range(9, 16))
async def test_answers_keep_to_the_window_that_the_client_has(serve, bits):
    server = await serve(ECHO)
    peer = await connect(
        server, sec_websocket_extensions=f"permessage-deflate; server_max_window_bits={bits}"
    )
    codec = Client(server_bits=bits)
    block = os.urandom(3000)  # repeats at a distance that only a larger window reaches
    for _ in range(4):
        peer.send(BINARY, codec.compress(block * 3), rsv=4)
        got = await peer.frame()
        assert codec.inflate(got.payload) == block * 3


async def test_the_context_is_kept_unless_the_client_asks_otherwise(serve):
    server = await serve(ECHO)
    message = os.urandom(1000)
    sizes = {}
    for offer in ("permessage-deflate", "permessage-deflate; server_no_context_takeover"):
        peer = await connect(server, sec_websocket_extensions=offer)
        sizes[offer] = []
        for _ in range(3):
            peer.send(BINARY, message)
            sizes[offer].append(len((await peer.frame()).payload))
    kept, dropped = sizes.values()
    assert kept[1] < 50
    assert min(dropped) > 900


@pytest.mark.parametrize("keeps_context", [True, False])
async def test_a_client_may_keep_its_context_or_not_and_compress_some_messages(
    serve, keeps_context
):
    server = await serve(ECHO)
    peer = await connect(
        server, sec_websocket_extensions="permessage-deflate; client_no_context_takeover"
    )
    codec = Client(keeps_context=keeps_context, bits=10)
    inflater = zlib.decompressobj(wbits=-15)
    for i in range(20):
        message = words(200, seed=i % 3).encode()
        if i % 4 == 3:
            peer.send(TEXT, message)
        else:
            peer.send(TEXT, codec.compress(message), rsv=4)
        got = await peer.frame()
        assert got.compressed
        assert inflater.decompress(got.payload + TAIL) == message


async def test_a_compressed_message_may_be_fragmented_with_pings_between(serve):
    server = await serve(ECHO)
    peer = await connect(server, sec_websocket_extensions="permessage-deflate")
    codec = Client()
    data = codec.compress(words(300).encode())
    peer.send(TEXT, data[:10], rsv=4, fin=False)
    peer.send(PING, b"between")
    peer.send(CONTINUATION, data[10:50], fin=False)
    peer.send(CONTINUATION, data[50:])
    got = await peer.frame()
    assert (got.opcode, got.payload) == (PONG, b"between")
    got = await peer.frame()
    assert codec.inflate(got.payload) == words(300).encode()


async def test_empty_messages_can_be_compressed(serve):
    server = await serve(ECHO)
    peer = await connect(server, sec_websocket_extensions="permessage-deflate")
    for payload in (b"\x00", b"\x02\x00"):
        peer.send(TEXT, payload, rsv=4)
        assert await peer.text() == ""


async def test_a_continuation_must_not_be_marked_as_compressed(serve):
    server = await serve(ECHO)
    peer = await connect(server, sec_websocket_extensions="permessage-deflate")
    peer.send(TEXT, Client().compress(b"x" * 50), rsv=4, fin=False)
    peer.send(CONTINUATION, b"", rsv=4)
    assert await peer.closing() == (1002, "")


@pytest.mark.parametrize(
    "payload", [b"\xff" * 100, b"\x06" + b"\0" * 10, b"\x83i\xcf" + b"\xff" * 20]
)
async def test_malformed_compression_ends_that_socket_alone(serve, payload):
    server = await serve(ECHO)
    other = await connect(server, sec_websocket_extensions="permessage-deflate")
    peer = await connect(server, sec_websocket_extensions="permessage-deflate")
    peer.send(BINARY, b"\xff\xff\xff" + payload, rsv=4)
    assert await peer.closing() == (1007, "")
    other.send(TEXT, "fine")
    assert await other.text() == "fine"
    assert "internal error" not in server.stderr


async def test_invalid_utf8_inside_compression_is_1007(serve):
    server = await serve(ECHO)
    peer = await connect(server, sec_websocket_extensions="permessage-deflate")
    peer.send(TEXT, Client().compress(b"\xff\xfe" * 20), rsv=4)
    assert await peer.closing() == (1007, "")


async def test_compressed_messages_in_one_packet_keep_their_order(serve):
    server = await serve(ECHO)
    raw = await server.raw()
    codec = Client()
    messages = [words(60, seed=i) + str(i) for i in range(200)]
    frames = [frame(TEXT, codec.compress(message.encode()), rsv=4) for message in messages]
    raw.send(handshake(sec_websocket_extensions="permessage-deflate") + b"".join(frames))
    assert (await raw.head()).status == 101
    peer = Peer(raw)
    for message in messages:
        got = await peer.frame()
        assert codec.inflate(got.payload).decode() == message
