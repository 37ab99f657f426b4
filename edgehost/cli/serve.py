"""`edgehost serve`: a function on a port."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgehost.cli.loop import run
from edgehost.cli.options import function_config, function_options
from edgehost.cli.stop import end_stuck, stop_on_signals
from edgehost.config import FunctionConfig, LogFormat, ServerConfig
from edgehost.errors import ConfigError

if TYPE_CHECKING:
    from edgehost.bindings.console import Console
    from edgehost.cli.watch import Watch

GC_THRESHOLD = (
    50_000  # allocations between two collections: the default costs a tenth of the throughput
)
PATIENCE_SECONDS = 0.5  # a stop that takes longer says what it waits for


@click.command(short_help="Serve a function over http, https, ws and wss.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address or host name to listen on; 0.0.0.0: every IPv4 address.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    metavar="N",
    help="Port to listen on; 0: a free one.",
)
@click.option(
    "--tls/--no-tls", default=True, show_default=True, help="https and wss on the same port."
)
@click.option(
    "--cert",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Certificate chain in PEM; without it, a development one (see `edgehost cert`).",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Private key of --cert in PEM, where that file does not hold it too.",
)
@click.option("--watch", is_flag=True, help="Load the function anew when its files change.")
@click.option(
    "--request-log/--no-request-log",
    default=True,
    show_default=True,
    help="A line for each request: method, path, status, time and CPU time.",
)
@click.option(
    "--show-errors/--no-show-errors",
    default=None,
    help="Show clients message, source and stack of an error.  [default: if only loopback is "
    "listened on, and --log-format is pretty]",
)
@function_options()
def serve(
    file: Path | None,
    host: str,
    port: int,
    tls: bool,
    cert: Path | None,
    key: Path | None,
    watch: bool,
    request_log: bool,
    show_errors: bool | None,
    log_format: LogFormat,
    quiet: bool,
    **function: Any,
) -> None:
    """Serve the function in FILE over http, https, ws and wss, all on one port.

    Without FILE: the file that build.entry in azion.config.* or package.json names in this folder.
    The first line on stdout says the URLs, once connections are accepted. Ctrl-C stops in good
    order, a second one at once.
    """
    if cert is not None and not tls:
        raise ConfigError("--cert is for TLS: leave out --no-tls")
    config = ServerConfig(
        host=host,
        port=port,
        tls=tls,
        cert=cert,
        key=key,
        log_format=log_format,
        quiet=quiet,
        request_log=request_log and not quiet,
        show_errors=show_errors,
    )
    gc.disable()  # until all is loaded: there is no garbage in that worth looking for
    if file is None:
        from edgehost.cli.entry import find_entry

        file = find_entry(Path())
    configure = partial(function_config, file, **function)
    run(_serve(configure(), config, configure if watch else None))


async def _serve(
    function: FunctionConfig,
    config: ServerConfig,
    reconfigure: Callable[[], FunctionConfig] | None,
) -> None:
    """reconfigure: reads the function's settings again, where its files are watched."""
    stopped = stop_on_signals()

    from edgehost.bindings.console import Console
    from edgehost.cli.log_records import log_to
    from edgehost.deployment import Deployment
    from edgehost.engine.allocator import keep_freed_memory
    from edgehost.server.service import Service

    keep_freed_memory()
    console = Console(
        function.name,
        log_format=config.log_format,
        quiet=config.quiet,
        limits=function.log_limits,
    )
    log_to(console)
    deployment = Deployment(function, console)
    deployment.when_stuck = end_stuck
    service = Service(deployment, config)
    watch: Watch | None = None
    watching: asyncio.Task[None] | None = None
    if reconfigure is not None:
        from edgehost.cli.watch import Watch

        watch = Watch(deployment, reconfigure)
    try:
        with console.held():  # the first line is ours, whatever the function logs as it loads
            if not await _unless(stopped, service.start()):
                return
            console.announce(_first_line(service.port, service.urls, config.log_format))
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD)
        gc.enable()
        if watch is not None:
            watching = asyncio.ensure_future(watch.run())
        await stopped.wait()
        if watching is not None:
            watching.cancel()
        _ask_for_patience(console, config.grace_seconds)
    finally:
        await service.stop()
        console.close()


async def _unless(stopped: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Whether the work ended before the stop, which cancels it. Raises what it raises."""
    task = asyncio.ensure_future(work)
    stop = asyncio.ensure_future(stopped.wait())
    await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if task.done():
        await task
        return True
    task.cancel()
    await asyncio.wait((task,))
    return False


def _first_line(port: int, urls: Sequence[str], log_format: LogFormat) -> str:
    line = "listening on " + " and ".join(urls)
    if log_format == "json":
        line = json.dumps({"event": "listening", "message": line, "port": port, "urls": urls})
    return line


def _ask_for_patience(console: Console, seconds: float) -> None:
    text = f"waiting up to {seconds:g} s for what is in flight; Ctrl-C exits at once"
    asyncio.get_running_loop().call_later(PATIENCE_SECONDS, console.record, "info", text)
