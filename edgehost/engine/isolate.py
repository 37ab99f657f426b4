"""One engine context: events in, ops out, queries answered in between, all within limits.

The rules of this file:
- It knows no asyncio and does no I/O. A turn is `deliver` (an event, then every job it caused),
  after which `take_ops` gives what the function wants done. Several deliveries may share one take.
- One thread uses an isolate, from its making to its close.
- Callables that JavaScript reaches never raise: an op only appends, a query returns `Failure`.
- What a turn uses is held against the limits by `meter.py`; the number of a turn is odd while it runs.
"""

from __future__ import annotations

import ctypes as c
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from edgehost.boundary import OPS, QUERIES
from edgehost.config import Limits
from edgehost.engine import bytecode, capi, peek, stack
from edgehost.engine.admission import Admission
from edgehost.engine.callables import CANNOT_CROSS, Op, op_of, query_of, settle
from edgehost.engine.crossing import Crossing, HeapFull, Value
from edgehost.engine.lazy import LazyModules
from edgehost.engine.meter import GIVE_WAY, HEAP_MARGIN, TEXTS_LEFT, Meter
from edgehost.engine.modules.module_map import META_RESOLVE, ModuleMap
from edgehost.engine.runtime_files import PREFIX
from edgehost.engine.watchdog import Watched, watchdog
from edgehost.errors import (
    BoundaryViolation,
    CpuLimitExceeded,
    Failure,
    Frame,
    FunctionError,
    HostBug,
    InvocationCpuLimitExceeded,
    LimitExceeded,
    MemoryLimitExceeded,
    NoRoom,
    ScriptError,
    WallLimitExceeded,
)

OUTBOX_SIZE = 64 * 1024  # bytes; as in runtime_js/boundary/host.js
LAST_PLACE = 2**32  # where the realm's count of places ends
OUTBOX_HEAD = 28  # bytes, before the contents. As words of 32 bits, beside those of `meter.py`:
FILLED, RUN_IS_OPEN, ANSWERS = 0, 1, 5  # and at 2 the invocation, a double
Charge = Callable[[int, float], bool]
BETWEEN_ANSWERS = "\x7f"  # as in runtime_js/websockets/websocket.js


