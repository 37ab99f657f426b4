"""A backend that says exactly the bytes it is told to, and keeps what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Handler = Callable[["Client"], Awaitable[None]]


@dataclass
class Asked:
    """A request as it was on the wire. fields: names as they came."""

    method: str
    target: str
    fields: list[tuple[str, str]]
    body: bytes = b""

    def get(self, name: str) -> str | None:
        values = [value for key, value in self.fields if key == name]
        assert len(values) < 2, f"{name} was sent {len(values)} times"
        return values[0] if values else None


@dataclass
class Client:
    """One connection to the backend."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, text: str | bytes) -> None:
        """Text is said as Latin-1, its newlines as CRLF."""
        self.writer.write(
            text.replace("\n", "\r\n").encode("latin-1") if isinstance(text, str) else text
        )

    async def head(self) -> Asked:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        method, target, _ = lines[0].split(" ")
        pairs = [line.split(": ", 1) for line in lines[1:]]
        return Asked(method, target, [(name, value) for name, value in pairs])

    async def request(self) -> Asked:
        asked = await self.head()
        if asked.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                asked.body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readexactly(2)
        elif length := asked.get("content-length"):
            asked.body = await self.reader.readexactly(int(length))
        return asked

    def reset(self) -> None:
        self.writer.transport.abort()


@dataclass
class Backend:
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def backend(answer: str | bytes | Handler) -> AsyncIterator[Backend]:
    """answer: to each request, or what is done with each connection."""
    state = Backend()
    tasks: set[asyncio.Task[None] | None] = set()
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        state.connections += 1
        writers.append(writer)
        client = Client(reader, writer)
        try:
            if callable(answer):
                await answer(client)
                return
            while True:
                state.asked.append(await client.request())
                client.say(answer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(asyncio.current_task())

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for task in list(tasks):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        for writer in writers:
            writer.transport.abort()  # what nobody reads would keep the loop from its end
