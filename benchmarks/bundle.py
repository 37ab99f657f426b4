"""Functions that import packages, each made into one file that every peer can serve.

The peers find packages in different ways, and some not at all.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks import npm
from benchmarks.peer import BUNDLED, FUNCTIONS, file_of

BUNDLE_LIMIT = 60  # seconds
CONDITIONS = "worker,browser"


def bundle(folder: Path, functions: set[str], *, install: bool) -> dict[str, str]:
    """Makes the bundles of those functions that need one. Returns why, for each that has none."""
    reasons = {}
    for function in functions & BUNDLED.keys():
        needed = [*BUNDLED[function], "esbuild"]
        missing = npm.install(folder, needed) if install else {}
        if reason := next(iter(missing.values()), None) or _bundle(folder, function):
            reasons[function] = reason
    return reasons


def _bundle(folder: Path, function: str) -> str | None:
    program = npm.binary(folder, "@esbuild/*/bin/esbuild")
    if program is None:
        return "esbuild is not installed"
    source, target = FUNCTIONS / f"{function}.js", file_of(function, folder)
    done = subprocess.run(
        [
            program,
            "--bundle",
            "--format=esm",
            f"--conditions={CONDITIONS}",
            f"--outfile={target}",
            str(source),
        ],
        env={"NODE_PATH": str(folder / "node_modules")},
        capture_output=True,
        text=True,
        timeout=BUNDLE_LIMIT,
    )
    return None if done.returncode == 0 else f"esbuild: {done.stderr.strip().partition(chr(10))[0]}"
