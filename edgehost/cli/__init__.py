"""The command line: options to settings, exit codes, and nothing else.

Commands are imported when they are called, since start-up is bounded by imports.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from edgehost import __version__
from edgehost.errors import ConfigError, EdgehostError

COMMANDS = {"serve": "serve", "run": "run", "invoke": "invoke", "cert": "cert"}


class LazyGroup(click.Group):
    """Imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"edgehost.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.ClickException(str(error)) from error
        except EdgehostError as error:
            click.echo(str(error), err=True)
            sys.exit(1)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="edgehost")
def main() -> None:
    """Run, test and host JavaScript edge functions, with WebSockets that work."""
