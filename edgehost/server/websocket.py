"""One WebSocket connection on the server's side (RFC 6455): aiohttp reads the frames, we write them.

The state of the closing handshake is here: OPEN, then CLOSE_SENT or straight to CLOSED. Everything
that arrived in one read is told to the function before what it sent in answer leaves in one write.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp.http_websocket import WebSocketError, WSMsgType, ws_ext_gen, ws_ext_parse

from edgehost.bindings.websocket import Listener, Upgrade
from edgehost.server.frames import (
    BINARY,
    CLOSE,
    COMPRESSED,
    FIN,
    PING,
    PONG,
    SENDABLE_CODES,
    TEXT,
    Deflate,
    close_payload,
    head,
)
from edgehost.server.response import head_of

if TYPE_CHECKING:
    from edgehost.server.connection import Connection

HELD_BYTES = 1024 * 1024  # of inflated text that is read on before the function gets it
CLOSE_SECONDS = 10.0  # how long the peer has to answer our close frame
ABNORMAL, NO_STATUS = 1006, 1005
_MSG_TEXT, _MSG_BINARY, _MSG_CLOSE, _MSG_PING = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE, WSMsgType.PING


class State(Enum):
    """Of the wire; the realm has the ready state."""

    OPEN = auto()
    CLOSE_SENT = auto()
    CLOSED = auto()


_OPEN = State.OPEN


class ServerWebSocket:
    """A connection after its opening handshake."""

    __slots__ = (
        "_awaiting_pong",
        "_close",
        "_connection",
        "_deflate",
        "_done",
        "_half_idle",
        "_heard",
        "_inbox",
        "_limit",
        "_listener",
        "_loop",
        "_out",
        "_queued",
        "_reader",
        "_state",
        "_timer",
        "__weakref__",
    )

    def __init__(
        self, connection: Connection, upgrade: Upgrade, offered: str | None, listener: Listener
    ) -> None:
        """Sends the 101. offered: the client's Sec-WebSocket-Extensions."""
        limits = connection.host.limits
        self._loop = connection._loop
        self._connection = connection
        self._listener = listener
        self._limit = limits.send_buffer_bytes
        self._state = State.OPEN
        self._close: tuple[int, str] | None = None  # what the peer's close frame said
        self._out: list[bytes] = []  # frames of this turn
        self._queued = 0  # bytes of messages since the transport's buffer was last empty
        self._heard = self._loop.time()
        self._awaiting_pong = False
        self._half_idle = upgrade.idle_seconds / 2
        self._timer: asyncio.TimerHandle | None = None
        self._done: asyncio.Future[None] = self._loop.create_future()
        window, no_takeover = ws_ext_parse(offered, isserver=True)
        self._deflate = Deflate(window, no_takeover) if window else None
        self._answer(upgrade.headers, no_takeover)
        # aiohttp refuses a message as large as its limit; ours is the largest allowed.
        largest = limits.message_bytes + 1 if limits.message_bytes else 0
        self._inbox = _Inbox(self)
        self._reader = WebSocketReader(self._inbox, largest, bool(window), decode_text=True)
        if self._half_idle:
            self._timer = self._loop.call_later(self._half_idle, self._check_idle)

    def _answer(self, headers: str, no_takeover: bool) -> None:
        extensions = ""
        if self._deflate is not None:
            extensions = ws_ext_gen(self._deflate.window_bits, True, no_takeover)
            headers += f"\nsec-websocket-extensions\n{extensions}"
        lines = head_of(101, "Switching Protocols", headers).data
        self._write(lines + b"upgrade: websocket\r\nconnection: Upgrade\r\n\r\n")
        self._loop.call_soon(self._opened, extensions)

    def _opened(self, extensions: str) -> None:
        """The realm hears of it in a turn of its own; only then are frames read."""
        if self._state is not State.CLOSED:
            self._listener.on_open(extensions)
            self._connection.set_parser(self)  # type: ignore[arg-type]

    async def wait_closed(self) -> None:
        await self._done

    # What aiohttp's protocol asks of a parser

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Everything that arrived, in one go."""
        self._heard = self._loop.time()
        self._awaiting_pong = False
        self._reader.feed_data(data)
        self._inbox.deliver()
        self._listener.received()
        self.flush()
        return False, b""

    def feed_eof(self) -> None:
        """The connection was lost, or its sending side closed."""

    # What the reader found, beside messages, which go straight to the listener

    def ping(self, payload: Any) -> None:
        if self._state is State.OPEN:
            self._frame(PONG, bytes(payload))

    def closed_by_peer(self, code: int, reason: str) -> None:
        """Its close frame: answered in kind, unless it answers ours."""
        if code and code not in SENDABLE_CODES:
            self.break_rules(1002, f"the peer closed with the code {code}, which must not be sent")
            return
        self._close = (code or NO_STATUS, reason)
        self._listener.received()  # what the function sent before goes out before our close frame
        if self._state is State.OPEN:
            self._frame(CLOSE, close_payload(code or None, ""))
        self._finish()

    def break_rules(self, code: int, message: str) -> None:
        """The peer broke the protocol or a limit: _Fail the WebSocket Connection_."""
        if self._state is State.CLOSED:
            return
        self._listener.received()
        if self._state is State.OPEN:
            self._frame(CLOSE, close_payload(code, ""))
        self._listener.on_error(message)
        self._finish()

    # Sending

    @property
    def buffered(self) -> int:
        transport = self._connection.transport
        unsent = transport.get_write_buffer_size() if transport is not None else 0
        return min(self._queued, unsent)

    def send_text(self, text: str) -> None:
        data = text.encode()
        if self._deflate is None and self._state is _OPEN:  # the common case, without a call more
            self._queued += len(data)
            self._out += (head(FIN | TEXT, len(data)), data)
        else:
            self._message(FIN | TEXT, data)

    def send_bytes(self, data: bytes) -> None:
        self._message(FIN | BINARY, data)

    def _message(self, first: int, data: Any) -> None:
        if self._state is not State.OPEN:
            return
        self._queued += len(data)
        if self._deflate is not None and (compressed := self._deflate.compress(data)) is not None:
            first, data = first | COMPRESSED, compressed
        self._out += (head(first, len(data)), data)

    def _frame(self, opcode: int, payload: Any) -> None:
        self._out += (head(FIN | opcode, len(payload)), payload)

    def flush(self) -> None:
        if self._out:
            data = b"".join(self._out)
            self._out.clear()
            self._write(data)

    def _write(self, data: Any) -> None:
        transport = self._connection.transport
        if transport is None or transport.is_closing():
            return
        transport.write(data)
        unsent = transport.get_write_buffer_size()
        if not unsent:
            self._queued = 0
        elif self._limit and unsent > self._limit and self._state is not State.CLOSED:
            self._listener.on_error(
                f"the peer does not read: more than {self._limit} bytes are unsent (send_buffer_bytes)"
            )
            self._abort()

    def pause_writing(self) -> None:
        """The peer reads slowly, so we read nothing more from it."""
        self._connection.pause_reading()

    def resume_writing(self) -> None:
        self._queued = 0
        self._connection.resume_reading()

    # Closing

    def close(self, code: int | None, reason: str) -> None:
        if self._state is not State.OPEN:
            return
        self._frame(CLOSE, close_payload(code, reason))
        self._state = State.CLOSE_SENT
        self._stop_timer()
        self._timer = self._loop.call_later(CLOSE_SECONDS, self._abort)

    def _finish(self) -> None:
        """The handshake is over: RFC 6455 has the server end the TCP connection."""
        self.flush()
        self._state = State.CLOSED
        self._stop_timer()
        transport = self._connection.transport
        if transport is not None:
            transport.close()

    def _abort(self) -> None:
        self._state = State.CLOSED
        self._stop_timer()
        self._connection.abort()

    def connection_lost(self) -> None:
        """The end, however it came."""
        self._state = State.CLOSED
        self._stop_timer()
        if self._done.done():
            return
        self._done.set_result(None)
        if self._close is None:
            self._listener.on_close(ABNORMAL, "", False)
        else:
            self._listener.on_close(*self._close, True)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Half-open peers

    def _check_idle(self) -> None:
        silent = self._loop.time() - self._heard
        if silent + 0.001 < self._half_idle:
            self._timer = self._loop.call_later(self._half_idle - silent, self._check_idle)
        elif not self._awaiting_pong:
            self._awaiting_pong = True
            self._heard = self._loop.time()
            self._frame(PING, b"")
            self.flush()
            self._timer = self._loop.call_later(self._half_idle, self._check_idle)
        else:
            self._listener.on_error(
                f"the peer did not answer a ping (idleTimeout of {2 * self._half_idle:g} s)"
            )
            self._abort()


class _Inbox(WebSocketDataQueue):
    """Where aiohttp's reader puts what it has read of one piece of data, until it is handed on."""

    def __init__(self, socket: ServerWebSocket) -> None:
        super().__init__(socket._connection, 2**30, loop=socket._loop)
        self._socket = socket
        self._texts: list[str] = []  # in a row; handed on together
        self._held = 0  # bytes of these

    def feed_data(self, data: Any, size: int) -> None:
        kind = data[0]
        if kind is _MSG_TEXT:
            self._texts.append(data[1])
            self._held += size
            if self._held > HELD_BYTES:
                self.deliver()
            return
        self.deliver()
        socket = self._socket
        if socket._state is State.CLOSED:
            return
        if kind is _MSG_BINARY:
            socket._listener.on_bytes(data[1])
        elif kind is _MSG_CLOSE:
            socket.closed_by_peer(data[1], data[2])
        elif kind is _MSG_PING:
            socket.ping(data[1])

    def deliver(self) -> None:
        """Hands on the texts that were read."""
        if self._texts:
            texts, self._texts, self._held = self._texts, [], 0
            if self._socket._state is not State.CLOSED:
                self._socket._listener.on_texts(texts)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        self.deliver()
        code = int(exc.code) if isinstance(exc, WebSocketError) else 1002
        self._socket.break_rules(code, str(exc.args[-1] if exc.args else exc))

    def feed_eof(self) -> None:
        pass
