"""The variables of a function's `env`, and where they come from: --env over --env-file over `.env`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgehost.cli.env_file import read_env_file
from edgehost.engine.modules.root import root_of
from edgehost.errors import ConfigError

BY_ITSELF = ".env"  # the name of the file that is read unasked


def variables(
    function: Path, pairs: Sequence[str], env_file: Path | None, by_itself: bool
) -> dict[str, str]:
    """pairs: K=V, as given. by_itself: whether a file `.env` is read.

    Raises ConfigError.
    """
    given = dict(map(_pair, pairs))
    found: dict[str, str] = {}
    if by_itself and (beside := next(filter(Path.is_file, places(function)), None)):
        try:
            found = read_env_file(beside, given=given)
        except ConfigError as error:
            raise ConfigError(f"{error} (--no-env-file leaves that file out)") from error
    if env_file is not None:
        found |= read_env_file(env_file, found, given)
    return found | given


def places(function: Path) -> tuple[Path, ...]:
    """Where `.env` is looked for, the nearest first: beside the function, and above it in its project."""
    entry = function.resolve()
    root = root_of(entry)
    folders = (folder for folder in entry.parents if folder.is_relative_to(root))
    return tuple(folder / BY_ITSELF for folder in folders)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"--env: '{text}' is not of the form K=V")
    return name.strip(), value
