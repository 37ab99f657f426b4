"""The connections to backends, by origin: taken, kept, and given up.

A request takes the connection that was used last, or a new one while there may be more, or waits for one.
"""

from __future__ import annotations

import asyncio
from collections import deque

from edgehost.client.connection import Answered, Call, ClientConnection
from edgehost.client.connector import Connector
from edgehost.client.origin import Origin
from edgehost.client.request import Request
from edgehost.errors import EdgehostError, OutboundError

IDLE_SECONDS = 15.0  # that an unused connection is kept
SILENT_SECONDS = 60.0  # without a sign of life of a backend that is waited for
SWEEP_SECONDS = 1.0
MOST_OF_AN_ORIGIN = 64
MOST_IN_ALL = 512


class Queue:
    """The connections of one origin, and the calls that wait for one."""

    def __init__(self, origin: Origin, connector: Connector) -> None:
        self.origin = origin
        self.proxy = connector.proxy_of(origin)
        self.idle: list[ClientConnection] = []  # the one that was used last is the last
        self.waiting: deque[Call] = deque()
        self.count = 0  # of connections, with those that are being made
        self.opening = 0  # of these


class Pool:
    """Of one event loop."""

    def __init__(
        self,
        connector: Connector,
        *,
        more: str = "",
        most_of_an_origin: int = MOST_OF_AN_ORIGIN,
        most_in_all: int = MOST_IN_ALL,
        idle_seconds: float = IDLE_SECONDS,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        """more: lines of each request's head."""
        self.loop = asyncio.get_running_loop()
        self.connector = connector
        self.more = more
        self._most = most_of_an_origin
        self._most_in_all = most_in_all
        self._idle_seconds = idle_seconds
        self._silent_seconds = silent_seconds
        self._queues: dict[Origin, Queue] = {}
        self._connections: set[ClientConnection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._now = 0.0  # the clock of the last sweep: fine enough for timeouts of many seconds

    def __len__(self) -> int:
        """Connections, with those that are being made."""
        return len(self._connections) + len(self._opening)

    def begin(self, request: Request, answered: Answered) -> Call:
        """Sends a request as soon as there is a connection for it."""
        call = Call(request, answered, self.more)
        queue = self._queue(request.target.origin)
        while queue.idle:
            connection = queue.idle.pop()
            if connection.transport is not None and not connection.transport.is_closing():
                connection.begin(call)
                return call
        self._wait(queue, call)
        return call

    def send_again(self, call: Call) -> None:
        """On a connection that nobody used before: what is idle may be as dead as the one that failed."""
        self._wait(self._queue(call.request.target.origin), call)

    def _queue(self, origin: Origin) -> Queue:
        queue = self._queues.get(origin)
        if queue is None:
            queue = self._queues[origin] = Queue(origin, self.connector)
        return queue

    def _wait(self, queue: Queue, call: Call) -> None:
        queue.waiting.append(call)
        if len(queue.waiting) > queue.opening and queue.count < self._most and self._has_room():
            self._open(queue)

    def _has_room(self) -> bool:
        if len(self) < self._most_in_all:
            return True
        for queue in self._queues.values():
            if queue.idle:
                queue.idle.pop(0).abort()
                return True
        return False

    def _open(self, queue: Queue) -> None:
        queue.count += 1
        queue.opening += 1
        task = self.loop.create_task(self._connect(queue))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _connect(self, queue: Queue) -> None:
        try:
            connection = await self.connector.connect(
                queue.origin, lambda: ClientConnection(self, queue)
            )
        except BaseException as error:
            queue.opening -= 1
            queue.count -= 1
            self._not_connected(queue, error)
            if not isinstance(error, EdgehostError):
                raise
            return
        queue.opening -= 1
        self._connections.add(connection)
        if self._sweep is None:
            self._check()
        self._give(queue, connection)

    def _not_connected(self, queue: Queue, error: BaseException) -> None:
        if not isinstance(error, OutboundError):
            error = OutboundError("reset", queue.origin.host, "the connection was given up")
        while queue.waiting:
            call = queue.waiting.popleft()
            if not call.is_dropped:
                call.answered.on_error(error)
                break
        self._forget(queue)

    def _give(self, queue: Queue, connection: ClientConnection) -> None:
        """To the call that waits longest, or to nobody yet."""
        while queue.waiting:
            call = queue.waiting.popleft()
            if call.is_dropped:
                continue
            connection.begin(call)
            return
        self.note_sign_of_life(connection)
        queue.idle.append(connection)

    def release(self, connection: ClientConnection) -> None:
        """Its response is complete."""
        if connection.transport is not None and not connection.transport.is_closing():
            self._give(connection.queue, connection)

    def lost(self, connection: ClientConnection) -> None:
        if connection not in self._connections:
            return
        queue = connection.queue
        self._connections.discard(connection)
        queue.count -= 1
        if connection in queue.idle:
            queue.idle.remove(connection)
        if len(queue.waiting) > queue.opening and self._has_room():
            self._open(queue)
        self._forget(queue)
        self._serve_others()

    def _forget(self, queue: Queue) -> None:
        if not queue.count and not queue.waiting:
            self._queues.pop(queue.origin, None)

    def _serve_others(self) -> None:
        """Who waits because there were too many in all."""
        if len(self) + 1 != self._most_in_all:
            return
        for queue in self._queues.values():
            if len(queue.waiting) > queue.opening and queue.count < self._most:
                self._open(queue)
                return

    # Time

    def note_sign_of_life(self, connection: ClientConnection) -> None:
        connection.heard = self._now

    def _check(self) -> None:
        """Once a second while there are connections: exact timers would cost each request one."""
        self._sweep = None
        now = self._now = self.loop.time()
        for connection in list(self._connections):
            silent = now - connection.heard if connection.heard else 0.0
            if not connection.heard:
                connection.heard = now
            if connection.is_waited_for:
                if silent > self._silent_seconds:
                    host = connection.queue.origin.host
                    connection.fail(
                        "timeout", f"{host} said nothing for {self._silent_seconds:g} s"
                    )
            elif connection.call is None and silent > self._idle_seconds:
                connection.abort()
        if self._connections:
            self._sweep = self.loop.call_later(SWEEP_SECONDS, self._check)

    def close(self) -> None:
        """Gives up everything."""
        if self._sweep is not None:
            self._sweep.cancel()
        for task in self._opening:
            task.cancel()
        for connection in list(self._connections):
            connection.abort()
