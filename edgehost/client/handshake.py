"""The opening handshake as a client has it: https://www.rfc-editor.org/rfc/rfc6455#section-4.1"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from dataclasses import dataclass
from typing import Any

from edgehost.client.request import Request, Target
from edgehost.errors import PeerError
from edgehost.sockets.frames import Deflate

OFFER = "permessage-deflate; client_max_window_bits"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_BITS = re.compile("[89]|1[0-5]")
# What the handshake says itself, and nobody else may.
OWN = frozenset(
    {
        "sec-websocket-key",
        "sec-websocket-version",
        "sec-websocket-protocol",
        "sec-websocket-extensions",
        "sec-websocket-accept",
    }
)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the two ends have come to."""

    protocol: str  # "" for none
    extensions: str  # as the server said them
    deflate: Deflate | None


class Handshake:
    """One attempt."""

    def __init__(self, target: Target, protocols: tuple[str, ...], headers: str) -> None:
        """headers: the function's own, names and values, a line each."""
        self.target = target
        self._protocols = protocols
        self._headers = headers
        self._key = base64.b64encode(os.urandom(16))

    def head(self, more: str) -> bytes:
        """Raises BoundaryViolation for a header that is none."""
        protocols = ", ".join(self._protocols)
        lines = (
            "upgrade: websocket\r\nconnection: Upgrade\r\n"
            f"sec-websocket-key: {self._key.decode()}\r\nsec-websocket-version: 13\r\n"
            + (f"sec-websocket-protocol: {protocols}\r\n" if protocols else "")
            + f"sec-websocket-extensions: {OFFER}\r\n"
        )
        return Request("GET", self.target, self._headers).head("", lines + more)

    def agree(self, message: Any) -> Agreed:
        """message: the response, as aiohttp's parser gives it. Raises PeerError where it is wrong."""
        if message.code != 101:
            raise PeerError(f"the server answered the handshake with the status {message.code}")
        headers = message.headers
        if headers.get("Upgrade", "").lower() != "websocket":
            raise PeerError("the server's answer has no 'Upgrade: websocket'")
        options = ",".join(headers.getall("Connection", [])).lower().split(",")
        if "upgrade" not in [option.strip() for option in options]:
            raise PeerError("the server's answer has no 'Connection: Upgrade'")
        accept = base64.b64encode(
            hashlib.sha1(self._key + _GUID, usedforsecurity=False).digest()
        ).decode()
        if headers.getall("Sec-WebSocket-Accept", []) != [accept]:
            raise PeerError("the server's answer has the wrong Sec-WebSocket-Accept")
        protocol = self._protocol(headers.getall("Sec-WebSocket-Protocol", []))
        extensions = ", ".join(headers.getall("Sec-WebSocket-Extensions", []))
        return Agreed(protocol, extensions, _deflate_of(extensions))

    def _protocol(self, said: list[str]) -> str:
        if not said:
            if self._protocols:
                raise PeerError("the server chose none of the subprotocols that it was offered")
            return ""
        if len(said) > 1 or said[0] not in self._protocols:
            raise PeerError("the server chose a subprotocol that it was not offered")
        return said[0]


def _deflate_of(extensions: str) -> Deflate | None:
    """Raises PeerError for what was not offered (RFC 7692, 7.1)."""
    if not extensions:
        return None
    name, *parts = (part.strip() for part in extensions.split(";"))
    if name != "permessage-deflate" or "," in extensions:
        raise PeerError(f"the server chose an extension that it was not offered: {extensions:.100}")
    found: dict[str, str] = {}
    for part in parts:
        key, equals, value = (item.strip() for item in part.partition("="))
        value = value.strip('"')
        is_flag = key in ("server_no_context_takeover", "client_no_context_takeover")
        is_bits = key in ("server_max_window_bits", "client_max_window_bits")
        if key in found or not (
            (is_flag and not equals) or (is_bits and _BITS.fullmatch(value) is not None)
        ):
            raise PeerError(f"the server's permessage-deflate has a wrong parameter: {part:.100}")
        found[key] = value
    bits = int(found.get("client_max_window_bits", "15"))
    return Deflate(bits, "client_no_context_takeover" in found)
