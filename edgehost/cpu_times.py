"""How much CPU time each invocation has used, in all its turns and those of its sockets.

The engine is asked about in samples (`engine/meter.py`), so a figure is right on the average, and exact
for what runs long.
"""

from __future__ import annotations

from collections.abc import Callable

from edgehost.config import PLATFORM_CPU_MS

MOST_KEPT = 1024  # invocations; those that used the least are forgotten


class CpuTimes:
    """Of one isolate."""

    def __init__(self, limit_ms: int, warn: Callable[[int, str], None]) -> None:
        """limit_ms: what an invocation may use; 0: it is only warned of what the platform allows.

        warn: takes an invocation and what it used.
        """
        self._limit = limit_ms / 1000
        self._warn = warn
        self._seconds: dict[int, float] = {}

    def charge(self, invocation: int, seconds: float) -> bool:
        """Adds to what an invocation has used. Returns whether it may use no more."""
        before = self._seconds.get(invocation, 0.0)
        used = self._seconds[invocation] = before + seconds
        if len(self._seconds) > MOST_KEPT:
            kept = sorted(self._seconds.items(), key=lambda item: item[1])[MOST_KEPT // 2 :]
            self._seconds = dict(kept)
        if self._limit:
            return used > self._limit
        if before <= PLATFORM_CPU_MS / 1000 < used and invocation:
            self._warn(
                invocation,
                f"this invocation has used {used:.1f} s of CPU time: Azion ends one at "
                f"{PLATFORM_CPU_MS / 1000:g} s, and so does --strict-limits",
            )
        return False
