"""One client connection: requests in, one after another; a response for each; perhaps a socket.

aiohttp's parser reads the requests; this file says when the next one is taken and when the
connection ends. It has no task of its own: a request is handed to the host in the pass that read it,
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
from aiohttp.http_exceptions import BadHttpMessage, HttpProcessingError, LineTooLong
from aiohttp.http_parser import HttpRequestParser
from aiohttp.streams import EMPTY_PAYLOAD

from edgehost.errors import PeerError
from edgehost.pace import after_a_look
from edgehost.server.exchange import TEXT, Exchange
from edgehost.server.request_reader import RequestReader
from edgehost.server.response import date_line, head_of
from edgehost.sockets.pieces import write_pieces
from edgehost.sockets.unsent import MUCH

if TYPE_CHECKING:
    from aiohttp.streams import StreamReader

    from edgehost.server.host import HttpHost
    from edgehost.server.websocket import ServerWebSocket

MAX_HEADERS = 256  # fields of one request
TOO_MANY_HEADERS = "Too many headers received"  # aiohttp's words
MAX_WAITING = 32  # requests that are read ahead of the one being answered (pipelining)
FIELD_BYTES = 300  # that a field of a request takes beside its text, at most
READ_AHEAD = 256 * 1024  # bytes of a body that wait for the function
LINGER_SECONDS = 10.0  # for the rest of an unread body, so that the client gets to its answer
NO_LIMIT = 2**31 - 1


class BodyError(Exception):
    """The parser sets it on a body that breaks off or is malformed."""


class HeadersTooLong(HttpProcessingError):
    """Refused before they are complete, so that nobody fills the memory with them."""


def reason_of(error: Exception) -> str:
    """What a client may be told about what it sent."""
    text = error.message if isinstance(error, HttpProcessingError) else ""
    return text.splitlines()[0].rstrip(":") if text else "it is malformed"


class Connection(BaseProtocol):
    """See above."""

    __slots__ = (
        "_burst",
        "_drain",
        "_ending",
        "_head_bytes",
        "_held",
        "_idle_since",
        "_incoming",
        "_is_next_due",
        "_is_put_off",
        "_keep_alive_timer",
        "_linger",
        "_reader",
        "_stall_timer",
        "_waiting",
        "exchange",
        "host",
        "is_ahead",
        "is_closing",
        "parked",
        "secure",
        "socket",
        "took_long",
    )

    def __init__(self, host: HttpHost) -> None:
        self.host = host
        parser = self._new_parser()
        super().__init__(host.loop, parser)
        self._reader = RequestReader(self, parser)
        self.secure = False
        self.is_closing = False  # takes no further request
        self.parked = 0  # bytes of a body that the transport is not given yet
        self.took_long = False  # its last piece of work did
        self.exchange: Exchange | None = None
        self.socket: ServerWebSocket | None = None
        self._waiting: deque[Exchange | HttpProcessingError] = deque()  # the latter: no request
        self._is_next_due = False  # a call of _next is scheduled
        self._is_put_off = False  # a call of _read_on is
        self._burst = host.burst
        self._held: list[bytes | memoryview] = []  # what leaves at the end of the burst
        self._incoming: StreamReader = EMPTY_PAYLOAD  # the body of the last request that was read
        self._head_bytes = 0  # at least what the head of the next request has taken so far
        self.is_ahead = False  # the host knows that much waits
        self._idle_since = host.loop.time()
        self._keep_alive_timer: asyncio.TimerHandle | None = None
        self._linger: asyncio.Task[None] | None = None
        self._ending: Exchange | None = None  # what is lingering
        self._drain: asyncio.Future[None] | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    def _new_parser(self) -> HttpRequestParser:
        limits = self.host.limits
        return HttpRequestParser(
            self,
            self.host.loop,
            READ_AHEAD,
            max_line_size=limits.url_bytes or NO_LIMIT,
            max_field_size=(limits.header_bytes or NO_LIMIT - 1) + 1,  # tells it from the line's
            max_headers=MAX_HEADERS,
            payload_exception=BodyError,
            auto_decompress=False,  # a function sees the bytes that were sent
        )

    # The transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.secure = transport.get_extra_info("sslcontext") is not None
        self.host.opened.add(self)
        self._watch_idleness()

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self.is_closing = True
        self._waiting.clear()
        self._release_drain()
        self._stop_stall_timer()
        self._stop_keep_alive()
        self._parser = None
        self._break_body(PeerError("the client left before it had sent the body"))
        if self._linger is not None:
            self._linger.cancel()
        exchange, self.exchange = self.exchange, None
        socket, self.socket = self.socket, None
        if exchange is not None:
            exchange.lost()
        if socket is not None:
            socket.connection_lost()
        self.host.unsent.remove(self)
        self.host.unhandled.remove(self)
        self.host.closed(self)

    def _break_body(self, error: PeerError) -> None:
        """Tells whoever waits for the body that is arriving that no more of it comes."""
        if self._incoming.is_eof():
            return
        for exchange in (self.exchange, self._ending):
            if exchange is not None and exchange.payload is self._incoming:
                exchange.body_broke(error)
                return
        self._incoming.set_exception(error)

    def eof_received(self) -> bool:
        """Whether the transport stays open for now: what arrived before is answered first."""
        self._burst.catch_up()
        if self.secure or not self._burst.is_busy_with(self):
            return False  # over TLS it closes in any case
        self._burst.soon(self, self._end_of_input)
        return True

    def _end_of_input(self) -> None:
        if self.transport is None:
            return  # lost meanwhile; that waits for what has arrived too
        if self._burst.is_busy_with(self):
            self._burst.soon(self, self._end_of_input)
        else:
            self.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.host.unsent.add(self)
        if self.socket is not None:
            self.socket.pause_writing()
        else:
            self._watch_unsent()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.parked:
            self.host.unsent.remove(self)
        self._release_drain()
        if self.socket is not None:
            self.socket.resume_writing()
        elif not self.is_closing:
            self._stop_stall_timer()
            if self.exchange is None and self._waiting and self._linger is None:
                self._next_soon()

    async def drained(self) -> None:
        """Returns when the transport takes more, or is gone."""
        if self._paused and self.transport is not None:
            if self._drain is None or self._drain.done():
                self._drain = self._loop.create_future()
            await asyncio.shield(self._drain)

    def _release_drain(self) -> None:
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)

    # Out

    def write(self, *pieces: bytes | memoryview) -> None:
        """They leave with all that is answered in this burst; at once when there is none."""
        self._held += pieces
        if self._burst.is_open:
            self._burst.hold(self, sum(map(len, pieces)))
        else:
            self.send()

    def send(self) -> None:
        """Gives the transport what was held."""
        held, transport = self._held, self.transport
        if not held:
            return
        if transport is None or transport.is_closing():
            held.clear()
            return
        self._held = []
        if len(held) == 1:
            transport.write(held[0])
        else:
            write_pieces(transport, held)
        if self._paused:
            self.host.unsent.written(sum(map(len, held)))

    @property
    def unsent(self) -> int:
        transport = self.transport
        return self.parked + (0 if transport is None else transport.get_write_buffer_size())

    def park(self, size: int) -> None:
        """So many bytes of a body are held until the transport takes more; 0: none any more."""
        self.parked = size
        if size:
            self.host.unsent.add(self)
            self.host.unsent.written(size)
        elif not self._paused:
            self.host.unsent.remove(self)

    def cut(self, reason: str) -> None:
        """Ends the connection for what it has not taken."""
        if self.socket is not None:
            self._loop.call_soon(self.socket.give_up, reason)
        else:
            self.host.console.record("error", reason, self.exchange.id if self.exchange else 0)
            self.abort()

    # A client that reads nothing of what was written: watched only while something is unsent

    def _watch_unsent(self) -> None:
        seconds = self.host.config.keep_alive_seconds
        if self._stall_timer is None and seconds:
            unsent = cast(asyncio.Transport, self.transport).get_write_buffer_size()
            self._stall_timer = self._loop.call_later(seconds, self._check_stall, unsent)

    def _check_stall(self, before: int) -> None:
        self._stall_timer = None
        if self.socket is not None:
            return
        unsent = cast(asyncio.Transport, self.transport).get_write_buffer_size()
        if unsent and unsent >= before:
            self.abort()
        elif unsent:
            self._watch_unsent()

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def close(self) -> None:
        """Ends the connection when what was written has left."""
        self.send()
        if self.socket is not None:
            self.socket.send()
        self.is_closing = True
        transport = self.transport
        if transport is not None:
            transport.close()
            if transport.get_write_buffer_size():
                self._watch_unsent()

    def finish(self) -> None:
        """Takes no further request: ends now, or with the response that it is at."""
        if self.socket is not None:
            self.socket.finish()
        elif self.exchange is not None:
            self.exchange.keep_alive = False  # more of its body may still be on its way
        elif self._linger is not None:
            self.is_closing = True
        elif self._waiting:
            last = self._waiting[-1]  # they have arrived, so they are answered
            if isinstance(last, Exchange):
                last.keep_alive = False
        elif self.secure and self._has_sent_all():
            self.abort()  # an idle browser answers no farewell of TLS, which would be waited for
        else:
            self.close()

    @property
    def is_behind(self) -> bool:
        """Whether requests have arrived that are about to be handed to the host."""
        return self._is_next_due and bool(self._waiting) and not self.is_closing

    def _has_sent_all(self) -> bool:
        transport = self.transport
        return transport is None or not transport.get_write_buffer_size()

    def abort(self) -> None:
        """Ends the connection so that nobody takes what was sent for complete."""
        self.send()
        self.is_closing = True
        if self.transport is not None:
            self.transport.abort()

    # Requests

    def data_received(self, data: bytes) -> None:
        has_room = self._burst.make_room()
        if self.socket is not None:
            self._burst.soon(self, self.socket.feed_data, data)
            if not has_room or self._burst.is_put_off(self):
                self.socket.wait()
        elif self._upgraded:
            self._hold_back(data)
        elif self._parser is not None and (not self.is_closing or self._linger is not None):
            if not self._incoming.is_eof():
                self._head_bytes = 0  # what came before was of the body
            self._head_bytes += len(data)
            self._parse(data)
            if self.exchange is None and self._linger is None:
                if self._waiting:
                    self._next_soon()
                elif self._head_bytes > self.host.most_head_bytes:
                    self._refuse(HeadersTooLong())
                elif self._head_bytes > MUCH:
                    self.count_ahead(len(data))
            elif self._waiting:
                self.count_ahead(len(data))

    def count_ahead(self, size: int) -> None:
        """So many bytes more wait."""
        self.is_ahead = True
        self.host.unhandled.add(self)
        self.host.unhandled.written(size)

    def count_no_more(self) -> None:
        self.is_ahead = False
        self.host.unhandled.remove(self)

    @property
    def unhandled(self) -> int:
        if self.socket is not None:
            return self.socket.partial
        fields = (
            len(item.message.raw_headers) for item in self._waiting if isinstance(item, Exchange)
        )
        return self._head_bytes + FIELD_BYTES * sum(fields)

    def _parse(self, data: bytes) -> None:
        reader = self._reader
        for message, payload in reader.feed(data, MAX_WAITING - len(self._waiting)):
            self._incoming = payload
            exchange = self.host.exchange(message, payload, self)
            self.host.examine(exchange, self._head_bytes)
            self._waiting.append(exchange)
        self._upgraded = reader.is_upgraded
        if reader.error is not None:
            self._parse_failed(reader.error)
        if reader.is_put_off and not self._is_put_off:
            self._is_put_off = True
            self._burst.later(self, self._read_on)
        is_full = self._is_put_off or len(self._waiting) >= MAX_WAITING
        if is_full and not self._buffer_paused:
            self._pause_reading_for_buffer()

    def _read_on(self) -> None:
        """Others had their turn."""
        self._is_put_off = False
        self.data_received(b"")
        if self._buffer_paused and self._has_room():
            self._resume_reading_for_buffer()

    def _has_room(self) -> bool:
        return not self._is_put_off and len(self._waiting) <= MAX_WAITING // 2

    def _parse_failed(self, error: Exception) -> None:
        self._parser = None  # nothing sensible can follow
        self._break_body(PeerError(f"the body did not arrive: {reason_of(error)}"))
        refusal = error if isinstance(error, HttpProcessingError) else BadHttpMessage("")
        self._waiting.append(refusal)

    def _hold_back(self, data: bytes) -> None:
        """Bytes behind a request for an upgrade: a socket's, or the next request's."""
        self._reader.tail += data
        if len(self._reader.tail) >= READ_AHEAD and not self._buffer_paused:
            self._pause_reading_for_buffer()

    def _next(self) -> None:
        """Takes requests until one is not answered at once, or others are to have their turn."""
        self._is_next_due = False
        while self._waiting and self.exchange is None and not self.is_closing and not self._paused:
            exchange = self._waiting.popleft()
            if isinstance(exchange, HttpProcessingError):
                self._refuse(exchange)
                return
            self.exchange = exchange
            try:
                self.host.handle(exchange)
            except Exception as error:
                self.host.console.bug(error)
                exchange.give_up()
            if self.exchange is not None and self.host.stopping:
                exchange.keep_alive = False
            if self._buffer_paused and self._has_room():
                self._resume_reading_for_buffer()
                if self._parser is not None and not self._upgraded:
                    self._parse(b"")
            if self._waiting and self._burst.pace.is_over():
                if self.exchange is None:
                    self._next_later()
                return
        if self._waiting and self.exchange is not None:
            self.count_ahead(self._head_bytes)

    def _refuse(self, error: HttpProcessingError) -> None:
        """Answers what is no request, and reads nothing more."""
        status, text = self._explain(error)
        self.host.refused(status, text)
        head = head_of(status, "", TEXT)
        body = f"{text}\n".encode("utf-8", "replace")
        self._write_and_close(
            b"%bcontent-length: %d\r\nconnection: close\r\n%b\r\n%b"
            % (head.data, len(body), date_line(), body)
        )

    def _explain(self, error: HttpProcessingError) -> tuple[int, str]:
        limits = self.host.limits
        if isinstance(error, LineTooLong):
            if error.args[1] == (limits.url_bytes or NO_LIMIT):
                return 414, f"the URL is longer than the limit of {limits.url_bytes} bytes"
            return 431, f"a header is longer than the limit of {limits.header_bytes} bytes"
        if error.message == TOO_MANY_HEADERS:
            return 431, f"there are more than {MAX_HEADERS} headers"
        if isinstance(error, HeadersTooLong):
            return 431, f"the headers are longer than the limit of {limits.header_bytes} bytes"
        return 400, f"this is no HTTP request: {reason_of(error)}"

    def _write_and_close(self, data: bytes) -> None:
        """The client may still be sending: a reset would take the answer back from it."""
        transport = self.transport
        if transport is None:
            return
        self.write(data)
        self.send()
        self.is_closing = True
        if not transport.can_write_eof():
            self.close()
            return
        transport.write_eof()
        self._stop_keep_alive()
        self._keep_alive_timer = self._loop.call_later(LINGER_SECONDS, self.abort)

    def finished(self, exchange: Exchange) -> None:
        """An exchange is over: its response has left, or never will."""
        if self.exchange is not exchange:
            return
        self.exchange = None
        if not exchange.keep_alive:
            self.is_closing = True
        if exchange.payload is EMPTY_PAYLOAD or exchange.payload.is_eof():
            self._proceed()
        else:
            self._ending = exchange
            self._linger = self._loop.create_task(self._end_body(exchange))

    async def _end_body(self, exchange: Exchange) -> None:
        """Reads what the function did not: many clients listen only once they have sent all."""
        try:
            await exchange.body_left()
            async with asyncio.timeout(LINGER_SECONDS):
                while not exchange.payload.is_eof():
                    await exchange.payload.readany()
        except Exception:
            self.is_closing = True
        self._linger = self._ending = None
        self._proceed()

    def _proceed(self) -> None:
        """After an exchange: the next request, or the end."""
        if self._upgraded and not self._waiting:  # the offer is in the last request that was read
            self._decline_upgrade()
        self._head_bytes = 0
        if self.is_closing:
            self.close()
        elif not self._waiting:
            if self.is_ahead:
                self.count_no_more()
            self._idle_since = self._loop.time()
            if self._keep_alive_timer is None:
                self._watch_idleness()
        else:
            # Not at once: the worker may still be applying the ops of the turn that ended this exchange.
            self._next_later()

    def _next_soon(self) -> None:
        if not self._is_next_due:
            self._is_next_due = True
            self._burst.soon(self, self._next)

    def _next_later(self) -> None:
        if not self._is_next_due:
            self._is_next_due = True
            self._burst.later(self, self._next)

    def _decline_upgrade(self) -> None:
        """The function answered with an ordinary response, so HTTP goes on."""
        self._upgraded = False
        tail = self._reader.decline()
        if self._buffer_paused:
            self._resume_reading_for_buffer()
        if tail and not self.is_closing:
            self._parse(tail)

    def upgrade(self, socket: ServerWebSocket) -> None:
        """From now on every byte is the socket's."""
        self.exchange = None
        self.socket = socket
        self._stop_keep_alive()
        if self.is_ahead:
            self.count_no_more()
        self._parser = None
        tail = self._reader.tail
        if self._buffer_paused:
            self._resume_reading_for_buffer()
        if tail:
            self._burst.soon(self, socket.feed_data, tail)

    def pause_reading(self) -> None:
        if self.socket is None:
            super().pause_reading()
        else:
            self._reading_paused = True
            self._pause_transport_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        if not self._reading_paused:
            return  # a body's reader asks for it with each piece that is taken
        if self.socket is None and self._parser is not None:
            super().resume_reading(resume_parser)
        else:
            self._reading_paused = False
            self._resume_transport_reading()

    # Keep-alive: one timer a connection, moved on only when it fires

    def _watch_idleness(self) -> None:
        if seconds := self.host.config.keep_alive_seconds:
            self._keep_alive_timer = self._loop.call_later(seconds, self._check_idle)

    def _check_idle(self) -> None:
        self._keep_alive_timer = None
        if self.exchange is not None or self._linger is not None or self._waiting:
            return  # armed again when that is over
        left = self._idle_since + self.host.config.keep_alive_seconds - self._loop.time()
        if left <= 0:
            after_a_look(self._loop, self._close_if_idle)
        else:
            self._keep_alive_timer = self._loop.call_later(left, self._check_idle)

    def _close_if_idle(self) -> None:
        is_busy = self.exchange or self._linger or self._waiting or self.socket or self.is_closing
        if not is_busy and self._keep_alive_timer is None:  # nor was it in between
            self.close()

    def _stop_keep_alive(self) -> None:
        if self._keep_alive_timer is not None:
            self._keep_alive_timer.cancel()
            self._keep_alive_timer = None
