"""Host half of requests and responses. Twin: runtime_js/function/http.js, inbound_body.js

An exchange is one request with its response, whoever carries it: a connection, a test, a command.
This file owns which exchanges are open; the exchange owns the wire.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from edgehost.errors import BoundaryViolation, FunctionError, PeerError, ScriptError

Deliver = Callable[..., None]
Spawn = Callable[[Coroutine[Any, Any, None]], object]

NO_ROOM = "the body needs more memory than the function may have (memory_mb)"
DECODED_HERE = 1024 * 1024  # bytes of a body that is wanted as text
BODILESS = frozenset({"GET", "HEAD"})  # have no body that a function could read


class Body(Protocol):
    """What arrives of a request, or of a response that was fetched."""

    def body_now(self) -> bytes | None:
        """The whole body, if it has arrived."""

    def begin_read(self) -> None:
        """The function is going to read it, before its response has left or after."""

    def end_read(self) -> None:
        """It has read it all, or reads no more of it."""

    def when_body(self, arrived: Callable[[], None]) -> bool:
        """Calls back when the body is whole or never will be; False: it must be read in pieces."""

    def body_problem(self) -> str:
        """Why it will not."""

    async def read_chunk(self) -> bytes:
        """What has arrived of the body, b"" at its end.

        Raises PeerError when it does not arrive, or is too large.
        """


class Exchange(Body, Protocol):
    """What carries one request and its response."""

    id: int  # the worker's
    method: str

    def url(self) -> str:
        """The request's URL, serialised as the URL standard does."""

    def headers(self) -> str:
        """Lower-case names and values in their order, a line each."""

    def respond(self, status: int, reason: str, headers: str, body: bytes | None) -> None:
        """A whole response. `headers` as in `headers()`. Raises BoundaryViolation, and answers nothing then."""

    def start(self, status: int, reason: str, headers: str) -> None:
        """The head of a response whose body follows in pieces. Raises as `respond` does."""

    def write(self, data: bytes) -> None:
        """A piece of the body; leaves with `flush`."""

    def end(self) -> None:
        """The body is complete; leaves with `flush`."""

    def flush(self) -> None:
        """Sends what the turn produced, in one write."""

    async def drain(self) -> None:
        """Returns when the client has taken what was sent, or is gone."""

    def fail(self, status: int, error: FunctionError) -> None:
        """Answers that the function failed, or breaks a response that has begun."""


