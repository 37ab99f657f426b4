"""A WebSocket connection on the server's side: the answer to its opening handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgehost.bindings.websocket import Listener, Upgrade
from edgehost.server.response import head_of
from edgehost.sockets.frames import FrameCheck, negotiate
from edgehost.sockets.wire import WebSocketWire

if TYPE_CHECKING:
    from edgehost.server.connection import Connection


class ServerWebSocket(WebSocketWire):
    """See `WebSocketWire`."""

    __slots__ = ()

    def __init__(
        self, connection: Connection, upgrade: Upgrade, offered: str | None, listener: Listener
    ) -> None:
        """Sends the 101. offered: the client's Sec-WebSocket-Extensions."""
        deflate, extensions = negotiate(offered) or (None, "")
        super().__init__(connection, listener, upgrade.idle_seconds, deflate, FrameCheck())
        headers = upgrade.headers
        if extensions:
            headers += f"\nsec-websocket-extensions\n{extensions}"
        lines = head_of(101, "Switching Protocols", headers).data
        self._write([lines, b"upgrade: websocket\r\nconnection: Upgrade\r\n\r\n"])
        self._burst.soon(connection, self._opened, extensions)
