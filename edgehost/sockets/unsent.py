"""What clients have not taken yet, and what they have sent that waits, of all connections of a host together.

One connection has limits of its own; these hold where many clients ask for much and read little, or begin much
and end nothing.
"""

from __future__ import annotations

from typing import Protocol

MUCH = 64 * 1024  # bytes that wait, from which a connection is looked at
LOOKS_A_LIMIT = 32  # so much of the limit may be written until it is looked at again


class Slow(Protocol):
    """A connection whose transport has more than it likes, or that has sent much that waits."""

    @property
    def unsent(self) -> int:
        """Bytes that wait to be sent."""

    @property
    def unhandled(self) -> int:
        """Bytes that have arrived and wait: of a head or message that is not whole, of requests behind another."""

    def cut(self, reason: str) -> None:
        """Ends it, at once or in the next pass of the loop."""


class Unsent:
    """Of one host."""

    _words = "all clients together have not taken more than {limit} bytes (unsent_bytes)"

    @staticmethod
    def _size(connection: Slow) -> int:
        return connection.unsent

    def __init__(self, limit: int) -> None:
        """limit: bytes; 0: none."""
        self._limit = limit
        self._slow: dict[Slow, None] = {}
        self._written = 0  # since it was looked at last

    def add(self, connection: Slow) -> None:
        self._slow[connection] = None

    def remove(self, connection: Slow) -> None:
        self._slow.pop(connection, None)

    def written(self, size: int) -> None:
        """So many bytes were added to what connections have."""
        self._written += size
        if self._limit and self._written * LOOKS_A_LIMIT > self._limit:
            self._written = 0
            self._cut_down()

    def _cut_down(self) -> None:
        """Cuts those that have the most, until what is left is within the limit."""
        sizes = {connection: self._size(connection) for connection in self._slow}
        total = sum(sizes.values())
        while total > self._limit:
            largest = max(sizes, key=sizes.__getitem__)
            size = sizes.pop(largest)
            self.remove(largest)
            largest.cut(
                f"{self._words.format(limit=self._limit)}: the one with the most, {size} bytes, was cut off"
            )
            total -= size


class Unhandled(Unsent):
    """The same of what has arrived."""

    _words = "more than {limit} bytes of all clients together wait for their end (unhandled_bytes)"

    @staticmethod
    def _size(connection: Slow) -> int:
        return connection.unhandled
