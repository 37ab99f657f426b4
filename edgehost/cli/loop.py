"""The event loop that commands run on."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from edgehost.errors import ConfigError

T = TypeVar("T")

DESCRIPTORS = 24  # what a server has open before its first client


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine to its end on a new loop: uvloop's where it exists.

    Raises ConfigError where the system allows too few descriptors for one.
    """
    try:
        return _run(main)
    finally:
        main.close()  # where it did not come to run


def _run(main: Coroutine[Any, Any, T]) -> T:
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
    _ask_for_descriptors(descriptor)
    os.close(descriptor)


def _ask_for_descriptors(descriptor: int) -> None:
    """Now, and in words: uvloop does not come to its senses when it finds out by itself."""
    made: list[int] = []
    try:
        while len(made) < DESCRIPTORS:
            made.append(os.dup(descriptor))
    except OSError as error:
        raise ConfigError(f"{error.strerror}: allow more file descriptors (ulimit -n)") from error
    finally:
        for each in made:
            os.close(each)
