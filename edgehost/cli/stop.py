"""What ends a command from outside: Ctrl-C, SIGTERM, and a call of the engine that does not come back.

The handlers are Python's own, not the loop's: they run even while JavaScript holds the loop, as soon as
the engine asks whether to go on. Where it asks nothing, a thread acts that hears of each signal at once.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

ENDING = (signal.SIGINT, signal.SIGTERM)
PATIENCE_SECONDS = 0.5  # that a signal may wait until its handler runs
LAST_WORDS_SECONDS = 0.2  # that a reader of stderr may take
EXIT_STUCK = 70  # of a process that ended itself: EX_SOFTWARE of sysexits.h


def stop_on_signals() -> asyncio.Event:
    """Set by the first Ctrl-C or SIGTERM; a Ctrl-C after it ends the process at once."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    taken = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        taken.set()
        signal.signal(signal.SIGINT, lambda *_: os._exit(128 + signal.SIGINT))
        loop.call_soon_threadsafe(stopped.set)

    for number in ENDING:
        signal.signal(number, stop)
    _end_where_nobody_takes_it(taken)
    return stopped


def die_on_interrupt(last_words: Callable[[], None]) -> None:
    """Ctrl-C ends the process as it ends one that knows nothing of it, after `last_words`."""
    taken = threading.Event()

    def die(number: int, _frame: object) -> None:
        taken.set()
        last_words()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGINT, die)
    _end_where_nobody_takes_it(taken)


def end_stuck(line: str) -> None:
    """Ends the process, since a call of the engine cannot be ended. line: says why, on stderr."""
    _say(f"{line}\n")
    os._exit(EXIT_STUCK)


def _end_where_nobody_takes_it(taken: threading.Event) -> None:
    """taken: set by the handlers. Python runs those between two of its own instructions only."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    loops = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def watch() -> None:
        while numbers := os.read(reader, 64):
            with suppress(OSError):
                os.write(loops, numbers)
            ending = [number for number in numbers if number in ENDING]
            if ending and not taken.wait(PATIENCE_SECONDS):
                name = signal.Signals(ending[0]).name
                _say(f"{name} came during a call that does not come back: ended at once\n")
                os._exit(128 + ending[0])
            taken.clear()

    threading.Thread(target=watch, name="edgehost signals", daemon=True).start()


def _say(line: str) -> None:
    """On stderr, where somebody reads it: nothing else may hold up the end."""
    with suppress(OSError, ValueError):
        if select.select([], [2], [], LAST_WORDS_SECONDS)[1]:
            os.write(2, line.encode("utf-8", "replace")[: select.PIPE_BUF])
