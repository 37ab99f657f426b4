"""Programs that do a step each. What they print goes to a log that outlives a failure."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from edgehost.errors import ConfigError
from edgehost.folders import HOME_VARIABLE

TRAINING_SECONDS = 600.0  # far more than it takes; an engine that was built wrongly might not end

_ERROR = re.compile(r"\berror\b", re.IGNORECASE)


class StepFailed(Exception):
    """A program failed; the message is the line of its output that says most."""


class Programs:
    """Runs them in the environment of this process."""

    def __init__(self, log: Path) -> None:
        """log: a file that is begun anew. Raises ConfigError where it cannot be written."""
        self.log = log
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_bytes(b"")
        except OSError as error:
            raise ConfigError(
                f"edgehost's log of the build cannot be written: {log}: {error.strerror}; "
                f"{HOME_VARIABLE} names another folder"
            ) from error

    def pip(self, *arguments: str, **variables: str) -> None:
        """Raises StepFailed."""
        self._run([sys.executable, "-m", "pip", *arguments], variables, None)

    def train(self, engine: Path) -> None:
        """Runs the training with the engine in a folder. Raises StepFailed, for a wrong answer too."""
        path = os.environ.get("PYTHONPATH")
        variables = {
            "PYTHONPATH": os.pathsep.join([str(engine), *([path] if path else [])]),
            # The bytecode of the runtime is kept for the engine that functions are served by.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [sys.executable, "-m", "edgehost.engine_build.training", str(engine)]
        self._run(command, variables, TRAINING_SECONDS)

    def _run(self, command: list[str], variables: Mapping[str, str], seconds: float | None) -> None:
        with self.log.open("r+b") as log:
            start = log.seek(0, os.SEEK_END)
            try:
                done = subprocess.run(
                    command,
                    env={**os.environ, **variables},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    timeout=seconds,
                )
            except subprocess.TimeoutExpired:
                raise StepFailed(f"it did not end within {seconds:g} s") from None
            log.seek(start)
            printed = log.read().decode(errors="replace")
        if done.returncode:
            raise StepFailed(_essence(printed, done.returncode))


def _essence(printed: str, code: int) -> str:
    """The first line about an error, or else the last one."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    if code < 0:
        return f"it was ended by {signal.Signals(-code).name}"
    told = next((line for line in lines if _ERROR.search(line)), None)
    return told or (lines[-1] if lines else f"exit code {code}")
