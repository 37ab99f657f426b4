"""aiohttp's server protocol, told our limits and our ways to fail.

One `Connection` is one TCP or TLS connection: it parses requests, keeps it alive, and lets the
handler below answer one request after another. `HttpHost` makes connections and knows them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_server import Server

from edgehost.bindings.console import Console
from edgehost.config import Limits, ServerConfig
from edgehost.deployment import Deployment
from edgehost.errors import FunctionError, PeerError
from edgehost.server.exchange import Exchange
from edgehost.server.url import origin_of

MAX_HEADERS = 256  # fields of one request
LINGER_SECONDS = (
    10.0  # how long the rest of an unread body is taken, so that the client sees its answer
)
_NO_LIMIT = 2**31 - 1

TOO_LONG = {414: "the URL", 431: "a header"}


class Connection(RequestHandler):
    """One client connection."""

    __slots__ = ("_drain", "host", "secure", "socket")

    def __init__(self, host: HttpHost, **options: Any) -> None:
        super().__init__(host, **options)
        self.host = host
        self.secure = False
        self.socket: Any = None  # the WebSocket that this connection became
        self._drain: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.secure = transport.get_extra_info("sslcontext") is not None
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._release_drain()
        socket, self.socket = self.socket, None
        super().connection_lost(exc)
        if socket is not None:
            socket.connection_lost()

    # Flow control, without a future for each write

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.socket is not None:
            self.socket.pause_writing()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._release_drain()
        if self.socket is not None:
            self.socket.resume_writing()

    def _release_drain(self) -> None:
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)

    async def drained(self) -> None:
        """Returns when the transport takes more, or is gone."""
        if self._paused and self.transport is not None:
            if self._drain is None or self._drain.done():
                self._drain = self._loop.create_future()
            await asyncio.shield(self._drain)

    def abort(self) -> None:
        """Ends the connection so that nobody takes what was sent for complete."""
        if self.transport is not None:
            self.transport.abort()

    # Requests that are none

    def _make_error_handler(self, err_info: Any) -> Callable[[Any], Awaitable[Any]]:
        async def refuse(exchange: Exchange) -> Exchange:
            status, text = self._explain(err_info.exc)
            exchange.keep_alive = False
            exchange.respond(
                status, "", "content-type\ntext/plain;charset=UTF-8", f"{text}\n".encode()
            )
            return exchange

        return refuse

    def _explain(self, error: BaseException) -> tuple[int, str]:
        if isinstance(error, LineTooLong):
            status = 414 if error.args[1] == self.max_line_size else 431
            return status, f"{TOO_LONG[status]} is longer than the limit of {error.args[1]} bytes"
        if isinstance(error, HttpProcessingError):
            return 400, f"this is no HTTP request: {error.message.splitlines()[0]}"
        return 400, "this is no HTTP request"

    def log_exception(self, *args: Any, **kw: Any) -> None:
        error = kw.get("exc_info")
        if isinstance(error, BaseException) and not isinstance(error, ConnectionError):
            self.host.console.bug(error)


class HttpHost(Server):
    """What all connections of a listener share."""

    def __init__(self, deployment: Deployment, config: ServerConfig) -> None:
        super().__init__(self._handle, request_factory=Exchange)  # type: ignore[arg-type]
        self.deployment = deployment
        self.config = config
        self.console: Console = deployment.console
        self.limits: Limits = deployment.config.limits
        self.stopping = False
        self._options: dict[str, Any] = {
            "loop": asyncio.get_running_loop(),
            "keepalive_timeout": config.keep_alive_seconds,
            "tcp_keepalive": False,  # the listener sets what a socket needs
            "access_log": None,
            "max_line_size": self.limits.url_bytes or _NO_LIMIT,
            "max_field_size": (self.limits.header_bytes or _NO_LIMIT) + 1,
            "max_headers": MAX_HEADERS,
            "lingering_time": LINGER_SECONDS,
            "auto_decompress": False,  # a function sees the bytes that were sent
        }

    def __call__(self) -> Connection:
        return Connection(self, **self._options)

    async def _handle(self, exchange: Exchange) -> Exchange:
        """Answers one request."""
        if (refusal := self._refusal(exchange)) is not None:
            status, text = refusal
            exchange.keep_alive = False
            exchange.respond(
                status, "", "content-type\ntext/plain;charset=UTF-8", f"{text}\n".encode()
            )
            return exchange
        worker = self.deployment.worker
        if worker is None:
            try:
                worker = await self.deployment.ready()
            except FunctionError as error:
                exchange.fail(503, error)
                return exchange
        if self.stopping:
            exchange.keep_alive = False
        exchange.id = worker.begin(exchange)
        if not exchange.finished:
            await exchange.wait()
        if exchange.connection.socket is not None:
            await exchange.connection.socket.wait_closed()
        return exchange

    def _refusal(self, exchange: Exchange) -> tuple[int, str] | None:
        """What keeps a request from the function: a status and a line of text."""
        message, limits = exchange.message, self.limits
        if limits.header_bytes:
            size = sum([len(name) + len(value) for name, value in message.raw_headers])
            if size > limits.header_bytes:
                return 431, f"the headers are longer than the limit of {limits.header_bytes} bytes"
        host = message.headers.get("Host")
        try:
            origin_of(exchange.connection.secure, host or "localhost")
        except PeerError as error:
            return 400, str(error)
        if host is None and message.version.minor:
            return 400, "the Host header is missing"
        length = message.headers.get("Content-Length")
        if length is not None and limits.body_bytes and int(length) > limits.body_bytes:
            return 413, f"the body is larger than the limit of {limits.body_bytes} bytes"
        return None

    def gone(self, exchange: Exchange) -> None:
        """The client left before its response was complete."""
        worker = self.deployment.worker
        if worker is not None and exchange.id:
            worker.http.gone(exchange.id)
