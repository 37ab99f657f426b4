"""An exchange in memory whose response is printed as it comes."""

from __future__ import annotations

from typing import BinaryIO

from edgehost.server.memory import MemoryExchange, Request


class PrintedExchange(MemoryExchange):
    """Prints to a binary stream and keeps nothing of the body."""

    def __init__(self, request: Request, out: BinaryIO, include: bool) -> None:
        """include: the status and the headers too. Raises as MemoryExchange does."""
        super().__init__(request)
        self.is_unread = False  # whoever read the output has left, or a disk is full
        self.trouble: OSError | None = None  # why it is unread, but that the reader left
        self._out = out
        self._include = include

    def start(self, status: int, reason: str, headers: str) -> None:
        super().start(status, reason, headers)
        if self._include:
            reply = self.response
            fields = [f"{name}: {value}" for name, value in reply.headers]
            head = "\r\n".join(
                [f"HTTP/1.1 {reply.status} {reply.reason}".rstrip(), *fields, "", ""]
            )
            self._print(head.encode("latin-1"))

    def write(self, data: bytes) -> None:
        if self.method != "HEAD":
            self._print(data)

    def _print(self, data: bytes) -> None:
        if self.is_unread:
            return
        try:
            self._out.write(data)
            self._out.flush()
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.trouble = error
            self.is_unread = True
            self.end()
