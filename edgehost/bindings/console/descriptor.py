"""A file descriptor that takes what it can take at once.

The descriptor of a standard stream is shared: with a shell, with whoever writes into the same
pipe. O_NONBLOCK would be set for all of them, so it is not set there. Linux opens a second
description of the same pipe or terminal, and that one is ours alone.
"""

from __future__ import annotations

import math
import os
import select
import stat
import weakref
from contextlib import suppress

PIPE_BUF = getattr(select, "PIPE_BUF", 512)  # POSIX: as much goes into a pipe that has room

# A signal that comes right before a wait does not end it: Python handles it after that.
LOOK_SECONDS = 0.1


class Descriptor:
    """Writes without waiting, and waits on demand."""

    def __init__(self, number: int) -> None:
        """Raises OSError where it is not open."""
        status = os.fstat(number)
        self.file = status.st_dev, status.st_ino  # equal for two descriptors of one pipe
        self._number = number
        can_be_opened = stat.S_ISFIFO(status.st_mode) or os.isatty(number)
        # A file never keeps a writer waiting, nor does /dev/null.
        self._is_free = not can_be_opened and not stat.S_ISSOCK(status.st_mode)
        if can_be_opened:
            with suppress(OSError):  # no /proc, or a terminal of another user
                self._number = _opened_again(number)
                self._is_free = True
                weakref.finalize(self, os.close, self._number)

    def write(self, data: bytes | bytearray) -> int:
        """How many bytes were taken; fewer than all: more would have to wait. Raises OSError."""
        if self._is_free:
            return self._write(data)
        taken = 0
        while taken < len(data) and self._is_writable(0):
            piece = self._write(data[taken : taken + PIPE_BUF])
            if not piece:
                break
            taken += piece
        return taken

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._number, data)
        except BlockingIOError:  # somebody else may have made a shared one so
            return 0

    def wait(self, seconds: float) -> None:
        """Returns when it takes more, or after that time, or earlier."""
        self._is_writable(math.ceil(min(seconds, LOOK_SECONDS) * 1000))

    def _is_writable(self, milliseconds: int) -> bool:
        poll = select.poll()  # a new one: a signal's handler may wait while this is waited for
        poll.register(self._number, select.POLLOUT)
        return bool(poll.poll(milliseconds))


def _opened_again(number: int) -> int:
    return os.open(f"/proc/self/fd/{number}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
