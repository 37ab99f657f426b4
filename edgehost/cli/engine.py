"""`edgehost engine`: which JavaScript engine is installed, and one that is built for this machine."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from edgehost.errors import ConfigError


@click.group(short_help="Show the JavaScript engine, or build it for this machine.")
def engine() -> None:
    """The JavaScript engine: show which one is installed, or build it for this machine."""


@engine.command(short_help="Print its package and version, and how it was built.")
def show() -> None:
    """Print the engine's package, its version, and how it was built."""
    from edgehost.engine import capi
    from edgehost.engine_build import installed

    built = "by edgehost engine build" if installed.is_built_here() else "as pip installs it"
    rows = (
        ("package", f"{installed.PACKAGE} {installed.version()}"),
        ("version", capi.get_version().decode()),
        ("build", built),
    )
    for label, value in rows:
        click.echo(f"{label + ':':<10}{value}")


@engine.command(short_help="Build it from its source, for this machine.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Leave the wheel there, for machines of this kind.",
)
@click.option(
    "--install/--no-install",
    default=True,
    show_default=True,
    help="Install it into the running environment.",
)
def build(out: Path | None, install: bool) -> None:
    """Build the installed version of the engine from its source, trained on what functions do.

    Takes a minute or two, gcc, the headers of Python, and a package index. With --out, the path of
    the wheel is printed on stdout.
    """
    from edgehost import folders
    from edgehost.engine_build import build as steps, requirements
    from edgehost.engine_build.programs import Programs

    if out is None and not install:
        raise ConfigError("--no-install leaves nothing behind without --out DIR")
    requirements.check(install=install)
    programs = Programs(folders.cache() / "engine-build.log")
    with TemporaryDirectory(prefix="edgehost-engine-") as folder:
        wheel = steps.EngineBuild(Path(folder), programs, _say).wheel()
        if out is not None:
            click.echo(_kept(wheel, out))
        if install:
            steps.install(wheel, programs)
            _say("installed; a server that is running keeps the engine that it has")


def _kept(wheel: Path, out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, out))
    except OSError as error:
        raise ConfigError(f"--out: {out}: {error.strerror}") from error


def _say(line: str) -> None:
    click.echo(line, err=True)
