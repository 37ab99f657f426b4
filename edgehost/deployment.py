"""One deployed function: the worker that serves it, and its successor when that one is retired or replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edgehost.bindings.console import Console
from edgehost.client.client import Client
from edgehost.config import FunctionConfig
from edgehost.engine.modules.root import Stamp
from edgehost.errors import ConfigError, FunctionLoadError
from edgehost.pace import Pace
from edgehost.request_names import Name
from edgehost.worker import Worker, invocation_ids

REPLACED = 1012, "the function was replaced"  # what its sockets are closed with: service restart


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
        self._newest: Worker | None = None  # live, or loading, or did not load
        self.measures_cpu = False  # for Worker.cpu_seconds; set before the start
        self._ids = invocation_ids()  # of all workers, since the log names requests by them
        console.request_of = self._request_of
        self._starting: asyncio.Task[None] | None = None
        self._leaving: dict[Worker, asyncio.Task[None]] = {}  # end what they have begun
        self.client = Client(config.network)  # of all workers
        self._is_closed = False

    async def start(self) -> None:
        """Loads the function. Raises FunctionError or ConfigError."""
        await self._start(self.config)

    async def _start(self, config: FunctionConfig) -> None:
        worker = self._newest = Worker(
            config,
            self.console,
            self._retired,
            self._tell_of_long_turn,
            self._tell_of_stuck_turn,
            self.pace,
            self.client,
            measures_cpu=self.measures_cpu,
            ids=self._ids,
        )
        try:
            await worker.load()
        except BaseException:
            worker.close()
            raise
        old, self.worker, self.config = self.worker, worker, config
        if old is not None:
            self._leaving[old] = asyncio.get_running_loop().create_task(self._see_off(old))

    async def replace(self, config: FunctionConfig) -> None:
        """Loads the function anew, and gives requests to the new worker once it is ready.

        The old one ends what it has begun; its sockets are closed with 1012. Raises FunctionError or
        ConfigError, and then it stays.
        """
        if self._starting is not None:
            self._starting.cancel()
        self._starting = starting = asyncio.get_running_loop().create_task(self._start(config))
        try:
            await asyncio.wait([starting])
        except asyncio.CancelledError:
            starting.cancel()
            await asyncio.wait([starting])
            raise
        starting.result()

    @property
    def seen(self) -> dict[str, Stamp | None]:
        """What the newest worker, even one that did not load, looked at: see ModuleMap."""
        return {} if self._newest is None else self._newest.isolate.modules.seen

    def _request_of(self, invocation: int) -> Name | None:
        """See Worker.request_of."""
        workers = dict.fromkeys(filter(None, (self.worker, self._newest, *self._leaving)))
        return next(filter(None, (worker.request_of(invocation) for worker in workers)), None)

    async def _see_off(self, worker: Worker) -> None:
        if count := len(worker.sockets):
            sockets = "1 socket was" if count == 1 else f"{count} sockets were"
            code, reason = REPLACED
            self.console.record("info", f"{sockets} closed with {code}: {reason}")
        await worker.drain(None, *REPLACED)
        self._forget(worker)

    def _forget(self, worker: Worker) -> None:
        if self._leaving.pop(worker, None) is not None:
            worker.close()

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
            starting = self._starting
            await asyncio.wait([starting])
            if not starting.cancelled():
                try:
                    starting.result()
                except ConfigError as error:  # its file is gone
                    raise FunctionLoadError("Error", str(error)) from error
        return self.worker

    def _retired(self, worker: Worker) -> None:
        # Not at once: the worker is still in the turn that retired it.
        call_soon = asyncio.get_running_loop().call_soon
        if self.worker is worker:
            self.worker = None
            call_soon(worker.close)
        elif worker in self._leaving:
            self._leaving[worker].cancel()
            call_soon(self._forget, worker)

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
        for task in self._leaving.values():
            task.cancel()
        workers = [*self._leaving, *filter(None, [self.worker])]
        self._leaving.clear()
        self.worker = None
        await asyncio.gather(*(worker.drain(grace) for worker in workers))
        for worker in workers:
            worker.close()
        self.client.close()
