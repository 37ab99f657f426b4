"""What clients have not taken yet, of all connections of a host together.

One connection has a limit of its own; this one holds where many clients ask for much and read little.
"""

from __future__ import annotations

from typing import Protocol

LOOKS_A_LIMIT = 32  # so much of the limit may be written until it is looked at again


class Slow(Protocol):
    """A connection whose transport has more than it likes."""

    @property
    def unsent(self) -> int:
        """Bytes that wait to be sent."""

    def cut(self, reason: str) -> None:
        """Ends it, at once or in the next pass of the loop."""


class Unsent:
    """Of one host."""

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
        """So many bytes were written to slow connections."""
        self._written += size
        if self._limit and self._written * LOOKS_A_LIMIT > self._limit:
            self._written = 0
            self._cut_down()

    def _cut_down(self) -> None:
        """Cuts those that have the most, until what is left is within the limit."""
        sizes = {connection: connection.unsent for connection in self._slow}
        total = sum(sizes.values())
        while total > self._limit:
            largest = max(sizes, key=sizes.__getitem__)
            size = sizes.pop(largest)
            self.remove(largest)
            largest.cut(
                f"all clients together have not taken more than {self._limit} bytes (unsent_bytes): "
                f"the one with the most, {size} bytes, was cut off"
            )
            total -= size
