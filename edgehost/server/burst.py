"""What arrives in one pass of the event loop is handled in a row, and all answers to it leave in a row.

Going to and fro between the kernel and JavaScript for each request costs up to half as much again: caches are
cold each time, and a client that sleeps after each answer has to be woken for the next. See
docs/decisions/0015-bursts.md.

The rules of this file:
- Nothing is held while no work is being done, so only what the work calls can find something held.
- A turn that takes long does not keep the answers to what was handled before it (`send`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from edgehost.bindings.console import Console

if TYPE_CHECKING:
    from edgehost.server.connection import Connection

MOST_WORK = 32  # that is handled in a row before its answers leave
MOST_HELD = 1024 * 1024  # bytes of answers; then they leave at once


class Sender(Protocol):
    def send(self) -> None:
        """Gives the transport what was held. It must not lead into a turn."""


class Burst:
    """Of all connections of a host."""

    def __init__(self, loop: asyncio.AbstractEventLoop, console: Console) -> None:
        self.is_open = False  # work is being done: what is to be sent is held
        self._loop = loop
        self._console = console
        self._work: list[tuple[Connection, Callable[..., None], tuple[Any, ...]]] = []
        self._held: dict[Sender, None] = {}  # in order
        self._size = 0  # bytes of what they hold

    def soon(self, connection: Connection, handle: Callable[..., None], *arguments: Any) -> None:
        """Handles what has arrived on a connection, behind what arrived before it."""
        if not self._work:
            self._loop.call_soon(self.run)
        self._work.append((connection, handle, arguments))

    def make_room(self) -> None:
        """Before more is read: does the work when there is much."""
        if len(self._work) >= MOST_WORK:
            self.run()

    def run(self) -> None:
        """Does the work that there is."""
        work, self._work = self._work, []
        self.is_open = True
        try:
            for connection, handle, arguments in work:
                try:
                    handle(*arguments)
                except Exception as error:
                    self._console.bug(error)
                    connection.abort()
        finally:
            self.is_open = False
            self.send()

    def hold(self, sender: Sender, size: int) -> None:
        """Has it send when the work is done. size: bytes that it holds more than before."""
        self._held[sender] = None
        self._size += size
        if self._size > MOST_HELD:
            self.send()

    def send(self) -> None:
        """Lets go what is held."""
        held, self._held, self._size = self._held, {}, 0
        for sender in held:
            sender.send()
