"""Who is measured: edgehost with either engine, aiohttp in three ways, and the runtimes of npm_peers.py."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import built_engine
from benchmarks.npm_peers import npm_peers
from benchmarks.peer import ALL_FUNCTIONS, BUNDLED, SERVERS, Peer, file_of, output_of
from edgehost.engine_build.installed import is_built_here

OURS = ("edgehost", "edgehost-built")
NAMES = (
    *OURS,
    "aiohttp",
    "aiohttp-joined",
    "aiohttp-app",
    "workerd",
    "deno",
    "miniflare",
    "edge-runtime",
)


def all_peers(npm_folder: Path) -> dict[str, Peer]:
    """Every peer by name. Those that are not there have `missing` set."""
    peers = [*_edgehost(npm_folder), *_aiohttp(), *npm_peers(npm_folder)]
    return {peer.name: peer for peer in peers}


def _edgehost(npm_folder: Path) -> list[Peer]:
    def command(function: str, port: int, folder: Path) -> list[str]:
        file = str(file_of(function, npm_folder))
        serve = [sys.executable, "-m", "edgehost", "serve", file]
        return [*serve, "--quiet", "--port", str(port)]

    version = output_of([sys.executable, "-m", "edgehost", "--version"])
    installed = f"the engine {'built here' if is_built_here() else 'as pip installs it'}"
    engine = built_engine.folder(npm_folder)
    # Bytecode belongs to one engine: each peer keeps its own.
    environment = {"PYTHONPATH": str(engine), "PYTHONPYCACHEPREFIX": f"{engine}-bytecode"}
    return [
        Peer("edgehost", f"edgehost serve, default limits, {installed}", command, version),
        Peer(
            "edgehost-built",
            "the same, its engine built here by edgehost engine build",
            command,
            version,
            environment=environment,
            missing=None if engine.is_dir() else "its engine is not built",
        ),
    ]


def _aiohttp() -> list[Peer]:
    def version() -> str:
        import aiohttp

        return f"aiohttp {aiohttp.__version__}"

    def command(function: str, port: int, folder: Path) -> list[str]:
        return [sys.executable, str(SERVERS / "aiohttp_bare.py"), function, str(port)]

    def joined(function: str, port: int, folder: Path) -> list[str]:
        return command(f"{function}_joined", port, folder)

    def app(function: str, port: int, folder: Path) -> list[str]:
        return [sys.executable, str(SERVERS / "aiohttp_app.py"), function, str(port)]

    own = ALL_FUNCTIONS - BUNDLED.keys() - {"compute"}  # which is about JavaScript
    sockets, hello = frozenset({"websocket_echo"}), frozenset({"hello"})
    return [
        Peer(
            "aiohttp", "low-level server on uvloop, the same work in Python", command, version, own
        ),
        Peer("aiohttp-joined", "the same, replies joined by hand", joined, version, sockets),
        Peer("aiohttp-app", "a plain aiohttp.web application", app, version, hello),
    ]
