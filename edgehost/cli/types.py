"""`edgehost types`: what TypeScript and editors know of a function's surroundings."""

from __future__ import annotations

from pathlib import Path

import click

from edgehost.errors import ConfigError

NAME = "edgehost.d.ts"
SOURCE = Path(__file__).with_name(NAME)


@click.command(short_help="Write the types of an edge function, for TypeScript and editors.")
@click.argument("file", default=NAME, type=click.Path(path_type=Path, allow_dash=True))
def types(file: Path) -> None:
    """Write the types that TypeScript does not have itself to FILE (edgehost.d.ts); -: to stdout.

    A FILE that is there is replaced only where this command has made it.
    """
    text = SOURCE.read_text("utf-8")
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    try:
        if file.exists() and not _is_ours(file.read_text("utf-8", "replace"), text):
            raise ConfigError(f"{file} is not a file that `edgehost types` has made: name another")
        file.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error


def _is_ours(old: str, new: str) -> bool:
    """By the first line."""
    return old.partition("\n")[0] == new.partition("\n")[0]
