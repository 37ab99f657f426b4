"""A real browser that trusts the development authority because it was told to, as a user's is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import chromium
import pytest
from chromium import Chromium
from command import Command


@pytest.fixture(scope="session")
def program() -> str:
    """Chromium's; skips where it is missing."""
    program = chromium.find()
    if program is None:
        pytest.skip(f"none of {', '.join(chromium.NAMES)} is installed")
    if shutil.which("certutil") is None:
        pytest.skip("certutil is not installed (Debian has it in libnss3-tools)")
    return program


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of the browser's user, who is also the one who runs edgehost."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def command(tmp_path: Path, home: Path) -> Command:
    """The `edgehost` command of that user."""
    return at_home(tmp_path, home)


def at_home(folder: Path, home: Path) -> Command:
    command = Command(folder)
    kept = {k: v for k, v in command.environment.items() if not k.startswith("XDG_")}
    command.environment = {**kept, "HOME": str(home), "EDGEHOST_HOME": str(home / "edgehost")}
    return command


@pytest.fixture(scope="session")
def browser(program: str, home: Path) -> Iterator[Chromium]:
    """A browser whose user ran `edgehost cert trust`."""
    done = at_home(home, home)("cert", "trust", "--no-system")
    assert done.returncode == 0, done.stdout + done.stderr
    running = Chromium(program, home)
    yield running
    running.close()


@pytest.fixture
def stranger(program: str, tmp_path: Path) -> Iterator[Chromium]:
    """A browser whose user did not."""
    (tmp_path / "stranger").mkdir()
    running = Chromium(program, tmp_path / "stranger")
    yield running
    running.close()
