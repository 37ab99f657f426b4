"""What the engine is trained on works, and an engine is really built where that is asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgehost.engine import capi
from edgehost.engine_build.training.__main__ import FOLDER, train
from edgehost.engine_build.training.client import Client
from edgehost.engine_build.training.exercises import EXERCISES

TRAINING = [sys.executable, "-m", "edgehost.engine_build.training"]


async def test_training_succeeds_with_the_installed_engine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await train(share=0.01)
    assert capsys.readouterr() == ("", "")


def test_every_function_of_the_folder_is_used() -> None:
    assert {file.stem for file in FOLDER.glob("*.js")} == {*EXERCISES, "sockets"}


async def test_a_response_is_whole() -> None:
    client = Client(FOLDER / "bodies.js")
    await client.connect()
    response = await client.ask(b"GET /pull HTTP/1.1\r\nHost: a\r\n\r\n")
    await client.close()
    assert response.startswith(b"HTTP/1.1 200 OK\r\n")
    assert response.endswith(b"\r\n0\r\n\r\n")
    assert response.count(b"0123456789abcdef" * 16) == 20


def test_training_another_engine_than_the_one_named_is_refused(tmp_path: Path) -> None:
    done = subprocess.run([*TRAINING, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "another engine is found" in done.stderr


@pytest.mark.skipif(
    not os.environ.get("EDGEHOST_BUILD_ENGINE"),
    reason="it takes minutes, gcc and a package index: EDGEHOST_BUILD_ENGINE=1 runs it",
)
def test_an_engine_is_built_and_used(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edgehost", "engine"]
    build = [*command, "build", "--no-install", "--out", str(tmp_path)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    shutil.unpack_archive(done.stdout.strip(), tmp_path / "engine", "zip")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "engine")}
    shown = subprocess.check_output([*command, "show"], env=environment, text=True)
    assert "by edgehost engine build" in shown
    assert capi.get_version().decode() in shown
