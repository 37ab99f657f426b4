"""Runs modules side by side, each worker process one after the other.

A process of its own, because a test may crash the engine or never return to the event loop.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from .execution import execute
from .result import Result

GRACE_SECONDS = 15  # what a process gets beyond the test's own limit before it is killed

T = TypeVar("T")


class Runner:
    """A process that runs modules, and its successors where one dies."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, module: Path, seconds: float) -> Result:
        """What the module showed within that time."""
        try:
            self._pipe.send((module, seconds))
            if self._pipe.poll(seconds + GRACE_SECONDS):
                result: Result = self._pipe.recv()
                return result
            problem = "the process did not answer"
        except (EOFError, BrokenPipeError):
            self._process.join()
            problem = f"the process ended with {self._process.exitcode}"
        self.close()
        self._start()
        return Result(harness=problem)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def close(self) -> None:
        self.kill()
        self._pipe.close()


def _serve(pipe: Connection) -> None:
    while True:
        try:
            module, seconds = pipe.recv()
        except EOFError:
            return
        pipe.send(execute(module, seconds))


def run_all(
    jobs: Iterable[T], run: Callable[[Runner, T], Result], processes: int
) -> Iterator[tuple[T, Result]]:
    """Each job with its result, in the order of the jobs."""
    mine = threading.local()
    runners: list[Runner] = []

    def work(job: T) -> tuple[T, Result]:
        if not hasattr(mine, "runner"):
            mine.runner = Runner()
            runners.append(mine.runner)
        return job, run(mine.runner, job)

    try:
        with ThreadPoolExecutor(processes) as pool:
            yield from pool.map(work, jobs)
    finally:
        for runner in runners:
            runner.close()
