"""WebSocket frames without masks (RFC 6455, 5), and their compression (RFC 7692).

Of the frames that arrive only the mask bit is looked at here: aiohttp's reader does the rest, but it
takes them with masks and without.
"""

from __future__ import annotations

import re
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


_TEXT_HEADS = [f"\x81{chr(length)}" for length in range(126)]  # FIN | TEXT, and the length


def short_texts(texts: list[str]) -> bytes:
    """The frames of many texts, built as one; empty when one of them is long or not ASCII."""
    try:
        frames = "".join([_TEXT_HEADS[len(text)] + text for text in texts])
    except IndexError:
        return b""
    return frames.encode("latin-1") if "".join(texts).isascii() else b""


def close_payload(code: int | None, reason: str) -> bytes:
    """No code: an empty close frame."""
    return b"" if code is None else _CODE(code) + reason.encode()


# By the second byte of a masked frame: how long it is, with two bytes, the mask, and what the lower seven
# bits count. 0: not masked, or its length comes in further bytes.
_SHORT_LENGTHS = bytes(second - 0x7A if 0x80 <= second < 0xFE else 0 for second in range(256))


# By the first byte: a control frame that says it is compressed (RFC 7692, 6.1), which aiohttp's reader takes.
_COMPRESSED_CONTROL = bytes(first & 0x48 == 0x48 for first in range(256))


class FrameCheck:
    """Follows the frames that a client sends and finds what aiohttp's reader would take of a wrong one.

    That is one that is not masked (RFC 6455, 5.1), and a compressed control frame.
    """

    __slots__ = ("_head", "_skip", "problem")

    LENGTHS = _SHORT_LENGTHS
    WRONG_BIT = 0  # of the second byte, in a frame that is wrong
    REST = 5  # bytes between a long length and the next second byte, beside the payload
    NAME = "a frame that is not masked"

    def __init__(self) -> None:
        self.problem = ""  # of the frame that was found
        self._skip = 0  # bytes of the current frame that have not arrived
        self._head = b""  # the beginning of a frame whose length has not arrived

    def find_wrong(self, data: bytes) -> int:
        """Where in the next piece of data the first wrong frame begins; -1 when there is none.

        Part of that frame may have come before: then the answer is 0.
        """
        before = len(self._head)
        if before:
            data = self._head + data
            self._head = b""
        length, lengths, compressed = len(data), self.LENGTHS, _COMPRESSED_CONTROL
        second = self._skip + 1  # where the second byte of a frame is
        while second < length:
            if compressed[data[second - 1]]:
                self.problem = "a control frame that is compressed"
                return max(0, second - 1 - before)
            if short := lengths[data[second]]:
                second += short
                continue
            if data[second] & 0x80 == self.WRONG_BIT:
                self.problem = self.NAME
                return max(0, second - 1 - before)
            after = second + (3 if data[second] & 0x7F == 126 else 9)
            if after > length:
                break
            second = after + self.REST + int.from_bytes(data[second + 1 : after])
        at = second - 1
        if at >= length:
            self._skip = at - length
        else:
            self._skip, self._head = 0, data[at:]
        return -1


class UnmaskedCheck(FrameCheck):
    """The same of what a server sends: there a mask is wrong."""

    __slots__ = ()

    LENGTHS = bytes(second + 2 if second < 126 else 0 for second in range(256))
    WRONG_BIT = 0x80
    REST = 1
    NAME = "a frame that is masked"


class Deflate:
    """The sending half of permessage-deflate. Its window is made for the first message worth it."""

    def __init__(self, window_bits: int, no_context_takeover: bool) -> None:
        self._bits = min(window_bits, _WINDOW_BITS)
        self._reset = no_context_takeover
        self._compressor: zlib._Compress | None = None

    @property
    def window_bits(self) -> int:
        return self._bits

    def compress(self, data: bytes) -> bytes | None:
        """The compressed payload, or None when the message goes as it is."""
        if (
            len(data) < _MIN_COMPRESSED or self._bits < 9
        ):  # zlib has no smaller window for a raw stream
            return None
        compressor = self._compressor
        if compressor is None:
            compressor = zlib.compressobj(wbits=-self._bits, memLevel=_MEMORY_LEVEL)
        self._compressor = None if self._reset else compressor
        return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(_TAIL)


_EXTENSION = "permessage-deflate"
_FLAGS = ("server_no_context_takeover", "client_no_context_takeover")
_SERVER_BITS, _CLIENT_BITS = "server_max_window_bits", "client_max_window_bits"
_BITS = re.compile("[89]|1[0-5]")


def negotiate(offers: str | None) -> tuple[Deflate, str] | None:
    """Accepts the first offer of permessage-deflate that can be kept (RFC 7692, 7.1).

    offers: the client's Sec-WebSocket-Extensions. Returns the sending half, and the server's.
    """
    for offer in (offers or "").split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        if name == _EXTENSION and (asked := _parameters(parameters)) is not None:
            bits = int(asked.get(_SERVER_BITS, "15"))
            if bits == 8:  # zlib has no such window for a raw stream
                continue
            deflate = Deflate(bits, _FLAGS[0] in asked)
            flag = f"; {_FLAGS[0]}" if _FLAGS[0] in asked else ""
            return deflate, f"{_EXTENSION}{flag}; {_SERVER_BITS}={deflate.window_bits}"
    return None


def _parameters(parts: list[str]) -> dict[str, str] | None:
    """By name, with "" for what has no value; None when the offer must be declined."""
    found: dict[str, str] = {}
    for part in parts:
        name, equals, value = (item.strip() for item in part.partition("="))
        if value[:1] == '"' == value[-1:]:
            value = value[1:-1]
        is_bits = bool(equals) and _BITS.fullmatch(value) is not None
        allowed = {
            _SERVER_BITS: is_bits,
            _CLIENT_BITS: is_bits or not equals,
            **dict.fromkeys(_FLAGS, not equals),
        }
        if name in found or not allowed.get(name):
            return None
        found[name] = value
    return found
