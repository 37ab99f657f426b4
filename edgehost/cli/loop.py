"""The event loop that commands run on, and what Ctrl-C does to it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine to its end on a new loop: uvloop's where it exists."""
    if sys.platform == "win32":
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(main)
    import uvloop

    _open_standard_descriptors()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def _open_standard_descriptors() -> None:
    """Where one was closed by whoever started us, a socket would take its number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


# These are Python's own handlers, not the loop's: they run even while JavaScript holds the loop.


def stop_on_signals() -> asyncio.Event:
    """Set by the first Ctrl-C or SIGTERM; a Ctrl-C after it ends the process at once."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, lambda *_: os._exit(128 + signal.SIGINT))
        loop.call_soon_threadsafe(stopped.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped


def die_on_interrupt(last_words: Callable[[], None]) -> None:
    """Ctrl-C ends the process as it ends one that knows nothing of it, after `last_words`."""

    def die(number: int, _frame: object) -> None:
        last_words()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGINT, die)
