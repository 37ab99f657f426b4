"""Frames that clients send, sound and not: the server lives, others are served, and its own frames are sound."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st
from target import End, Target, attempts, cut, target

FUNCTION = """
const peers = new Set();
const orders = {
  close: (socket) => socket.close(1000, 'asked for'),
  throw: () => { throw new Error('asked for'); },
  all: () => peers.forEach((peer) => peer.send('to all')),
  many: (socket) => { for (let i = 0; i < 300; i++) socket.send(`${i}`); },
  large: (socket) => socket.send(new Uint8Array(20_000)),
};

export default {
  fetch(request) {
    if (request.headers.get('upgrade') !== 'websocket') return new Response('hello');

    const { response, socket } = upgradeWebSocket(request);
    peers.add(socket);
    socket.onmessage = ({ data }) => (orders[data] ?? (() => socket.send(data)))(socket);
    socket.onclose = () => { peers.delete(socket); socket.send('too late'); };
    return response;
  },
};
"""
PLAIN = b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%b\r\n"
)
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate%b\r\n"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("frames")
    with target(folder, FUNCTION, message_bytes=2000, send_buffer_bytes=100_000) as served:
        yield served


def frame(first: int, payload: bytes, *, form: int = 0, said: int | None = None) -> bytes:
    """A masked frame. form: bytes of the length, at least; said: the length that it claims."""
    size = len(payload) if said is None else said
    mask = os.urandom(4)
    if form < 2 and size < 126:
        head = struct.pack("!BB", first, 128 | size)
    elif form < 8 and size < 65536:
        head = struct.pack("!BBH", first, 128 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 128 | 127, size)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def deflated(data: bytes) -> bytes:
    """As permessage-deflate has it."""
    deflate = zlib.compressobj(wbits=-15)
    return (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


ORDERS = st.sampled_from([b"close", b"throw", b"all", b"many", b"large"])
PAYLOADS = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=9).map(lambda text: text.encode("utf-8", "surrogatepass")),
    ORDERS,
    st.integers(0, 3000).map(bytes),
    st.integers(0, 40_000).map(lambda size: deflated(bytes(size))),
    st.builds(lambda code, text: struct.pack("!H", code) + text, st.integers(0, 5001), st.binary()),
)
BITS = st.one_of(st.just(0), st.just(4), st.integers(0, 7))
OPCODES = st.one_of(
    st.sampled_from([CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG]), st.integers(0, 15)
)


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Any frame; most could be sent by somebody."""
    fin = draw(st.sampled_from([128, 128, 0]))
    first = fin | draw(BITS) << 4 | draw(OPCODES)
    said = draw(
        st.one_of(st.none(), st.none(), st.sampled_from([0, 125, 126, 65536, 2**63, 2**64 - 1]))
    )
    data = frame(first, draw(PAYLOADS), form=draw(st.sampled_from([0, 0, 2, 8])), said=said)
    if draw(st.integers(0, 9)) == 0:
        data = bytes([data[0], data[1] & 127]) + data[2:]
    return data


@st.composite
def sound(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A binary message in fragments, with pings between; and its payload."""
    parts = draw(st.lists(st.binary(max_size=200), min_size=1, max_size=4))
    data = b""
    for at, part in enumerate(parts):
        last = 128 if at == len(parts) - 1 else 0
        data += frame(last | (CONTINUATION if at else BINARY), part)
        data += frame(128 | PING, b"p") * draw(st.integers(0, 2))
    return data, b"".join(parts)


OPENINGS = st.builds(
    lambda before, offer: PLAIN * before + HANDSHAKE % offer,
    st.integers(0, 2),
    st.sampled_from(
        [b"", DEFLATE % b"", DEFLATE % b"; server_max_window_bits=9", DEFLATE % b"; x=y"]
    ),
)
PLACES = st.lists(st.integers(0, 3000), max_size=6)
ENDS: st.SearchStrategy[End] = st.sampled_from(["at once", "late", "reset"])


def frames_of(answer: bytes) -> list[tuple[int, bytes]]:
    """What the server sent behind its 101: opcodes and payloads. A last one may be cut."""
    _, found, data = answer.partition(b"HTTP/1.1 101 ")
    _, _, data = data.partition(b"\r\n\r\n")
    assert found or not data, answer
    seen = []
    while len(data) > 1:
        assert not data[1] & 128, "a server must not mask"
        assert data[0] & 128 and not data[0] & 0x30, "fragments or reserved bits"
        size, at = data[1], 2
        if size > 125:
            at = 4 if size == 126 else 10
            size = int.from_bytes(data[2:at])
        seen.append((data[0] & 15, data[at : at + size]))
        data = data[at + size :]
    return seen


@attempts(150)
@given(opening=OPENINGS, sent=st.lists(frames(), max_size=8), places=PLACES, end=ENDS)
def test_whatever_is_sent_the_server_lives(
    served: Target, opening: bytes, sent: list[bytes], places: list[int], end: End
) -> None:
    answer = served.talk(cut(opening + b"".join(sent), places), end)
    opcodes = [opcode for opcode, _ in frames_of(answer)]
    assert set(opcodes) <= {TEXT, BINARY, CLOSE, PING, PONG}
    assert CLOSE not in opcodes[:-1], "frames behind the close frame"


@attempts(100)
@given(opening=OPENINGS, messages=st.lists(sound(), max_size=6), places=PLACES)
def test_sound_messages_come_back_however_they_are_cut(
    served: Target, opening: bytes, messages: list[tuple[bytes, bytes]], places: list[int]
) -> None:
    goodbye = frame(128 | CLOSE, struct.pack("!H", 1000))
    data = opening + b"".join(wire for wire, _ in messages) + goodbye
    answer = frames_of(served.talk(cut(data, places), "last"))
    if b"permessage-deflate" not in opening:
        echoed = [payload for opcode, payload in answer if opcode == BINARY]
        assert echoed == [payload for _, payload in messages]
    assert answer[-1] == (CLOSE, struct.pack("!H", 1000))
