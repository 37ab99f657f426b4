"""WebSocket frames as a server sends them (RFC 6455, section 5), and their compression (RFC 7692)."""

from __future__ import annotations

import zlib
from struct import Struct

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
FIN, COMPRESSED = 0x80, 0x40

_MEDIUM, _LARGE, _CODE = Struct("!BBH").pack, Struct("!BBQ").pack, Struct("!H").pack

# Close codes that an endpoint may put on the wire (RFC 6455, 7.4, and its registry).
SENDABLE_CODES = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)})

_MIN_COMPRESSED = 128  # bytes; smaller ones hardly shrink
_WINDOW_BITS = 12  # a compressor that costs 32 KiB a socket rather than 256
_MEMORY_LEVEL = 5
_TAIL = b"\x00\x00\xff\xff"  # what RFC 7692, 7.2.1 leaves off


_SHORT_HEADS = {
    (first << 7) | length: bytes((first, length))
    for first in (FIN | TEXT, FIN | BINARY)
    for length in range(126)
}


def head(first: int, length: int) -> bytes:
    """The bytes before an unmasked payload. first: flags and opcode."""
    if length < 126:
        return _SHORT_HEADS.get((first << 7) | length) or bytes((first, length))
    return _MEDIUM(first, 126, length) if length < 65536 else _LARGE(first, 127, length)


def close_payload(code: int | None, reason: str) -> bytes:
    """No code: an empty close frame."""
    return b"" if code is None else _CODE(code) + reason.encode()


class Deflate:
    """The sending half of permessage-deflate; its window is made with the first message worth it."""

    def __init__(self, window_bits: int, no_context_takeover: bool) -> None:
        self._bits = min(window_bits, _WINDOW_BITS)
        self._reset = no_context_takeover
        self._compressor: zlib._Compress | None = None

    @property
    def window_bits(self) -> int:
        return self._bits

    def compress(self, data: bytes) -> bytes | None:
        """The compressed payload, or None when the message goes as it is."""
        if len(data) < _MIN_COMPRESSED:
            return None
        compressor = self._compressor
        if compressor is None:
            compressor = zlib.compressobj(wbits=-self._bits, memLevel=_MEMORY_LEVEL)
        self._compressor = None if self._reset else compressor
        return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(_TAIL)
