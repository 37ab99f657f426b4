"""A project folder that has the packages."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Command

from tests.packages.npm import NotInstalled, installed

EXAMPLES = Path(__file__).parent / "examples"


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with the packages in its node_modules; skips with the reason where they cannot be had."""
    try:
        return installed()
    except NotInstalled as reason:
        pytest.skip(f"the npm packages under test are not here: {reason}")


@pytest.fixture
def project(packages: Path) -> Iterator[Command]:
    """The `edgehost` command in a folder of that project, which has the examples."""
    with tempfile.TemporaryDirectory(dir=packages) as folder:
        for example in EXAMPLES.iterdir():
            (Path(folder) / example.name).write_bytes(example.read_bytes())
        command = Command(Path(folder))
        command.environment["EDGEHOST_ESBUILD"] = str(esbuild(packages))
        yield command


def esbuild(packages: Path) -> Path:
    """The program inside its package."""
    return next((packages / "node_modules" / "@esbuild").glob("*/bin/esbuild"))
