"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from command import Command


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The `edgehost` command, started in a fresh folder."""
    return Command(tmp_path)


@pytest.fixture
def documented_example() -> Path:
    """The platform's documented WebSocket example, which is not ours to ship; skips without it."""
    beside = Path(__file__).parents[2] / "shared" / "seed"
    file = Path(os.environ.get("EDGEHOST_SEED", beside)) / "documented_example.js"
    if not file.is_file():
        pytest.skip(f"no {file}; EDGEHOST_SEED names the folder that holds documented_example.js")
    return file
