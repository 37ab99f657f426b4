"""What npm installs, in a folder of its own. What is already there is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = {  # peers and what functions import, in the versions that results were last compared with
    "workerd": "1.20261117.1",
    "deno": "2.9.6",
    "miniflare": "4.20260426.0",
    "edge-runtime": "4.0.1",
    "hono": "4.13.19",
    "esbuild": "0.28.2",
}
INSTALL_LIMIT = 300  # seconds: workerd and deno are 250 MB together


def default_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "edgehost-benchmarks"


def install(folder: Path, names: list[str]) -> dict[str, str]:
    """Installs the missing ones, one by one. Returns why, for each that could not be."""
    return {
        name: reason
        for name in names
        if not (folder / "node_modules" / name).is_dir() and (reason := _install(folder, name))
    }


def _install(folder: Path, name: str) -> str | None:
    if not shutil.which("npm"):
        return "npm is not installed"
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            [*command, f"{name}@{PACKAGES[name]}"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_LIMIT,
        )
    except subprocess.TimeoutExpired:
        return f"npm took more than {INSTALL_LIMIT} s"
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
    return "npm: " + (lines or ["it failed without a word"])[0]


def binary(folder: Path, pattern: str) -> str | None:
    """A native program inside a package, where it is even if install scripts were refused."""
    found = sorted((folder / "node_modules").glob(pattern))
    return str(found[0]) if found else None
