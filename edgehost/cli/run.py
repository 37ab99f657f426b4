"""`edgehost run`: a script in an isolate, until nothing is pending."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from edgehost.bindings.console import Console
from edgehost.cli.loop import run as run_loop
from edgehost.cli.options import function_config, function_options
from edgehost.config import FunctionConfig
from edgehost.worker import Worker


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("script", type=click.Path(path_type=Path))
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@function_options
def run(script: Path, args: tuple[str, ...], log_format: Any, quiet: bool, **function: Any) -> None:
    """Run the module in SCRIPT; its ARGS are in the global `scriptArgs`.

    Exits when no timer and no operation is pending: with 1 after an uncaught error.
    """
    config = function_config(script, **function)
    console = Console(config.name, log_format=log_format, quiet=quiet)
    sys.exit(run_loop(_run(config, console, list(args))))


async def _run(config: FunctionConfig, console: Console, arguments: list[str]) -> int:
    """The exit code."""
    worker = Worker(config, console, lambda _worker: None)
    try:
        await worker.run(arguments)
    finally:
        worker.close()
        console.flush()
    return 1 if worker.faults else 0
