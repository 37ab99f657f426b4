"""The listening sockets: accepts, tells TLS from plain http by the first byte, and hands over.

The rules of this file:
- It consumes no byte: it looks at the first one and leaves it to the protocol.
- What one client does ends nothing but its own connection, and is not worth a traceback.
- From accept to hand-over a connection is in exactly one place: among the silent (its first byte is
  awaited, for a limited time) or in a task of its own (TLS is being set up).
- An event loop with `add_reader` is needed: uvloop, or asyncio's selector loop (on Windows
  `asyncio.SelectorEventLoop`).
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Sequence

from edgehost.errors import ConfigError
from edgehost.server.tls import ContextFactory, Contexts

logger = logging.getLogger(__name__)

TLS_HELLO = b"\x16"  # the record type that opens a TLS connection; no http request begins so
ACCEPTS_AT_ONCE = 64  # then the other connections have their turn
PAUSE_SECONDS = 0.1  # without accepting, when the process or the system is out of descriptors
SHUTDOWN_SECONDS = 60.0  # for what is unsent when a TLS connection closes, and the farewell

TROUBLE_SECONDS = 60.0  # between two warnings of the same trouble
UNTRUSTED_ALERTS = ("ALERT_UNKNOWN_CA", "ALERT_CERTIFICATE_UNKNOWN", "ALERT_BAD_CERTIFICATE")

ProtocolFactory = Callable[[], asyncio.Protocol]


class Listener:
    """Accepts on the given sockets (see `bind.py`) from `start` to `close`."""

    def __init__(
        self,
        protocol_factory: ProtocolFactory,
        sockets: Sequence[socket.socket],
        *,
        tls: ContextFactory | None = None,
        first_byte_seconds: float = 75.0,
        handshake_seconds: float = 10.0,
        untrusted_hint: str = "",
    ) -> None:
        """Takes over the sockets, which listen already, for the running event loop.

        tls: called for the first TLS hello, on another thread; None: every byte is plain http, and
            the protocol itself must limit how long a client may be silent.
        first_byte_seconds: how long a client may say nothing before it is dropped.
        handshake_seconds: how long a TLS handshake may take.
        untrusted_hint: logged once, when a client refuses our certificate.
        """
        self._protocol_factory = protocol_factory
        self._sockets = list(sockets)
        self._contexts = Contexts(tls) if tls is not None else None
        self._first_byte_seconds = first_byte_seconds
        self._handshake_seconds = handshake_seconds
        self._hint = untrusted_hint
        self._silent: dict[socket.socket, float] = {}  # to the loop's time of its end, in order
        self._sweeper: asyncio.TimerHandle | None = None  # armed once any has been silent
        self._pauses: dict[socket.socket, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # hand-overs that have not ended
        self._trouble = ("", 0.0)  # logged last, and when: many clients meet the same one
        self._loop = asyncio.get_running_loop()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The true host and port of each socket; empty once closed."""
        return [sock.getsockname()[:2] for sock in self._sockets]

    def start(self) -> None:
        """Begins to accept."""
        for sock in self._sockets:
            self._loop.add_reader(sock, self._accept, sock)

    def close(self) -> None:
        """Stops accepting now and drops the clients that have said nothing; others are served."""
        sockets, self._sockets = self._sockets, []
        for sock in sockets:
            if (pause := self._pauses.pop(sock, None)) is not None:
                pause.cancel()
            else:
                self._loop.remove_reader(sock)
            sock.close()
        for connection in list(self._silent):
            self._drop(connection)
        if self._sweeper is not None:
            self._sweeper.cancel()

    async def wait_closed(self, seconds: float) -> None:
        """Waits until every accepted connection has its protocol; cancels handshakes that last.

        Only then does the http server know all that it has to bring to an end.
        """
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # Accepting

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTS_AT_ONCE):
            try:
                connection = listening.accept()[0]
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                self._pause(listening, error)
                return
            connection.setblocking(False)
            if self._contexts is None:
                self._begin(connection, hello=False)
            else:
                self._look(connection)

    def _pause(self, listening: socket.socket, error: OSError) -> None:
        """The socket stays readable, so without a pause the loop would spin."""
        self._log_trouble(f"cannot accept connections for now: {error.strerror}")
        self._loop.remove_reader(listening)
        self._pauses[listening] = self._loop.call_later(PAUSE_SECONDS, self._resume, listening)

    def _resume(self, listening: socket.socket) -> None:
        del self._pauses[listening]
        self._loop.add_reader(listening, self._accept, listening)

    # The first byte

    def _look(self, connection: socket.socket) -> None:
        """Begins, when the first byte is there; called again when it may be."""
        try:
            first = connection.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            self._await_first_byte(connection)
            return
        except OSError:  # it has been reset
            first = b""
        if not first:
            self._drop(connection)
            return
        self._forget(connection)
        self._begin(connection, hello=first == TLS_HELLO)

    def _await_first_byte(self, connection: socket.socket) -> None:
        if connection in self._silent:
            return
        self._silent[connection] = self._loop.time() + self._first_byte_seconds
        self._loop.add_reader(connection, self._look, connection)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(self._first_byte_seconds, self._sweep)

    def _sweep(self) -> None:
        """Drops those whose time is up. All have the same time, so the first is the next."""
        self._sweeper = None
        now = self._loop.time()
        for connection, end in list(self._silent.items()):
            if end > now:
                self._sweeper = self._loop.call_at(end, self._sweep)
                return
            self._drop(connection)

    def _forget(self, connection: socket.socket) -> None:
        if self._silent.pop(connection, None) is not None:
            self._loop.remove_reader(connection)

    def _drop(self, connection: socket.socket) -> None:
        self._forget(connection)
        connection.close()

    # Handing over

    def _begin(self, connection: socket.socket, *, hello: bool) -> None:
        task = self._loop.create_task(self._hand_over(connection, hello))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _hand_over(self, connection: socket.socket, hello: bool) -> None:
        try:
            context = await self._context(connection) if hello else None
            protocol = self._protocol_factory()
        except ConfigError as error:
            connection.close()
            self._log_trouble(f"cannot answer a TLS client: {error}")
            return
        except BaseException:
            connection.close()
            raise
        # From here on the transport closes the socket: by now its number may be another's.
        try:
            await self._connect(connection, protocol, context)
        except ssl.SSLError as error:
            self._note_refusal(error)
        except OSError as error:  # the client has left, or took too long
            logger.debug("a connection ended before it began: %s", error)

    async def _context(self, connection: socket.socket) -> ssl.SSLContext:
        assert self._contexts is not None
        return await self._contexts.get(connection.getsockname()[0])

    async def _connect(
        self,
        connection: socket.socket,
        protocol: asyncio.Protocol,
        context: ssl.SSLContext | None,
    ) -> None:
        if context is None:
            await self._loop.connect_accepted_socket(lambda: protocol, connection)
            return
        await self._loop.connect_accepted_socket(
            lambda: protocol,
            connection,
            ssl=context,
            ssl_handshake_timeout=self._handshake_seconds,
            ssl_shutdown_timeout=SHUTDOWN_SECONDS,
        )

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "a connection could not be handed over", "exception": error}
            self._loop.call_exception_handler(context)

    # What the user is told

    def _note_refusal(self, error: ssl.SSLError) -> None:
        logger.debug("a TLS handshake failed: %s", error)
        if self._hint and (error.reason or "").endswith(UNTRUSTED_ALERTS):
            logger.warning(self._hint)
            self._hint = ""

    def _log_trouble(self, message: str) -> None:
        now = self._loop.time()
        if message != self._trouble[0] or now > self._trouble[1] + TROUBLE_SECONDS:
            self._trouble = (message, now)
            logger.warning(message)
