"""The types that `edgehost types` writes, as the TypeScript compiler sees them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from command import Command

OPTIONS = [
    "--strict",
    "--noEmit",
    "--target",
    "esnext",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
]


@pytest.mark.parametrize("library", ["WebWorker", "DOM"])
def test_the_compiler_takes_what_is_right_and_nothing_else(
    project: Command, packages: Path, library: str
) -> None:
    assert project("types").returncode == 0
    compiler = packages / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        ["node", compiler, *OPTIONS, "--lib", f"esnext,{library}", "edgehost.d.ts", "typed.ts"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "")
