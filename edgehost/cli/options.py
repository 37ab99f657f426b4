"""Options that several commands share: which function, with which variables and limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from edgehost.config import FunctionConfig, Limits
from edgehost.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])

DEFAULTS = Limits()


def function_options(command: F) -> F:
    """Adds the options that make a FunctionConfig."""
    for option in (
        click.option("--quiet", is_flag=True, help="Print only errors and the address."),
        click.option(
            "--log-format",
            type=click.Choice(["pretty", "json"]),
            default="pretty",
            show_default=True,
            help="Lines for people, or JSON records, one a line.",
        ),
        click.option("--allow-eval", is_flag=True, help="Allow eval and new Function."),
        _limit("--memory-limit-mb", DEFAULTS.memory_mb, "MiB of heap the function may use"),
        _limit("--wall-limit-ms", DEFAULTS.wall_ms, "Milliseconds one invocation may take"),
        _limit("--cpu-limit-ms", DEFAULTS.cpu_ms, "Milliseconds of CPU one turn may use"),
        click.option(
            "--env-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="A file of K=V lines; --env goes before it.",
        ),
        click.option("--env", multiple=True, metavar="K=V", help="A variable of the function's env."),
    ):
        command = option(command)
    return command


def _limit(name: str, default: int, what: str) -> Callable[[F], F]:
    return click.option(
        name, type=click.IntRange(min=0), default=default, show_default=True, help=f"{what}; 0: no limit."
    )


def function_config(
    file: Path,
    env: tuple[str, ...],
    env_file: Path | None,
    cpu_limit_ms: int,
    wall_limit_ms: int,
    memory_limit_mb: int,
    allow_eval: bool,
) -> FunctionConfig:
    """Raises ConfigError for a missing file or a malformed variable."""
    if not file.is_file():
        raise ConfigError(f"no such file: {file}")
    variables = read_env_file(env_file) if env_file is not None else {}
    variables.update(_pair(text, "--env") for text in env)
    limits = Limits(cpu_ms=cpu_limit_ms, wall_ms=wall_limit_ms, memory_mb=memory_limit_mb)
    return FunctionConfig(file, variables, limits, allow_eval)


def read_env_file(path: Path) -> dict[str, str]:
    """K=V lines; blank lines and # comments are skipped, `export` and quotes around a value dropped.

    Raises ConfigError that names the line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--env-file: {path}: {error}") from error
    pairs = {}
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ")
        if text and not text.startswith("#"):
            name, value = _pair(text, f"{path}:{number}")
            pairs[name] = _unquote(value)
    return pairs


def _unquote(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'`":
        inner = value[1:-1]
        return inner.replace("\\n", "\n") if value[0] == '"' else inner
    return value.split(" #", 1)[0].rstrip()


def _pair(text: str, where: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"{where}: '{text}' is not of the form K=V")
    return name.strip(), value
