"""`edgehost serve`: a function on a port."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from pathlib import Path
from typing import Any

import click

from edgehost.bindings.console import Console
from edgehost.cli.loop import run
from edgehost.cli.options import function_config, function_options
from edgehost.config import FunctionConfig, ServerConfig
from edgehost.deployment import Deployment
from edgehost.server.service import Service

GC_THRESHOLD = 50_000  # allocations between two collections: the default costs a tenth of the throughput


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: a free one."
)
@click.option("--tls/--no-tls", default=True, show_default=True, help="https and wss on the same port.")
@click.option("--cert", type=click.Path(path_type=Path), help="PEM certificate; default: a development one.")
@click.option("--key", type=click.Path(path_type=Path), help="PEM private key of --cert.")
@function_options
def serve(
    file: Path,
    host: str,
    port: int,
    tls: bool,
    cert: Path | None,
    key: Path | None,
    log_format: Any,
    quiet: bool,
    **function: Any,
) -> None:
    """Serve the function in FILE over http, https, ws and wss."""
    config = ServerConfig(
        host=host, port=port, tls=tls, cert=cert, key=key, log_format=log_format, quiet=quiet
    )
    run(_serve(function_config(file, **function), config))


async def _serve(function: FunctionConfig, config: ServerConfig) -> None:
    console = Console(function.name, log_format=config.log_format, quiet=config.quiet)
    service = Service(Deployment(function, console), config)
    stopped = _stop_on_signals()
    await service.start()
    _announce(service, config)
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    try:
        await stopped.wait()
    finally:
        await service.stop()


def _stop_on_signals() -> asyncio.Event:
    """The first Ctrl-C or SIGTERM stops in good order, a second Ctrl-C at once."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, lambda *_: _exit_at_once())

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return stopped


def _exit_at_once() -> None:
    import os

    os._exit(130)


def _announce(service: Service, config: ServerConfig) -> None:
    if config.log_format == "json":
        line = json.dumps({"event": "listening", "port": service.port, "urls": list(service.urls)})
    else:
        line = "listening on " + " and ".join(service.urls)
    print(line, file=sys.stdout, flush=True)
