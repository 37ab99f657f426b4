"""Host half of the task queue: gives each task a turn of its own. Twin: runtime_js/task_queue.js

https://html.spec.whatwg.org/multipage/webappapis.html#task-queue
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Cancellable(Protocol):
    """What `call_soon` returns."""

    def cancel(self) -> object: ...


class TaskQueue:
    """The tasks of one isolate: how many are queued; what each does is known in the realm."""

    def __init__(
        self,
        *,
        call_soon: Callable[[Callable[[], None]], Cancellable],
        deliver: Callable[[], None],
    ) -> None:
        """call_soon: calls back once, when the loop has looked at its sockets and timers.

        deliver: runs the oldest task; must not raise.
        """
        self.ops: dict[str, Callable[..., None]] = {
            "queueTask": self._queue,
            "expectTasks": self._expect,
        }
        self.queries: dict[str, Callable[..., Any]] = {}
        self._call_soon = call_soon
        self._deliver = deliver
        self._wakeup: Cancellable | None = None
        self.pending = 0  # tasks that are queued
        self.expected = 0  # for how many reasons tasks may be queued that nothing here knows of

    def close(self) -> None:
        """Forgets all tasks."""
        self.pending = self.expected = 0
        if self._wakeup is not None:
            self._wakeup.cancel()
            self._wakeup = None

    def _queue(self) -> None:
        self.pending += 1
        if self._wakeup is None:
            self._wakeup = self._call_soon(self._run)

    def _expect(self, change: int) -> None:
        self.expected += change

    def _run(self) -> None:
        """Runs what is queued now. What those tasks queue waits until others had their turn."""
        self._wakeup = None
        for _ in range(self.pending):
            if not self.pending:
                return  # closed by the one before
            self.pending -= 1
            self._deliver()
