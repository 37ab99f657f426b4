"""A client without a socket: its bytes go through the server's own connection."""

from __future__ import annotations

import asyncio
from pathlib import Path

from websockets.frames import Frame, Opcode

from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig, ServerConfig
from edgehost.deployment import Deployment
from edgehost.server.host import HttpHost

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Client:
    """One connection to one function."""

    def __init__(self, function: Path) -> None:
        self._deployment = Deployment(FunctionConfig(function), Console("", quiet=True))
        self._transport = _Transport()

    async def connect(self) -> None:
        """Loads the function. Raises as Deployment.start does."""
        await self._deployment.start()
        self._host = HttpHost(self._deployment, ServerConfig())
        self._connection = self._host()
        self._connection.connection_made(self._transport)

    async def upgrade(self) -> None:
        """Makes it a WebSocket."""
        await self.ask(HANDSHAKE)
        await asyncio.sleep(0)  # the function hears of it in a turn of its own

    async def ask(self, request: bytes) -> bytes:
        """The whole response to a whole request."""
        self._connection.data_received(request)
        return await self._answer()

    async def say(self, texts: list[str]) -> bytes:
        """The frames that a function sends at once when messages arrive in one read."""
        frames = [Frame(Opcode.TEXT, text.encode()).serialize(mask=True) for text in texts]
        self._connection.data_received(b"".join(frames))
        return await self._answer()

    async def _answer(self) -> bytes:
        connection = self._connection
        while self._host.burst.is_busy_with(connection) or connection.exchange is not None:
            await asyncio.sleep(0)
        return self._transport.take()

    async def close(self) -> None:
        self._connection.connection_lost(None)
        await self._deployment.close(grace=0)


class _Transport(asyncio.Transport):
    """Keeps what is written, and always takes more."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[bytes] = []

    def take(self) -> bytes:
        written, self._written = self._written, []
        return b"".join(written)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass
