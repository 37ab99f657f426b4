"""How many records a second a function may log: a token bucket."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

BURST_SECONDS = 10  # a full bucket holds the records of so many


class RecordRate:
    """The function's own records leave a second's worth for errors and what the host says."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        """per_second: 0: no limit."""
        self._per_second = per_second
        self._clock = clock
        self._filled = clock()
        self._most = (BURST_SECONDS + 1.0) * per_second or math.inf
        self._left = self._most
        self._floor = per_second  # the function's records end here

    def take(self, reserved: bool) -> bool:
        """Whether there is room for one more. reserved: it is not the function's."""
        if self._left <= self._floor and not self._fill(reserved):
            return False
        self._left -= 1
        return True

    def _fill(self, reserved: bool) -> bool:
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._filled) * self._per_second)
        self._filled = now
        if reserved:
            return self._left > 0
        # Once dry, it opens again with a second's worth: one gap a second, not one a record.
        is_open = self._left > self._floor
        self._floor = self._per_second if is_open else 2 * self._per_second
        return is_open
