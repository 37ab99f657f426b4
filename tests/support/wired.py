"""A function at work without a server: requests from memory, and wires that keep what they are told."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgehost.bindings.console import Console
from edgehost.bindings.websocket import Listener, Upgrade
from edgehost.config import FunctionConfig, Limits
from edgehost.server.memory import MemoryExchange, Request
from edgehost.worker import Worker

HANDSHAKE = {
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
}


class Wire:
    """Keeps what the function sent; `flushed` is what left."""

    def __init__(self, upgrade: Upgrade, listener: Listener) -> None:
        self.upgrade = upgrade
        self.listener = listener
        self.buffered = 0
        self.queued: list[Any] = []
        self.texts = self.queued
        self.flushed: list[list[Any]] = []  # one list a write

    def send_bytes(self, data: bytes) -> None:
        self.queued.append(data)

    def close(self, code: int | None, reason: str) -> None:
        self.queued.append((code, reason))

    def flush(self) -> None:
        if self.queued:
            self.flushed.append(self.queued.copy())
            self.queued.clear()

    @property
    def sent(self) -> list[Any]:
        return [item for write in self.flushed for item in write]

    # The peer's side

    def open(self, extensions: str = "") -> Wire:
        self.listener.on_open(extensions)
        return self

    def text(self, *texts: str) -> None:
        left: Sequence[str] = texts
        while left:
            left = self.listener.on_texts(left)
            self.listener.received()

    def bytes(self, data: bytes) -> None:
        self.listener.on_bytes(data)
        self.listener.received()

    def error(self, message: str) -> None:
        self.listener.on_error(message)

    def end(self, code: int = 1000, reason: str = "", was_clean: bool = True) -> None:
        self.listener.on_close(code, reason, was_clean)


class Exchange(MemoryExchange):
    """A request that can become a wire."""

    wire: Wire | None = None

    def upgrade(self, upgrade: Upgrade, listener: Listener) -> Wire:
        self.wire = Wire(upgrade, listener)
        self.start(101, "", upgrade.headers)
        self.end()
        return self.wire


class Function:
    """A loaded function. Its log is what it passed to `log(...)`."""

    def __init__(self, worker: Worker, stdout: io.StringIO, stderr: io.StringIO) -> None:
        self.worker = worker
        self._stdout = stdout
        self._stderr = stderr

    @classmethod
    async def load(cls, folder: Path, source: str, **limits: Any) -> Function:
        path = folder / "fn.js"
        path.write_text(source, "utf-8")
        stdout, stderr = io.StringIO(), io.StringIO()
        console = Console("", stdout=stdout, stderr=stderr)
        worker = Worker(FunctionConfig(path, limits=Limits(**limits)), console, lambda _: None)
        await worker.load()
        return cls(worker, stdout, stderr)

    def request(
        self, path: str = "/", method: str = "GET", body: bytes = b"", **headers: str | None
    ) -> Exchange:
        """An opening handshake. headers: others, or other values; None leaves one out."""
        fields = {**HANDSHAKE, **{name.replace("_", "-"): value for name, value in headers.items()}}
        pairs = tuple((name, value) for name, value in fields.items() if value is not None)
        exchange = Exchange(Request(method, f"http://localhost:8080{path}", pairs, body))
        self.worker.begin(exchange)
        return exchange

    def connect(self, path: str = "/", extensions: str = "", **headers: str | None) -> Wire:
        """A socket that has opened."""
        exchange = self.request(path, **headers)
        assert exchange.wire is not None, (exchange.response.status, exchange.response.body)
        return exchange.wire.open(extensions)

    async def leaves(self, exchange: Exchange) -> None:
        """Its client leaves, and the function hears of it."""
        self.worker.http.gone(exchange.id)
        while self.worker.is_behind:
            await asyncio.sleep(0)

    @property
    def log(self) -> list[Any]:
        self.worker.console.flush()
        return [json.loads(line) for line in self._stdout.getvalue().splitlines()]

    @property
    def errors(self) -> str:
        self.worker.console.flush()
        return self._stderr.getvalue()
