"""Options that several commands share: which function, with which variables and limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from edgehost.cli.network import check
from edgehost.cli.variables import places, variables
from edgehost.config import PLATFORM_CPU_MS, FunctionConfig, Limits, LogLimits, Network
from edgehost.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])

DEFAULTS = Limits()
LOG_DEFAULTS = LogLimits()


def function_options(
    *, wall_ms: int = DEFAULTS.wall_ms, log_rate: int = LOG_DEFAULTS.records_per_second
) -> Callable[[F], F]:
    """Adds the options that make a FunctionConfig and a Console.

    wall_ms, log_rate: the defaults of --wall-limit-ms and --log-rate-limit.
    """
    options = (
        click.option(
            "--env", multiple=True, metavar="K=V", help="A variable of env; may be given again."
        ),
        click.option(
            "--env-file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Variables of env in dotenv form; --env wins over it, and it over .env.",
        ),
        click.option(
            "--no-env-file", is_flag=True, help="Do not read the file .env beside the function."
        ),
        _limit("--cpu-limit-ms", DEFAULTS.cpu_ms, "CPU time that one turn of the function may use"),
        _limit("--wall-limit-ms", wall_ms, "How long one invocation may take"),
        _limit(
            "--subrequest-limit",
            DEFAULTS.subrequests,
            "Requests that one invocation may send, as Azion has it",
        ),
        _limit("--memory-limit-mb", DEFAULTS.memory_mb, "Heap that the function may use, in MiB"),
        click.option(
            "--strict-limits",
            is_flag=True,
            help=f"End an invocation that used {PLATFORM_CPU_MS} ms of CPU time in all, as Azion does.",
        ),
        click.option("--allow-eval", is_flag=True, help="Allow eval and new Function."),
        click.option(
            "--allow-net",
            multiple=True,
            metavar="RULES",
            help="To whom the function may connect: names, addresses, ranges, each perhaps with :PORT, or public, "
            "loopback, private, link-local, metadata, special. [default: public,loopback,private]",
        ),
        click.option(
            "--deny-net",
            multiple=True,
            metavar="RULES",
            help="To whom it may not; wins over --allow-net.",
        ),
        click.option(
            "--production",
            is_flag=True,
            help="For functions that are not trusted: --allow-net is public, if it is not given.",
        ),
        click.option(
            "--origin",
            default="",
            metavar="URL",
            help="Where fetch() of the function's own address goes, as fetch(request) does.",
        ),
        click.option(
            "--ca",
            multiple=True,
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            metavar="FILE",
            help="Authorities (PEM) that the function's connections trust beside the system's.",
        ),
        click.option(
            "--esbuild",
            envvar="EDGEHOST_ESBUILD",
            default="",
            metavar="PROGRAM",
            help="The program that compiles TypeScript and JSX. "
            "[default: the project's own in node_modules/.bin, or else esbuild on the PATH]",
        ),
        click.option(
            "--log-format",
            type=click.Choice(["pretty", "json"]),
            default="pretty",
            show_default=True,
            help="Lines for people, or JSON records, one a line.",
        ),
        click.option("--quiet", is_flag=True, help="Log errors only."),
        _limit(
            "--log-record-limit",
            LOG_DEFAULTS.record_characters,
            "Characters of one text in the log; the rest is cut off",
        ),
        _limit(
            "--log-rate-limit",
            log_rate,
            "Records a second that the function may log; more are dropped and counted",
        ),
        _limit(
            "--log-buffer-kb",
            LOG_DEFAULTS.buffer_bytes // 1024,
            "Log that waits for a slow reader, in KiB; more is dropped and counted",
        ),
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
    no_env_file: bool,
    cpu_limit_ms: int,
    wall_limit_ms: int,
    memory_limit_mb: int,
    subrequest_limit: int,
    strict_limits: bool,
    allow_eval: bool,
    allow_net: tuple[str, ...],
    deny_net: tuple[str, ...],
    production: bool,
    origin: str,
    ca: tuple[Path, ...],
    esbuild: str,
    log_record_limit: int,
    log_rate_limit: int,
    log_buffer_kb: int,
) -> FunctionConfig:
    """Raises ConfigError for a missing file, or a malformed variable or rule."""
    if not file.exists():
        raise ConfigError(f"no such file: {file}")
    if not file.is_file():
        raise ConfigError(f"not a file: {file}")
    found = variables(file, env, env_file, by_itself=not no_env_file)
    limits = Limits(
        cpu_ms=cpu_limit_ms,
        invocation_cpu_ms=PLATFORM_CPU_MS if strict_limits else 0,
        wall_ms=wall_limit_ms,
        memory_mb=memory_limit_mb,
        subrequests=subrequest_limit,
    )
    log_limits = LogLimits(log_record_limit, log_rate_limit, log_buffer_kb * 1024)
    env_files = () if no_env_file else places(file)
    if env_file is not None:
        env_files = (*env_files, env_file)
    network = Network(allow_net, deny_net, production, ca, origin)
    check(network)
    return FunctionConfig(file, found, limits, log_limits, allow_eval, esbuild, network, env_files)


def patience(config: FunctionConfig) -> float:
    """How long a command that ends by itself waits for a slow reader of its log, in seconds."""
    return config.limits.wall_ms / 1000 or math.inf
