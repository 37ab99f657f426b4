"""What the report knows of a peer, and where the functions are."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
FUNCTIONS = HERE / "functions"
SERVERS = HERE / "servers"

ALL_FUNCTIONS = frozenset({"hello", "json_api", "body_echo", "stream", "websocket_echo"})

Command = Callable[[str, int, Path], list[str]]  # of a function, a port, a folder for its files


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that can be started on one of the functions."""

    name: str
    about: str
    command: Command
    version: Callable[[], str]
    functions: frozenset[str] = ALL_FUNCTIONS
    environment: Mapping[str, str] = field(default_factory=dict)
    warm_up: int = 0  # seconds of full HTTP load before the first that counts
    missing: str | None = None  # why it cannot be measured here


def output_of(command: list[str]) -> Callable[[], str]:
    def version() -> str:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=HERE.parent)
        return done.stdout.partition("\n")[0] or f"unknown (exit code {done.returncode})"

    return version
