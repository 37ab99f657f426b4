"""`edgehost invoke`: one request without a server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from edgehost.bindings.console import Console
from edgehost.cli.loop import run
from edgehost.cli.options import function_config, function_options
from edgehost.config import FunctionConfig, LogFormat
from edgehost.errors import ConfigError
from edgehost.server.memory import MemoryExchange, Reply, Request
from edgehost.worker import Worker


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("url", default="http://localhost/")
@click.option("-X", "--method", help="Default: GET, or POST with -d.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'K: V'", help="A request header.")
@click.option("-d", "--data", metavar="DATA|@FILE", help="The request's body.")
@click.option("-i", "--include", is_flag=True, help="Print the status and the headers too.")
@function_options
def invoke(
    file: Path,
    url: str,
    method: str | None,
    headers: tuple[str, ...],
    data: str | None,
    include: bool,
    log_format: LogFormat,
    quiet: bool,
    **function: Any,
) -> None:
    """Send one request for URL to the function in FILE and print the response.

    Exits with 1 when the function fails.
    """
    config = function_config(file, **function)
    # The response goes to stdout, so what the function logs goes to stderr.
    console = Console(config.name, log_format=log_format, quiet=quiet, stdout=sys.stderr)
    request = Request(
        method or ("POST" if data is not None else "GET"),
        url,
        tuple(map(_header, headers)),
        _body(data),
    )
    exchange = run(_invoke(config, console, request))
    _print(exchange.response, include)
    sys.exit(1 if exchange.error is not None else 0)


async def _invoke(config: FunctionConfig, console: Console, request: Request) -> MemoryExchange:
    exchange = MemoryExchange(request)
    worker = Worker(config, console, lambda _worker: None)
    try:
        await worker.load()
        worker.begin(exchange)
        await exchange.answered()
        await worker.drain(config.limits.wall_ms / 1000 or None)
        return exchange
    finally:
        worker.close()
        console.flush()


def _body(data: str | None) -> bytes:
    if data is None:
        return b""
    if not data.startswith("@"):
        return data.encode("utf-8", "surrogateescape")
    try:
        return sys.stdin.buffer.read() if data == "@-" else Path(data[1:]).read_bytes()
    except OSError as error:
        raise ConfigError(f"-d: {data[1:]}: {error.strerror}") from error


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ConfigError(f"-H: '{text}' is not of the form 'K: V'")
    return name.strip(), value.strip()


def _print(reply: Reply, include: bool) -> None:
    out = sys.stdout.buffer
    if include:
        lines = [f"HTTP/1.1 {reply.status} {reply.reason}", *(f"{k}: {v}" for k, v in reply.headers)]
        out.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    out.write(reply.body)
    out.flush()
