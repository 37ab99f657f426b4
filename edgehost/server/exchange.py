"""One request on a connection, and its response, which leaves as soon as a worker has it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from edgehost.bindings.websocket import Listener, Upgrade
from edgehost.errors import FunctionError, PeerError
from edgehost.server.error_page import error_page
from edgehost.server.response import Head, date_line, head_of
from edgehost.server.url import request_url
from edgehost.server.websocket import ServerWebSocket

if TYPE_CHECKING:
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader

    from edgehost.server.connection import Connection

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TEXT = "content-type\ntext/plain;charset=UTF-8"


class Exchange:
    """A request and its response on one connection."""

    # What most exchanges never change.
    id = 0  # the worker's
    finished = False  # the response has left, or never will
    _begun = False  # its head has left
    _chunked = False
    _left: int | None = None  # bytes that the announced Content-Length still asks for
    _received = 0  # bytes of the request's body that were handed over

    def __init__(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        connection: Connection,
    ) -> None:
        self.message = message
        self.payload = payload
        self.connection = connection
        self.method: str = message.method
        self.keep_alive = not message.should_close
        self._head_only = message.method == "HEAD"  # or a status that has no body
        self._out: list[bytes] = []  # head of a streamed response; leaves with the first flush
        self._pending: list[bytes] = []  # pieces of its body since the last flush

    def lost(self) -> None:
        """The connection was lost before the response was complete."""
        if not self.finished:
            self.finished = True
            self.connection.host.gone(self)

    # The request

    def url(self) -> str:
        return request_url(self.connection.secure, self.message)

    def headers(self) -> str:
        pairs = self.message.raw_headers
        if not self.message.version.minor:  # RFC 9110, 7.8: HTTP/1.0 cannot upgrade
            pairs = tuple(pair for pair in pairs if pair[0].lower() != b"upgrade")
        parts = [part for name, value in pairs for part in (name.lower(), value)]
        return b"\n".join(parts).decode("latin-1")

    def body_now(self) -> bytes | None:
        payload = self.payload
        if not payload.is_eof() or payload.exception() is not None:
            return None
        data: bytes = payload.read_nowait(-1)
        return data if self._count(data) else None

    def _count(self, data: bytes) -> bool:
        self._received += len(data)
        limit = self.connection.host.limits.body_bytes
        return not limit or self._received <= limit

    async def read_body(self) -> bytes:
        pieces = []
        while piece := await self.read_chunk():
            pieces.append(piece)
        return b"".join(pieces)

    async def read_chunk(self) -> bytes:
        self._say_continue()
        try:
            async with asyncio.timeout(self.connection.host.config.body_idle_seconds or None):
                data: bytes = await self.payload.readany()
        except TimeoutError:
            self.keep_alive = False
            raise PeerError("the client sent nothing of the body for too long") from None
        except Exception as error:
            raise PeerError(f"the body did not arrive: {error or type(error).__name__}") from error
        if not self._count(data):
            self.keep_alive = False
            limit = self.connection.host.limits.body_bytes
            raise PeerError(f"the body is larger than the limit of {limit} bytes (body_bytes)")
        return data

    def _say_continue(self) -> None:
        """RFC 9110, 10.1.1: the client waits to hear that its body is wanted."""
        if self._received or self._begun or self.payload.is_eof():
            return
        if self.message.headers.get("Expect", "").lower() == "100-continue":
            self._write(CONTINUE)

    # The response

    def respond(self, status: int, reason: str, headers: str, body: bytes | None) -> None:
        head = head_of(status, reason, headers)
        if head.bodiless:
            self._write(self._head(head, b""))
        elif self._head_only:
            length = len(body) if body is not None else head.length or 0
            self._write(self._head(head, b"content-length: %d\r\n" % length))
        else:
            body = body or b""
            self._write(self._head(head, b"content-length: %d\r\n" % len(body), body))
        self._finish_now()

    def _head(self, head: Head, framing: bytes, body: bytes = b"") -> bytes:
        """The head, and what of the body leaves with it."""
        self._begun = True
        if head.close:
            self.keep_alive = False
        if not self.keep_alive:
            framing += b"connection: close\r\n"
        elif self.message.version.minor == 0:
            framing += b"connection: keep-alive\r\n"
        return b"".join((head.data, framing, b"" if head.dated else date_line(), b"\r\n", body))

    def start(self, status: int, reason: str, headers: str) -> None:
        head = head_of(status, reason, headers)
        self._head_only = self._head_only or head.bodiless
        framing = b""
        if head.length is not None and not head.bodiless:
            self._left = head.length
            framing = f"content-length: {head.length}\r\n".encode()
        elif not self._head_only and self.message.version.minor > 0:
            self._chunked = True
            framing = b"transfer-encoding: chunked\r\n"
        elif not self._head_only:
            self.keep_alive = False  # HTTP/1.0: the end of the connection ends the body
        self._out.append(self._head(head, framing))

    def write(self, data: bytes) -> None:
        if self._head_only or not data:
            return
        if self._left is not None:
            data = data[: self._left]  # more than announced would be the next response
            self._left -= len(data)
        self._pending.append(data)

    def end(self) -> None:
        self._frame()
        if self._chunked:
            self._out.append(b"0\r\n\r\n")
        self.flush()
        if self._left:
            self.connection.abort()  # less than announced: the client must not take it for whole
        self._finish_now()

    def _frame(self) -> None:
        """Makes one chunk of everything that a turn wrote."""
        if not self._pending:
            return
        if self._chunked:
            self._out.append(f"{sum(map(len, self._pending)):x}\r\n".encode())
            self._pending.append(b"\r\n")
        self._out += self._pending
        self._pending.clear()

    def flush(self) -> None:
        self._frame()
        if self._out:
            self._write(b"".join(self._out))
            self._out.clear()

    def _write(self, data: bytes) -> None:
        transport = self.connection.transport
        if transport is not None and not transport.is_closing():
            transport.write(data)

    async def drain(self) -> None:
        await self.connection.drained()

    def fail(self, status: int, error: FunctionError) -> None:
        if self._begun or self._out:
            self.keep_alive = False
            self.connection.abort()
            self._finish_now()
            return
        headers, body = error_page(status, error, self.connection.host.config.log_format)
        self.respond(status, "", headers, body)

    def upgrade(self, upgrade: Upgrade, listener: Listener) -> ServerWebSocket:
        """Becomes a socket."""
        self.keep_alive = False
        offered = self.message.headers.get("Sec-WebSocket-Extensions")
        self.finished = True
        socket = ServerWebSocket(self.connection, upgrade, offered, listener)
        self.connection.upgrade(socket)
        return socket

    def refuse_with(self, status: int, text: str) -> None:
        """Answers in the function's place, and ends the connection."""
        self.keep_alive = False
        self.respond(status, "", TEXT, f"{text}\n".encode())

    def _finish_now(self) -> None:
        self.finished = True
        self.connection.finished(self)
