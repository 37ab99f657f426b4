"""One request on a connection, and its response, which leaves with all that is answered in its burst."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp.http import HttpVersion10
from aiohttp.streams import EMPTY_PAYLOAD

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
    from edgehost.worker import Worker

LARGE_BODY = 16 * 1024  # bytes from which a copy costs more than a second buffer
PIECE = 128 * 1024  # bytes of a body that are handed to TLS at once
HELD_BODY = (
    256 * 1024
)  # bytes of a body that may be awaited as a whole: the connection holds twice as much
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TOO_LATE = "the body cannot be read after the response was sent"
TOO_SLOW = "the client sent nothing of the body for too long"
TEXT = "content-type\ntext/plain;charset=UTF-8"


def _join_cookies(parts: list[bytes]) -> str:
    """Names and values, a line each, with one field for all cookies (RFC 6265, 5.4; RFC 9113, 8.2.3)."""
    fields = list(zip(parts[::2], parts[1::2], strict=True))
    cookies = b"; ".join(value for name, value in fields if name == b"cookie")
    lines = [line for field in fields if field[0] != b"cookie" for line in field]
    if cookies:
        lines += b"cookie", cookies
    return b"\n".join(lines).decode("latin-1")


class BodyWait:
    """Waits for a small body without a task: calls back once, when it is whole or never will be."""

    def __init__(self, exchange: Exchange, arrived: Callable[[], None]) -> None:
        self._exchange = exchange
        self._arrived: Callable[[], None] | None = arrived
        self._seen = 0  # bytes that had arrived when the timer was set
        self._timer: asyncio.TimerHandle | None = None
        self._set_timer()
        exchange.payload.on_eof(self.end_soon)

    def _set_timer(self) -> None:
        host = self._exchange.connection.host
        if seconds := host.config.body_idle_seconds:
            self._seen = self._exchange.payload.total_bytes
            self._timer = host.loop.call_later(seconds, self._check)

    def _check(self) -> None:
        if self._exchange.payload.total_bytes > self._seen:
            self._set_timer()
        else:
            self._exchange.keep_alive = False
            self.end()

    def end_soon(self) -> None:
        """Not at once: the parser, which calls this, must not be asked for more by what follows."""
        connection = self._exchange.connection
        connection.host.burst.soon(connection, self.end)

    def end(self) -> None:
        arrived, self._arrived = self._arrived, None
        if arrived is not None:
            if self._timer is not None:
                self._timer.cancel()
            arrived()


class Exchange:
    """A request and its response on one connection."""

    # What most exchanges never change.
    id = 0  # the worker's
    finished = False  # the response has left, or never will
    _url: str | None = None  # once it was asked for
    refusal: tuple[int, str] | None = None  # what keeps it from the function
    _begun = False  # its head has left
    _start: tuple[Head, bytes] | None = None  # a stream's head and framing, until they leave
    _out: list[bytes]  # framed pieces of a stream since the last flush
    _pending: list[bytes]  # pieces of its body since the last flush
    worker: Worker | None = None  # that answers it
    _chunked = False
    _body: BodyWait | None = None
    _is_read = False  # the function has begun to read the body, and may go on
    _is_dropped = False  # the rest of the body goes to nobody
    _is_continued = False  # the client was told to send the body
    _deadline: asyncio.Timeout | None = None  # of the read that is under way
    _free: asyncio.Future[None] | None = None  # told when the function leaves the body
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
        method = self.method = message.method
        self.keep_alive = not message.should_close
        self._head_only = method == "HEAD"  # or a status that has no body

    def lost(self) -> None:
        """The connection was lost before the response was complete."""
        if not self.finished:
            self.finished = True
            if self.worker is not None:
                self.worker.http.gone(self.id)

    # The request

    def url(self) -> str:
        """Raises PeerError when the request names none; the host looks first."""
        if self._url is None:
            self._url = request_url(self.connection.secure, self.message)
        return self._url

    def headers(self) -> str:
        pairs = self.message.raw_headers
        if not self.message.version.minor:  # RFC 9110, 7.8: HTTP/1.0 cannot upgrade
            pairs = tuple(pair for pair in pairs if pair[0].lower() != b"upgrade")
        parts: list[bytes] = []
        for name, value in pairs:
            parts += name.lower(), value
        text = b"\n".join(parts).decode("latin-1")
        return _join_cookies(parts) if text.count("cookie\n") > 1 else text

    def body_now(self) -> bytes | None:
        payload = self.payload
        limit = self.connection.host.limits.body_bytes
        if not payload.is_eof() or self._is_dropped or payload.exception() is not None:
            return None
        if limit and payload.total_bytes > limit:
            return None  # reading it says why
        return payload.read_nowait(-1)

    def begin_read(self) -> None:
        self._is_read = True
        if not self._begun and self._is_awaiting_continue():
            self._is_continued = True
            self.connection.write(CONTINUE)

    def end_read(self) -> None:
        self._is_read = False
        if self._free is not None and not self._free.done():
            self._free.set_result(None)

    async def body_left(self) -> None:
        """Returns when nobody reads the body, or it is complete; from then on nobody can."""
        if self._is_read:
            self._free = self.connection.host.loop.create_future()
            self.payload.on_eof(self.end_read)
            await self._free
        if self.payload.is_eof():
            return
        self._is_dropped = True
        if self._body is not None:
            self._body.end()
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(0)
        while self._deadline is not None:
            await asyncio.sleep(0)

    def body_broke(self, error: PeerError) -> None:
        """No more of the body comes."""
        self.payload.set_exception(error)
        self.keep_alive = False
        if self._body is not None:
            self._body.end_soon()

    def body_problem(self) -> str:
        error = self.payload.exception()
        if error is not None:
            prefix = "" if isinstance(error, PeerError) else "the body did not arrive: "
            return f"{prefix}{error}"
        return TOO_LATE if self._is_dropped else TOO_SLOW

    def when_body(self, arrived: Callable[[], None]) -> bool:
        length = self.message.headers.get("Content-Length")
        if length is None or len(length) > 6 or int(length) > HELD_BODY:
            return False
        if self._is_dropped or self.payload.is_eof() or self.payload.exception() is not None:
            return False
        self._body = BodyWait(self, arrived)
        return True

    def _count(self, data: bytes) -> bool:
        self._received += len(data)
        limit = self.connection.host.limits.body_bytes
        return not limit or self._received <= limit

    async def read_chunk(self) -> bytes:
        if self._is_dropped:
            raise PeerError(TOO_LATE)
        seconds = self.connection.host.config.body_idle_seconds or None
        try:
            async with asyncio.timeout(seconds) as self._deadline:
                data: bytes = await self.payload.readany()
        except TimeoutError:
            self.keep_alive = False
            raise PeerError(self.body_problem()) from None
        except Exception as error:
            raise PeerError(self.body_problem()) from error
        finally:
            self._deadline = None
        if not self._count(data):
            self.keep_alive = False
            limit = self.connection.host.limits.body_bytes
            raise PeerError(f"the body is larger than the limit of {limit} bytes (body_bytes)")
        return data

    def _is_awaiting_continue(self) -> bool:
        """Whether the client waits to hear that its body is wanted (RFC 9110, 10.1.1)."""
        if self._is_continued or self.payload.is_eof() or self.payload.total_bytes:
            return False
        if not self.message.version.minor:
            return False
        return self.message.headers.get("Expect", "").lower() == "100-continue"

    # The response

    def respond(self, status: int, reason: str, headers: str, body: bytes | None) -> None:
        head = head_of(status, reason, headers)
        if head.bodiless:
            self.connection.write(self._head(head, b""))
        elif self._head_only:
            length = len(body) if body is not None else head.length or 0
            self.connection.write(self._head(head, b"content-length: %d\r\n" % length))
        else:
            body = body or b""
            framing = b"content-length: %d\r\n" % len(body)
            if len(body) < LARGE_BODY:
                self.connection.write(self._head(head, framing, body))
            elif self.connection.secure and len(body) > PIECE:
                connection = self.connection
                connection.host.spawn(self._write_in_pieces(self._head(head, framing), body))
                return
            else:
                self.connection.write(self._head(head, framing), body)
        self._finish_now()

    def _head(self, head: Head, framing: bytes, body: bytes = b"") -> bytes:
        """The head, and what of the body leaves with it."""
        if head.close:
            self.keep_alive = False
        if self.payload is not EMPTY_PAYLOAD and self._is_awaiting_continue():
            self.keep_alive = False  # whether the body still comes cannot be known
        if not self.keep_alive:
            framing += b"connection: close\r\n"
        elif self.message.version is HttpVersion10:
            framing += b"connection: keep-alive\r\n"
        return b"".join((head.data, framing, b"" if head.dated else date_line(), b"\r\n", body))

    def start(self, status: int, reason: str, headers: str) -> None:
        head = head_of(status, reason, headers)
        self._head_only = self._head_only or head.bodiless
        framing = b""
        if head.length is not None and not head.bodiless:
            self._left = None if self._head_only else head.length
            framing = f"content-length: {head.length}\r\n".encode()
        elif not self._head_only and self.message.version.minor > 0:
            self._chunked = True
            framing = b"transfer-encoding: chunked\r\n"
        elif not self._head_only:
            self.keep_alive = False  # HTTP/1.0: the end of the connection ends the body
        self._start = (head, framing)
        self._out, self._pending = [], []

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
            text = f"the response's body ended {self._left} bytes short of its content-length"
            self.connection.host.console.record("error", text, self.id)
            self.connection.abort()  # the client must not take it for whole
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
        if self._start is not None:
            start, self._start = self._start, None
            self._out.insert(0, self._head(*start))
            self._begun = True
        if self._out:
            pieces, self._out = self._out, []
            self.connection.write(*pieces)

    async def _write_in_pieces(self, head: bytes, body: bytes) -> None:
        """A TLS transport takes everything, and is not asked how much of it has left when it closes."""
        connection, view = self.connection, memoryview(body)
        connection.write(head)
        for at in range(0, len(body), PIECE):
            connection.write(view[at : at + PIECE])
            connection.park(max(0, len(body) - at - PIECE))
            if self.finished:
                break
            await connection.drained()
        connection.park(0)
        if not self.finished:
            self._finish_now()

    async def drain(self) -> None:
        await self.connection.drained()

    def fail(self, status: int, error: FunctionError) -> None:
        if self._begun:
            self.connection.abort()
            self._finish_now()
            return
        self._start = None  # it has not left yet, so it can be taken back
        self._out, self._pending = [], []
        self._head_only = self.method == "HEAD"
        accept = ",".join(self.message.headers.getall("Accept", []))
        details = self.connection.host.show_errors
        self.respond(status, "", *error_page(status, error, accept, details=details))

    def upgrade(self, upgrade: Upgrade, listener: Listener) -> ServerWebSocket:
        """Becomes a socket. Raises BoundaryViolation for headers that are none."""
        head_of(101, "", upgrade.headers)
        self.keep_alive = False
        offered = self.message.headers.get("Sec-WebSocket-Extensions")
        self.finished = True
        self.connection.send()  # the answers before it go first
        socket = ServerWebSocket(self.connection, upgrade, offered, listener)
        self.connection.upgrade(socket)
        return socket

    def refuse_with(self, status: int, text: str) -> None:
        """Answers in the function's place, and ends the connection."""
        self.keep_alive = False
        self.respond(status, "", TEXT, f"{text}\n".encode("utf-8", "replace"))

    def give_up(self) -> None:
        """An error of our own came between."""
        if self._begun:
            self.connection.abort()
        elif not self.finished:
            self.refuse_with(500, "Internal Server Error")

    def _finish_now(self) -> None:
        self.finished = True
        self.connection.finished(self)
