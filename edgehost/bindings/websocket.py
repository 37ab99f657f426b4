"""Host half of WebSocket. Twin: runtime_js/websockets/websocket.js, upgrade_websocket.js

A wire is one socket's connection, whoever carries it. Ready state lives in the realm, wire state in
the wire; this file joins the two by the socket's id, which the realm gives.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from edgehost.errors import BoundaryViolation, HostBug, OutboundError

Op = tuple[Callable[..., None], tuple[Any, ...]]  # what is called when the turn ends, and with what

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What the function answers an opening handshake with."""

    headers: str  # names and values, a line each
    idle_seconds: float  # of silence before the peer counts as gone; 0: never


FLAT = 512  # characters of a text that the realm may send on without a look at it: host.js
MOST_REASON = 123  # bytes of a close reason (RFC 6455, 5.5)
MOST_TEXTS = 128  # that cross together; as many answers wait in the realm: websocket.js


class Wire(Protocol):
    """One socket's connection."""

    texts: list[str]
    """Messages to be sent: whoever has one appends it. They go before what is asked for later."""

    buffered: int
    """Bytes of messages that the network has not taken yet."""

    def send_bytes(self, data: bytes) -> None:
        """Queues a message; it leaves with `flush`."""

    def close(self, code: int | None, reason: str) -> None:
        """Starts the closing handshake, after what was queued."""

    def flush(self) -> None:
        """Sends what the turn queued, in one write."""


class Listener(Protocol):
    """What a wire tells. The `on_...` calls of messages are followed by one `received`."""

    def on_open(self, extensions: str) -> None: ...
    def on_texts(self, texts: Sequence[str]) -> Sequence[str]:
        """Returns those that are left when others are to have their turn."""

    def on_bytes(self, data: bytes) -> None: ...
    def received(self) -> None: ...
    def on_error(self, message: str) -> None: ...
    def on_close(self, code: int, reason: str, was_clean: bool) -> None: ...


Start = Callable[[Listener], Wire]


class Attempt(Protocol):
    """To connect an outbound socket."""

    def abort(self, problem: str) -> None:
        """Gives it up, which fails it for that reason, now or soon."""


class Connecting(Protocol):
    """Hears of the outcome, once."""

    def on_connected(self, start: Start, protocol: str) -> None: ...
    def on_failed(self, problem: str) -> None: ...


# Invocation, URL, offered subprotocols, headers (a line each). Raises OutboundError.
Connect = Callable[[int, str, tuple[str, ...], str, Connecting], Attempt]


