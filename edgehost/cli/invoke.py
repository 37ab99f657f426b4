"""`edgehost invoke`: one request without a server."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgehost.cli.loop import run
from edgehost.cli.options import function_config, function_options, patience
from edgehost.cli.stop import die_on_interrupt, end_stuck
from edgehost.config import FunctionConfig, LogFormat
from edgehost.errors import ConfigError

if TYPE_CHECKING:
    from edgehost.bindings.console import Console
    from edgehost.cli.printed import PrintedExchange

ORIGIN = "http://localhost"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2


@click.command(short_help="Send a function one request, without a server.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("url", default="/")
@click.option("-X", "--method", metavar="METHOD", help="Default: GET, or POST with -d.")
@click.option(
    "-H",
    "--header",
    "headers",
    multiple=True,
    metavar="'K: V'",
    help="A header; may be given again.",
)
@click.option("-d", "--data", metavar="DATA|@FILE", help="The request's body; @-: from stdin.")
@click.option("-i", "--include", is_flag=True, help="Print the status and the headers too.")
@function_options(log_rate=0)
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
    """Send one request for URL to the function in FILE and print the response as it comes.

    URL may be only a path, of http://localhost. What the function logs goes to stderr. Exits with
    1 when the function fails, and with 0 whatever status it answers.
    """
    config = function_config(file, **function)
    method = method or ("POST" if data is not None else "GET")
    if not _TOKEN.fullmatch(method):
        raise ConfigError(f"-X: '{method}' is not a method")
    url = ORIGIN + url if url.startswith("/") else url
    fields = tuple(map(header, headers))
    body = _body(data)

    from edgehost.bindings.console import Console
    from edgehost.cli.printed import PrintedExchange
    from edgehost.server.memory import Request

    console = Console(
        config.name,
        log_format=log_format,
        quiet=quiet,
        stdout=sys.stderr,
        limits=config.log_limits,
        patience=patience(config),
    )
    exchange = PrintedExchange(Request(method, url, fields, body), sys.stdout.buffer, include)
    sys.exit(run(_invoke(config, console, exchange)))


async def _invoke(config: FunctionConfig, console: Console, exchange: PrintedExchange) -> int:
    """The exit code."""
    from edgehost.worker import Worker

    die_on_interrupt(console.close)
    worker = Worker(config, console, lambda _worker: None, when_stuck=end_stuck)
    try:
        await worker.load()
        request = worker.begin(exchange)
        await exchange.answered()
        if exchange.is_unread:
            worker.deliver("disconnect", request)
        await worker.drain(config.limits.wall_ms / 1000 or None)
    finally:
        worker.close()
        console.flush()  # as patiently as before
        console.close()
    if exchange.trouble is not None:
        raise ConfigError(f"stdout: {exchange.trouble.strerror}")
    return 1 if exchange.error is not None else 0


def _body(data: str | None) -> bytes:
    if data is None:
        return b""
    if not data.startswith("@"):
        return data.encode("utf-8", "surrogateescape")
    try:
        return sys.stdin.buffer.read() if data == "@-" else Path(data[1:]).read_bytes()
    except OSError as error:
        raise ConfigError(f"-d: {data[1:]}: {error.strerror}") from error


def header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not _TOKEN.fullmatch(name.strip()):
        raise ConfigError(f"-H: '{text}' is not of the form 'K: V'")
    return name.strip(), value.strip()
