"""The command line: options to settings, exit codes, and nothing else.

Commands are imported when they are called, and what does their work only after their options were
understood: imports are most of the start-up time, and help or a mistyped option needs none of it.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from edgehost import __version__
from edgehost.errors import ConfigError, FunctionError

# Each is a function in the module of its name.
COMMANDS = ("serve", "run", "invoke", "connect", "types", "cert", "engine")


class LazyGroup(click.Group):
    """Imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"edgehost.cli.{cmd_name}"), cmd_name)
        return command

    def main(self, *args: Any, **options: Any) -> Any:
        """What the system refuses is told in one line too: a disk, a right, a descriptor."""
        try:
            return super().main(*args, **options)
        except OSError as error:
            what = error.strerror or str(error)
            line = f"{error.filename}: {what}" if error.filename else what
            click.echo(f"Error: {line}", err=True)
            sys.exit(1)
        finally:
            _flush_output()

    def invoke(self, ctx: click.Context) -> object:
        """An error of the user's or of the function's is told without our traceback."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.ClickException(str(error)) from error
        except FunctionError as error:
            click.echo(str(error), err=True)
            sys.exit(1)


def _flush_output() -> None:
    """What a reader that has left or a full disk did not take is dropped, or Python complains."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="edgehost", message="%(prog)s %(version)s")
def main() -> None:
    """Run, test and host JavaScript edge functions, with WebSockets that work."""