class Http:
    """The open exchanges of one isolate."""

    def __init__(
        self,
        deliver: Deliver,
        deliver_soon: Deliver,
        posted: Callable[[int, int], bytes],
        spawn: Spawn,
        failed: Callable[[int, str, str, str, str], FunctionError],
        done: Callable[[int], None],
        has_room: Callable[[], bool],
    ) -> None:
        """deliver_soon: for what may happen to many at once; others have their turn in between.
        failed: logs an error of the function and returns it.
        done: the function has answered, or refused to; its invocation may go on.
        has_room: whether the function may have more memory, with `body_bytes` counted in.
        """
        self._deliver = deliver
        self._deliver_soon = deliver_soon
        self._posted = posted
        self._spawn = spawn
        self._failed = failed
        self._done = done
        self._has_room = has_room
        self.body_bytes = 0  # of bodies that are gathered for the function
        self._open: dict[int, Exchange] = {}  # by request id: not answered completely
        self.bodies: dict[int, Body] = {}  # the function may read these, or does
        self.dirty: dict[Exchange, None] = {}  # wrote in this turn, in order
        self.ops: dict[str, Callable[..., None]] = {
            "respond": self.respond,
            "respondStart": self.respond_start,
            "respondFrom": self.respond_from,
            "respondChunk": self.respond_chunk,
            "respondPosted": self.respond_posted,
            "respondFlush": self.respond_flush,
            "respondEnd": self.respond_end,
            "respondFailed": self.respond_failed,
            "readBody": self.read_body,
            "pullBody": self.pull_body,
            "cancelBody": self.end_body,
        }
        self._is_closed = False
        self.queries: dict[str, Callable[..., Any]] = {
            "bodyNow": self.body_now,
        }

    def open(self, request: int, exchange: Exchange) -> None:
        self._open[request] = exchange
        if exchange.method not in BODILESS:
            self.bodies[request] = exchange

    def take(self, request: int) -> Exchange | None:
        """Hands the exchange over to a socket: it is no longer HTTP's to answer."""
        return self._open.pop(request, None)

    def exchange(self, request: int) -> Exchange | None:
        """One that is not answered completely."""
        return self._open.get(request)

    def open_ids(self) -> list[int]:
        return list(self._open)

    def is_open(self, request: int) -> bool:
        """Whether its client still waits for it."""
        return request in self._open

    # Queries

    def body_now(self, request: int, as_text: bool) -> bytes | str | None:
        exchange = self.bodies.get(request)
        data = None if exchange is None else exchange.body_now()
        return None if data is None else _as(data, as_text)

    # Responses

    def respond(
        self,
        request: int,
        headers: str,
        body: bytes | str | None,
        status: int = 200,
        reason: str = "",
    ) -> None:
        """A whole response."""
        exchange = self._open.pop(request, None)
        if exchange is not None:
            data = body.encode() if type(body) is str else body
            try:
                exchange.respond(status, reason, headers, data)  # type: ignore[arg-type]
            except BoundaryViolation as error:
                exchange.fail(500, error)
                raise
        self._done(request)

    def respond_start(self, request: int, status: int, reason: str, headers: str) -> None:
        if (exchange := self._open.get(request)) is not None:
            try:
                exchange.start(status, reason, headers)
            except BoundaryViolation as error:
                self.fail(request, 500, error)
                raise
            self.dirty[exchange] = None

    def respond_from(
        self, request: int, status: int, reason: str, headers: str, source: int
    ) -> None:
        """A response whose body the function does not look at: it is sent on as it arrives.

        source: the body's id.
        """
        body, exchange = self.bodies.pop(source, None), self._open.get(request)
        whole = None if body is None else body.body_now()
        if exchange is None or body is None or whole is not None:
            if body is not None:
                body.end_read()
            self.respond(request, headers, whole, status, reason)
            return
        self.respond_start(request, status, reason, headers)
        if request in self._open:
            body.begin_read()
            self._spawn(self._send_on(request, exchange, body))
        else:
            body.end_read()

    async def _send_on(self, request: int, exchange: Exchange, body: Body) -> None:
        try:
            while data := await body.read_chunk():
                exchange.write(data)
                exchange.flush()
                await exchange.drain()
                if request not in self._open:
                    return  # the client left
        except PeerError as error:
            self.fail(request, 502, ScriptError("TypeError", str(error)))
        else:
            self.respond_end(request)
            self.flush()
        finally:
            body.end_read()
            self._done(request)

    def respond_posted(self, request: int, at: int, length: int) -> None:
        if (exchange := self._open.get(request)) is not None:
            exchange.write(self._posted(at, length))
            self.dirty[exchange] = None

    def respond_chunk(self, request: int, data: bytes) -> None:
        if (exchange := self._open.get(request)) is not None:
            exchange.write(data)
            self.dirty[exchange] = None

    def respond_end(self, request: int) -> None:
        if (exchange := self._open.pop(request, None)) is not None:
            exchange.end()
            self.dirty[exchange] = None
        self._done(request)

    def respond_flush(self, request: int) -> None:
        if (exchange := self._open.get(request)) is not None:
            exchange.flush()
            self._spawn(self._drain(request, exchange))

    async def _drain(self, request: int, exchange: Exchange) -> None:
        await exchange.drain()
        self._deliver_soon("drained", request)

    def respond_failed(self, request: int, name: str, message: str, stack: str, shown: str) -> None:
        self.fail(request, 500, self._failed(request, name, message, stack, shown))
        self._done(request)

    def fail(self, request: int, status: int, error: FunctionError) -> None:
        """Ends an exchange for the function's fault. An answered one stays as it is."""
        if (exchange := self._open.pop(request, None)) is not None:
            self.dirty.pop(exchange, None)
            exchange.fail(status, error)

    def flush(self) -> None:
        """Sends what the turn's ops produced: one write for each exchange."""
        while self.dirty:
            self.dirty.popitem()[0].flush()

    def gone(self, request: int) -> None:
        """The client left before its response was complete."""
        if self._open.pop(request, None) is not None:
            self._deliver_soon("disconnect", request)

    # Bodies of requests

    def read_body(self, request: int, as_text: bool) -> None:
        def arrived() -> None:
            if self._is_closed:
                return
            assert exchange is not None
            self.end_body(request)
            data = exchange.body_now()
            if data is None:
                self._deliver("bodyError", request, exchange.body_problem())
            else:
                self._deliver("body", request, _as(data, as_text))

        async def read(exchange: Body) -> None:
            pieces: list[bytes] = []
            size = 0
            try:
                while piece := await exchange.read_chunk():
                    pieces.append(piece)
                    size += len(piece)
                    self.body_bytes += len(piece)
                    if not self._has_room():
                        raise PeerError(NO_ROOM)
            finally:
                self.body_bytes -= size
            self.end_body(request)
            is_short = as_text and size <= DECODED_HERE
            self._deliver_soon("body", request, _as(b"".join(pieces), True) if is_short else pieces)

        exchange = self._begin_body(request)
        if exchange is not None and not exchange.when_body(arrived):
            self._spawn(self._guarded(request, read, exchange))

    def pull_body(self, request: int) -> None:
        async def pull(exchange: Body) -> None:
            chunk = await exchange.read_chunk()
            if chunk:
                self._deliver_soon("bodyChunk", request, chunk)
            else:
                self.end_body(request)
                self._deliver_soon("bodyEnd", request)

        exchange = self._begin_body(request)
        if exchange is not None:
            self._spawn(self._guarded(request, pull, exchange))

    def _begin_body(self, request: int) -> Body | None:
        """The exchange whose body is read."""
        exchange = self.bodies.get(request)
        if exchange is None:
            self._deliver("bodyError", request, "the request is over")
        else:
            exchange.begin_read()
        return exchange

    async def _guarded(
        self, request: int, read: Callable[[Body], Awaitable[None]], exchange: Body
    ) -> None:
        try:
            await read(exchange)
        except PeerError as error:
            self.end_body(request)
            self._deliver_soon("bodyError", request, str(error))

    def end_body(self, request: int) -> None:
        """The function reads no more of this body: it has it all, or wants or may have no more."""
        if (exchange := self.bodies.pop(request, None)) is not None:
            exchange.end_read()

    def close(self) -> None:
        """From now on nothing is delivered."""
        self._is_closed = True


def _as(data: bytes, as_text: bool) -> bytes | str:
    """ "UTF-8 decode" of https://encoding.spec.whatwg.org/: malformed bytes replaced, no byte order mark.

    What is long stays bytes: the realm decodes it, in a turn, which has a limit.
    """
    if not as_text or len(data) > DECODED_HERE:
        return data
    return data.decode("utf-8", "replace").removeprefix("\ufeff")