class WebSockets:
    """The open sockets of one isolate."""

    def __init__(
        self,
        deliver: Callable[..., None],
        post: Callable[..., None],
        post_texts: Callable[..., Sequence[str]],
        apply: Callable[[], None],
        posted: Callable[[int, int], bytes],
        take: Callable[[int], Any],
        waiting: Callable[[], Sequence[Op]],
        *,
        connect: Connect | None = None,
        opened: Callable[[int], None],
        closed: Callable[[int], None],
    ) -> None:
        """take: the exchange of a request, which is then no longer HTTP's.

        waiting: the ops that the turn has not applied yet, in order.
        connect: begins an outbound socket.
        opened, closed: told of the request that became a socket.
        """
        self._deliver = deliver
        self.post = post
        self.post_texts = post_texts
        self.apply = apply
        self._posted = posted
        self._take = take
        self._waiting = waiting
        self._opened = opened
        self.closed = closed
        self._connect = connect
        self._wires: dict[int, Wire] = {}
        self._attempts: dict[int, Attempt] = {}  # of sockets that are being connected
        self.dirty: dict[Wire, None] = {}
        self._ending: tuple[int, str] | None = None  # every socket is closed so, also a new one
        self._unapplied = _Unapplied(self)
        self.ops: dict[str, Callable[..., None]] = {
            "socketAccept": self.accept,
            "socketConnect": self.connect,
            "socketText": self.send_text,
            "socketBytes": self.send_bytes,
            "socketPosted": self.send_posted,
            "socketClose": self.close,
        }
        self.queries: dict[str, Callable[..., Any]] = {
            "socketKey": self.accept_key,
            "socketBuffered": self.buffered,
        }

    def __len__(self) -> int:
        return len(self._wires) + len(self._attempts)

    # Queries

    @staticmethod
    def accept_key(key: str) -> str:
        """Sec-WebSocket-Accept for a Sec-WebSocket-Key."""
        digest = hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()
        return base64.b64encode(digest).decode()

    def buffered(self, socket: int) -> int:
        wire = self._wires.get(socket)
        return 0 if wire is None else wire.buffered + self._unapplied.size(socket, self._waiting())

    # Ops

    def accept(self, request: int, socket: int, headers: str, idle_seconds: float) -> None:
        if socket in self._wires:
            raise BoundaryViolation(f"socket {socket} was opened already")
        exchange = self._take(request)
        if exchange is None:  # the client left meanwhile
            self._deliver(
                "socketError", socket, "the client left before the handshake was complete"
            )
            self._deliver("socketClosed", socket, 1006, "", False)
            return
        upgrade = Upgrade(headers, idle_seconds)
        try:
            self._wires[socket] = exchange.upgrade(upgrade, _Events(self, socket, request))
        except BoundaryViolation as error:
            exchange.fail(500, error)
            raise
        self._opened(request)
        if self._ending is not None:
            self.close(socket, *self._ending)

    def connect(self, socket: int, invocation: int, url: str, protocols: str, headers: str) -> None:
        """An outbound socket. protocols: with commas between. headers: names and values, a line each."""
        if socket in self._wires or socket in self._attempts:
            raise BoundaryViolation(f"socket {socket} was opened already")
        assert self._connect is not None
        self._opened(invocation)
        attempt = _Attempt(self, socket, invocation)
        offered = tuple(protocols.split(",")) if protocols else ()
        try:
            self._attempts[socket] = self._connect(invocation, url, offered, headers, attempt)
        except OutboundError as error:
            self.not_connected(socket, invocation, error.message)
            return
        if self._ending is not None:
            self.close(socket, *self._ending)

    def connected(self, socket: int, invocation: int, start: Start, protocol: str) -> None:
        if self._attempts.pop(socket, None) is None:
            return
        self._deliver("socketAgreed", socket, protocol)
        self._wires[socket] = start(_Events(self, socket, invocation))
        if self._ending is not None:
            self.close(socket, *self._ending)

    def not_connected(self, socket: int, invocation: int, problem: str) -> None:
        self._attempts.pop(socket, None)
        self._deliver("socketError", socket, problem)
        self._deliver("socketClosed", socket, 1006, "", False)
        self.closed(invocation)

    def send_text(self, socket: int, text: str) -> None:
        if (wire := self._wires.get(socket)) is not None:
            wire.texts.append(text)
            self.dirty[wire] = None

    def receive_texts(self, socket: int, texts: Sequence[str]) -> Sequence[str]:
        """Messages to the realm. Short answers come back as the handlers' result.

        Returns those that are left when others are to have their turn.
        """
        if len(texts) > MOST_TEXTS:
            first, rest = texts[:MOST_TEXTS], texts[MOST_TEXTS:]
            return [*self.receive_texts(socket, first), *rest]
        wire = self._wires[socket]
        self.dirty[wire] = None
        joined = "".join(texts)
        size = len(joined)
        are_plain = "\0" not in joined and (size <= FLAT or max(map(len, texts)) <= FLAT)
        return self.post_texts(socket, are_plain, texts, size, wire.texts)

    def send_bytes(self, socket: int, data: bytes) -> None:
        if (wire := self._wires.get(socket)) is not None:
            wire.send_bytes(data)
            self.dirty[wire] = None

    def send_posted(self, socket: int, at: int, length: int) -> None:
        self.send_bytes(socket, self._posted(at, length))

    def close(self, socket: int, code: int | None, reason: str) -> None:
        if len(reason.encode()) > MOST_REASON:
            raise BoundaryViolation(f"a close frame has no room for {len(reason)} characters")
        if (wire := self._wires.get(socket)) is not None:
            wire.close(code, reason)
            self.dirty[wire] = None
        elif (attempt := self._attempts.get(socket)) is not None:
            attempt.abort("the socket was closed before it was open")

    def flush(self) -> None:
        """Sends what the turn's ops queued: one write for each socket."""
        while self.dirty:
            self.dirty.popitem()[0].flush()

    def close_all(self, code: int, reason: str) -> None:
        """Starts the closing handshake of every socket, also of those that are still to come."""
        self._ending = (code, reason)
        for socket in [*self._wires, *self._attempts]:
            self.close(socket, code, reason)
        self.flush()

    def abandon(self) -> None:
        """The realm hears nothing more; what sockets there are come to their end without it."""
        self._deliver = self.post = self.apply = _nothing
        self.post_texts = _no_texts

    def forget(self, socket: int) -> None:
        wire = self._wires.pop(socket, None)
        if wire is None:
            raise HostBug(f"socket {socket} closed twice")
        self.dirty.pop(wire, None)


