"""A WebSocket client that sends exactly the frames it is told to, and functions that say what they saw."""

from __future__ import annotations

import base64
import os
import struct
from dataclasses import dataclass
from typing import Any

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
CONTINUATION = 0x0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455, 1.3
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

ECHO = """
export default {
  fetch(request) {
    const { response, socket } = upgradeWebSocket(request, { idleTimeout: 0 });
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  },
};
"""

# Every event of every socket, to be read by an ordinary request. A path may hold the idleTimeout.
RECORD = """
const log = [];
globalThis.sockets = [];

function record(socket) {
  sockets.push(socket);
  socket.addEventListener('open', () => log.push(['open', socket.readyState, socket.extensions]));
  socket.addEventListener('message', ({ data }) => {
    log.push(['message', typeof data === 'string' ? data : data.byteLength]);
  });
  socket.addEventListener('error', (event) => {
    log.push(['error', event.message, socket.readyState, event instanceof ErrorEvent, event.error instanceof Error]);
  });
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    log.push(['close', code, reason, wasClean, socket.readyState]);
  });
}

function answer(request) {
  return request.headers.has('upgrade') ? null : Response.json(log);
}
"""

RECORDER = (
    RECORD
    + """
export default {
  fetch(request) {
    const said = answer(request);
    if (said !== null) return said;
    const idleTimeout = Number(new URL(request.url).searchParams.get('idle') ?? 0);
    const { response, socket } = upgradeWebSocket(request, { idleTimeout });
    record(socket);
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string' && data.startsWith('do:')) handle(socket, ...data.slice(3).split(','));
      else socket.send(data);
    });
    return response;
  },
};

function handle(socket, what, ...rest) {
  if (what === 'close') socket.close(...rest.map((item, i) => (i === 0 ? Number(item) : item)));
  if (what === 'throw') throw new RangeError('thrown by a listener');
  if (what === 'spin') for (;;);
  if (what === 'flood') for (let i = 0; i < Number(rest[0]); i++) socket.send(new Uint8Array(Number(rest[1])));
}
"""
)


@dataclass(frozen=True, slots=True)
class Frame:
    """As it was on the wire."""

    opcode: int
    payload: bytes
    fin: bool = True
    compressed: bool = False

    @property
    def code(self) -> int | None:
        """Of a close frame."""
        assert self.opcode == CLOSE
        return int.from_bytes(self.payload[:2]) if self.payload else None

    @property
    def reason(self) -> str:
        return self.payload[2:].decode()


def frame(
    opcode: int, payload: bytes | str = b"", *, fin: bool = True, masked: bool = True, rsv: int = 0
) -> bytes:
    """rsv: the three reserved bits as a number, 4 for the first of them."""
    data = payload.encode() if isinstance(payload, str) else payload
    first = fin << 7 | rsv << 4 | opcode
    mask_bit = masked << 7
    if len(data) < 126:
        head = struct.pack("!BB", first, mask_bit | len(data))
    elif len(data) < 65536:
        head = struct.pack("!BBH", first, mask_bit | 126, len(data))
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, len(data))
    if not masked:
        return head + data
    mask = os.urandom(4)
    key = int.from_bytes((mask * (len(data) // 4 + 1))[: len(data)])
    return head + mask + (int.from_bytes(data) ^ key).to_bytes(len(data))


def close_frame(code: int | None = None, reason: str = "") -> bytes:
    payload = b"" if code is None else struct.pack("!H", code) + reason.encode()
    return frame(CLOSE, payload)


def handshake(path: str = "/", **headers: str | None) -> bytes:
    """An opening handshake. headers: others, or other values; None leaves one out."""
    fields: dict[str, str | None] = {
        "host": "localhost",
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-key": KEY,
        "sec-websocket-version": "13",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value is not None]
    return f"GET {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1")


class Peer:
    """A connection after its opening handshake."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def send(self, *args: Any, **options: Any) -> None:
        self.raw.send(frame(*args, **options))

    def send_close(self, code: int | None = None, reason: str = "") -> None:
        self.raw.send(close_frame(code, reason))

    async def frame(self) -> Frame:
        """The next frame of the server, which must be well formed. Raises IncompleteReadError at the end."""
        reader = self.raw.reader
        first, second = await reader.readexactly(2)
        assert second < 128, "a server must not mask"
        assert not first & 0x30, "a reserved bit is set"
        length = second
        if second == 126:
            length = int.from_bytes(await reader.readexactly(2))
            assert length > 125, "the length could be shorter"
        elif second == 127:
            length = int.from_bytes(await reader.readexactly(8))
            assert length > 65535, "the length could be shorter"
        payload = await reader.readexactly(length)
        return Frame(first & 0xF, payload, bool(first & 0x80), bool(first & 0x40))

    async def text(self) -> str:
        """The next frame, which must be a whole text message."""
        got = await self.frame()
        assert (got.opcode, got.fin) == (TEXT, True), got
        return got.payload.decode()

    async def closing(self) -> tuple[int | None, str]:
        """The next frame, which must be a close frame: its code and reason."""
        got = await self.frame()
        assert got.opcode == CLOSE, got
        return got.code, got.reason

    async def is_closed(self) -> bool:
        return bool(await self.raw.is_closed())

    def abort(self) -> None:
        self.raw.abort()


async def connect(server: Any, path: str = "/", **headers: str | None) -> Peer:
    """Opens a socket on a plain connection; it must be accepted."""
    raw = await server.raw()
    raw.send(handshake(path, **headers))
    answer = await raw.head()
    assert answer.status == 101, answer
    return Peer(raw)


async def events(server: Any, last: str = "close") -> list[Any]:
    """What the recording function saw, as soon as that ends with an event of this name."""
    while True:
        seen = await server.json()
        if seen and seen[-1][0] == last:
            return list(seen)


def random_key() -> str:
    return base64.b64encode(os.urandom(16)).decode()
