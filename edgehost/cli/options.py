"""Options that several commands share: which function, with which variables and limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from edgehost.cli.env_file import read_env_file
from edgehost.config import FunctionConfig, Limits
from edgehost.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])

DEFAULTS = Limits()


def function_options(*, wall_ms: int = DEFAULTS.wall_ms) -> Callable[[F], F]:
    """Adds the options that make a FunctionConfig and a Console.

    wall_ms: the default of --wall-limit-ms.
    """
    options = (
        click.option(
            "--env", multiple=True, metavar="K=V", help="A variable of env; may be given again."
        ),
        click.option(
            "--env-file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Variables of env in dotenv form; --env wins over it.",
        ),
        _limit("--cpu-limit-ms", DEFAULTS.cpu_ms, "CPU time that one turn of the function may use"),
        _limit("--wall-limit-ms", wall_ms, "How long one invocation may take"),
        _limit("--memory-limit-mb", DEFAULTS.memory_mb, "Heap that the function may use, in MiB"),
        click.option("--allow-eval", is_flag=True, help="Allow eval and new Function."),
        click.option(
            "--esbuild",
            envvar="EDGEHOST_ESBUILD",
            default="esbuild",
            show_default=True,
            metavar="PROGRAM",
            help="The program that compiles TypeScript and JSX.",
        ),
        click.option(
            "--log-format",
            type=click.Choice(["pretty", "json"]),
            default="pretty",
            show_default=True,
            help="Lines for people, or JSON records, one a line.",
        ),
        click.option("--quiet", is_flag=True, help="Log errors only."),
    )

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _limit(name: str, default: int, what: str) -> Callable[[F], F]:
    return click.option(
        name,
        type=click.IntRange(min=0),
        default=default,
        show_default=True,
        metavar="N",
        help=f"{what}; 0: no limit.",
    )


def function_config(
    file: Path,
    env: tuple[str, ...],
    env_file: Path | None,
    cpu_limit_ms: int,
    wall_limit_ms: int,
    memory_limit_mb: int,
    allow_eval: bool,
    esbuild: str,
) -> FunctionConfig:
    """Raises ConfigError for a missing file or a malformed variable."""
    if not file.exists():
        raise ConfigError(f"no such file: {file}")
    if not file.is_file():
        raise ConfigError(f"not a file: {file}")
    variables = read_env_file(env_file) if env_file is not None else {}
    variables.update(map(_pair, env))
    limits = Limits(cpu_ms=cpu_limit_ms, wall_ms=wall_limit_ms, memory_mb=memory_limit_mb)
    return FunctionConfig(file, variables, limits, allow_eval, esbuild)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"--env: '{text}' is not of the form K=V")
    return name.strip(), value
