"""One deployed function: the worker that serves it, and its successor when that one is retired."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig
from edgehost.errors import FunctionLoadError
from edgehost.pace import Pace
from edgehost.worker import Worker


class Deployment:
    """Gives each request to a live worker."""

    def __init__(self, config: FunctionConfig, console: Console) -> None:
        self.config = config
        self.console = console
        self.pace = Pace(asyncio.get_running_loop().call_soon)
        # The live one; None while a retired one is being replaced.
        self.worker: Worker | None = None
        self.when_stuck: Callable[[str], None] = lambda text: None  # see Worker
        self.when_long: list[Callable[[], None]] = []  # told during a turn that takes long
        self.measures_cpu = False  # for Worker.cpu_seconds; set before the start
        self._starting: asyncio.Task[None] | None = None
        self._is_closed = False

    async def start(self) -> None:
        """Loads the function. Raises FunctionError or ConfigError."""
        worker = Worker(
            self.config,
            self.console,
            self._retired,
            self._tell_of_long_turn,
            self._tell_of_stuck_turn,
            self.pace,
            measures_cpu=self.measures_cpu,
        )
        try:
            await worker.load()
        except BaseException:
            worker.close()
            raise
        self.worker = worker

    async def ready(self) -> Worker:
        """The live worker, as soon as there is one.

        Raises FunctionError when the function does not load again.
        """
        while self.worker is None:
            if self._is_closed:
                raise FunctionLoadError("Error", "the server is stopping")
            if self._starting is None or self._starting.done():
                self._starting = asyncio.get_running_loop().create_task(self.start())
            # Not awaited itself: close() may cancel it, but not those who wait here.
            await asyncio.wait([self._starting])
            if not self._starting.cancelled():
                self._starting.result()
        return self.worker

    def _retired(self, worker: Worker) -> None:
        if self.worker is worker:
            self.worker = None
            # Not at once: the worker is still in the turn that retired it.
            asyncio.get_running_loop().call_soon(worker.close)

    def _tell_of_long_turn(self) -> None:
        for tell in self.when_long:
            tell()

    def _tell_of_stuck_turn(self, text: str) -> None:
        self.when_stuck(text)

    async def close(self, grace: float) -> None:
        """Lets invocations end for up to `grace` seconds, after closing all sockets with 1001."""
        self._is_closed = True
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
            await asyncio.wait([self._starting])
        worker, self.worker = self.worker, None
        if worker is not None:
            await worker.drain(grace)
            worker.close()
