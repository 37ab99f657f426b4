"""A WebSocket connection behind its opening handshake (RFC 6455): aiohttp reads frames, we write them.

What the two ends do alike is here; `server/websocket.py` and `client/websocket.py` have what they do not.

The state of the closing handshake is here (`State`). Everything that arrived in one read is told to
the function before what it sent in answer leaves in one write. When that takes long, others have their
turn: what is left waits in `_later`, in order, and nothing more is read meanwhile.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp.http_websocket import WebSocketError, WSMsgType

from edgehost.bindings.websocket import Listener
from edgehost.pace import after_a_look
from edgehost.sockets.frames import (
    BINARY,
    CLOSE,
    COMPRESSED,
    FIN,
    PING,
    PONG,
    SENDABLE_CODES,
    TEXT,
    Deflate,
    FrameCheck,
    close_payload,
    head,
    short_texts,
)
from edgehost.sockets.pieces import write_pieces
from edgehost.sockets.unsent import MUCH

if TYPE_CHECKING:
    from edgehost.bindings.console import Console
    from edgehost.config import Limits
    from edgehost.sockets.burst import Burst
    from edgehost.sockets.unsent import Unsent

MANY_TEXTS = 10_000  # in one turn: their sizes are looked at before frames are made of them
HELD_BYTES = 1024 * 1024  # of inflated text that is read on before the function gets it
CLOSE_SECONDS = 10.0  # how long the peer has to answer our close frame, and to take what is unsent
LAST_SECONDS = 3.0  # the same when the server stops
INFLATED_AT_ONCE = 4 * 1024  # compressed bytes: they may become a thousand times as many
CONTROL_HEAD = 6  # bytes of a control frame beside its payload
ABNORMAL, NO_STATUS = 1006, 1005
_MSG_TEXT, _MSG_BINARY, _MSG_CLOSE, _MSG_PING = (
    WSMsgType.TEXT,
    WSMsgType.BINARY,
    WSMsgType.CLOSE,
    WSMsgType.PING,
)


class State(Enum):
    """Of the wire; the realm has the ready state."""

    OPEN = auto()
    CLOSE_SENT = auto()  # by us first; the peer's is awaited
    FAILED = auto()  # it broke a rule and was told; what it sends is dropped until it leaves
    CLOSED = auto()  # the connection is closed, or about to be


_OPEN = State.OPEN


class Host(Protocol):
    """What all connections have in common."""

    limits: Limits
    burst: Burst
    console: Console
    unsent: Unsent
    stopping: bool


class Connection(Protocol):
    """What the wire is on."""

    _loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport | None
    is_ahead: bool  # the host knows that much waits of what has arrived

    @property
    def host(self) -> Any:
        """A `Host`."""

    @property
    def writing_paused(self) -> bool: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def count_ahead(self, size: int) -> None: ...
    def count_no_more(self) -> None: ...
    def close(self) -> None:
        """Once everything has left."""

    def abort(self) -> None: ...


class WebSocketWire:
    """Of either end."""

    __slots__ = (
        "__weakref__",
        "_awaiting_pong",
        "_burst",
        "_close",
        "_connection",
        "_deflate",
        "_frames",
        "_half_idle",
        "_heard",
        "_inbox",
        "_is_error_told",
        "_is_waiting",
        "_later",
        "_limit",
        "_listener",
        "_loop",
        "_out",
        "_queued",
        "_reader",
        "_state",
        "_taken",
        "_timer",
        "_waiting_bytes",
        "_written",
        "partial",
        "texts",
    )

    def __init__(
        self,
        connection: Any,
        listener: Listener,
        idle_seconds: float,
        deflate: Deflate | None,
        frames: FrameCheck,
    ) -> None:
        """connection: a `Connection`. deflate: None where messages are not compressed, either way."""
        limits = connection.host.limits
        self._loop = connection._loop
        self._connection = connection
        self._burst = connection.host.burst
        self._listener = listener
        self._limit = limits.send_buffer_bytes
        self._state = State.OPEN
        self._close: tuple[int, str] | None = None  # what the peer's close frame said
        self.texts: list[str] = []  # messages of this turn that come behind `_out`
        self._out: list[bytes] = []  # frames of this turn
        self._waiting_bytes = 0  # bytes of messages since something was written
        self._queued = 0  # bytes of messages since the transport's buffer was last empty
        self._written = 0  # bytes given to the transport
        self._taken = 0  # of these, how many had left when that was last looked into
        self._is_error_told = False
        self._later: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._is_waiting = False  # for its turn; nothing is read
        self._frames = frames
        self.partial = 0  # bytes of a message that is not whole, about
        self._heard = self._loop.time()
        self._awaiting_pong = False
        self._half_idle = idle_seconds / 2
        self._timer: asyncio.TimerHandle | None = None
        self._deflate = deflate
        # aiohttp refuses a message as large as its limit; ours is the largest allowed.
        largest = limits.message_bytes + 1 if limits.message_bytes else 0
        self._inbox: Any = _Inbox(self, limits.message_bytes)
        self._reader: Any = WebSocketReader(
            self._inbox, largest, self._deflate is not None, decode_text=True
        )
        if self._half_idle:
            self._timer = self._loop.call_later(self._half_idle, self._check_idle)

    def _opened(self, extensions: str) -> None:
        """The realm hears of it in a turn of its own, before what arrives behind the handshake."""
        if self._state is not State.CLOSED:
            self._listener.on_open(extensions)

    def feed_data(self, data: bytes) -> None:
        """Everything that arrived, in one go."""
        if self._state is State.FAILED:
            return
        self._heard = self._loop.time()
        self._awaiting_pong = False
        if self._later:
            self._later.append((self._read, (data,)))
        elif self._deflate is None:
            self._read(data)
        else:
            for at in range(0, len(data), INFLATED_AT_ONCE):
                self.do(self._read, data[at : at + INFLATED_AT_ONCE])
        self._end_turn()

    def _read(self, data: bytes) -> None:
        wrong = self._frames.find_wrong(data)
        self.partial += len(data)
        self._reader.feed_data(data if wrong < 0 else data[:wrong])
        self._inbox.deliver()
        if self.partial > MUCH:
            self._connection.count_ahead(len(data))
        elif self._connection.is_ahead:
            self._connection.count_no_more()
        if wrong >= 0:
            self.do(self.break_rules, 1002, f"the peer sent {self._frames.problem}")

    # Others have their turn

    def do(self, function: Callable[..., None], *arguments: Any) -> None:
        """Calls it, but not before what waits, nor when others are to have their turn."""
        if self._later or self._burst.pace.is_over():
            self._later.append((function, arguments))
        else:
            function(*arguments)

    def _go_on(self) -> None:
        """Does the first of what waits, and more while there is time."""
        rest, self._later = self._later, deque()
        while rest and not self._later:
            function, arguments = rest.popleft()
            function(*arguments)
            if self._burst.pace.is_over():
                break
        self._later += rest
        self._end_turn()

    def _end_turn(self) -> None:
        self._listener.received()
        self.flush()
        if self._later:
            self._burst.later(self._connection, self._go_on)
            self.wait()
        elif self._is_waiting:
            self._is_waiting = False
            if not self._connection.writing_paused:
                self._connection.resume_reading()

    def wait(self) -> None:
        """Nothing more is read until what has arrived is handled."""
        if not self._is_waiting:
            self._is_waiting = True
            self._connection.pause_reading()

    # What the reader found, beside messages, which go straight to the listener

    def ping(self, payload: Any) -> None:
        self._listener.received()  # what answers the messages before it goes first
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
            self._frame(CLOSE, close_payload(code or None, reason))
        self._finish()

    def break_rules(self, code: int, message: str) -> None:
        """The peer broke the protocol or a limit: _Fail the WebSocket Connection_."""
        if self._is_over:
            return
        self._listener.received()
        if self._state is State.OPEN:
            self._frame(CLOSE, close_payload(code, ""))
        self.send()
        if self._state is not State.CLOSED:
            self._state = State.FAILED
            self._tell_error(message)
            self._stop_sending()

    @property
    def _is_over(self) -> bool:
        return self._state is State.FAILED or self._state is State.CLOSED

    def _tell_error(self, message: str) -> None:
        """An abnormal end has one error, before its close."""
        if not self._is_error_told:
            self._is_error_told = True
            self._listener.on_error(message)

    # Sending

    @property
    def buffered(self) -> int:
        transport = self._connection.transport
        unsent = transport.get_write_buffer_size() if transport is not None else 0
        self._frame_texts()
        return min(self._queued, unsent + sum(map(len, self._out)))

    def send_bytes(self, data: bytes) -> None:
        self._frame_texts()
        self._message(FIN | BINARY, data)

    def _has_too_much(self, size: int) -> bool:
        """Whether so many bytes more in one turn are over the limit: then nothing of them is kept."""
        self._waiting_bytes += size
        if not 0 < self._limit < self._waiting_bytes or self._is_over:
            return False
        self._out.clear()
        self._give_up_soon()
        return True

    def _give_up_soon(self) -> None:
        """Not at once: it leads into a turn, and another may be under way."""
        self._loop.call_soon(
            self.give_up,
            f"the peer does not read: more than {self._limit} bytes are unsent (send_buffer_bytes)",
        )

    def _frame_texts(self) -> None:
        """Makes frames of the texts that wait, of many short ones in one go."""
        if not self.texts:
            return
        texts = self.texts.copy()
        self.texts.clear()
        if len(texts) > MANY_TEXTS and self._has_too_much(sum(map(len, texts))):
            return
        if self._deflate is None and self._state is _OPEN and (frames := short_texts(texts)):
            self._queued += len(frames) - 2 * len(texts)
            self._out.append(frames)
        else:
            for text in texts:
                self._message(FIN | TEXT, text.encode())

    def _message(self, first: int, data: Any) -> None:
        if self._state is not State.OPEN or self._has_too_much(len(data)):
            return
        self._queued += len(data)
        if self._deflate is not None and (compressed := self._deflate.compress(data)) is not None:
            first, data = first | COMPRESSED, compressed
        self._out += (head(first, len(data)), data)

    def _frame(self, opcode: int, payload: Any) -> None:
        self._frame_texts()
        self._out += (head(FIN | opcode, len(payload)), payload)

    def flush(self) -> None:
        """Sends what waits, with all that is answered in this burst."""
        if self._burst.is_open:
            self._burst.hold(self, 0)
        else:
            self.send()

    def send(self) -> None:
        self._frame_texts()
        if self._out:
            pieces, self._out = self._out, []
            self._write(pieces)

    def _write(self, pieces: list[Any]) -> None:
        transport = self._connection.transport
        if transport is None or transport.is_closing():
            return
        size = write_pieces(transport, pieces)
        self._written += size
        self._waiting_bytes = 0
        unsent = transport.get_write_buffer_size()
        if not unsent:
            self._queued = 0
        elif self._limit and unsent > self._limit and self._state is not State.CLOSED:
            self._give_up_soon()
        elif self._connection.writing_paused:
            self._connection.host.unsent.written(size)

    def pause_writing(self) -> None:
        """The peer reads slowly, so we read nothing more from it."""
        self._connection.pause_reading()

    def resume_writing(self) -> None:
        self._note_sign_of_life()
        self._queued = self.buffered
        if not self._is_waiting:
            self._connection.resume_reading()

    # Closing

    def close(self, code: int | None, reason: str) -> None:
        if self._state is not State.OPEN:
            return
        self._frame(CLOSE, close_payload(code, reason))
        self._state = State.CLOSE_SENT
        self._limit_time("the peer did not answer the closing handshake")

    def _limit_time(self, message: str) -> None:
        """Gives the peer so long for the end, and as long again while it takes what is unsent."""
        self._stop_timer()
        self._has_taken_more()
        seconds = LAST_SECONDS if self._connection.host.stopping else CLOSE_SECONDS
        self._timer = self._loop.call_later(seconds, self._check_end, message)

    def finish(self) -> None:
        """The server stops: a peer that is already waited for has less time from now on."""
        if self._state is not State.OPEN and self._timer is not None:
            self._limit_time("the peer did not answer the closing handshake")

    def _check_end(self, message: str) -> None:
        if self._has_taken_more():
            self._limit_time(message)
        else:
            self.give_up(message)

    def _finish(self) -> None:
        """The closing handshake is over: RFC 6455 has the server end the TCP connection."""
        self.send()
        self._state = State.CLOSED
        self._stop_timer()
        transport = self._connection.transport
        self._connection.close()
        if transport is not None and transport.get_write_buffer_size():
            self._limit_time("")

    def _stop_sending(self) -> None:
        """To close while the peer still sends would reset it, and our close frame would be lost."""
        transport = self._connection.transport
        self._limit_time("")
        if transport is None or transport.is_closing():
            return
        if transport.can_write_eof():
            transport.write_eof()
        else:
            self._connection.close()

    def give_up(self, message: str) -> None:
        """Ends the connection at once. message: "" when the end is known already."""
        was_over = self._is_over
        self._state = State.CLOSED
        self._stop_timer()
        if not was_over:
            self._tell_error(message)
        self._connection.abort()

    def connection_lost(self) -> None:
        """The end, however it came; what has arrived before is told before."""
        if self._burst.is_busy_with(self._connection):
            self._burst.soon(self._connection, self.connection_lost)
            return
        self._state = State.CLOSED
        self._stop_timer()
        self._inbox = self._reader = None  # they refer to this socket
        if self._close is None:
            self._tell_error("the connection was lost without a closing handshake")
            self._listener.on_close(ABNORMAL, "", False)
        else:
            self._listener.on_close(*self._close, True)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Half-open peers

    def _check_idle(self) -> None:
        if self._connection.writing_paused and self._has_taken_more():
            self._note_sign_of_life()
        if self._is_heard_later():
            self._note_sign_of_life()
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
            self._timer = None
            after_a_look(self._loop, self.give_up_silence)

    def give_up_silence(self) -> None:
        if self._state is not State.OPEN or self._timer is not None:
            return
        if self._awaiting_pong and not self._is_heard_later():
            self.give_up(
                f"the peer did not answer a ping (idleTimeout of {2 * self._half_idle:g} s)"
            )
        else:
            self._check_idle()

    def _is_heard_later(self) -> bool:
        """Whether something of the peer has arrived that waits for its turn."""
        return bool(self._later) or self._burst.is_busy_with(self._connection)

    def _note_sign_of_life(self) -> None:
        """A slow peer is not read from, so that it takes what was sent has to do."""
        self._heard = self._loop.time()
        self._awaiting_pong = False

    def _has_taken_more(self) -> bool:
        """Whether, since this was asked last, the peer took some of what was sent, but not all."""
        transport = self._connection.transport
        unsent = transport.get_write_buffer_size() if transport is not None else 0
        before, self._taken = self._taken, self._written - unsent
        return unsent > 0 and self._taken > before


class _Inbox(WebSocketDataQueue):
    """Where aiohttp's reader puts what it has read of one piece of data, until it is handed on."""

    __slots__ = ("_held", "_largest", "_socket", "_texts")

    def __init__(self, socket: WebSocketWire, largest: int) -> None:
        """largest: bytes of a message; 0 for no limit."""
        super().__init__(socket._connection, 2**30, loop=socket._loop)
        self._socket = socket
        self._largest = largest or 2**63
        self._texts: list[str] = []  # in a row; handed on together
        self._held = 0  # bytes of these

    def feed_data(self, data: Any, size: int) -> None:
        if data[0] is _MSG_TEXT or data[0] is _MSG_BINARY:
            self._socket.partial = 0
        else:
            self._socket.partial -= size + CONTROL_HEAD
        if data[0] is _MSG_TEXT and size <= self._largest:
            self._texts.append(data[1])
            self._held += size
            if self._held > HELD_BYTES:
                self.deliver()
        else:
            self.deliver()
            self._socket.do(self._take, data, size)

    def _take(self, data: Any, size: int) -> None:
        socket, kind = self._socket, data[0]
        if size > self._largest:  # the reader allows one byte more of what it inflated
            self._refuse_size()
        elif socket._is_over:
            return
        elif kind is _MSG_BINARY:
            if socket._state is _OPEN:
                socket._listener.on_bytes(data[1])
        elif kind is _MSG_CLOSE:
            socket.closed_by_peer(data[1], data[2])
        elif kind is _MSG_PING:
            socket.ping(data[1])

    def deliver(self) -> None:
        """Hands on the texts that were read."""
        if self._texts:
            texts, self._texts, self._held = self._texts, [], 0
            if self._socket._later:
                self._socket._later.append((self._hand_on, (texts,)))
            else:  # without a look at the clock: they give way by themselves
                self._hand_on(texts)

    def _hand_on(self, texts: Sequence[str]) -> None:
        socket = self._socket
        if socket._state is _OPEN and (left := socket._listener.on_texts(texts)):
            socket._later.appendleft((self._hand_on, (left,)))

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        self.deliver()
        self._socket.do(self._fail, exc)

    def _fail(self, exc: BaseException) -> None:
        if isinstance(exc, WebSocketError) and exc.code == 1009:
            self._refuse_size()
        elif isinstance(exc, WebSocketError):
            self._socket.break_rules(int(exc.code), str(exc.args[-1]))
        elif isinstance(exc, zlib.error):
            self._socket.break_rules(1007, f"a compressed message cannot be inflated: {exc}")
        else:
            self._socket._connection.host.console.bug(exc)
            self._socket.break_rules(1011, "internal error")

    def _refuse_size(self) -> None:
        self._socket.break_rules(
            1009, f"a message exceeds the limit of {self._largest} bytes (message_bytes)"
        )

    def feed_eof(self) -> None:
        pass
