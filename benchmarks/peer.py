"""What the report knows of a peer, and where the functions are."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
FUNCTIONS = HERE / "functions"
SERVERS = HERE / "servers"

BUNDLED: Mapping[str, tuple[str, ...]] = {"hono_app": ("hono",)}  # functions, and what they import
ALL_FUNCTIONS = frozenset(
    {
        "hello",
        "json_api",
        "body_echo",
        "body_size",
        "body_transform",
        "stream",
        "compute",
        "websocket_echo",
        *BUNDLED,
    }
)

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


def file_of(function: str, npm_folder: Path) -> Path:
    """What a peer serves."""
    folder = npm_folder / "bundles" if function in BUNDLED else FUNCTIONS
    return folder / f"{function}.js"


def output_of(command: list[str]) -> Callable[[], str]:
    def version() -> str:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=HERE.parent)
        return done.stdout.partition("\n")[0] or f"unknown (exit code {done.returncode})"

    return version
