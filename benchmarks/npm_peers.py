"""The runtimes that npm installs: workerd, deno, miniflare and edge-runtime."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks import npm
from benchmarks.peer import ALL_FUNCTIONS, FUNCTIONS, SERVERS, Peer, file_of, output_of

WORKERD_CONFIG = """\
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .function)],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")]
);

const function :Workerd.Worker = (
  modules = [(name = "function", esModule = embed "function.js")],
  compatibilityDate = "2026-04-01"
);
"""

DEFAULT_EXPORT = re.compile(r"^export (?:default|{\s*(\w+) as default\s*};?)", re.MULTILINE)


def npm_peers(folder: Path) -> list[Peer]:
    return [_workerd(folder), _deno(folder), _miniflare(folder), _edge_runtime(folder)]


def _workerd(npm_folder: Path) -> Peer:
    program = npm.binary(npm_folder, "@cloudflare/workerd-*/bin/workerd")

    def command(function: str, port: int, folder: Path) -> list[str]:
        shutil.copy(_for_workerd(function, npm_folder), folder / "function.js")
        config = folder / "config.capnp"
        config.write_text(WORKERD_CONFIG.format(port=port))
        return [str(program), "serve", str(config)]

    version, missing = output_of([str(program), "--version"]), _absent(program)
    return Peer("workerd", "Cloudflare's runtime", command, version, missing=missing)


def _deno(npm_folder: Path) -> Peer:
    program = npm.binary(npm_folder, "@deno/*/deno")

    def command(function: str, port: int, folder: Path) -> list[str]:
        run = [str(program), "run", "-A", "--no-lock", "--no-config", "--quiet"]
        return [*run, str(SERVERS / "deno.mjs"), str(file_of(function, npm_folder)), str(port)]

    return Peer(
        "deno",
        "Deno.serve",
        command,
        output_of([str(program), "--version"]),
        environment={"DENO_NO_UPDATE_CHECK": "1", "DENO_DIR": str(npm_folder / "deno-dir")},
        missing=_absent(program),
    )


def _miniflare(npm_folder: Path) -> Peer:
    def command(function: str, port: int, folder: Path) -> list[str]:
        server = ["node", str(SERVERS / "miniflare.mjs"), str(npm_folder)]
        return [*server, str(_for_workerd(function, npm_folder)), str(port)]

    package = npm_folder / "node_modules" / "miniflare" / "package.json"
    about = "Cloudflare's simulator: workerd behind Node"
    version, missing = _node_version(package), _absent_in_node(package)
    return Peer("miniflare", about, command, version, missing=missing)


def _edge_runtime(npm_folder: Path) -> Peer:
    package = npm_folder / "node_modules" / "edge-runtime" / "package.json"

    def command(function: str, port: int, folder: Path) -> list[str]:
        source = file_of(function, npm_folder).read_text()
        script = folder / "function.js"  # it knows scripts with a listener, not modules
        script.write_text(
            DEFAULT_EXPORT.sub(r"const handler = \1", source)
            + "addEventListener('fetch', (e) => e.respondWith(handler.fetch(e.request)));\n"
        )
        program = package.parent / "dist" / "cli" / "index.js"
        return ["node", str(program), "--listen", "--port", str(port), str(script)]

    return Peer(
        "edge-runtime",
        "Vercel's runtime, on Node",
        command,
        _node_version(package),
        functions=ALL_FUNCTIONS - {"websocket_echo"},
        environment={"NODE_NO_WARNINGS": "1"},
        warm_up=2,  # its speed doubles while Node compiles
        missing=_absent_in_node(package),
    )


def _for_workerd(function: str, npm_folder: Path) -> Path:
    own = FUNCTIONS / f"{function}.workerd.js"
    return own if own.exists() else file_of(function, npm_folder)


def _absent(program: str | None) -> str | None:
    return None if program else "not installed"


def _absent_in_node(package: Path) -> str | None:
    if not shutil.which("node"):
        return "node is not installed"
    return None if package.exists() else "not installed"


def _node_version(package: Path) -> Callable[[], str]:
    name = package.parent.name
    script = f"'{name} ' + require('{package}').version + ' on node ' + process.version"
    return output_of(["node", "-p", script])
