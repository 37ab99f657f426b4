"""The packages under test, installed once per machine, in a folder for exactly these versions."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGES = {
    "cookie": "1.1.1",
    "cross-fetch": "4.1.0",
    "crossws": "0.4.17",
    "date-fns": "4.4.0",
    "esbuild": "0.28.2",
    "graphql": "16.15.0",
    "graphql-ws": "6.4.2",
    "graphql-yoga": "5.24.1",
    "hono": "4.13.19",
    "htmlparser2": "12.0.0",
    "itty-router": "5.0.24",
    "marked": "18.2.1",
    "nanoid": "5.1.16",
    "path-to-regexp": "9.0.0",
    "preact": "11.2.0",
    "preact-render-to-string": "6.8.2",
    "react": "19.3.1",
    "react-dom": "19.3.1",
    "superjson": "2.2.6",
    "svelte": "5.57.3",
    "typescript": "5.9.3",
    "zod": "4.6.7",
}
INSTALL_LIMIT = 120  # seconds: 70 MB


class NotInstalled(Exception):
    """Why there are no packages."""


def installed() -> Path:
    """The folder that has them in its node_modules. Raises NotInstalled."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = hashlib.sha256(json.dumps(PACKAGES).encode()).hexdigest()[:16]
    folder = cache / "edgehost-tests" / f"packages-{key}"
    if not folder.is_dir():
        _install(folder)
    return folder


def _install(folder: Path) -> None:
    if not shutil.which("npm"):
        raise NotInstalled("npm is not installed")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: another test run may look at the same moment.
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as made:
        (Path(made) / "package.json").write_text(json.dumps({"dependencies": PACKAGES}))
        _npm("install", "--no-audit", "--no-fund", "--ignore-scripts", folder=Path(made))
        try:
            Path(made).rename(folder)
        except OSError:
            if not folder.is_dir():
                raise


def _npm(*arguments: str, folder: Path) -> None:
    try:
        done = subprocess.run(
            ["npm", *arguments], cwd=folder, capture_output=True, text=True, timeout=INSTALL_LIMIT
        )
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"npm took more than {INSTALL_LIMIT} s") from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        raise NotInstalled("npm: " + (lines or ["it failed without a word"])[0])
