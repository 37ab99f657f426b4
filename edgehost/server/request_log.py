"""A line for each request, and for each socket when it closes. Where it is off, nothing of it is in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote

from edgehost.bindings.websocket import Listener, Upgrade
from edgehost.errors import FunctionError
from edgehost.server.exchange import Exchange
from edgehost.server.websocket import ServerWebSocket

if TYPE_CHECKING:
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader

    from edgehost.server.connection import Connection

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class LoggedExchange(Exchange):
    """An exchange that says in the log how it ended."""

    _status: int | None = None  # that was sent

    def __init__(
        self, message: RawRequestMessage, payload: StreamReader, connection: Connection
    ) -> None:
        super().__init__(message, payload, connection)
        self._began = monotonic()

    def respond(self, status: int, reason: str, headers: str, body: bytes | None) -> None:
        self._status = status
        super().respond(status, reason, headers, body)

    def start(self, status: int, reason: str, headers: str) -> None:
        self._status = status
        super().start(status, reason, headers)

    def fail(self, status: int, error: FunctionError) -> None:
        if not self._begun:
            self._status = None  # of a head that has not left
        super().fail(status, error)

    def lost(self) -> None:
        if not self.finished:
            self._say_end()
        super().lost()

    def _finish_now(self) -> None:
        if not self.finished:
            self._say_end()
        super()._finish_now()

    def upgrade(self, upgrade: Upgrade, listener: Listener) -> ServerWebSocket:
        socket = super().upgrade(upgrade, _LoggedListener(listener, self._say_close))
        self._say("open", "101", {"status": 101}, is_over=False)
        return socket

    def _say_end(self) -> None:
        transport = self.connection.transport
        is_whole = transport is not None and not transport.is_closing()
        shown = [] if self._status is None else [f"{self._status}"]
        if not is_whole:
            shown.append("broken off")
        fields = {"status": self._status, "broken_off": not is_whole}
        self._say("request", " ".join(shown), fields)

    def _say_close(self, code: int) -> None:
        self._say("close", f"closed {code}", {"code": code})

    def _say(
        self, event: str, shown: str, fields: Mapping[str, object], *, is_over: bool = True
    ) -> None:
        milliseconds = (monotonic() - self._began) * 1000
        used = None if self.worker is None else self.worker.cpu_seconds(self.id, last=is_over)
        cpu = "" if used is None else f" (CPU {_duration(used * 1000)})"
        url, path = self._names()
        self.connection.host.console.request(
            f"{self.method} {path} {shown} {_duration(milliseconds)}{cpu}",
            {
                "event": event,
                "method": self.method,
                "url": url,
                **fields,
                "ms": round(milliseconds, 3),
                "cpu_ms": None if used is None else round(used * 1000, 3),
            },
            self.id,
        )

    def _names(self) -> tuple[str, str]:
        """The URL and its path. Of a request that has no URL, what it had there, made harmless."""
        if self._url is not None:
            return self._url, self._url[self._url.index("/", len("https://")) :]
        target = quote(self.message.path, safe=_PRINTABLE, errors="surrogateescape")
        return target, target


class _LoggedListener:
    """Passes everything on, without being asked at each message."""

    __slots__ = ("_closed", "_on_close", "on_bytes", "on_error", "on_open", "on_texts", "received")

    def __init__(self, listener: Listener, closed: Callable[[int], None]) -> None:
        self.on_open = listener.on_open
        self.on_texts = listener.on_texts
        self.on_bytes = listener.on_bytes
        self.on_error = listener.on_error
        self.received = listener.received
        self._on_close = listener.on_close
        self._closed = closed

    def on_close(self, code: int, reason: str, was_clean: bool) -> None:
        self._on_close(code, reason, was_clean)
        self._closed(code)


def _duration(milliseconds: float) -> str:
    if milliseconds >= 9_999.5:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 99.5 else f"{milliseconds:.1f} ms"
