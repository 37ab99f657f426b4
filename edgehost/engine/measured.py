"""An isolate that measures what each request costs: for the log, where it is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import thread_time
from typing import Any

from edgehost.engine.crossing import Value
from edgehost.engine.isolate import Isolate


class MeasuredIsolate(Isolate):
    """Adds up the CPU time of turns by the request that they belong to."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._seconds: dict[int, float] = {}
        super().__init__(*arguments, **options)

    def take_seconds(self, request: int) -> float | None:
        """What it has used; from now on it is not counted any more."""
        return self._seconds.pop(request, None)

    def seconds(self, request: int) -> float | None:
        """What it has used so far."""
        return self._seconds.get(request)

    def deliver_plain(self, event: str, *arguments: Value) -> None:
        if event == "request":
            self._seconds[arguments[0]] = 0.0  # type: ignore[index]
        start = thread_time()
        try:
            super().deliver_plain(event, *arguments)
        finally:
            self._add(thread_time() - start)

    def deliver_texts(
        self,
        socket: int,
        given: Sequence[Value],
        answers: list[str],
        apply: Callable[[], None],
        end: float,
    ) -> int:
        start = thread_time()
        try:
            return super().deliver_texts(socket, given, answers, apply, end)
        finally:
            self._add(thread_time() - start)

    def _add(self, seconds: float) -> None:
        if (request := self.invocation) in self._seconds:
            self._seconds[request] += seconds
