"""Who has several turns to run gives the others theirs: sockets, signals and timers are looked at every few ms.

A turn may take as long as the CPU limit allows, and many may be due at once: timers, tasks, pipelined requests,
messages. Whoever runs them in a row asks after each whether the pass of the event loop has lasted long enough, and
puts off the rest.

The rules of this file:
- A pass ends with the turn that makes it too long, so that nobody waits for more than one turn of another.
- What clients have sent goes before what was put off and what a function does later by itself. After a long pass
  there are some for clients only: that many it takes from a new connection to its first request.
- Nothing starves: what clients sent leaves at least every other long pass to the rest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

SECONDS = 0.005  # that turns are run in a row
PASSES = 12  # for clients only, after a long one

Run = Callable[[], None]  # runs one turn, and more until the pass `is_over`; equal ones are one


class Pace:
    """Of one event loop."""

    def __init__(
        self, call_soon: Callable[[Run], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """call_soon: calls back once, when the loop has looked at its sockets."""
        self._call_soon = call_soon
        self.clock = clock
        self._soon: dict[Run, None] = {}  # in order
        self._later: dict[Run, None] = {}
        self._is_due = False  # a call of _pass is scheduled
        self._is_owed = False  # what is to be run later has the next pass
        self._rest = 0  # passes for clients only that are left
        self._end = 0.0  # of the pass that is under way; 0: its first turn is still to come

    def soon(self, run: Run) -> None:
        """Runs it in the next pass: for what clients have sent."""
        self._soon[run] = None
        if not self._is_due:
            self._is_due = True
            self._call_soon(self._pass)

    def later(self, run: Run) -> None:
        """Runs it in the next pass, or when others had their turn."""
        self._later[run] = None
        self._schedule()

    def end(self) -> float:
        """When the pass has lasted long enough, by the clock."""
        if not self._end:
            self._end = self.clock() + SECONDS
        return self._end

    def is_over(self) -> bool:
        """Whether it has."""
        return self.clock() >= (self._end or self.end())

    def _schedule(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._call_soon(self._pass)

    def _pass(self) -> None:
        self._is_due = False
        try:
            now = self.clock()
            if not self._end:
                self._end = now + SECONDS
            if now >= self._end:
                pass  # because of turns that were run while the sockets were looked at
            elif self._later or self._rest:
                self._share()
            elif self._run(self._soon):
                self._rest = PASSES
        finally:
            self._end = 0.0
            if self._soon or self._later:
                self._schedule()

    def _share(self) -> None:
        if self._is_owed:
            self._is_owed = False
            is_over = self._run(self._later) or self._run(self._soon)
        else:
            is_over = self._run(self._soon)
            self._is_owed = is_over and bool(self._later)
            if not is_over and not self._rest:
                is_over = self._run(self._later)
        self._rest = PASSES if is_over else max(0, self._rest - 1)

    def _run(self, queue: dict[Run, None]) -> bool:
        """Runs what is in it now, until the pass is over. Returns whether it is."""
        for _ in range(len(queue)):
            run = next(iter(queue))
            del queue[run]
            run()
            if self.clock() >= self._end:
                return True
        return False


def after_a_look(loop: asyncio.AbstractEventLoop, call: Run) -> None:
    """Calls when the loop has looked at its sockets: what is late may have come while others had their turn.

    What is to be called soon may be called before that.
    """
    loop.call_soon(loop.call_soon, call)
