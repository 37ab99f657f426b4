"""What a turn uses, held against the limits.

The deadline is armed lazily: the engine asks `question` once in so many rounds of running code, and the
first question in a turn starts the clock, so that short turns never read one. Where the rounds are slow,
the watchdog makes the engine ask sooner (`engine/watchdog.py`).

Memory is the heap, and with it what the function makes the host hold: what waits to be done when the
turn ends, and what `host_bytes` tells of.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from edgehost.config import Limits
from edgehost.engine import capi
from edgehost.errors import (
    CpuLimitExceeded,
    InvocationCpuLimitExceeded,
    LimitExceeded,
    MemoryLimitExceeded,
    WallLimitExceeded,
)

# Past its limit a heap is found out by a question, which no function can catch. The engine's own limit
# lies higher: what it throws there can be caught, and is null where no error has room.
HEAP_MARGIN = 16 * 1024 * 1024
# Bytes of a heap from which cycles are collected. The engine goes by half as much again as a collection left,
# which is too soon for a small heap: most of it would be looked through again for next to nothing.
GC_THRESHOLD = 8 * 1024 * 1024
# Where the outbox says how many texts that came together are left, each of which has a turn of its own, and
# where it takes that these shall wait until others had theirs.
TEXTS_LEFT, GIVE_WAY = 4, 6
OP_BYTES = 256  # what an op takes that carries little
NEARLY = 0.8  # of the limit
TELLING_MS = 2000  # of CPU time, where a turn has no limit


class Meter:
    """Of one isolate."""

    def __init__(
        self,
        limits: Limits,
        pointers: tuple[int, int],
        ops: Sequence[object],
        host_bytes: Callable[[], int],
        charge: Callable[[float], bool],
        when_long: Callable[[], None],
    ) -> None:
        """pointers: to the runtime and the context. ops: what waits to be done.

        host_bytes: what the host holds for the function.
        charge: told of CPU time that the running invocation used, in seconds; says whether it may
            use no more.
        when_long: told during a turn that takes long; must not come back to the isolate.
        """
        self.limits = limits
        self.turn = 0  # odd while the engine runs; another number for each turn
        self.is_finishing = False  # the runtime gives out what is done: no limit cuts that short
        self.tripped: type[LimitExceeded] | None = None
        self._telling_since: float | None = None  # CPU time, see `may_tell`
        self.waiting = (
            0  # bytes that the realm has handed over since the last take, beside small ops
        )
        self.peak = 0, 0  # a turn, and the most bytes of the heap that the watchdog saw in it
        self.outbox_head = memoryview(bytearray(32)).cast("I")  # until there is an outbox
        self._runtime, ctx = pointers
        self.counter = capi.interrupt_counter(ctx)
        self.heap = capi.heap_size(self._runtime)
        self._ops = ops
        self._host_bytes = host_bytes
        self._charge = charge
        self._when_long = when_long
        self.heap_limit = limits.memory_mb * 1024 * 1024
        # CPU and wall time when the turn was first asked about, and how many texts were left then.
        self.clock: tuple[float, float, int] | None = None
        self.texts_end = 0.0  # the wall time when the texts that are being handled are to give way
        self._last = 0.0  # CPU time of the question before
        self._interval = 0.0  # of CPU time, between two questions of one turn

    # What the engine asks

    def question(self) -> bool:
        """Whether the turn has to stop."""
        if self.is_finishing:
            return False
        if self.tripped is None:
            self._look()
        return self.tripped is not None

    def may_tell(self) -> bool:
        """Whether the runtime may go on after a limit has tripped, as it tells of what was stopped.

        It has as long for that as a turn has.
        """
        now = time.thread_time()
        if self._telling_since is None:
            self._telling_since = now
        return (now - self._telling_since) * 1000 <= (self.limits.cpu_ms or TELLING_MS)

    def take_tripped(self) -> type[LimitExceeded] | None:
        """The limit that has tripped, which is then forgotten."""
        tripped, self.tripped, self._telling_since = self.tripped, None, None
        return tripped

    def _look(self) -> None:
        limits = self.limits
        self.postpone_collection()
        cpu, wall = time.thread_time(), time.monotonic()
        left = self.outbox_head[TEXTS_LEFT]
        if self.clock is None or self.clock[2] != left:
            self.clock = cpu, wall, left
            used = self._interval  # as much as ran before it, on the average
        else:
            used = self._interval = cpu - self._last
            if limits.cpu_ms and (cpu - self.clock[0]) * 1000 > limits.cpu_ms:
                self.tripped = CpuLimitExceeded
            elif limits.wall_ms and (wall - self.clock[1]) * 1000 > limits.wall_ms:
                self.tripped = WallLimitExceeded
            else:
                self._when_long()  # not at the first question, which many short turns lead to as well
        if left and wall >= self.texts_end:
            self.outbox_head[GIVE_WAY] = 1
        self._last = cpu
        if self._charge(used):
            self.tripped = InvocationCpuLimitExceeded
        if self.is_memory_used_up():
            self.tripped = MemoryLimitExceeded

    # Memory

    def is_memory_used_up(self) -> bool:
        """Counts cycles that nobody uses only where it matters."""
        limit = self.heap_limit
        if not 0 < limit < self._used():
            return False
        if self.heap.value > limit // 4:
            capi.collect(self._runtime)
        return self._used() > limit

    def _used(self) -> int:
        held = self.waiting + OP_BYTES * len(self._ops) + self._host_bytes()
        return int(self.heap.value) + held

    def hand_over(self, size: int) -> None:
        """The realm hands so many bytes to the host, which keeps them until the turn ends at least."""
        self.waiting += size
        if 0 < self.heap_limit < self.heap.value + self.waiting and self.is_memory_used_up():
            # What follows is dropped. The engine is not made to ask now, when the runtime's own code runs.
            self.tripped = MemoryLimitExceeded

    def is_heap_full(self) -> bool:
        """Whether the heap alone is larger than the limit."""
        if not 0 < self.heap_limit < self.heap.value:
            return False
        capi.collect(self._runtime)
        return self.heap.value > self.heap_limit

    def has_room(self, size: int) -> bool:
        """Whether the heap may grow by so many bytes."""
        if not 0 < self.heap_limit < self.heap.value + size:
            return True
        capi.collect(self._runtime)
        return self.heap.value + size <= self.heap_limit

    def stays_full(self) -> bool:
        """Whether the heap has no room for others, when what a turn used is given back."""
        if not self.heap_limit:
            return False
        capi.collect(self._runtime)
        return self.heap.value > self.heap_limit * NEARLY

    def was_nearly_full(self) -> bool:
        """Whether the heap is full, or was in this turn when the watchdog saw it."""
        turn, peak = self.peak
        seen = peak if self.turn - turn <= 1 else 0
        return 0 < self.heap_limit * NEARLY < max(seen, self.heap.value)

    def postpone_collection(self) -> None:
        if self.heap.value * 3 // 2 < GC_THRESHOLD:
            capi.set_gc_threshold(self._runtime, GC_THRESHOLD)
