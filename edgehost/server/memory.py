"""An exchange in memory: one request and its response without a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import ada_url

from edgehost.bindings.websocket import Listener, Upgrade, Wire
from edgehost.errors import ConfigError, FunctionError
from edgehost.fields import fields_of
from edgehost.server.error_page import error_page


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


NORMALIZED = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})  # as fetch does it


@dataclass(slots=True)
class Reply:
    """A whole response."""

    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class MemoryExchange:
    """Carries one request to a worker and keeps what comes back."""

    id = 0

    def __init__(self, request: Request) -> None:
        """Raises ConfigError for a URL that is not http or https."""
        try:
            url = ada_url.URL(request.url)
        except ValueError:
            raise ConfigError(f"'{request.url}' is not a URL") from None
        if url.protocol not in ("http:", "https:"):
            raise ConfigError(f"'{request.url}' is not an http URL")
        url.hash = ""  # stays with the client
        upper = request.method.upper()
        self.method = upper if upper in NORMALIZED else request.method
        self.response = Reply()
        self.error: FunctionError | None = None  # why the function failed
        self._url = str(url.href)
        self._headers = [*self._implied(request, str(url.host)), *request.headers]
        self._body = request.body
        self._answered = asyncio.Event()

    @staticmethod
    def _implied(request: Request, host: str) -> list[tuple[str, str]]:
        """What a client would add by itself."""
        given = {name.lower() for name, _ in request.headers}
        implied = {"host": host}
        if request.body:
            implied["content-length"] = str(len(request.body))
        return [(name, value) for name, value in implied.items() if name not in given]

    async def answered(self) -> None:
        """Returns when the response is complete."""
        await self._answered.wait()

    def url(self) -> str:
        return self._url

    def headers(self) -> str:
        return "\n".join(part for name, value in self._headers for part in (name.lower(), value))

    def body_now(self) -> bytes | None:
        body, self._body = self._body, b""
        return body

    def begin_read(self) -> None:
        pass

    def end_read(self) -> None:
        pass

    def body_problem(self) -> str:
        return ""

    def when_body(self, arrived: Callable[[], None]) -> bool:
        return False

    async def read_chunk(self) -> bytes:
        return self.body_now() or b""

    def respond(self, status: int, reason: str, headers: str, body: bytes | None) -> None:
        self.start(status, reason, headers)
        if body:
            self.write(body)
        self.end()

    def start(self, status: int, reason: str, headers: str) -> None:
        fields = fields_of(headers)
        phrases = {item.value: item.phrase for item in HTTPStatus}
        self.response.status = status
        self.response.reason = reason or phrases.get(status, "")
        self.response.headers = fields

    def write(self, data: bytes) -> None:
        self.response.body += data

    def end(self) -> None:
        self._answered.set()

    def flush(self) -> None:
        pass

    async def drain(self) -> None:
        pass

    def fail(self, status: int, error: FunctionError) -> None:
        self.error = error
        if self.response.status:  # it has begun: what came stays
            self.end()
        else:
            accept = ",".join(value for name, value in self._headers if name.lower() == "accept")
            self.respond(status, "", *error_page(status, error, accept, details=False))

    def upgrade(self, upgrade: Upgrade, listener: Listener) -> Wire:
        self.start(101, "", upgrade.headers)
        self.end()
        return _LostWire(listener)


class _LostWire:
    """A socket whose peer was gone once it had its answer."""

    buffered = 0

    def __init__(self, listener: Listener) -> None:
        self.texts: list[str] = []
        asyncio.get_running_loop().call_soon(listener.on_close, 1006, "", False)

    def send_bytes(self, data: bytes) -> None:
        pass

    def close(self, code: int | None, reason: str) -> None:
        pass

    def flush(self) -> None:
        pass
