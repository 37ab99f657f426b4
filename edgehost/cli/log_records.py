"""What Python's logging says, as records of a function's console."""

from __future__ import annotations

import logging

from edgehost.bindings.console import Console


def log_to(console: Console) -> None:
    """Sends every warning and error of this process to the console."""
    logging.basicConfig(level=logging.WARNING, handlers=[_ConsoleHandler(console)], force=True)


class _ConsoleHandler(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "warn"
        self._console.record(level, self.format(record))
