"""Host half of timers: keeps what is due when, and says when it is. Twin: runtime_js/html/timers.js

https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers

The clock and the one pending call come from outside (an event loop's `time` and `call_at`), so a
test passes its own. Nothing is pending on the loop while no timer is set. Many that are due are not run in one go:
pace.py.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any, Protocol

from edgehost.pace import Pace


class Cancellable(Protocol):
    """What `call_at` returns."""

    def cancel(self) -> object: ...


TIMER_BYTES = 200
CallAt = Callable[[float, Callable[[], None]], Cancellable]


class Timers:
    """The timers of one isolate."""

    def __init__(
        self,
        *,
        time: Callable[[], float],
        call_at: CallAt,
        deliver: Callable[[int], None],
        pace: Pace,
    ) -> None:
        """time: the clock, in seconds.
        call_at: calls back once at a moment of that clock.
        deliver: hands the id of a timer that is due to the realm; must not raise.
        """
        self.ops: dict[str, Callable[..., None]] = {
            "setTimer": self._set,
            "clearTimer": self._clear,
        }
        self.queries: dict[str, Callable[..., Any]] = {}
        self._time = time
        self._call_at = call_at
        self._deliver = deliver
        self._pace = pace
        self._heap: list[tuple[float, int, int]] = []  # due, sequence, id; also of cleared timers
        self._current: dict[int, int] = {}  # id of each timer that is set -> its sequence
        self._background: set[int] = set()  # ids of those that nothing waits for
        self._sequence = count()
        self._wakeup: Cancellable | None = None
        self._wakeup_at = 0.0  # when that call comes

    @property
    def pending(self) -> int:
        """How many timers are set, without those in the background (as AbortSignal.timeout's)."""
        return len(self._current) - len(self._background)

    @property
    def bytes(self) -> int:
        """What they take here, about."""
        return TIMER_BYTES * len(self._heap)

    @property
    def background(self) -> int:
        """How many are set that nothing waits for."""
        return len(self._background)

    def close(self) -> None:
        """Forgets all timers."""
        self._current.clear()
        self._background.clear()
        self._heap.clear()
        self._sleep()

    def _set(self, timer: int, delay_ms: float, background: bool) -> None:
        due = self._time() + delay_ms / 1000
        sequence = next(self._sequence)
        self._current[timer] = sequence
        if background:
            self._background.add(timer)
        heapq.heappush(self._heap, (due, sequence, timer))
        self._wake_at(due)

    def _clear(self, timer: int) -> None:
        self._current.pop(timer, None)
        self._background.discard(timer)
        if not self._current:
            self._heap.clear()
            self._sleep()
        elif len(self._heap) > 64 and len(self._heap) > 2 * len(self._current):
            self._sweep()

    def _sweep(self) -> None:
        """Drops cleared timers, before they outnumber those that are set."""
        self._heap = [entry for entry in self._heap if self._current.get(entry[2]) == entry[1]]
        heapq.heapify(self._heap)

    def _wake_at(self, due: float) -> None:
        if self._wakeup is not None:
            if self._wakeup_at <= due:
                return
            self._wakeup.cancel()
        self._wakeup_at = due
        self._wakeup = self._call_at(due, self._run)

    def _sleep(self) -> None:
        if self._wakeup is not None:
            self._wakeup.cancel()
            self._wakeup = None

    def _run(self) -> None:
        """Delivers what is due now. What those set in turn waits for the next call."""
        self._wakeup = None
        now, last = max(self._time(), self._wakeup_at), next(self._sequence)
        while self._heap and self._heap[0][0] <= now and self._heap[0][1] < last:
            _, sequence, timer = heapq.heappop(self._heap)
            if self._current.get(timer) == sequence:
                del self._current[timer]
                self._background.discard(timer)
                self._deliver(timer)
                if self._pace.is_over():
                    self._pace.later(self._run)
                    return
        if self._heap:
            self._wake_at(self._heap[0][0])
