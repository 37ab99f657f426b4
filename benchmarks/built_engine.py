"""The engine of `edgehost-built`: from `edgehost engine build`, and kept until the recipe changes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from benchmarks.peer import HERE

RECIPE = HERE.parent / "edgehost" / "engine_build"
BUILD_LIMIT = 1200  # seconds


def folder(cache: Path) -> Path:
    """Where it is, once it is there."""
    recipe = hashlib.sha256(version("quickjs-ng").encode())
    for file in sorted(RECIPE.rglob("*.*")):
        if file.suffix in (".py", ".js"):
            recipe.update(file.read_bytes())
    return cache / "engine" / recipe.hexdigest()[:16]


def build(cache: Path, say: Callable[[str], None]) -> str | None:
    """Makes it where it is not there yet. Returns why it could not. say: takes a line of progress."""
    target = folder(cache)
    if target.is_dir():
        return None
    say("building the engine of edgehost-built: a minute or two, the first time only")
    shutil.rmtree(target.parent, ignore_errors=True)  # those of older recipes
    wheels = target.parent / "wheel"
    command = [sys.executable, "-m", "edgehost", "engine", "build", "--no-install"]
    try:
        done = subprocess.run(
            [*command, "--out", str(wheels)], capture_output=True, text=True, timeout=BUILD_LIMIT
        )
    except subprocess.TimeoutExpired:
        return f"its engine was not built within {BUILD_LIMIT} s"
    if done.returncode:
        return done.stderr.strip().rpartition("\n")[2]
    with zipfile.ZipFile(done.stdout.strip()) as wheel:
        wheel.extractall(wheels / "unpacked")
    (wheels / "unpacked").rename(target)
    return None
