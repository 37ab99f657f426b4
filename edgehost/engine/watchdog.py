"""A thread that looks at what runs in the engine, for as long as the process has isolates.

The engine asks whether to go on once in so many rounds of JavaScript, however long these take. A round
that calls a slow built-in takes long, so the watchdog makes the engine ask at its next round. A call that
does not come back asks nothing: far past its limit, the watchdog tells so whoever can do something about it.

The binding lets go of the GIL while the engine runs, so this thread gets its turn. It touches an isolate
only while the number of its turn is odd, in one step that no other thread can come between.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import NamedTuple

from edgehost.engine.meter import Meter

TICK, SHORTEST_TICK = 0.05, 0.002  # seconds between two looks
TICKS_A_LIMIT = 10
FILLING = 0.5  # of the memory limit, from where looks are frequent, so that the peak is seen
FILLED_A_SECOND = (
    1500  # MB of small allocations, the fastest that was measured and half as much again
)
PATIENCE = 1.0  # seconds past a limit without any answer


class Seen(NamedTuple):
    """A turn when it was first looked at."""

    turn: int
    cpu: float
    wall: float


class Watched:
    """An isolate, and how its running turn was seen first."""

    def __init__(self, meter: Meter, stuck: Callable[[float], None]) -> None:
        """stuck: told, from the watchdog's thread, for how many seconds a call has not come back."""
        self.meter = meter
        self._stuck = stuck
        self._seen: Seen | None = None
        self.is_filling = False  # its heap, in the turn that was looked at
        self._clock = _clock_of_this_thread()

    def look(self) -> None:
        meter = self.meter
        turn = meter.turn
        self.is_filling = False
        if not turn & 1:
            self._seen = None
            return
        cpu, wall = self._clock(), time.monotonic()
        counter, heap = meter.counter, meter.heap
        if (
            meter.turn == turn
        ):  # no call from here on: between two of them another thread may free the isolate
            counter.value = 1
            size = heap.value
            meter.peak = turn, max(size, meter.peak[1] if meter.peak[0] == turn else 0)
            self.is_filling = 0 < meter.heap_limit * FILLING < size
        if self._seen is None or self._seen.turn != turn:
            self._seen = Seen(turn, cpu, wall)
        elif self._is_stuck(cpu - self._seen.cpu, wall - self._seen.wall):
            self._stuck(wall - self._seen.wall)
            self._seen = None

    def _is_stuck(self, cpu: float, wall: float) -> bool:
        limits = self.meter.limits
        return bool(
            (limits.cpu_ms and cpu > limits.cpu_ms / 1000 + PATIENCE)
            or (limits.wall_ms and wall > limits.wall_ms / 1000 + PATIENCE)
        )


def _clock_of_this_thread() -> Callable[[], float]:
    """The CPU time of the thread that calls this, for other threads to read."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.monotonic
    clock = time.pthread_getcpuclockid(threading.get_ident())
    return lambda: time.clock_gettime(clock)


class Watchdog:
    """Of a process."""

    def __init__(self) -> None:
        self._watched: weakref.WeakSet[Watched] = weakref.WeakSet()
        self._lock = threading.Lock()  # of the set
        self._thread: threading.Thread | None = None
        self._tick = TICK

    def watch(self, watched: Watched) -> None:
        """Looks at an isolate until it is dropped. Starts the thread, if there is none."""
        limits = watched.meter.limits
        ticks = [ms / 1000 / TICKS_A_LIMIT for ms in (limits.cpu_ms, limits.wall_ms) if ms]
        if limits.memory_mb:
            ticks.append(limits.memory_mb * (1 - FILLING) / FILLED_A_SECOND)
        with self._lock:
            self._watched.add(watched)
            self._tick = max(SHORTEST_TICK, min([self._tick, *ticks]))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="edgehost watchdog", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        tick = self._tick
        while True:
            time.sleep(tick)
            with self._lock:
                watched = list(self._watched)
                if not watched:
                    self._thread = None
                    return
            tick = self._tick
            for one in watched:
                one.look()
                if one.is_filling:
                    tick = SHORTEST_TICK
            del watched, one  # they are nobody's while this sleeps


watchdog = Watchdog()
