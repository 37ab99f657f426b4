"""Host half of the task queue: gives each task a turn of its own. Twin: runtime_js/boundary/task_queue.js

https://html.spec.whatwg.org/multipage/webappapis.html#task-queue
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgehost.pace import Pace


class TaskQueue:
    """The tasks of one isolate: how many are queued; what each does is known in the realm."""

    def __init__(self, *, pace: Pace, deliver: Callable[[], None]) -> None:
        """deliver: runs the oldest task; must not raise."""
        self.ops: dict[str, Callable[..., None]] = {
            "queueTask": self._queue,
            "expectTasks": self._expect,
        }
        self.queries: dict[str, Callable[..., Any]] = {}
        self._pace = pace
        self._deliver = deliver
        self.pending = 0  # tasks that are queued
        self.expected = 0  # for how many reasons tasks may be queued that nothing here knows of

    def close(self) -> None:
        """Forgets all tasks."""
        self.pending = self.expected = 0

    def _queue(self) -> None:
        self.pending += 1
        self._pace.later(self._run)

    def _expect(self, change: int) -> None:
        self.expected += change

    def _run(self) -> None:
        """Runs what is queued now. What those tasks queue waits until others had their turn."""
        for _ in range(self.pending):
            if not self.pending:
                break  # closed by the one before
            self.pending -= 1
            self._deliver()
            if self._pace.is_over():
                break
        if self.pending:
            self._pace.later(self._run)
