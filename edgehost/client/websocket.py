"""A WebSocket connection on the client's side: its opening handshake, masks, and who ends what."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, cast

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpResponseParser
from websockets.speedups import apply_mask

from edgehost.bindings.console import Console
from edgehost.bindings.websocket import Listener
from edgehost.client.handshake import Agreed, Handshake
from edgehost.config import Limits
from edgehost.errors import PeerError
from edgehost.pace import Pace
from edgehost.sockets.burst import Burst
from edgehost.sockets.frames import FIN, TEXT, UnmaskedCheck
from edgehost.sockets.unsent import Unsent
from edgehost.sockets.wire import MANY_TEXTS, State, WebSocketWire

HANDSHAKE_SECONDS = 30.0
FAREWELL_SECONDS = 2.0  # for the server to end the connection behind the closing handshake
HEAD_END = b"\r\n\r\n"
MOST_HEAD = 64 * 1024
MASK = 0x80


class SocketHost:
    """What the outbound sockets of one isolate have in common."""

    def __init__(self, limits: Limits, pace: Pace, console: Console) -> None:
        self.limits = limits
        self.console = console
        self.burst = Burst(pace, console)
        self.unsent = Unsent(limits.unsent_bytes)
        self.stopping = False


class ClientWebSocket(WebSocketWire):
    """See `WebSocketWire`."""

    __slots__ = ()

    def _frame_texts(self) -> None:
        if not self.texts:
            return
        texts = self.texts.copy()
        self.texts.clear()
        if len(texts) > MANY_TEXTS and self._has_too_much(sum(map(len, texts))):
            return
        for text in texts:
            self._message(FIN | TEXT, text.encode())

    def _message(self, first: int, data: Any) -> None:
        before = len(self._out)
        super()._message(first, data)
        self._mask(before)

    def _frame(self, opcode: int, payload: Any) -> None:
        self._frame_texts()
        before = len(self._out)
        super()._frame(opcode, payload)
        self._mask(before)

    def _mask(self, before: int) -> None:
        """Of the frame that was added, if there is one: RFC 6455, 5.3."""
        if len(self._out) == before:
            return
        head, payload = self._out[-2:]
        key = os.urandom(4)
        self._out[-2:] = (
            bytes((head[0], head[1] | MASK)) + head[2:] + key,
            apply_mask(payload, key),
        )

    def _finish(self) -> None:
        """The closing handshake is over: the server is to end the TCP connection, for a while."""
        self.send()
        self._state = State.CLOSED
        self._stop_timer()
        self._timer = self._loop.call_later(FAREWELL_SECONDS, self.give_up, "")


class SocketConnection(asyncio.Protocol):
    """A connection: a handshake, then a wire."""

    def __init__(
        self,
        host: SocketHost,
        handshake: Handshake,
        more: str,
        opened: Callable[[SocketConnection, Agreed], None],
        failed: Callable[[str], None],
    ) -> None:
        """more: lines of the handshake's head. opened, failed: one of them is called, once."""
        self._loop = asyncio.get_running_loop()
        self.host = host
        self.transport: asyncio.Transport | None = None
        self.socket: ClientWebSocket | None = None
        self.writing_paused = False
        self.took_long = False
        self.is_ahead = False
        self._handshake = handshake
        self._more = more
        self._opened = opened
        self._failed: Callable[[str], None] | None = failed
        self._head = b""
        self._timer: asyncio.TimerHandle | None = None
        self._reading_paused = False  # the parser looks at it

    # The transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._timer = self._loop.call_later(
            HANDSHAKE_SECONDS, self.fail, f"no handshake within {HANDSHAKE_SECONDS:g} s"
        )
        self.transport.write(self._handshake.head(self._more))

    def data_received(self, data: bytes) -> None:
        if self.socket is not None:
            self.host.burst.soon(self, self.socket.feed_data, data)
            if self.host.burst.is_put_off(self):
                self.socket.wait()
            return
        if self._failed is None:
            return
        self._head += data
        try:
            self._read_heads()
        except HttpProcessingError as error:
            self.fail(
                f"the server does not speak HTTP as it should: {error.message}".split("\n")[0]
            )
        except PeerError as error:
            self.fail(str(error))

    def _read_heads(self) -> None:
        while (end := self._head.find(HEAD_END)) >= 0:
            head, self._head = self._head[: end + 4], self._head[end + 4 :]
            parser = HttpResponseParser(
                self,  # type: ignore[arg-type]
                self._loop,
                2**16,
                response_with_body=False,
                auto_decompress=False,
            )
            for message, _ in parser.feed_data(head)[0]:
                if not 100 <= message.code < 200 or message.code == 101:
                    self._open(self._handshake.agree(message))
                    return
        if len(self._head) > MOST_HEAD:
            raise PeerError("the server's answer to the handshake is too long")

    def _open(self, agreed: Agreed) -> None:
        self._failed = None
        self._stop_timer()
        rest, self._head = self._head, b""
        self._opened(self, agreed)
        if rest and self.socket is not None:
            self.host.burst.soon(self, self.socket.feed_data, rest)

    def start(self, listener: Listener, idle_seconds: float, agreed: Agreed) -> ClientWebSocket:
        """The wire; the realm hears of it in a turn of its own."""
        self.socket = ClientWebSocket(self, listener, idle_seconds, agreed.deflate, UnmaskedCheck())
        self.host.burst.soon(self, self.socket._opened, agreed.extensions)
        return self.socket

    def fail(self, problem: str) -> None:
        """No socket comes of it."""
        failed, self._failed = self._failed, None
        self._stop_timer()
        self.abort()
        if failed is not None:
            failed(problem)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.host.unsent.remove(self)
        if self.socket is not None:
            self.socket.connection_lost()
        else:
            self.fail("the server closed the connection in the handshake")

    def pause_writing(self) -> None:
        self.writing_paused = True
        self.host.unsent.add(self)
        if self.socket is not None:
            self.socket.pause_writing()

    def resume_writing(self) -> None:
        self.writing_paused = False
        self.host.unsent.remove(self)
        if self.socket is not None:
            self.socket.resume_writing()

    # What the wire asks for

    def pause_reading(self) -> None:
        if self.transport is not None and self.socket is not None:
            self.transport.pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        if self.transport is not None and self.socket is not None:
            self.transport.resume_reading()

    def count_ahead(self, size: int) -> None:
        pass  # one message at most waits here, and that has a limit

    def count_no_more(self) -> None:
        pass

    @property
    def unsent(self) -> int:
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    @property
    def unhandled(self) -> int:
        return 0 if self.socket is None else self.socket.partial

    def cut(self, reason: str) -> None:
        if self.socket is not None:
            self._loop.call_soon(self.socket.give_up, reason)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
