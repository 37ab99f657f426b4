"""`edgehost run`: a script in an isolate, until nothing is pending."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from edgehost.cli.loop import run as run_loop
from edgehost.cli.options import function_config, function_options, patience
from edgehost.cli.stop import die_on_interrupt, end_stuck
from edgehost.config import FunctionConfig, LogFormat
from edgehost.errors import ConfigError


@click.command(
    short_help="Run a script with a function's globals.",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("script", type=click.Path(path_type=Path))
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@function_options(wall_ms=0, log_rate=0)
def run(
    script: Path, args: tuple[str, ...], log_format: LogFormat, quiet: bool, **function: Any
) -> None:
    """Run the module in SCRIPT, with ARGS in the global scriptArgs and variables in env.

    It ends when nothing is pending. Exits with 1 after an uncaught error, which ends it at once.

    The options below are taken wherever they stand, others are left to the script; so is
    everything after --.
    """
    if str(script).startswith("-"):
        raise ConfigError(f"no such option: {script}")
    config = function_config(script, **function)
    sys.exit(run_loop(_run(config, list(args), log_format, quiet)))


async def _run(
    config: FunctionConfig, arguments: list[str], log_format: LogFormat, quiet: bool
) -> int:
    """The exit code."""
    from edgehost.bindings.console import Console
    from edgehost.worker import Worker

    # A script's output may be another program's input: lines for people begin with no name.
    console = Console(
        config.name if log_format == "json" else "",
        log_format=log_format,
        quiet=quiet,
        limits=config.log_limits,
        patience=patience(config),
    )
    die_on_interrupt(console.close)
    worker = Worker(config, console, lambda _worker: None, when_stuck=end_stuck)
    try:
        await worker.run(arguments)
    finally:
        worker.close()
        console.flush()  # as patiently as before
        console.close()
    return 1 if worker.faults else 0