class _Attempt:
    """Hears of what became of connecting an outbound socket."""

    __slots__ = ("_invocation", "_socket", "_sockets")

    def __init__(self, sockets: WebSockets, socket: int, invocation: int) -> None:
        self._sockets = sockets
        self._socket = socket
        self._invocation = invocation

    def on_connected(self, start: Start, protocol: str) -> None:
        self._sockets.connected(self._socket, self._invocation, start, protocol)

    def on_failed(self, problem: str) -> None:
        self._sockets.not_connected(self._socket, self._invocation, problem)


def _nothing(*_: Any) -> None:
    pass


def _no_texts(*_: Any) -> Sequence[str]:
    return ()


class _Unapplied:
    """Counts what waiting ops will send, for each socket; looks at no op twice."""

    def __init__(self, sockets: WebSockets) -> None:
        self._text = sockets.send_text
        self._bytes = (sockets.send_bytes, sockets.send_posted)
        self._first: Op | None = None  # of the ops that were counted: a new list has another
        self._count = 0
        self._sizes: dict[int, int] = {}

    def size(self, socket: int, ops: Sequence[Op]) -> int:
        """In bytes."""
        if not ops:
            return 0
        if ops[0] is not self._first:
            self._first, self._count, self._sizes = ops[0], 0, {}
        for function, arguments in ops[self._count :]:
            if (size := self._size(function, arguments)) is not None:
                self._sizes[arguments[0]] = self._sizes.get(arguments[0], 0) + size
        self._count = len(ops)
        return self._sizes.get(socket, 0)

    def _size(self, function: Callable[..., None], arguments: tuple[Any, ...]) -> int | None:
        if function == self._text:
            text = arguments[1]
            return len(text) if text.isascii() else len(text.encode())
        if function in self._bytes:
            return arguments[2] if len(arguments) == 3 else len(arguments[1])
        return None


class _Events:
    """Turns what a wire tells into events of the realm."""

    __slots__ = ("_request", "_socket", "_sockets", "on_bytes", "received")

    def __init__(self, sockets: WebSockets, socket: int, request: int) -> None:
        self._sockets = sockets
        self._socket = socket
        self._request = request
        self.received = sockets.apply
        self.on_bytes = partial(sockets.post, "socketBytes", socket)

    def on_texts(self, texts: Sequence[str]) -> Sequence[str]:
        # They came out of a UTF-8 decoder, so they cross as they are.
        return self._sockets.receive_texts(self._socket, texts)

    def on_open(self, extensions: str) -> None:
        self._sockets._deliver("socketOpen", self._socket, extensions)

    def on_error(self, message: str) -> None:
        self._sockets._deliver("socketError", self._socket, message)

    def on_close(self, code: int, reason: str, was_clean: bool) -> None:
        self._sockets.forget(self._socket)
        self._sockets._deliver("socketClosed", self._socket, code, reason, was_clean)
        self._sockets.closed(self._request)
