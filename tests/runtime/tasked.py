"""A realm whose tasks a test runs one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgehost.bindings.task_queue import TaskQueue
from edgehost.pace import Pace


class TaskedRealm:
    """Its log is what its scripts passed to `note(...)`."""

    def __init__(self, make_realm: Callable[..., Any]) -> None:
        self._due: list[Callable[[], None]] = []
        self.uncaught: list[tuple[str, ...]] = []
        self.queue = TaskQueue(pace=Pace(self._due.append), deliver=self._deliver)
        ops = {**self.queue.ops, "uncaught": lambda *report: self.uncaught.append(report[:3])}
        self.realm = make_realm(ops=ops)
        self.eval("globalThis.log = []; globalThis.note = (...all) => log.push(...all); null")

    def eval(self, source: str) -> Any:
        value = self.realm.eval(source)
        self._apply()
        return value

    def after_tasks(self) -> Any:
        """The log when no task is left."""
        while self._due:
            self._due.pop(0)()
        return self.realm.eval("log")

    def run(self, source: str) -> Any:
        """The log of a script and of all that it caused. It may use `await`."""
        self.eval(
            f"(async () => {{ try {{ {source} }} catch (error) {{ note(`${{error}}`) }} }})(), 0"
        )
        return self.after_tasks()

    def _deliver(self) -> None:
        self.realm.isolate.deliver("task")
        self._apply()

    def _apply(self) -> None:
        for function, arguments in self.realm.isolate.take_ops():
            function(*arguments)
