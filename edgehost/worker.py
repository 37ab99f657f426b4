"""One isolate with its bindings and its invocations, from its making to its end.

The worker is the only one that enters the isolate. Events come in through `deliver`, which runs a
turn and hands the turn's ops to the bindings; an event that a binding sends while ops are being
applied waits for its own turn. Many turns may be joined (`post` several, then `apply` once), so
that all output of what arrived together leaves together.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from itertools import chain, count
from typing import Any

from edgehost.bindings import stateless_queries
from edgehost.bindings.console import Console
from edgehost.bindings.fetch import Answered, Call, Fetches
from edgehost.bindings.http import Exchange, Http
from edgehost.bindings.task_queue import TaskQueue
from edgehost.bindings.timers import Timers
from edgehost.bindings.websocket import Attempt, Connecting, WebSockets
from edgehost.client.client import OWN_ADDRESS, Client
from edgehost.config import FunctionConfig
from edgehost.cpu_times import CpuTimes
from edgehost.engine.callables import Op
from edgehost.engine.crossing import LARGE
from edgehost.engine.isolate import Isolate
from edgehost.engine.measured import MeasuredIsolate
from edgehost.errors import (
    BoundaryViolation,
    EdgehostError,
    FunctionError,
    FunctionLoadError,
    LimitExceeded,
    NoRoom,
    OutboundError,
    ScriptError,
    WallLimitExceeded,
)
from edgehost.pace import Pace
from edgehost.request_names import Name, RequestNames

LAST_SECONDS = 1.0  # for what a function does when the server stops it


def invocation_ids() -> Iterator[Any]:
    """1, 2, 3, ...: integers while the engine passes them as such, then floats that are exact."""
    return chain(range(1, 2**31), count(2.0**31))


def _status_of(error: FunctionError) -> int:
    """What a client is told whose invocation was stopped."""
    if isinstance(error, WallLimitExceeded):
        return 504
    return 503 if isinstance(error, LimitExceeded) else 500


class Worker:
    """An isolate at work."""

    def __init__(
        self,
        config: FunctionConfig,
        console: Console,
        retired: Callable[[Worker], None],
        when_long: Callable[[], None] = lambda: None,
        when_stuck: Callable[[str], None] = lambda text: None,
        pace: Pace | None = None,
        client: Client | None = None,
        *,
        measures_cpu: bool = False,
        ids: Iterator[Any] | None = None,
    ) -> None:
        """retired: told when this worker can take no more work.
        when_long: told during a turn that takes long; must not lead into a turn.
        when_stuck: told from another thread that a call of the engine does not come back, and in which
            request; the engine cannot be asked to end it.
        pace: of the event loop, where others run turns on it too.
        client: what its requests go through, where others use it too.
        measures_cpu: each turn, for `cpu_seconds`.
        ids: of invocations, where other workers take from them too.
        """
        self.config = config
        self.console = console
        self.faults = 0  # errors that nobody in the function caught, and limits that it exceeded
        if console.request_of is None:
            console.request_of = self.request_of
        self._retired = retired
        self._when_stuck = when_stuck
        self._loop = asyncio.get_running_loop()
        self.pace = pace or Pace(self._loop.call_soon)
        self._ids = ids or invocation_ids()
        self._names = RequestNames()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: deque[tuple[str, tuple[Any, ...]]] = deque()  # events for the next turns
        self._applying = False
        self._taken: Iterator[Op] | None = None  # what is being applied
        self._has_put_off = False  # `_waiting` waits for others to have their turn
        self._invocations: dict[int, float] = {}  # id to its wall-clock deadline, oldest first
        self._extended: dict[int, int] = {}  # id to how many promises of waitUntil are pending
        # Of these, those whose response is complete, or goes to nobody.
        self._answered: set[int] = set()
        self._socket_host: Any = None  # what outbound sockets share, once there is one
        self._subrequests: dict[int, int] = {}  # by invocation, while it is open
        self._spent = CpuTimes(config.limits.invocation_cpu_ms, self._warn_of_cpu_time)
        self._sweep: asyncio.Handle | None = None
        self._client = Client(config.network) if client is None else client
        self._owns_client = client is None
        self._loading: asyncio.Future[None] = self._loop.create_future()
        self._is_script = False
        self._idle: asyncio.Future[None] | None = None
        self.http = Http(
            self.deliver,
            self.deliver_soon,
            self._posted,
            self._spawn,
            self._failed,
            self._done,
            self._has_room,
        )
        self.sockets = WebSockets(
            self.deliver,
            self.post,
            self.post_texts,
            self.apply,
            self._posted,
            self.http.take,
            lambda: self.isolate.peek_ops(),
            connect=self._connect_socket,
            opened=self._names.keep,
            closed=self._names.let_go,
        )
        # Not at once, because uvloop runs what is due before what was to be called soon: the output of
        # earlier turns would wait behind JavaScript.
        self.fetches = Fetches(
            self._begin_fetch,
            self.deliver_soon,
            self._posted,
            self._spawn,
            self.http.bodies,
        )
        self.timers = Timers(
            time=self._loop.time,
            call_at=lambda due, run: self._loop.call_at(due, self.pace.later, run),
            deliver=lambda timer: self.deliver("timer", timer),
            pace=self.pace,
        )
        self.task_queue = TaskQueue(pace=self.pace, deliver=lambda: self.deliver("task"))
        self.isolate = (MeasuredIsolate if measures_cpu else Isolate)(
            config.limits,
            ops={
                **self.http.ops,
                **self.sockets.ops,
                **self.fetches.ops,
                **self.timers.ops,
                **self.task_queue.ops,
                **console.ops,
                "invocationExtended": self._extend,
                "invocationDone": self._settled,
                "invocationAnswered": self._done,
                "uncaught": self._uncaught,
                "loaded": self._loaded,
                "loadFailed": self._load_failed,
            },
            queries={
                **stateless_queries(lambda: self.isolate.check()),
                **console.queries,
                **self.http.queries,
                **self.sockets.queries,
            },
            allow_eval=config.allow_eval,
            esbuild=config.esbuild,
            production=config.production,
            when_long=when_long,
            host_bytes=self._host_bytes,
            charge=self._charge,
            stuck=self._stuck,
        )

    # Loading

    async def load(self) -> None:
        """Evaluates the function. Raises FunctionLoadError, LimitExceeded or ConfigError."""
        await self._evaluate("load", self.isolate.modules.entry(self.config.path))

    async def run(self, arguments: list[str]) -> None:
        """Evaluates a script that need not export anything, and waits until nothing is pending.

        The first uncaught error ends it. Raises as `load` does.
        """
        self._is_script = True
        await self._evaluate(
            "run", self.isolate.modules.entry(self.config.path), json.dumps(arguments)
        )
        while not self.faults and (
            self.timers.pending or self.task_queue.expected or self._has_work()
        ):
            await self._becomes_idle()

    async def _evaluate(self, event: str, *arguments: str) -> None:
        self.deliver("configure", json.dumps(self.config.env))
        self.deliver(event, *arguments)
        wall = self.config.limits.wall_ms / 1000 or None
        try:
            async with asyncio.timeout(wall):
                await self._settles()
        except TimeoutError:
            limit = self.config.limits.wall_ms
            raise WallLimitExceeded(
                f"the module's top-level await did not settle within the limit of {limit} ms (wall_ms)"
            ) from None

    async def _settles(self) -> None:
        """Returns when the entry module is evaluated, or its script has ended in an error."""
        while not self._loading.done():
            if self._is_script and self.faults:
                return
            if not (self.timers.pending or self.timers.background or self._has_work()):
                raise FunctionLoadError(
                    "Error", "the module's top-level await waits for something that cannot happen"
                )
            await self._becomes_idle()
        self._loading.result()

    def _has_work(self) -> bool:
        return bool(
            self.task_queue.pending
            or self._tasks
            or self._waiting
            or len(self.fetches)
            or len(self.sockets)
        )

    async def _becomes_idle(self) -> None:
        self._idle = self._loop.create_future()
        await self._idle

    def _apply_ops(self) -> None:
        """What is being applied already comes first."""
        taken = self._taken
        if taken is None:
            self._taken = taken = iter(self.isolate.take_ops())
        for function, arguments in taken:
            try:
                function(*arguments)
            except EdgehostError as error:
                self._turn_failed(error)
            except Exception as error:  # the ops behind it are others' as well
                self.console.bug(error)
        self._taken = None

    def _wake(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _loaded(self) -> None:
        if not self._loading.done():
            self._loading.set_result(None)

    def _load_failed(self, name: str, message: str, trace: str, shown: str) -> None:
        if self._loading.done():
            return
        if self.isolate.ran_out_of_memory(name, message):
            self._loading.set_exception(self.isolate.memory_exceeded(*self.locate(trace)))
        else:
            self._loading.set_exception(FunctionLoadError(name, message, *self.locate(trace)))

    def _stop_loading(self, error: FunctionError) -> None:
        for op, arguments in self.isolate.peek_ops():
            if op == self._load_failed:  # it knows where
                error.frames, error.excerpt = self.locate(arguments[2])
        self._loading.set_exception(error)

    def locate(self, trace: str) -> tuple[tuple[Any, ...], str]:
        """The user's frames of a JavaScript stack, and the source line of the innermost."""
        return self.isolate.modules.place(trace)

    def request_of(self, invocation: int) -> Name | None:
        """The method and the URL of the request that an invocation began with, if it is not long ago."""
        exchange = self.http.exchange(invocation)
        return (exchange.method, exchange.url()) if exchange else self._names.find(invocation)

    # Turns

    def deliver(self, event: str, *arguments: Any) -> None:
        """One event, one turn, and everything the function asked for in it."""
        if self._applying:
            self._waiting.append((event, arguments))
            return
        self.post(event, *arguments)
        self.apply()

    def post(self, event: str, *arguments: Any) -> None:
        """One event without what it asks for: `apply` must follow before control leaves."""
        try:
            self.isolate.deliver(event, *arguments)
        except NoRoom as error:
            self._not_delivered(event, arguments[0], error)
        except EdgehostError as error:
            self._turn_failed(error)

    def _not_delivered(self, event: str, to: int, error: NoRoom) -> None:
        """The heap has no room for what came: it is refused where it came from, and nobody else is hurt."""
        self._count_fault()
        self.console.fault(error)
        if event in ("body", "bodyChunk"):
            self._waiting.append(("bodyError", (to, error.message)))
        elif event == "socketBytes":
            self.sockets.close(to, 1009, "")
        else:
            self._retire(error)

    def post_texts(
        self, socket: int, are_plain: bool, texts: Sequence[str], size: int, answers: list[str]
    ) -> Sequence[str]:
        """`post` for texts that came together, which cross as they are.

        are_plain: whether the realm may send each on as it is.
        size: characters of all.
        answers: takes what the handlers return.
        Returns those that are left when others are to have their turn.
        """
        if size > LARGE and not self.isolate.has_room(size):
            self._not_delivered("socketBytes", socket, self.isolate.no_room())
            return ()
        for _ in range(len(texts)):  # a failure ends the turn of one text
            try:
                left = self.isolate.deliver_texts(
                    socket, (are_plain, *texts), answers, self._apply_ops, self.pace.end()
                )
            except EdgehostError as error:
                self._turn_failed(error)
                left = 0 if self.isolate.retired else self.isolate.put_off_texts()
            if not left:
                return ()
            texts = texts[len(texts) - left :]
            if self.pace.is_over():
                break
        return texts

    def apply(self) -> None:
        """Does what the last turns asked for, and sends each connection's output in one write."""
        if self._applying:
            return
        self._applying = True
        try:
            self._apply_ops()
            while self._waiting and not self._has_put_off:
                event, arguments = self._waiting.popleft()
                self.post(event, *arguments)
                self._apply_ops()
                if self._waiting and self.pace.is_over():
                    self._put_off()
        finally:
            self._applying = False
        if self.http.dirty:
            self.http.flush()
        if self.sockets.dirty:
            self.sockets.flush()
        if self._idle is not None:
            self._wake()

    def deliver_soon(self, event: str, *arguments: Any) -> None:
        """`deliver` for what may happen to many at once: others have their turn in between."""
        if self._waiting or self._applying or self.pace.is_over():
            self._waiting.append((event, arguments))
            if not self._applying:
                self._put_off()
        else:
            self.deliver(event, *arguments)

    @property
    def is_behind(self) -> bool:
        """Whether events wait for their turn."""
        return bool(self._waiting)

    def _put_off(self) -> None:
        self._has_put_off = True
        self.pace.later(self._go_on)

    def _go_on(self) -> None:
        self._has_put_off = False
        self.apply()

    def _posted(self, at: int, length: int) -> bytes:
        return self.isolate.posted(at, length)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._reap)
        return task

    def _reap(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.console.bug(error)
        self._wake()

    # Invocations

    def begin(self, exchange: Exchange) -> int:
        """Starts the invocation of one request, and returns its id."""
        url, headers = exchange.url(), exchange.headers()
        request: int = next(self._ids)
        exchange.id = request
        self._names.note((request, exchange.method, url))
        self.http.open(request, exchange)
        wall = self.config.limits.wall_ms
        if wall:
            deadline = self._loop.time() + wall / 1000
            self._invocations[request] = deadline
            if self._sweep is None:
                self._sweep = self._loop.call_at(deadline, self._check_deadlines)
        else:
            self._invocations[request] = 0.0
        is_plain = headers.isascii() and len(headers) + len(url) < LARGE
        deliver = self.isolate.deliver_plain if is_plain else self.isolate.deliver
        try:
            deliver("request", request, exchange.method, url, headers)
        except EdgehostError as error:
            self._begin_failed(request, error)
        self.apply()
        return request

    def _begin_failed(self, request: int, error: EdgehostError) -> None:
        self._turn_failed(error)
        if not isinstance(error, (LimitExceeded, BoundaryViolation)):
            # The runtime could not even report it.
            self._ended(request)
            told = (
                error
                if isinstance(error, FunctionError)
                else ScriptError("Error", "internal error")
            )
            self.http.fail(request, 500, told)

    @property
    def busy(self) -> bool:
        """Whether an invocation is under way."""
        return bool(self._invocations)

    def _extend(self, request: int) -> None:
        """The invocation waits for one thing more (waitUntil)."""
        if request in self._invocations:
            if request not in self._extended:
                self._names.keep(request)
            self._extended[request] = self._extended.get(request, 0) + 1

    def _settled(self, request: int) -> None:
        """One of these is settled."""
        left = self._extended.pop(request, 0) - 1
        if left > 0:
            self._extended[request] = left
            return
        if left == 0:
            self._names.let_go(request)
        if request in self._answered:
            self._ended(request)

    def _done(self, request: int) -> None:
        """The response is complete, or goes to nobody."""
        if self._extended and request in self._extended:
            self._answered.add(request)
        else:
            self._ended(request)

    def _ended(self, request: int) -> None:
        self._invocations.pop(request, None)
        if self._extended or self._answered:
            if self._extended.pop(request, 0):
                self._names.let_go(request)
            self._answered.discard(request)
        if self.http.bodies:
            self.http.end_body(request)
        if self._subrequests:
            self._subrequests.pop(request, None)

    def _check_deadlines(self) -> None:
        self._sweep = None
        now = self._loop.time()
        for request, deadline in list(self._invocations.items()):
            if deadline > now:
                self._sweep = self._loop.call_at(deadline, self._check_deadlines)
                return
            self._expire(request)
            if self.pace.is_over():
                self._sweep = self._loop.call_soon(self._check_deadlines)
                return

    def _expire(self, request: int) -> None:
        if request not in self._invocations:
            return  # what expired before it has ended it
        limit = self.config.limits.wall_ms
        self._stop_invocation(
            request, 504, f"the invocation did not end within the limit of {limit} ms (wall_ms)"
        )
        self.deliver("disconnect", request)
        self.deliver("abandon", request)

    # What the engine tells in the middle of a turn

    def _host_bytes(self) -> int:
        return self.timers.bytes + self.http.body_bytes + self.fetches.host_bytes

    def _has_room(self) -> bool:
        return not self.isolate.is_memory_used_up()

    def _charge(self, invocation: int, seconds: float) -> bool:
        return self._spent.charge(invocation, seconds)

    def cpu_seconds(self, request: int, *, last: bool) -> float | None:
        """What the turns of a request have used; None where they are not measured.

        last: nobody will ask again.
        """
        if not isinstance(self.isolate, MeasuredIsolate):
            return None
        return self.isolate.take_seconds(request) if last else self.isolate.seconds(request)

    def _warn_of_cpu_time(self, invocation: int, text: str) -> None:
        self.console.record("warn", text, invocation)

    def _stuck(self, seconds: float) -> None:
        request = self.request_of(self.isolate.invocation)
        where = "" if request is None else f", in {' '.join(request)}"
        self._when_stuck(
            f"{self.config.name}: a call of the JavaScript engine has not come back for "
            f"{seconds:.1f} s{where}: nothing but the end of the process can stop it"
        )

    # Requests of the function

    def _begin_fetch(
        self,
        invocation: int,
        method: str,
        url: str,
        headers: str,
        body: bytes | None,
        is_streamed: bool,
        answered: Answered,
    ) -> Call:
        """Raises OutboundError when nothing may be sent."""
        exchange = self.http.exchange(invocation)
        if exchange is not None and self._client.mark in exchange.headers():
            raise OutboundError("loop", "", OWN_ADDRESS)
        if invocation in self._invocations:
            self._count_subrequest(invocation)
        name = self.request_of(invocation)
        of = "" if name is None else name[1]
        return self._client.begin(method, url, headers, body, is_streamed, answered, of)

    def _connect_socket(
        self,
        invocation: int,
        url: str,
        protocols: tuple[str, ...],
        headers: str,
        connecting: Connecting,
    ) -> Attempt:
        """Raises OutboundError when the invocation may ask for nothing more."""
        if invocation in self._invocations:
            self._count_subrequest(invocation)
        if self._socket_host is None:
            from edgehost.client.websocket import SocketHost

            self._socket_host = SocketHost(self.config.limits, self.pace, self.console)
        return self._client.connect(self._socket_host, url, protocols, headers, connecting)

    def _count_subrequest(self, invocation: int) -> None:
        count = self._subrequests[invocation] = self._subrequests.get(invocation, 0) + 1
        limit = self.config.limits.subrequests
        if 0 < limit < count:
            text = f"the invocation has sent as many requests as the limit of {limit} (subrequests)"
            raise OutboundError("limit", "", text)

    # Failures

    def _turn_failed(self, error: EdgehostError) -> None:
        if isinstance(error, (LimitExceeded, BoundaryViolation)):
            self._stopped(error)
            return
        self._count_fault()
        if isinstance(error, FunctionError):
            self.console.fault(error)
        else:
            self.console.bug(error)

    def _uncaught(
        self, kind: str, name: str, message: str, trace: str, shown: str, invocation: float = 0
    ) -> None:
        if self.isolate.was_stopped(name, message):
            return  # the limit was reported when the turn ended
        if self.isolate.ran_out_of_memory(name, message):
            self._stopped(self.isolate.memory_exceeded(*self.locate(trace)))
            return
        self._count_fault()
        self._log_uncaught(kind, name, message, trace, shown, invocation)

    def _log_uncaught(self, *error: Any) -> None:
        self.console.locate = self.locate  # it is that of the function's other workers too
        self.console.uncaught(*error)

    def _count_fault(self) -> None:
        self.faults += 1
        if self._is_script:
            self.timers.close()
            self.task_queue.close()

    def _failed(
        self, request: int, name: str, message: str, trace: str, shown: str
    ) -> FunctionError:
        """An error that a handler threw or rejected with."""
        error: FunctionError = ScriptError(name, message, *self.locate(trace))
        if self.isolate.was_stopped(name, message):
            self.http.fail(request, 503, error)
            return error  # the limit was reported when the turn ended
        if self.isolate.ran_out_of_memory(name, message):
            error = self.isolate.memory_exceeded(error.frames, error.excerpt)
            self.console.fault(error, request)
            self._ended(request)
            self.http.fail(request, 503, error)
            if self.isolate.retired:
                self._retire(error)
        else:
            self._log_uncaught("error", name, message, trace, shown, request)
        return error

    def _stopped(self, error: LimitExceeded | BoundaryViolation) -> None:
        """A turn was stopped: its invocation fails, the others go on unless the isolate cannot."""
        self._count_fault()
        if not self._loading.done():
            self._stop_loading(error)
            return
        request = self.isolate.invocation
        self.console.fault(error, request)
        self._ended(request)
        self.http.fail(request, _status_of(error), error)
        if self.isolate.retired:
            self._retire(error)
        else:
            self._waiting.append(("abandon", (request,)))

    def _retire(self, error: FunctionError) -> None:
        self.isolate.retired = True
        # What was asked for before is others' as well.
        self._apply_ops()
        self._apply_ops()
        self._waiting.clear()
        for request in self.http.open_ids():
            self._ended(request)
            self.http.fail(request, 503, error)
        self.sockets.close_all(1011, "the function was stopped")
        self.sockets.abandon()
        self._retired(self)

    # The end

    async def drain(
        self, grace: float | None, code: int = 1001, reason: str = "the server is stopping"
    ) -> None:
        """Closes every socket with `code` and waits up to `grace` seconds for what is in flight.

        None: as long as it takes.
        """
        self.sockets.close_all(code, reason)
        try:
            async with asyncio.timeout(grace):
                while any(map(self._is_awaited, self._invocations)) or len(self.sockets):
                    await self._becomes_idle()
        except TimeoutError:
            pass
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await self._stop_invocations()

    async def _stop_invocations(self) -> None:
        """Their clients are told, then the function: its streams are cancelled."""
        stopped = list(self._invocations)
        for request in stopped:
            self._stop_invocation(
                request, 503, "the server stopped before the invocation had ended"
            )
        for request in stopped:
            self.deliver_soon("abandon", request)
        while self._waiting:
            await self._becomes_idle()

    def _is_awaited(self, request: int) -> bool:
        """Whether anybody waits for an invocation: its client, or its waitUntil."""
        return request in self._extended or self.http.is_open(request)

    def _stop_invocation(self, request: int, status: int, reason: str) -> None:
        """Ends it before its time, which is an error if anybody waits for it."""
        if self._is_awaited(request):
            error = WallLimitExceeded(reason)
            self.console.fault(error, request)
            self.http.fail(request, status, error)
        self._ended(request)

    def close(self) -> None:
        """Drops the isolate. Open exchanges must have been ended before."""
        self.http.close()
        self.fetches.close()
        if self._owns_client:
            self._client.close()
        self.sockets.abandon()
        self._waiting.clear()
        if self._sweep is not None:
            self._sweep.cancel()
        for task in self._tasks:
            task.cancel()
        self.timers.close()
        self.task_queue.close()
        self.isolate.close()
