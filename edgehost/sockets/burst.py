"""What arrives in one pass of the event loop is handled in a row, and all answers to it leave in a row.

Going to and fro between the kernel and JavaScript for each request costs up to half as much again: caches are
cold each time, and a client that sleeps after each answer has to be woken for the next. See
docs/decisions/0015-bursts.md.

The rules of this file:
- Nothing is held while no work is being done, so only what the work calls can find something held.
- A turn that takes long does not keep the answers to what was handled before it (`send`).
- When the pass has lasted long enough the rest is put off: what arrives next on other connections goes before it.
  So is the next piece of a connection that took long: whoever asks for little does not wait for it.
- What arrives on a connection of which something waits goes behind that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from edgehost.bindings.console import Console
from edgehost.pace import Pace

MOST_WORK = 32  # that is handled in a row before its answers leave
MOST_HELD = 1024 * 1024  # bytes of answers; then they leave at once


class Connection(Protocol):
    """What work is done for."""

    took_long: bool  # its last piece of work did

    def abort(self) -> None: ...


Work = tuple[Connection, Callable[..., None], tuple[Any, ...]]


class Sender(Protocol):
    def send(self) -> None:
        """Gives the transport what was held. It must not lead into a turn."""


class Burst:
    """Of all connections of a host."""

    def __init__(self, pace: Pace, console: Console) -> None:
        self.is_open = False  # work is being done: what is to be sent is held
        self.pace = pace
        self._console = console
        self._work: deque[Work] = deque()
        self._put_off: dict[Connection, deque[Work]] = {}  # in the order of their turns
        self._held: dict[Sender, None] = {}  # in order
        self._size = 0  # bytes of what they hold

    def soon(self, connection: Connection, handle: Callable[..., None], *arguments: Any) -> None:
        """Handles what has arrived on a connection, behind what arrived before it."""
        work = (connection, handle, arguments)
        if connection.took_long or (self._put_off and connection in self._put_off):
            connection.took_long = False
            self._wait(connection).append(work)
            return
        if not self._work:
            self.pace.soon(self.run)
        self._work.append(work)

    def later(self, connection: Connection, handle: Callable[[], None]) -> None:
        """Goes on with a connection that has had its turn, before what has arrived on it since."""
        self._wait(connection).appendleft((connection, handle, ()))

    def _wait(self, connection: Connection) -> deque[Work]:
        """What of a connection waits for others to have their turn."""
        if not self._put_off:
            self.pace.later(self._run_put_off)
        return self._put_off.setdefault(connection, deque())

    def is_put_off(self, connection: Connection) -> bool:
        """Whether something of a connection waits for others to have their turn."""
        return bool(self._put_off) and connection in self._put_off

    def is_busy_with(self, connection: Connection) -> bool:
        """Whether something of a connection is still to be handled."""
        put_off = self._put_off.get(connection)
        return bool(put_off) or any(work[0] is connection for work in self._work)

    def make_room(self) -> bool:
        """Before more is read: does the work when there is much. Returns whether there is room now."""
        if len(self._work) < MOST_WORK:
            return True
        self.catch_up()
        return len(self._work) < MOST_WORK

    def catch_up(self) -> None:
        """Does the work now, if the pass has the time."""
        if self._work and not self.pace.is_over():
            self.run()

    def run(self) -> None:
        """Does the work that there is, until the pass has lasted long enough."""
        work, self._work = self._work, deque()
        self._handle(work)
        for piece in work:
            self._wait(piece[0]).append(piece)

    def _run_put_off(self) -> None:
        for connection in list(self._put_off):
            work = self._put_off[connection]
            self._handle(work)
            del self._put_off[connection]
            if work:
                self._put_off[connection] = work
            if self.pace.is_over():
                break
        if self._put_off:
            self.pace.later(self._run_put_off)

    def _handle(self, work: deque[Work]) -> None:
        """At least the first, and takes from the rest what is handled."""
        clock, end = self.pace.clock, self.pace.end()
        self.is_open = True
        try:
            while work:
                connection, handle, arguments = work.popleft()
                try:
                    handle(*arguments)
                except Exception as error:
                    self._console.bug(error)
                    connection.abort()
                if clock() >= end:
                    connection.took_long = True
                    break
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
