"""The few bytes of RFC 6455 that a generator needs: a handshake, a masked frame, its echo."""

from __future__ import annotations

import struct

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # the RFC's example, with the answer it gives
ACCEPT = b"s3pplmbitxaq9kygzzhzrbk+xoo="  # lower case, as the response is compared
MASK = b"\x12\x34\x56\x78"

TEXT, BINARY = 0x81, 0x82  # first bytes of unfragmented messages


def handshake(port: int) -> bytes:
    return (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % (port, KEY)
    )


def is_accepted(response: bytes) -> bool:
    return response.startswith(b"HTTP/1.1 101") and ACCEPT in response.lower()


def masked_frame(first: int, payload: bytes) -> bytes:
    """A client's message."""
    masks = MASK * (len(payload) // 4 + 1)
    masked = bytes(a ^ b for a, b in zip(payload, masks, strict=False))
    return bytes([first]) + _length(len(payload), 0x80) + MASK + masked


def plain_frame(first: int, payload: bytes) -> bytes:
    """A server's message."""
    return bytes([first]) + _length(len(payload), 0) + payload


def _length(size: int, mask_bit: int) -> bytes:
    if size < 126:
        return bytes([mask_bit | size])
    if size < 65536:
        return struct.pack("!BH", mask_bit | 126, size)
    return struct.pack("!BQ", mask_bit | 127, size)
