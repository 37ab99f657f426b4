"""One connection to a backend: a request, its response, then the next, or what an upgrade made of it.

aiohttp's parser reads the responses. Nothing here has a task: what arrives is handed on in the pass that read it.

The rules of this file:
- A byte that nobody asked for ends the connection: it would be taken for the next answer.
- A request is sent again, once and on another connection, when this one was used before and the backend closed it
  without a byte of an answer, and the body is still there.
- An answer that comes while the request's body is still being sent does not cut that short unless it is an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpResponseParser

from edgehost.client.body import ResponseBody
from edgehost.client.request import Request
from edgehost.errors import OutboundError

if TYPE_CHECKING:
    from edgehost.client.pool import Pool, Queue

HEAD_END = b"\r\n\r\n"
MAX_LINE, MAX_HEADERS = 64 * 1024, 256
SWITCHING_PROTOCOLS = 101
_BODILESS = (204, 304)


class Answered(Protocol):
    """Who asked: hears of one head, or of one failure."""

    def on_head(self, head: ResponseHead) -> None: ...
    def on_error(self, error: OutboundError) -> None: ...


class ResponseHead:
    """status: 200 to 999, or 101. headers: names as they came and values, in their order. body: None for none."""

    __slots__ = ("body", "headers", "reason", "status")

    def __init__(
        self,
        status: int,
        reason: str,
        headers: Sequence[tuple[bytes, bytes]],
        body: ResponseBody | None,
    ) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body


class Call:
    """One request and who waits for its answer."""

    def __init__(self, request: Request, answered: Answered, more: str) -> None:
        """more: lines of its head."""
        self.request = request
        self._more = more
        self.answered = answered
        self._connection: ClientConnection | None = None
        self._waiting: list[bytes] = []  # of the body, until there is a connection
        self._ended = not request.is_streamed
        self._drain: asyncio.Future[None] | None = None
        self._chunked = False
        self._left: int | None = None

    @property
    def is_sent(self) -> bool:
        """Whether all of the request has left."""
        return self._ended and not self._waiting

    @property
    def can_be_sent_again(self) -> bool:
        return not self.request.is_streamed

    is_dropped = False  # nobody waits for an answer

    # The body that is sent in pieces

    def begin(self, connection: ClientConnection) -> None:
        """The head leaves at once, with what of the body is there."""
        request = self.request
        target, more = "", self._more
        if connection.proxy is not None:
            target, line = connection.proxy.lines(request.target)
            more += line
        head = request.head(target, more)
        self._connection = connection
        if not request.is_streamed:
            connection.write(head + request.body if request.body else head)
            return
        self._left = request.length
        self._chunked = request.length is None
        waiting, self._waiting = self._waiting, []
        connection.write(b"".join([head, *map(self._framed, waiting), self._last_chunk()]))
        self._wake()

    def write(self, data: bytes) -> None:
        if not data or self._ended:
            return
        if self._connection is None:
            self._waiting.append(data)
        else:
            self._connection.write(self._framed(data))

    def _framed(self, data: bytes) -> bytes:
        if self._chunked:
            return b"%x\r\n%b\r\n" % (len(data), data)
        assert self._left is not None
        data = data[: self._left]  # more than announced would be the next request
        self._left -= len(data)
        return data

    def _last_chunk(self) -> bytes:
        return b"0\r\n\r\n" if self._ended and self._chunked else b""

    def end(self) -> None:
        """The body is complete."""
        if self._ended:
            return
        self._ended = True
        connection = self._connection
        if connection is None:
            return
        if self._left:
            self.abort()  # the backend must not take it for whole
            return
        if self._chunked:
            connection.write(self._last_chunk())
        connection.sent()

    async def drain(self) -> None:
        """Returns when the backend takes more, or nobody does."""
        while self._connection is None or self._connection.is_full:
            if self._ended:
                return
            self._drain = asyncio.get_running_loop().create_future()
            await self._drain

    def _wake(self) -> None:
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)

    def writable(self) -> None:
        self._wake()

    def stop(self) -> None:
        """Nothing more of the body is sent."""
        self._ended = True
        self._waiting.clear()
        self._wake()

    def abort(self) -> None:
        """Nobody waits for the answer any more."""
        self.is_dropped = True
        connection, self._connection = self._connection, None
        self.stop()
        if connection is not None and connection.call is self:
            connection.abort()


class ClientConnection(asyncio.Protocol):
    """See above."""

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self.queue = queue
        self.proxy = queue.proxy
        self.call: Call | None = None
        self.transport: asyncio.Transport | None = None
        self.is_full = False  # the backend takes no more for now
        self.heard = 0.0  # when there was a sign of life, as the pool's clock had it
        self._pool = pool
        self._is_used = False  # it has answered before
        self._has_heard = False  # a byte of the answer to this call
        self._parser = self._new_parser()
        self._payload: Any = None  # of the response that arrives
        self._body: ResponseBody | None = None
        self._keeps = False  # it may be used again when the response is complete
        self._is_paused = False
        self._reading_paused = False  # the parser looks at it
        self._error: OutboundError | None = None
        self._told: tuple[Answered, ResponseHead] | None = (
            None  # still to be told, with its first bytes
        )
        self._has_answer = False

    def _new_parser(self, *, with_body: bool = True) -> HttpResponseParser:
        return HttpResponseParser(
            self,  # type: ignore[arg-type]
            self._pool.loop,
            2**30,  # holding back is ours
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
            response_with_body=with_body,
            read_until_eof=True,
            auto_decompress=False,
        )

    # What the parser asks for where it has too much: never

    def pause_reading(self) -> None:
        self._reading_paused = True

    def resume_reading(self, resume_parser: bool = True) -> None:
        self._reading_paused = False

    # Sending

    def begin(self, call: Call) -> None:
        """Raises BoundaryViolation for a head that cannot be one; the connection is idle then."""
        if call.request.method == "HEAD":
            self._parser = self._new_parser(with_body=False)
        self._has_heard = False
        self._pool.note_sign_of_life(self)
        self.call = call
        try:
            call.begin(self)
        except BaseException:
            self.call = None
            raise

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def sent(self) -> None:
        """The request is complete, maybe behind its answer."""
        if self._payload is None and self._has_heard:
            self._release()

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False
        self._pool.note_sign_of_life(self)
        if self.call is not None:
            self.call.writable()

    # Receiving

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.call is None:
            self.abort()
            return
        self._has_heard = True
        self._pool.note_sign_of_life(self)
        try:
            self._read(data)
        except HttpProcessingError as error:
            self._break(f"its answer is malformed: {_first_line(error)}")
        if self._told is not None:
            (answered, head), self._told = self._told, None
            answered.on_head(head)

    def _read(self, data: bytes) -> None:
        """Head by head, so that what is wrong behind a response does not lose it."""
        while data and self._payload is None:
            if self._is_answered:
                self._keeps = False  # nobody asked for this
                return
            end = data.find(HEAD_END)
            head, data = (data, b"") if end < 0 else (data[: end + 4], data[end + 4 :])
            messages, _, tail = self._parser.feed_data(head)
            for message, payload in messages:
                self._take_head(message, payload)
            data = tail + data
        if data:
            try:
                more, _, _ = self._parser.feed_data(data)
                self._keeps = self._keeps and not more
            except HttpProcessingError:
                if not self._payload.is_eof():
                    raise
                self._keeps = False
        if self._payload is not None:
            self._hand_on()

    @property
    def _is_answered(self) -> bool:
        """Whether the response is complete, and only the request is not."""
        return self._body is None and self._has_answer

    def _take_head(self, message: Any, payload: Any) -> None:
        status = message.code
        if 100 <= status < 200 and status != SWITCHING_PROTOCOLS:
            return
        call = self.call
        assert call is not None
        bodiless = call.request.method == "HEAD" or status in _BODILESS
        length = None if message.chunked else message.headers.get("Content-Length")
        self._keeps = not message.should_close
        self._has_answer = True
        if status >= 400 and not call.is_sent:
            self._keeps = False
            call.stop()
        body = None
        if bodiless:
            self._finish()
        else:
            self._payload = payload
            size = int(length) if length is not None and len(length) < 16 else None
            body = self._body = ResponseBody(self, size)
            if "Content-Encoding" in message.headers:
                body.decode(message.headers.getall("Content-Encoding"))
        reason = message.reason.encode("utf-8", "surrogateescape").decode("latin-1")
        self._told = call.answered, ResponseHead(status, reason, message.raw_headers, body)

    def _hand_on(self) -> None:
        payload, body = self._payload, self._body
        assert body is not None
        error = payload.exception()
        if error is not None:
            self._break(f"its answer is malformed: {_first_line(error)}")
            return
        data = payload.read_nowait(-1)
        if data:
            body.feed(data)
        if payload.is_eof():
            self._payload = self._body = None
            body.end()
            self._finish()
        elif body.is_full and not self._is_paused and self.transport is not None:
            self._is_paused = True
            self.transport.pause_reading()

    def resume_body(self) -> None:
        """There is room for more of the body."""
        if self._is_paused and self.transport is not None:
            self._is_paused = False
            self._pool.note_sign_of_life(self)
            self.transport.resume_reading()

    @property
    def is_waited_for(self) -> bool:
        """Whether it is the backend's turn to say or take something."""
        return self.call is not None and not self._is_paused

    # The end of a response, and of the connection

    def _finish(self) -> None:
        """The response is complete."""
        assert self.call is not None
        if self.call.is_sent:
            self._release()

    def _release(self) -> None:
        self.call = None
        self._has_answer = False
        self._is_used = True
        if not self._keeps:
            self.abort()
            return
        if self._is_paused and self.transport is not None:
            self._is_paused = False
            self.transport.resume_reading()
        self._pool.release(self)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._pool.lost(self)
        call, self.call = self.call, None
        body = self._body
        if call is None:
            return
        if body is not None:
            self._end_with_connection(body, exc)
            call.stop()
            return
        if self._has_answer:
            call.stop()
        elif self._error is not None:
            call.stop()
            call.answered.on_error(self._error)
        elif self._is_used and not self._has_heard and call.can_be_sent_again:
            self._pool.send_again(call)
        else:
            call.stop()
            call.answered.on_error(self._lost(exc))

    def _end_with_connection(self, body: ResponseBody, exc: Exception | None) -> None:
        problem = self._error.message if self._error is not None else ""
        if not problem and exc is not None:
            problem = f"{self._host} reset the connection in the middle of the body"
        if not problem:
            try:
                self._parser.feed_eof()
            except Exception:
                problem = f"{self._host} closed the connection before the body was complete"
        if problem:
            body.fail(problem)
            return
        data = self._payload.read_nowait(-1)
        if data:
            body.feed(data)
        body.end()

    @property
    def _host(self) -> str:
        return self.queue.origin.host

    def _lost(self, exc: Exception | None) -> OutboundError:
        if self._has_heard:
            message = f"{self._host} closed the connection in the middle of its answer's head"
        else:
            how = "closed" if exc is None else "reset"
            message = f"{self._host} {how} the connection without an answer"
        return OutboundError("reset", self._host, message, repr(exc) if exc is not None else "")

    def _break(self, problem: str) -> None:
        self.fail("protocol", f"{self._host} does not speak HTTP as it should: {problem}")

    def fail(self, kind: str, message: str) -> None:
        """Ends it, for a reason that whoever waits is told."""
        self._error = OutboundError(kind, self._host, message)
        self.abort()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


def _first_line(error: BaseException) -> str:
    text = error.message if isinstance(error, HttpProcessingError) else str(error)
    return text.split("\n", 1)[0].rstrip(":") or type(error).__name__
