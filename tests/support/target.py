"""A served function that hostile clients talk to, and what must be true after each of them."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from hypothesis import HealthCheck, settings

from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig, Limits, ServerConfig
from edgehost.deployment import Deployment
from edgehost.server.service import Service

try:
    from uvloop import new_event_loop
except ImportError:
    from asyncio import new_event_loop

PATIENCE = 20.0  # seconds until what must happen has happened
LOOKS = 20  # passes of the loop until a client takes its leave
ROUNDS = int(os.environ.get("EDGEHOST_ATTACK", "1"))  # `make attack` sets more

# When a client leaves: behind what it sent, some passes later, without a farewell, or after the server.
End = Literal["at once", "late", "reset", "last"]


def attempts(count: int) -> settings:
    """So many examples, the same each time; with EDGEHOST_ATTACK that many times more, at random."""
    return settings(
        max_examples=count * ROUNDS,
        deadline=None,
        derandomize=ROUNDS == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


class Target:
    """One server, and a client of good manners whose connection stays open."""

    def __init__(self, loop: asyncio.AbstractEventLoop, service: Service, lines: io.StringIO):
        self.loop = loop
        self.service = service
        self.troubles: list[Any] = []
        self._lines = lines
        self._good: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        loop.set_exception_handler(lambda _, context: self.troubles.append(context))

    def talk(self, pieces: Sequence[bytes], end: End = "late") -> bytes:
        """What a client is answered that sends these pieces and leaves."""
        return self.loop.run_until_complete(asyncio.wait_for(self._talk(pieces, end), PATIENCE))

    async def _talk(self, pieces: Sequence[bytes], end: End) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.service.port)
        line = writer.get_extra_info("socket")
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if end == "reset":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        answer = b""
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            if end in ("late", "reset"):
                for _ in range(LOOKS):
                    await asyncio.sleep(0)
            if end == "reset":
                writer.transport.abort()
            else:
                if end != "last" and not writer.transport.is_closing():
                    writer.write_eof()
                while data := await reader.read(65536):
                    answer += data
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        await self._settle()
        return answer

    async def _settle(self) -> None:
        """Nothing of the client is left, nobody heard an error of ours, and others are served."""
        host, worker = self.service._host, self.service.deployment.worker
        assert host is not None and worker is not None, "the function's isolate was retired"
        good = await self._hello()
        while len(host.connections) > good or len(worker.sockets) or worker.http.open_ids():
            await asyncio.sleep(0)
        assert "internal error" not in self.log, self.log
        assert self.troubles == []

    async def _hello(self) -> int:
        """Has the good client served. Returns the number of its connections."""
        if self._good is None:
            self._good = await asyncio.open_connection("127.0.0.1", self.service.port)
        reader, writer = self._good
        writer.write(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        assert await reader.readexactly(5) == b"hello"
        return 1

    @property
    def log(self) -> str:
        self.service.deployment.console.flush()
        return self._lines.getvalue()

    async def close(self) -> None:
        if self._good is not None:
            self._good[1].close()
        await self.service.stop()


@contextmanager
def target(folder: Path, source: str, **limits: Any) -> Iterator[Target]:
    """A server for a function, on a loop of its own."""
    path = folder / "fn.js"
    path.write_text(source, "utf-8")
    lines = io.StringIO()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        console = Console("fn", stdout=lines, stderr=lines, quiet=True)
        config = ServerConfig(port=0, tls=False, grace_seconds=1, body_idle_seconds=PATIENCE)

        async def start() -> Target:
            service = Service(
                Deployment(FunctionConfig(path, limits=Limits(**limits)), console), config
            )
            await service.start()
            return Target(asyncio.get_running_loop(), service, lines)

        served = runner.run(start())
        yield served
        runner.run(served.close())
        assert "internal error" not in served.log, served.log
        assert served.troubles == []


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """The bytes in pieces. places: where they are cut, as numbers of any size."""
    at = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip([0, *at], [*at, len(data)], strict=True)]
