"""The lines that a descriptor did not take yet: bounded, and what does not fit is counted."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Callable

from edgehost.bindings.console.descriptor import Descriptor

RESERVE_BYTES = 256 * 1024  # beyond the limit, for errors and what the host says
RETRY_SECONDS = 0.01  # a look at a stalled reader; every write is one too
LAST_SECONDS = 1.0  # for a stalled reader, at the end
TOO_SLOW = "its reader was too slow (buffer_bytes)"
GONE = {errno.EPIPE, errno.EBADF, errno.EIO}  # nobody reads any more


class Backlog:
    """Writes lines whole and in order, or drops them whole and says how many.

    Lines are dropped from when there is no room until all that waits has been taken, or the host
    has a line that finds room: that is where the gap ends, and where it is told.
    """

    def __init__(
        self,
        descriptor: Descriptor,
        name: str,
        limit: int,
        patience: float,
        told: Callable[[str], bytes],
    ) -> None:
        """name: the stream's, for people.

        limit: bytes that may wait; 0: any number.
        patience: seconds, in all, that writes may wait for the reader before lines are dropped.
        told: from a text of the host to a line.
        """
        self.descriptor = descriptor
        self.name = name
        self._limit = limit
        self._patience = patience
        self._told = told
        self._waiting = bytearray()  # never empty while lines are being dropped
        self._dropped = 0  # lines
        self._why = ""  # for the lines that are counted
        self._trouble = ""  # what the system said last, but that the reader is slow
        self._is_gone = False
        self._retry: asyncio.TimerHandle | None = None

    def write(self, data: bytes, reserved: bool) -> None:
        """Lines. reserved: has room of its own, which the function cannot fill."""
        self._drain()
        if not self._waiting:
            data = data[self._push(data) :]
            if not data:
                return
        self._keep(data, reserved)
        if self._patience > 0:
            self._wait()
        if self._waiting:
            self._retry_later()

    def be_impatient(self) -> None:
        self._patience = 0.0

    def close(self) -> str:
        """A last short time for the reader. Says what was not taken then, for another stream.

        What is written later is tried, not waited for.
        """
        self._patience = LAST_SECONDS
        self._wait()
        self._patience = 0.0
        if not self._waiting:
            return ""
        lines = self._dropped + self._waiting.count(b"\n")
        return self._loss(lines, self._trouble or TOO_SLOW)

    def _push(self, data: bytes | bytearray) -> int:
        """How much was taken, or is lost for good."""
        if self._is_gone:
            return len(data)
        try:
            taken = self.descriptor.write(data)
        except OSError as error:
            if error.errno in GONE:
                self._is_gone = True
                return len(data)
            self._trouble = error.strerror or str(error)  # a full disk, say: it may have room again
            return 0
        self._trouble = ""
        return taken

    def _drain(self) -> None:
        while self._waiting:
            del self._waiting[: self._push(self._waiting)]
            if self._waiting:
                return
            self._tell()

    def _keep(self, data: bytes, reserved: bool) -> None:
        limit = self._limit + RESERVE_BYTES if reserved else self._limit
        room = limit - len(self._waiting)
        if self._dropped and not reserved:
            room = 0
        is_waited_for = self._patience > 0 and not self._trouble
        if len(data) <= room or not self._limit or is_waited_for:
            end = len(data)
        else:
            end = data.rfind(b"\n", 0, max(0, room)) + 1
        if not self._waiting:  # its first line may have been begun
            end = max(end, data.find(b"\n") + 1)
        if end and self._waiting:
            self._tell()
        self._waiting += data[:end]
        if end < len(data):
            self._dropped += data.count(b"\n", end)
            self._why = self._trouble or TOO_SLOW

    def _tell(self) -> None:
        """Puts a line where lines are missing."""
        if self._dropped and not self._is_gone:
            lines, self._dropped = self._dropped, 0
            self._waiting += self._told(self._loss(lines, self._why))

    def _loss(self, lines: int, why: str) -> str:
        return f"{lines} line{'s' if lines > 1 else ''} dropped on {self.name}: {why}"

    def _wait(self) -> None:
        """Until all is taken, or patience is at its end."""
        self._drain()
        while self._waiting and self._patience > 0 and not self._trouble:
            start, size = time.monotonic(), len(self._waiting)
            self.descriptor.wait(self._patience)
            self._drain()
            if len(self._waiting) == size:  # a terminal may say that it takes more, and not do it
                time.sleep(RETRY_SECONDS)
            self._patience -= time.monotonic() - start

    def _retry_later(self) -> None:
        if self._retry is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._retry = loop.call_later(RETRY_SECONDS, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._drain()
        if self._waiting:
            self._retry_later()
