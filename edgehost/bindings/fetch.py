"""Host half of fetch: requests of the function's. Twin: runtime_js/fetch/http_fetch.js

The realm gives each an id below 0, under which its response's body is read as those of inbound requests are:
bindings/http.py.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from edgehost.errors import OutboundError, PeerError

# What is not true of a body that was decoded.
_OF_THE_ENCODED = frozenset({b"content-encoding", b"content-length"})


NO_CONTENT = 205  # has no body in Fetch, whatever came
FETCH_BYTES = 4096  # that one takes beside its body


class Body(Protocol):
    """The body of a response, which begins to arrive with its head."""

    held: int  # bytes that have arrived and nobody has taken

    def body_now(self) -> bytes | None: ...
    def begin_read(self) -> None: ...
    def end_read(self) -> None: ...
    def when_body(self, arrived: Callable[[], None]) -> bool: ...
    def body_problem(self) -> str: ...
    async def read_chunk(self) -> bytes: ...


class Head(Protocol):
    """What is known of a response before its body. headers: names and values as they came."""

    status: int
    reason: str
    headers: Sequence[tuple[bytes, bytes]]
    body: Any  # Body, or None where there is none


class Call(Protocol):
    """A request that is on its way."""

    def write(self, data: bytes) -> None:
        """A piece of its body."""

    def end(self) -> None:
        """The body is complete."""

    async def drain(self) -> None:
        """Returns when the backend takes more."""

    def abort(self) -> None:
        """Nobody waits for the answer any more."""


class Answered(Protocol):
    """Hears of one head or of one failure."""

    def on_head(self, head: Any) -> None: ...
    def on_error(self, error: OutboundError) -> None: ...


# Invocation, method, URL, headers (a line each), body, whether it follows in pieces. Raises BoundaryViolation, and
# OutboundError where nothing is sent.
Begin = Callable[[int, str, str, str, bytes | None, bool, Answered], Call]


class Fetches:
    """Those of one isolate."""

    def __init__(
        self,
        begin: Begin,
        deliver: Callable[..., None],
        posted: Callable[[int, int], bytes],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        bodies: dict[int, Any],
    ) -> None:
        """begin: sends a request.
        deliver: for what may happen to many at once; others have their turn in between.
        bodies: where those are that the function may read, by id.
        """
        self._begin = begin
        self._deliver = deliver
        self._posted = posted
        self._spawn = spawn
        self._bodies = bodies
        self._waiting: dict[int, Call] = {}  # for their heads
        self._sending: dict[int, Call] = {}  # pieces of their bodies
        self.ops: dict[str, Callable[..., None]] = {
            "fetch": self.fetch,
            "fetchChunk": self.chunk,
            "fetchPosted": self.chunk_posted,
            "fetchFlush": self.flush,
            "fetchEnd": self.end,
            "fetchAbort": self.abort,
        }

    def __len__(self) -> int:
        """How many the function waits for."""
        return len(self._waiting)

    @property
    def host_bytes(self) -> int:
        """What they and the bodies that nobody has read yet take here, about."""
        bodies = [body.held for fetch, body in self._bodies.items() if fetch < 0]
        return int(sum(bodies)) + FETCH_BYTES * (len(bodies) + len(self._waiting))

    def fetch(
        self,
        fetch: int,
        invocation: int,
        method: str,
        url: str,
        headers: str,
        body: bytes | str | None,
        is_streamed: bool,
        source: int,
    ) -> None:
        """source: the id of the body that is sent on as it arrives; 0 for none."""
        try:
            data = body.encode() if isinstance(body, str) else body
            streams = is_streamed or source != 0
            call = self._begin(
                invocation, method, url, headers, data, streams, _Outcome(self, fetch)
            )
        except OutboundError as error:
            self._fail(fetch, error)
            return
        self._waiting[fetch] = call
        if is_streamed:
            self._sending[fetch] = call
        elif source:
            self._spawn(self._send_on(call, self._bodies.pop(source, None)))

    async def _send_on(self, call: Call, body: Body | None) -> None:
        """A body that the function does not look at."""
        if body is None:
            call.abort()
            return
        body.begin_read()
        try:
            while chunk := await body.read_chunk():
                call.write(chunk)
                await call.drain()
            call.end()
        except PeerError:
            call.abort()
        finally:
            body.end_read()

    def _fail(self, fetch: int, error: OutboundError) -> None:
        self._waiting.pop(fetch, None)
        self._sending.pop(fetch, None)
        self._deliver("fetchFailed", fetch, error.kind, error.host, error.message)

    def failed(self, fetch: int, error: OutboundError) -> None:
        if fetch in self._waiting:
            self._fail(fetch, error)

    def answered(self, fetch: int, head: Head) -> None:
        if self._waiting.pop(fetch, None) is None:
            return
        body = head.body
        if head.status == NO_CONTENT and body is not None:
            body.end_read()
            body = None
        if body is not None:
            self._bodies[fetch] = body
        fields = [(name.lower(), value) for name, value in head.headers]
        if head.body is not None and head.body.decoder is not None:  # as in Deno
            fields = [field for field in fields if field[0] not in _OF_THE_ENCODED]
        lines = b"\n".join([part for field in fields for part in field])
        self._deliver(
            "fetchHead",
            fetch,
            head.status,
            head.reason,
            lines.decode("latin-1"),
            body is not None,
        )

    # Bodies that the function streams

    def chunk(self, fetch: int, data: bytes) -> None:
        if (call := self._sending.get(fetch)) is not None:
            call.write(data)

    def chunk_posted(self, fetch: int, at: int, length: int) -> None:
        self.chunk(fetch, self._posted(at, length))

    def flush(self, fetch: int) -> None:
        if (call := self._sending.get(fetch)) is not None:
            self._spawn(self._drain(fetch, call))

    async def _drain(self, fetch: int, call: Call) -> None:
        await call.drain()
        self._deliver("fetchDrained", fetch)

    def end(self, fetch: int) -> None:
        if (call := self._sending.pop(fetch, None)) is not None:
            call.end()

    def abort(self, fetch: int) -> None:
        """Nobody wants the answer, or the rest of its body."""
        call = self._sending.pop(fetch, None)
        call = self._waiting.pop(fetch, call)
        if call is not None:
            call.abort()
        if (body := self._bodies.pop(fetch, None)) is not None:
            body.end_read()

    def close(self) -> None:
        """Gives up all of them; nothing is delivered any more."""
        unread = [fetch for fetch in self._bodies if fetch < 0]
        for fetch in [*self._waiting, *self._sending, *unread]:
            self.abort(fetch)


class _Outcome:
    """Whom a request's answer is told to."""

    __slots__ = ("_fetch", "_fetches")

    def __init__(self, fetches: Fetches, fetch: int) -> None:
        self._fetches = fetches
        self._fetch = fetch

    def on_head(self, head: Head) -> None:
        self._fetches.answered(self._fetch, head)

    def on_error(self, error: OutboundError) -> None:
        self._fetches.failed(self._fetch, error)
