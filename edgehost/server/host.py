"""What all connections of a listener share: the function they reach, the limits, and the end."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from aiohttp.http import HttpVersion11
from aiohttp.streams import EMPTY_PAYLOAD

from edgehost.bindings.console import Console
from edgehost.config import Limits, ServerConfig
from edgehost.deployment import Deployment
from edgehost.errors import FunctionError, PeerError
from edgehost.server.connection import READ_AHEAD, Connection
from edgehost.server.exchange import Exchange
from edgehost.server.request_log import LoggedExchange
from edgehost.sockets.burst import Burst
from edgehost.sockets.unsent import Unhandled, Unsent


def _exceeds(length: str, limit: int) -> bool:
    """length: digits, as many as the client likes; Python would not read thousands of them."""
    digits = length.lstrip("0")
    return len(digits) > 20 or int(digits or "0") > limit


def _coding_refusal(exchange: Exchange) -> tuple[int, str] | None:
    """For what a body in chunks is encoded with beside, which nobody here undoes (RFC 9112, 6.1)."""
    message = exchange.message
    if not message.version.minor:
        exchange.keep_alive = (
            False  # HTTP/1.0 has no chunks: somebody on the way may see another end
        )
    codings = ", ".join(message.headers.getall("Transfer-Encoding"))
    if codings.strip(" \t").lower() == "chunked":
        return None
    exchange.keep_alive = False
    return 501, f"the transfer coding {codings!r:.100} is not known here"


class HttpHost:
    """Makes connections, and hands their requests to the function's worker."""

    def __init__(
        self, deployment: Deployment, config: ServerConfig, *, show_errors: bool = False
    ) -> None:
        """show_errors: whether clients see where a function failed, and why."""
        self.deployment = deployment
        self.config = config
        self.show_errors = show_errors
        self.exchange = LoggedExchange if config.request_log else Exchange
        self.console: Console = deployment.console
        self.limits: Limits = deployment.config.limits
        self.loop = asyncio.get_running_loop()
        self.burst = Burst(deployment.pace, deployment.console)
        deployment.when_long.append(self.burst.send)
        self.unsent = Unsent(self.limits.unsent_bytes)
        self.unhandled = Unhandled(self.limits.unhandled_bytes)
        self.stopping = False  # connections end with the response they are at
        self.opened: set[Connection] = set()
        self.most_head_bytes = self._most_head_bytes()
        self._emptied: asyncio.Future[None] | None = None  # told when no connection is open
        self._tasks: set[asyncio.Task[None]] = set()  # what cannot be done at once

    def _most_head_bytes(self) -> float:
        """Of a head that is not complete: generous, for the exact limits are checked when it is."""
        limits = self.limits
        if not limits.url_bytes or not limits.header_bytes:
            return math.inf
        return limits.url_bytes + 2 * limits.header_bytes + READ_AHEAD

    @property
    def connections(self) -> list[Connection]:
        """Those that are open."""
        return list(self.opened)

    def __call__(self) -> Connection:
        """A protocol for an accepted connection."""
        return Connection(self)

    def examine(self, exchange: Exchange, head_bytes: int) -> None:
        """Looks at a request that was read: before others are handled, while caches are warm.

        head_bytes: at most so many its head can have.
        """
        try:
            exchange.refusal = self._refusal(exchange, head_bytes)
        except Exception as error:
            self.console.bug(error)
            exchange.refusal = 500, "Internal Server Error"

    def handle(self, exchange: Exchange) -> None:
        """Begins to answer a request, and often ends it too."""
        if exchange.refusal is not None:
            exchange.refuse_with(*exchange.refusal)
        elif (worker := self.deployment.worker) is not None:
            exchange.worker = worker
            worker.begin(exchange)
        else:
            self.spawn(self._handle_later(exchange))

    def refused(self, status: int, text: str) -> None:
        """What a client sent was no request."""
        if self.config.request_log:
            shown = ascii(text)[1:-1]  # it may quote the client
            fields = {"event": "refused", "status": status}
            self.console.request(f"refused {status}: {shown}", fields, 0)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs beside everything else, until the host is aborted."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle_later(self, exchange: Exchange) -> None:
        """The worker was retired; its successor is being made."""
        try:
            worker = await self.deployment.ready()
        except FunctionError as error:
            exchange.fail(503, error)
        else:
            if not exchange.finished:
                exchange.worker = worker
                worker.begin(exchange)

    def _refusal(self, exchange: Exchange, head_bytes: int) -> tuple[int, str] | None:
        """What keeps a request from the function: a status and a line of text."""
        message, limits = exchange.message, self.limits
        version = message.version
        if version is not HttpVersion11 and version.major != 1:
            return 505, f"HTTP/{version.major}.{version.minor} is not spoken here"
        if 0 < limits.header_bytes < head_bytes:
            size = sum(len(name) + len(value) for name, value in message.raw_headers)
            if size > limits.header_bytes:
                return 431, f"the headers are longer than the limit of {limits.header_bytes} bytes"
        if message.method == "CONNECT":
            return 501, "this server is no proxy"
        try:
            exchange.url()
        except PeerError as error:
            return 400, str(error)
        if exchange.payload is EMPTY_PAYLOAD:
            return None
        if message.chunked and (refusal := _coding_refusal(exchange)):
            return refusal
        if not limits.body_bytes:
            return None
        length = message.headers.get("Content-Length")
        if length is not None and _exceeds(length, limits.body_bytes):
            return 413, f"the body is larger than the limit of {limits.body_bytes} bytes"
        return None

    # The end

    def stop(self) -> None:
        """Ends the connections that are idle, the others with the response they are at."""
        self.burst.catch_up()  # what has arrived is in flight
        self.stopping = True
        for connection in self.connections:
            connection.finish()

    async def caught_up(self, seconds: float) -> None:
        """Returns when what has arrived before the stop is with the worker, or after that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for connection in self.connections:
                    while connection.is_behind:
                        await asyncio.sleep(0)

    def closed(self, connection: Connection) -> None:
        """A connection was lost."""
        self.opened.discard(connection)
        if self._emptied is not None and not self.opened and not self._emptied.done():
            self._emptied.set_result(None)

    async def wait_closed(self, seconds: float) -> None:
        """Returns when no connection is open, or after that time."""
        if self.opened:
            self._emptied = self._emptied or self.loop.create_future()
            await asyncio.wait([self._emptied], timeout=seconds)

    def abort(self) -> None:
        """Ends what is left."""
        for connection in self.connections:
            connection.abort()
        for task in self._tasks:
            task.cancel()
