"""One client connection: requests in, one after another; a response for each; perhaps a socket.

aiohttp's parser reads the requests; this file says when the next one is taken and when the
connection ends. It has no task of its own: a request is handed to the host as soon as it is read,
and its exchange says when it is over. At each moment the connection is in one of these:

- idle: no exchange; the keep-alive time runs, also while a request's head is incomplete;
- answering: `exchange` is set; requests that arrive meanwhile wait in `_waiting`;
- lingering: the response has left, the rest of the request's body is read and dropped;
- upgraded: `socket` gets every byte.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, cast

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.http_parser import HttpRequestParser

from edgehost.server.exchange import TEXT, Exchange
from edgehost.server.response import date_line, head_of

if TYPE_CHECKING:
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader

    from edgehost.server.host import HttpHost
    from edgehost.server.websocket import ServerWebSocket

MAX_HEADERS = 256  # fields of one request
MAX_WAITING = 32  # requests that are read ahead of the one being answered (pipelining)
READ_AHEAD = 256 * 1024  # bytes of a body that wait for the function
LINGER_SECONDS = 10.0  # for the rest of an unread body, so that the client gets to its answer
NO_LIMIT = 2**31 - 1


class BodyError(Exception):
    """The parser sets it on a body that breaks off or is malformed."""


class Connection(BaseProtocol):
    """See above."""

    __slots__ = (
        "_drain",
        "_head_bytes",
        "_idle_since",
        "_is_next_due",
        "_keep_alive_timer",
        "_linger",
        "_tail",
        "_waiting",
        "exchange",
        "host",
        "is_closing",
        "secure",
        "socket",
    )

    def __init__(self, host: HttpHost) -> None:
        limits = host.limits
        parser = HttpRequestParser(
            self,
            host.loop,
            READ_AHEAD,
            max_line_size=limits.url_bytes or NO_LIMIT,
            max_field_size=(limits.header_bytes or NO_LIMIT - 1) + 1,  # tells it from the line's
            max_headers=MAX_HEADERS,
            payload_exception=BodyError,
            auto_decompress=False,  # a function sees the bytes that were sent
            max_msg_queue_size=MAX_WAITING,
        )
        super().__init__(host.loop, parser)
        self.host = host
        self.secure = False
        self.is_closing = False  # takes no further request
        self.exchange: Exchange | None = None
        self.socket: ServerWebSocket | None = None
        self._waiting: deque[tuple[RawRequestMessage | HttpProcessingError, StreamReader | None]] = deque()
        self._tail = b""  # what came behind a request for an upgrade
        self._is_next_due = False  # a call of _next is scheduled
        self._head_bytes = 0  # at least what the head of the next request has taken so far
        self._idle_since = host.loop.time()
        self._keep_alive_timer: asyncio.TimerHandle | None = None
        self._linger: asyncio.Task[None] | None = None
        self._drain: asyncio.Future[None] | None = None

    # The transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.secure = transport.get_extra_info("sslcontext") is not None
        self.host.opened.add(self)
        self._await_request()

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self.host.opened.discard(self)
        self.is_closing = True
        self._waiting.clear()
        self._release_drain()
        self._stop_keep_alive()
        self._end_body(exc)
        if self._linger is not None:
            self._linger.cancel()
        exchange, self.exchange = self.exchange, None
        socket, self.socket = self.socket, None
        if exchange is not None:
            exchange.lost()
        if socket is not None:
            socket.connection_lost()

    def _end_body(self, error: BaseException | None) -> None:
        """Tells whoever waits for a body that no more of it comes."""
        parser, self._parser = self._parser, None
        if self.exchange is None or self.exchange.payload.is_eof():
            return
        try:
            if parser is not None:
                parser.feed_eof()
        except HttpProcessingError:
            pass
        if not self.exchange.payload.is_eof():
            self.exchange.payload.set_exception(error or BodyError("the client left"))

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.socket is not None:
            self.socket.pause_writing()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._release_drain()
        if self.socket is not None:
            self.socket.resume_writing()

    async def drained(self) -> None:
        """Returns when the transport takes more, or is gone."""
        if self._paused and self.transport is not None:
            if self._drain is None or self._drain.done():
                self._drain = self._loop.create_future()
            await asyncio.shield(self._drain)

    def _release_drain(self) -> None:
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)

    def close(self) -> None:
        """Ends the connection when what was written has left."""
        self.is_closing = True
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Ends the connection so that nobody takes what was sent for complete."""
        self.is_closing = True
        if self.transport is not None:
            cast(asyncio.Transport, self.transport).abort()

    # Requests

    def data_received(self, data: bytes) -> None:
        if self.socket is not None:
            self.socket.feed_data(data)
        elif self._upgraded:
            self._hold_back(data)
        elif not self.is_closing and self._parser is not None:
            self._head_bytes += len(data)
            self._parse(data)
            if self.exchange is None and self._waiting and self._linger is None:
                self._next()

    def _parse(self, data: bytes) -> None:
        try:
            messages, self._upgraded, self._tail = self._parser.feed_data(data)  # type: ignore[union-attr]
        except HttpProcessingError as error:
            self._waiting.append((error, None))
            return
        if not messages:
            return
        self._waiting += messages
        if len(self._waiting) >= MAX_WAITING and not self._buffer_paused:
            self._pause_reading_for_buffer()

    def _hold_back(self, data: bytes) -> None:
        """Bytes behind a request for an upgrade: a socket's, or the next request's."""
        self._tail += data
        if len(self._tail) >= READ_AHEAD and not self._buffer_paused:
            self._pause_reading_for_buffer()

    def _next(self) -> None:
        """Takes requests until one is not answered at once."""
        self._is_next_due = False
        while self._waiting and self.exchange is None and not self.is_closing:
            message, payload = self._waiting.popleft()
            if payload is None:
                self._refuse(cast(HttpProcessingError, message))
                return
            assert self._parser is not None
            self._parser.message_consumed()
            exchange = self.exchange = Exchange(cast("RawRequestMessage", message), payload, self)
            head_bytes, self._head_bytes = self._head_bytes, 0
            self.host.handle(exchange, head_bytes)
            if self._buffer_paused and len(self._waiting) <= MAX_WAITING // 2:
                self._resume_reading_for_buffer()
                self._parse(b"")

    def _refuse(self, error: HttpProcessingError) -> None:
        """Answers what is no request, and reads nothing more."""
        status, text = 400, f"this is no HTTP request: {error.message.splitlines()[0]}"
        if isinstance(error, LineTooLong):
            is_line = error.args[1] == self.host.limits.url_bytes
            status = 414 if is_line else 431
            limit = self.host.limits.url_bytes if is_line else self.host.limits.header_bytes
            text = f"{'the URL' if is_line else 'a header'} is longer than the limit of {limit} bytes"
        head = head_of(status, "", TEXT)
        body = f"{text}\n".encode()
        self._write_and_close(
            b"%bcontent-length: %d\r\nconnection: close\r\n%b\r\n%b" % (head.data, len(body), date_line(), body)
        )

    def _write_and_close(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)
        self.close()

    def finished(self, exchange: Exchange) -> None:
        """An exchange is over: its response has left, or never will."""
        if self.exchange is not exchange:
            return
        self.exchange = None
        if self.transport is None:
            return
        if not exchange.keep_alive or self.host.stopping:
            self.is_closing = True
        if not exchange.payload.is_eof():
            self._linger = self._loop.create_task(self._drop_body(exchange.payload))
        else:
            self._proceed()

    async def _drop_body(self, payload: StreamReader) -> None:
        """Reads what the function did not: the client may answer only once it has sent it all."""
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while not payload.is_eof():
                    await payload.readany()
        except Exception:
            self.is_closing = True
        self._linger = None
        self._proceed()

    def _proceed(self) -> None:
        """After an exchange: the next request, or the end."""
        if self._upgraded:
            self._decline_upgrade()
        if self.is_closing:
            self.close()
        elif not self._waiting:
            self._await_request()
        elif not self._is_next_due:
            # Not at once: the worker may still be applying the ops of the turn that ended this exchange.
            self._is_next_due = True
            self._loop.call_soon(self._next)

    def _decline_upgrade(self) -> None:
        """The function answered with an ordinary response, so HTTP goes on."""
        assert self._parser is not None
        self._parser.set_upgraded(False)
        self._upgraded = False
        tail, self._tail = self._tail, b""
        if self._buffer_paused:
            self._resume_reading_for_buffer()
        if tail and not self.is_closing:
            self._parse(tail)

    def upgrade(self, socket: ServerWebSocket) -> None:
        """From now on every byte is the socket's."""
        self.exchange = None
        self.socket = socket
        self._stop_keep_alive()
        self._parser = None
        tail, self._tail = self._tail, b""
        if self._buffer_paused:
            self._resume_reading_for_buffer()
        if tail:
            socket.feed_data(tail)

    def pause_reading(self) -> None:
        if self.socket is None:
            super().pause_reading()
        else:
            self._reading_paused = True
            self._pause_transport_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        if self.socket is None and self._parser is not None:
            super().resume_reading(resume_parser)
        else:
            self._reading_paused = False
            self._resume_transport_reading()

    # Keep-alive: one timer a connection, moved on only when it fires

    def _await_request(self) -> None:
        self._idle_since = self._loop.time()
        seconds = self.host.config.keep_alive_seconds
        if self._keep_alive_timer is None and seconds:
            self._keep_alive_timer = self._loop.call_later(seconds, self._check_idle)

    def _check_idle(self) -> None:
        self._keep_alive_timer = None
        if self.exchange is not None or self._linger is not None:
            return  # armed again when that is over
        left = self._idle_since + self.host.config.keep_alive_seconds - self._loop.time()
        if left <= 0:
            self.close()
        else:
            self._keep_alive_timer = self._loop.call_later(left, self._check_idle)

    def _stop_keep_alive(self) -> None:
        if self._keep_alive_timer is not None:
            self._keep_alive_timer.cancel()
            self._keep_alive_timer = None


