"""`edgehost connect`: a WebSocket client in the terminal."""

from __future__ import annotations

import asyncio
import ssl
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from edgehost.cli.invoke import header
from edgehost.cli.loop import run
from edgehost.cli.message_lines import RECEIVED, SENT, close_line, message_line, printable
from edgehost.cli.options import function_config, function_options
from edgehost.cli.stop import end_stuck, stop_on_signals
from edgehost.config import FunctionConfig, LogFormat, ServerConfig
from edgehost.errors import ConfigError

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

LINES_AHEAD = 16  # that are read before those before them were sent
MOST_REFUSAL = 300  # characters of a refusal's body that are shown


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the client asks for."""

    path: str
    headers: list[tuple[str, str]]
    protocols: list[str]
    wait: float  # seconds that the socket stays open after the last line


@click.command(short_help="Open a socket to a function or a URL; lines of stdin are its messages.")
@click.argument("target", metavar="FILE|ws://URL")
@click.argument("path", default="/")
@click.option(
    "-H",
    "--header",
    "headers",
    multiple=True,
    metavar="'K: V'",
    help="A header; may be given again.",
)
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    metavar="NAME",
    help="A subprotocol to offer; may be given again.",
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Stay open for so long after stdin has ended.",
)
@function_options()
def connect(
    target: str,
    path: str,
    headers: tuple[str, ...],
    protocols: tuple[str, ...],
    wait: float,
    log_format: LogFormat,
    quiet: bool,
    **function: Any,
) -> None:
    """Open a WebSocket to the function in FILE, which runs in this process, or to a URL.

    PATH is that of the request to FILE. Each line of stdin is sent as a text; each message, sent or
    received, is a line on stdout: direction, type, size in bytes, content. When stdin ends, the
    socket is closed. Exits with 0 once both sides have closed, and with 1 otherwise.
    """
    handshake = Handshake(path, [header(text) for text in headers], list(protocols), wait)
    if target.startswith(("ws://", "wss://")):
        sys.exit(run(_talk(target, handshake)))
    config = function_config(Path(target), **function)
    sys.exit(run(_talk_to_function(config, handshake, log_format, quiet)))


async def _talk_to_function(
    config: FunctionConfig, handshake: Handshake, log_format: LogFormat, quiet: bool
) -> int:
    async with _served(config, log_format, quiet) as url:
        return await _talk(url + handshake.path.removeprefix("/"), handshake)


@asynccontextmanager
async def _served(config: FunctionConfig, log_format: LogFormat, quiet: bool) -> AsyncIterator[str]:
    """The address of a function on a port of its own; what it logs goes to stderr."""
    from edgehost.bindings.console import Console
    from edgehost.deployment import Deployment
    from edgehost.server.service import Service

    console = Console(
        config.name,
        log_format=log_format,
        quiet=quiet,
        stdout=sys.stderr,
        limits=config.log_limits,
    )
    deployment = Deployment(config, console)
    deployment.when_stuck = end_stuck
    service = Service(deployment, ServerConfig(port=0, tls=False))
    try:
        await service.start()
        yield service.urls[0].replace("http", "ws", 1)
    finally:
        await service.stop()
        console.close()


# The client


async def _talk(url: str, handshake: Handshake) -> int:
    """The exit code."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

    stopped = asyncio.ensure_future(stop_on_signals().wait())
    try:
        socket = await connect(
            url,
            additional_headers=handshake.headers,
            subprotocols=handshake.protocols or None,  # type: ignore[arg-type]
            ssl=_trusting(url),
            max_size=None,
        )
    except InvalidStatus as error:
        answer = error.response
        said = printable(answer.body.decode("utf-8", "replace")[:MOST_REFUSAL])
        refusal = f"{answer.status_code} {answer.reason_phrase}".strip()
        raise ConfigError(f"{url} answers the handshake with {refusal}: {said}") from error
    except (InvalidHandshake, InvalidURI, OSError, ValueError) as error:
        raise ConfigError(f"{url}: {error or type(error).__name__}") from error
    _say(f"open {socket.subprotocol or ''}".rstrip())
    try:
        return await _exchange(socket, handshake.wait, stopped)
    finally:
        stopped.cancel()


async def _exchange(socket: ClientConnection, wait: float, stopped: asyncio.Future[Any]) -> int:
    """Until both sides have closed. The exit code."""
    receiving = asyncio.ensure_future(_receive(socket))
    sending = asyncio.ensure_future(_send(socket))
    await asyncio.wait((receiving, sending, stopped), return_when=asyncio.FIRST_COMPLETED)
    if sending.done() and wait:
        await asyncio.wait((receiving, stopped), timeout=wait, return_when=asyncio.FIRST_COMPLETED)
    sending.cancel()
    if not receiving.done():
        _say(close_line(SENT, 1000, ""))
        await socket.close()
    await receiving
    if (close := socket.protocol.close_rcvd) is None:
        _say("the connection was lost")
        return 1
    _say(close_line(RECEIVED, close.code, close.reason))
    return 0


async def _receive(socket: ClientConnection) -> None:
    from websockets.exceptions import ConnectionClosed

    with suppress(ConnectionClosed):
        while True:
            _say(message_line(RECEIVED, await socket.recv()))


async def _send(socket: ClientConnection) -> None:
    from websockets.exceptions import ConnectionClosed

    with suppress(ConnectionClosed):
        async for line in _lines():
            _say(message_line(SENT, line))
            await socket.send(line)


async def _lines() -> AsyncIterator[str]:
    """Those of stdin. A thread reads them, since not every kind of stdin can be waited for."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    room = threading.Semaphore(LINES_AHEAD)

    def read() -> None:
        # A reader of our own: at exit, Python waits for nobody who reads it.
        # RuntimeError: the loop is closed.
        with suppress(OSError, RuntimeError), open(0, "rb", closefd=False) as lines:
            for line in chain(lines, [b""]):
                room.acquire()
                loop.call_soon_threadsafe(queue.put_nowait, line)

    threading.Thread(target=read, name="edgehost stdin", daemon=True).start()
    while line := await queue.get():
        room.release()
        yield line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")


def _trusting(url: str) -> ssl.SSLContext | None:
    """Trusts whom this machine trusts and, for its own names, the development authority."""
    parts = urlsplit(url)
    if parts.scheme != "wss":
        return None
    context = ssl.create_default_context()
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost"):
        from edgehost.server.authority import open_authority

        context.load_verify_locations(open_authority().certificate_file)
    return context


def _say(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding), flush=True)
