"""Connecting an outbound socket: a connection, then the handshake on it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from edgehost.bindings.websocket import Connecting, Listener
from edgehost.client.connector import Connector
from edgehost.client.handshake import Agreed, Handshake
from edgehost.client.origin import Origin
from edgehost.client.request import target_of
from edgehost.client.websocket import SocketConnection, SocketHost
from edgehost.errors import EdgehostError

SCHEMES = {"ws:": "http:", "wss:": "https:"}


class SocketAttempt:
    """One. What becomes of it, `connecting` hears once."""

    def __init__(
        self,
        connector: Connector,
        host: SocketHost,
        url: str,
        protocols: tuple[str, ...],
        headers: str,
        more: str,
        connecting: Connecting,
    ) -> None:
        """more: lines of the handshake's head. Raises BoundaryViolation."""
        scheme, _, rest = url.partition("//")
        target = target_of(f"{SCHEMES.get(scheme, scheme)}//{rest}")
        handshake = Handshake(target, protocols, headers)
        more += _authorization(rest)
        handshake.head(more)  # raises what is wrong now
        self._connecting: Connecting | None = connecting
        self._connection: SocketConnection | None = None

        def make() -> SocketConnection:
            return SocketConnection(host, handshake, more, self._opened, self._fail)

        self._task = asyncio.get_running_loop().create_task(
            self._connect(connector, target.origin, make)
        )

    async def _connect(
        self, connector: Connector, origin: Origin, make: Callable[[], SocketConnection]
    ) -> None:
        try:
            self._connection = await connector.connect(origin, make, tunnel=True)
        except EdgehostError as error:
            self._fail(str(error))

    def _opened(self, connection: SocketConnection, agreed: Agreed) -> None:
        connecting, self._connecting = self._connecting, None
        if connecting is None:
            connection.abort()
            return

        def start(listener: Listener) -> Any:  # a Wire
            return connection.start(listener, 0.0, agreed)

        connecting.on_connected(start, agreed.protocol)

    def _fail(self, problem: str) -> None:
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.on_failed(problem)

    def abort(self, problem: str) -> None:
        self._task.cancel()
        if self._connection is not None:
            self._connection.fail(problem)
        # Not at once: it leads into a turn, and another may be under way.
        asyncio.get_running_loop().call_soon(self._fail, problem)


def _authorization(rest: str) -> str:
    """The header line for the user and password of a URL; "" where it has none."""
    user, at, _ = rest.split("/", 1)[0].rpartition("@")
    if not at:
        return ""
    secret = unquote_to_bytes(user if ":" in user else f"{user}:")
    return f"authorization: Basic {base64.b64encode(secret).decode()}\r\n"
