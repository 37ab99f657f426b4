"""The settings: plain frozen data, read by every layer, changed by none."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

MIB = 1024 * 1024
# What Azion gives one invocation; past it edgehost warns, and `--strict-limits` stops.
PLATFORM_CPU_MS = 2_000

LogFormat = Literal["pretty", "json"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one function may use. 0 means no limit.

    The defaults are the platform's own numbers where it publishes them.
    """

    cpu_ms: int = 2_000  # CPU time of one turn
    invocation_cpu_ms: int = 0  # CPU time of all turns of an invocation
    wall_ms: int = 300_000  # from a request's arrival until its last promise settled
    memory_mb: int = 512  # the isolate's heap
    stack_kb: int = 2_048  # JavaScript stack; well inside a thread's 8 MiB
    url_bytes: int = 16 * 1024  # longer: 414
    header_bytes: int = 64 * 1024  # all of a request's headers; more: 431
    body_bytes: int = 100 * MIB  # a request's body; more: 413
    message_bytes: int = 32 * MIB  # one WebSocket message, after inflation; more: close 1009
    send_buffer_bytes: int = 64 * MIB  # unsent bytes of one socket; more: the socket is aborted
    unsent_bytes: int = (
        256 * MIB
    )  # of all sockets and responses of an isolate; more: the largest are cut
    subrequests: int = 50  # of one invocation, redirects among them
    unhandled_bytes: int = 256 * MIB  # arrived of all clients, and not whole or behind; the same


@dataclass(frozen=True, slots=True)
class LogLimits:
    """What the log of one function may be. 0 means no limit."""

    record_characters: int = 64 * 1024  # of one text; the rest is cut off
    records_per_second: int = 100_000  # of the console; more are dropped and counted
    buffer_bytes: int = 4 * MIB  # that wait for a slow reader; more are dropped and counted


@dataclass(frozen=True, slots=True)
class Network:
    """To whom a function may connect: see `client/permissions.py`."""

    allow: tuple[str, ...] = ()  # rules; none: those by default
    deny: tuple[str, ...] = ()  # rules, which win
    production: bool = False  # by default neither loopback nor private addresses
    authorities: tuple[Path, ...] = ()  # PEM files, trusted beside the system's
    origin: str = ""  # a URL: where requests for the function's own address go


@dataclass(frozen=True, slots=True)
class FunctionConfig:
    """One deployed function."""

    path: Path
    env: dict[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    log_limits: LogLimits = field(default_factory=LogLimits)
    allow_eval: bool = False
    # What compiles TypeScript and JSX: a path, or a name on the PATH; "" for the project's own, or
    # else the PATH's.
    esbuild: str = ""
    network: Network = field(default_factory=Network)
    env_files: tuple[Path, ...] = ()  # that `env` depends on, whether they are there or not

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def production(self) -> bool:
        """Whether packages shall take their code for production: unless NODE_ENV says otherwise."""
        return self.env.get("NODE_ENV", "production") == "production"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """The listener."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0: a free one
    tls: bool = True  # https and wss on the same port
    cert: Path | None = None  # PEM; without it the development authority issues one
    key: Path | None = None
    grace_seconds: float = 10.0  # how long a stop waits for what is in flight
    keep_alive_seconds: float = 75.0  # an idle connection, and a request's head
    body_idle_seconds: float = 30.0  # between two pieces of a request's body
    log_format: LogFormat = "pretty"
    quiet: bool = False
    request_log: bool = False  # a line for each request, and for sockets when they open and close
    show_errors: bool | None = (
        None  # to clients; None: where only this machine reaches the listener
    )