class Isolate:
    """One realm with its heap, its limits and its modules."""

    def __init__(
        self,
        limits: Limits,
        *,
        ops: Mapping[str, Callable[..., None]],
        queries: Mapping[str, Callable[..., Any]],
        allow_eval: bool = False,
        esbuild: str = "",
        production: bool = True,
        when_long: Callable[[], None] = lambda: None,
        host_bytes: Callable[[], int] = lambda: 0,
        charge: Charge = lambda invocation, seconds: False,
        stuck: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """Starts the runtime.

        ops: by name, what the worker calls after the turn. A bytes or text argument that the
            binding cannot pass exactly comes wrapped from the realm, and is copied out at once.
        queries: by name, what answers during the turn; may raise Failure and nothing else.
        esbuild: the program that compiles TypeScript and JSX: a path, or a name on the PATH; "" for the
            project's own, or else the PATH's.
        production: whether packages shall take their code for production.
        when_long: told during a turn that takes long; must not come back to the isolate.
        host_bytes: what the host holds for the function, beside what is not done yet.
        charge: told of CPU time that an invocation used, in seconds; says whether it may use no more.
        stuck: told, from another thread, for how many seconds a call has not come back.
        """
        self.limits = limits
        self.modules = ModuleMap(esbuild, production)
        self.retired = False  # it may no longer be given new work
        self._ops: list[Op] = []
        self._bugs: list[BaseException] = []  # what a callable noted instead of raising it
        self._context = capi.quickjs.Context()
        self._ctx = capi.pointers(self._context)[1]
        self._job = self._context.execute_pending_job
        self._crossing = Crossing(self._context, self._context.eval("() => ({})"))
        self._failure = ""  # of the query that answered None last: "class\nmessage"
        self._outbox_head = memoryview(bytearray(OUTBOX_HEAD)).cast("I")
        self._invocation = c.c_double()  # as the realm says it in the outbox
        self._rejections = 0  # entries in the array below
        self._full_pages: list[bytes] = []  # of the outbox, since the last take
        self._taken_pages: list[bytes] = []  # that the ops taken last refer to
        self._meter = Meter(
            limits,
            capi.pointers(self._context),
            self._ops,
            host_bytes,
            lambda seconds: charge(self.invocation, seconds),
            when_long,
        )
        self._watched = Watched(self._meter, stuck)
        self._install_hooks()
        self._apply_limits()
        self._offer(ops, self._queries(queries))
        self._events: dict[str, Any] = {}
        try:
            self._boot(allow_eval)
        except capi.quickjs.JSException as error:  # no memory, in the main
            raise self._reason(error) from None
        if self._meter.is_heap_full():
            raise self.memory_exceeded((), "")
        watchdog.watch(self._watched)

    def _queries(self, queries: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
        """With those of the isolate itself."""
        lazy = LazyModules(
            capi.pointers(self._context)[0],
            self.limits.stack_kb,
            self._run_lazy_module,
            self._failed_lazily,
        )
        return {
            **queries,
            **peek.queries(self._context),
            "failure": self._take_failure,
            "evaluate": lazy.evaluate,
            "turnPage": self._turn_page,
            "originalStack": self.modules.original_stack,
            "linkPlace": self.modules.link_place,
            "clearMessage": self.modules.clear_message,
            "resolvePackage": self.modules.resolve_package,
        }

    def _offer(
        self, ops: Mapping[str, Callable[..., None]], queries: Mapping[str, Callable[..., Any]]
    ) -> None:
        """Puts on the global object what the runtime takes from there when it starts."""
        add, crossing, bugs = self._context.add_callable, self._crossing, self._bugs
        boxed = type(self._context.eval("({})"))
        for name, function in ops.items():
            rows = Admission(name, OPS[name], crossing, boxed)
            add(f"{PREFIX}op:{name}", op_of(function, rows, self._ops, self._meter, bugs))
        for name, function in queries.items():
            rows = Admission(name, QUERIES[name], crossing, boxed)
            add(f"{PREFIX}query:{name}", query_of(function, rows, crossing, self._fail, bugs))

    def _apply_limits(self) -> None:
        if self.limits.memory_mb:
            self._context.set_memory_limit(self._meter.heap_limit + HEAP_MARGIN)
        self._context.set_max_stack_size(self.limits.stack_kb * 1024)
        self._meter.postpone_collection()

    def _boot(self, allow_eval: bool) -> None:
        self._run_module(f'import "{PREFIX}main.js";')
        self._next_of_events = self._context.get(f"{PREFIX}nextOfEvents")
        self._take_events()
        self.modules.accessor = [self._events.pop(name) for name in META_RESOLVE]
        self._outbox = self._context.get(f"{PREFIX}outbox")
        self._outbox_address = self._crossing.address_of(self._outbox)
        head = (c.c_uint32 * (OUTBOX_HEAD // 4)).from_address(self._outbox_address)
        self._outbox_head = self._meter.outbox_head = memoryview(head).cast("B").cast("I")
        self._invocation = c.c_double.from_address(self._outbox_address + 8)
        self._events["sealed"](allow_eval)
        bytecode.save()

    def _take_events(self) -> None:
        """Learns the handlers of the events that the runtime's modules have declared."""
        while (name := self._next_of_events()) is not None:
            self._events[name] = self._next_of_events()

    def _run_module(self, source: str) -> None:
        """Starts a module graph from the host. A failure shows in the promise, as in the realm."""
        self.modules.host_import = True
        try:
            self._context.module(source)
        finally:
            self.modules.host_import = False

    def _run_lazy_module(self, source: str) -> None:
        rejections = self._rejections
        self._run_module(source)
        if self._rejections > rejections:
            self._failed_lazily()
        self._rejections = rejections  # the realm learns of a failure by what is not exported
        self._take_events()
        bytecode.save()

    # What JavaScript calls

    def check(self) -> None:
        """What takes long in a query asks now and then. Raises Failure when the turn has to stop."""
        if self._meter.question():
            raise Failure("InternalError", "interrupted")

    def _failed_lazily(self) -> None:
        """A part of the runtime is missing from now on, whatever the function makes of the error."""
        self.retired = True
        self._bugs.append(HeapFull())

    def _fail(self, js_class: str, message: str) -> None:
        self._failure = f"{js_class}\n{message}"

    def _take_failure(self) -> str:
        failure, self._failure = self._failure, ""
        return failure

    # Turns

    def deliver(self, event: str, *arguments: Value) -> None:
        """Hands an event to the realm and runs every job it causes.

        Raises LimitExceeded when the turn was stopped, and ScriptError for what the runtime could
        not report itself (out of memory, in the main). The isolate stays usable unless `retired`.
        Raises NoRoom, before anything ran, when the heap has no room for the arguments.
        """
        crossing, meter = self._crossing, self._meter
        meter.clock = None  # carrying may run code of the runtime
        try:
            if not all(map(crossing.is_plain, arguments)):
                arguments = tuple(map(crossing.carry, arguments))
                if meter.is_heap_full():
                    raise HeapFull
        except HeapFull:
            crossing.release()
            raise self.no_room() from None
        self.deliver_plain(event, *arguments)

    def deliver_plain(self, event: str, *arguments: Value) -> None:
        """`deliver` for arguments that are known to cross exactly as they are.

        These are 32-bit integers, floats, booleans, None, and text that came out of a decoder.
        """
        job, meter = self._job, self._meter
        meter.clock = None
        meter.turn += 1
        try:
            self._events[event](*arguments)
            while job():
                pass
            if self._rejections:
                self._report_rejections()
        except Exception as error:
            self._end_badly(error)
        if self._bugs or meter.tripped is not None:
            self._end_badly(None)
        meter.turn += 1
        if self._crossing.busy:
            self._crossing.release()

    def deliver_texts(
        self,
        socket: int,
        given: Sequence[Value],
        answers: list[str],
        apply: Callable[[], None],
        end: float,
    ) -> int:
        """`deliver_plain` for texts that came together to a socket, each a turn of its own.

        The realm handles them in a row, but comes back where jobs are to be run between two.

        given: whether the realm may send each on as it is, and the texts.
        answers: takes the texts that handlers return.
        apply: does what was asked for in the turns before.
        end: the wall time from which those that are left wait for another delivery, which gives them again.
        Returns how many are left. Raises as `deliver_plain` does; the text that was being handled is
            then no longer left.
        """
        job, ops, head, meter = self._job, self._ops, self._outbox_head, self._meter
        handler = self._events["socketTexts"]
        meter.texts_end = end
        head[GIVE_WAY] = left = 0
        meter.turn += 1
        try:
            while True:
                if ops:
                    apply()
                meter.clock = None
                answered = handler(socket, *given)
                if answered is not None:
                    self._take_answers(socket, answered, answers)
                while job():
                    pass
                if self._rejections:
                    self._report_rejections()
                if not head[TEXTS_LEFT]:
                    break
                if time.monotonic() >= end:
                    left = self.put_off_texts()
                    break
                given = ()
        except Exception as error:
            self._end_badly(error)
        if self._bugs or meter.tripped is not None:
            self._end_badly(None)
        meter.turn += 1
        if self._crossing.busy:
            self._crossing.release()
        return left

    def put_off_texts(self) -> int:
        """The realm shall wait for those that are left to be given again. Returns how many they are."""
        left = self._outbox_head[TEXTS_LEFT]
        self._events["socketTextsPutOff"]()
        return left

    def _take_answers(self, socket: int, joined: str, answers: list[str]) -> None:
        count = self._outbox_head[ANSWERS]
        texts = joined.split(BETWEEN_ANSWERS) if count > 1 else [joined]
        if len(texts) == count:
            answers += texts
        else:  # one of them contains what stands between them
            self._events["socketAnswers"](socket, count)

    def _report_rejections(self) -> None:
        job = self._job
        while self._rejections:
            count, self._rejections = self._rejections, 0
            self._events["rejections"](count)
            while job():
                pass

    def take_ops(self) -> Iterable[Op]:
        """What the realm asked for since the last take, in order."""
        if self._outbox_head[RUN_IS_OPEN]:
            self._finish("turnEnd")
        if not self._ops:
            return ()
        ops = self._ops.copy()
        self._ops.clear()
        self._meter.waiting = 0
        self._outbox_head[FILLED] = OUTBOX_HEAD
        if self._full_pages or self._taken_pages:
            self._taken_pages, self._full_pages = self._full_pages, []
        return ops

    def _finish(self, event: str) -> None:
        """The runtime gives out what the function asked for before: a limit that has tripped does not undo it."""
        self._meter.is_finishing = True
        try:
            self._events[event]()
        finally:
            self._meter.is_finishing = False

    def peek_ops(self) -> Sequence[Op]:
        """What waits to be taken."""
        return self._ops

    @property
    def invocation(self) -> int:
        """Whose event the realm handled last: the request's id, 0 for none."""
        number = self._invocation.value
        return int(number) if math.isfinite(number) else 0

    def posted(self, at: float, length: float) -> bytes:
        """Bytes that the realm posted to the outbox: good from `take_ops` until the next delivery.

        Raises BoundaryViolation for a place that is not in the outbox.
        """
        if not (0 <= at < LAST_PLACE and 0 <= length <= OUTBOX_SIZE):
            raise BoundaryViolation(f"there is no place {at} in the outbox, {length} bytes long")
        page, offset = divmod(int(at), OUTBOX_SIZE)
        end = offset + int(length)
        if end > OUTBOX_SIZE or page > len(self._taken_pages):
            raise BoundaryViolation(f"there is nothing at {at} of the outbox, {length} bytes long")
        if page < len(self._taken_pages):
            return self._taken_pages[page][offset:end]
        return c.string_at(self._outbox_address + offset, end - offset)

    def _turn_page(self) -> None:
        """The outbox is full: what is in it is put aside, and the realm begins at its head again."""
        self._full_pages.append(c.string_at(self._outbox_address, OUTBOX_SIZE))
        self._meter.hand_over(OUTBOX_SIZE)
        self._outbox_head[FILLED] = len(self._full_pages) * OUTBOX_SIZE + OUTBOX_HEAD

    def _end_badly(self, error: Exception | None) -> NoReturn:
        """Raises what went wrong in a turn, after the jobs that remain: others may wait for them."""
        meter = self._meter
        meter.turn |= 1
        reason = self._reason(error)
        # A module that was stopped in an async function leaves this behind for the next import to find.
        capi.free_value(self._ctx, capi.get_exception(self._ctx))
        meter.clock = None
        while (later := self._run_jobs()) is not None:
            if isinstance(reason, LimitExceeded):
                if isinstance(later, LimitExceeded):
                    self.retired = True  # what it left behind would trip every turn
                    break
            elif isinstance(later, LimitExceeded):
                reason = later
                meter.clock = None
        meter.turn += 1
        self._crossing.release()
        raise reason from reason.__cause__

    def _run_jobs(self) -> BaseException | None:
        job = self._job
        try:
            self._finish("stopped")
            while job():
                pass
            self._report_rejections()
        except Exception as error:
            return self._reason(error)
        return self._reason(None) if self._bugs or self._meter.tripped is not None else None

    def _reason(self, error: Exception | None) -> BaseException:
        """Why a turn failed, and whether the isolate can go on.

        None: nothing was thrown. A limit shows as a rejection where it stopped an async function.
        """
        tripped = self._meter.take_tripped()
        name, message, trace = stack.split(str(error)) if error is not None else ("", "", "")
        if tripped is not None:
            if tripped is MemoryLimitExceeded and self._meter.stays_full():
                self.retired = True
            return tripped(
                self._limit_text(tripped), *self.modules.place(trace or self._trace_of_stop())
            )
        if self._bugs:
            return self._bug(self._bugs.pop(0))
        if isinstance(error, CANNOT_CROSS):
            # Python's error indicator was left set by an argument that the binding could not convert.
            return BoundaryViolation(
                f"the runtime was called with a value that cannot cross: {error}"
            )
        if isinstance(error, KeyError):
            return BoundaryViolation(f"no part of the runtime has asked for the event {error}")
        if not isinstance(error, capi.quickjs.JSException):
            assert error is not None
            return HostBug(f"the engine's binding failed: {error!r}").with_traceback(
                error.__traceback__
            )
        if self.ran_out_of_memory(name, message) or message == "null":
            return self.memory_exceeded(*self.modules.place(trace))
        return ScriptError(name, message, *self.modules.place(trace))

    def _bug(self, error: BaseException) -> BaseException:
        if isinstance(error, HeapFull):
            return self.memory_exceeded((), "")
        if isinstance(error, FunctionError) or not isinstance(error, Exception):  # or Ctrl-C
            return error
        bug = HostBug(f"a callable of the runtime failed: {error!r}")
        bug.__cause__ = error
        return bug

    def _trace_of_stop(self) -> str:
        """Where a limit stopped an async function: in what the realm reports of its rejection."""
        for _, arguments in self._ops:
            for at in range(len(arguments) - 2):
                if self.was_stopped(*arguments[at : at + 2]):
                    return str(arguments[at + 2])
        return ""

    @staticmethod
    def was_stopped(name: object, message: object) -> bool:
        """Whether a JavaScript error is the engine's for code that a limit stopped."""
        return name == "InternalError" and message == "interrupted"

    def ran_out_of_memory(self, name: str, message: str) -> bool:
        """Whether what was thrown is the engine's error for a full heap."""
        if name == "InternalError":
            return message in ("out of memory", "")  # "": no room for the message either
        # The engine throws null when it has no room for an error; so may a function.
        return message == "null" and self._meter.was_nearly_full()

    def memory_exceeded(self, frames: tuple[Frame, ...], excerpt: str) -> MemoryLimitExceeded:
        """The error for it. The isolate cannot go on where the heap has no room for others."""
        self.retired = self.retired or self._meter.stays_full()
        return MemoryLimitExceeded(self._limit_text(MemoryLimitExceeded), frames, excerpt)

    def has_room(self, characters: int) -> bool:
        """Whether a text may cross: the binding does not notice when it has no room."""
        return self._meter.has_room(2 * characters)

    def is_memory_used_up(self) -> bool:
        """Whether the function has all that it may have, with what the host holds for it."""
        return self._meter.is_memory_used_up()

    def no_room(self) -> NoRoom:
        """The error for an event that cannot be delivered."""
        return NoRoom(self._limit_text(NoRoom))

    def _limit_text(self, kind: type[LimitExceeded]) -> str:
        value = getattr(self.limits, kind.limit)
        unit = "MB" if kind.limit == "memory_mb" else "ms"
        what = {
            CpuLimitExceeded: "the function used more CPU time in one turn than the limit of",
            InvocationCpuLimitExceeded: "the invocation used more CPU time than the limit of",
            WallLimitExceeded: "the function blocked for longer than the limit of",
            MemoryLimitExceeded: "the function needs more memory than the limit of",
            NoRoom: "for what has arrived the function needs more memory than the limit of",
        }[kind]
        return f"{what} {value} {unit} ({kind.limit})"

    # What the engine calls

    def _install_hooks(self) -> None:
        runtime, ctx = capi.pointers(self._context)
        normalizer, loader = self.modules.hooks(ctx, self._bugs.append)
        interrupt = capi.Interrupt(self._interrupt)
        tracker = capi.RejectionTracker(self._track_rejection)
        # The engine holds only their addresses.
        self._hooks: tuple[object, ...] = (normalizer, loader, interrupt, tracker)
        capi.set_module_loader(runtime, None, loader, None)
        capi.set_module_normalizer(runtime, normalizer)
        capi.set_interrupt_handler(runtime, interrupt, None)
        self._rejected = self._context.eval("[]")
        self._context.set(f"{PREFIX}rejected", self._rejected)
        realm = self._context.eval("globalThis")
        capi.define_property(
            ctx,
            capi.value_of(realm),
            f"{PREFIX}jobQueue".encode(),
            capi.job_queue(ctx),
            capi.CONFIGURABLE,
        )
        capi.set_rejection_tracker(runtime, tracker, None)
        self._ctx = ctx

    def _interrupt(self, _runtime: int, _opaque: int) -> int:
        settle(self._bugs)
        try:
            meter = self._meter
            has_tripped = meter.tripped is not None
            if not meter.question():
                return 0
            meter.turn += 2  # it has answered
            running = capi.running_module(self._ctx)
            is_runtime = running.startswith(PREFIX)
            if (is_runtime or not running) and has_tripped and meter.may_tell():
                if not running:  # a job is about to call whom it is for, who is asked next
                    meter.counter.value = 1
                return 0
            self.retired |= is_runtime  # what the runtime keeps may be half written
        except BaseException as error:  # Ctrl-C
            self._bugs.append(error)
        return 1

    def _track_rejection(
        self, ctx: int, promise: capi.JSValue, reason: capi.JSValue, handled: bool, _opaque: int
    ) -> None:
        """HostPromiseRejectionTracker: notes promise, reason, handled in an array that the runtime reads."""
        settle(self._bugs)
        array = capi.value_of(self._rejected)
        flag = capi.JSValue(int(handled), capi.TAG_BOOL)
        for index, value in enumerate((promise, reason, flag), self._rejections):
            # Defined, not set: a setter that the function put on Array.prototype must not run here.
            own = capi.dup_value(ctx, value)
            if capi.define_element(ctx, array, index, own, capi.ALL_ATTRIBUTES) < 0:
                capi.free_value(ctx, capi.get_exception(ctx))
                self._bugs.append(HeapFull())
                return
        self._rejections += 3

    # Loading, and the end

    def load(self, path: Path) -> None:
        """Starts importing the user's entry file; the realm reports the outcome by an op."""
        self.deliver("load", self.modules.entry(path))

    def memory_bytes(self) -> int:
        """The heap's size as the engine accounts for it."""
        return int(self._meter.heap.value)

    def collect(self) -> None:
        """Frees reference cycles now."""
        self._context.gc()

    def close(self) -> None:
        """Frees the heap. Events that are delivered after it are dropped."""
        self.deliver = self.deliver_plain = self.deliver_texts = _drop  # type: ignore
        self.take_ops = self.peek_ops = tuple  # type: ignore[method-assign]
        self._events = {}
        self.modules.accessor = []
        self._ops.clear()
        self._crossing.close()
        del self._context, self._job, self._crossing, self._rejected, self._outbox
        del self._next_of_events
        self._hooks = ()


def _drop(*_arguments: object) -> int:
    return 0
