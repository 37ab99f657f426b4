"""The `edgehost` command in a process of its own, as a user starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from subprocess import DEVNULL, PIPE
from types import TracebackType
from typing import IO

SECONDS = 30.0  # for one command; far more than any needs
EDGEHOST = [sys.executable, "-m", "edgehost"]


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a command sees: its own data folder, and pipes that are buffered as a user's are."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    root = str(Path(__file__).parents[2])
    return {**kept, "PYTHONPATH": root, "EDGEHOST_HOME": str(home), **(more or {})}


class Command:
    """`command("run", "a.js")` is that command, ended: its output is text."""

    def __init__(self, folder: Path) -> None:
        """folder: where commands are started."""
        self.folder = folder
        self.environment = environment(folder / "home")

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = self.bytes(*arguments, stdin=stdin.encode())
        stdout, stderr = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(
            done.args, done.returncode, stdout.replace("\r\n", "\n"), stderr
        )

    def bytes(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Its output as it is."""
        return subprocess.run(
            [*EDGEHOST, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            timeout=SECONDS,
        )

    def write(self, name: str, text: str) -> str:
        """A file in the folder. Returns its name."""
        (self.folder / name).write_text(text, "utf-8")
        return name

    def start(
        self, *arguments: str, stdout: int = PIPE, stderr: int = PIPE, stdin: int = DEVNULL
    ) -> Running:
        """A command that goes on; a context that ends it. stdout, stderr, stdin: as Popen's."""
        return Running(self, arguments, stdout, stderr, stdin)

    def serve(self, *arguments: str) -> Serving:
        """`edgehost serve --port 0`, once it has said its first line."""
        return Serving(self, ("serve", "--port", "0", *arguments))


class Running:
    """A command that goes on. It is killed where it takes too long."""

    def __init__(
        self,
        command: Command,
        arguments: tuple[str, ...],
        stdout: int = PIPE,
        stderr: int = PIPE,
        stdin: int = DEVNULL,
    ) -> None:
        self.process = subprocess.Popen(
            [*EDGEHOST, *arguments],
            cwd=command.folder,
            env=command.environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
        )
        self._end = threading.Timer(SECONDS, self.process.kill)
        self._end.start()

    @property
    def stdin(self) -> IO[str]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    @property
    def stderr(self) -> IO[str]:
        assert self.process.stderr is not None
        return self.process.stderr

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """The exit code."""
        return self.process.wait()

    def stop(self) -> tuple[int, str, str]:
        """SIGTERM. Returns the exit code and what is left of stdout and of stderr."""
        self.process.terminate()
        stdout, stderr = self.process.communicate()
        return self.process.returncode, stdout, stderr

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.cancel()
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


class Serving(Running):
    """A server that accepts."""

    def __init__(self, command: Command, arguments: tuple[str, ...]) -> None:
        super().__init__(command, arguments)
        self.first_line = self.stdout.readline()
        if not self.first_line:
            self.process.wait()
            raise AssertionError(f"it did not start: {self.stderr.read()}")
        if self.first_line.startswith("{"):
            self.urls: list[str] = json.loads(self.first_line)["urls"]
        else:
            self.urls = [word for word in self.first_line.split() if "://" in word]

    def __enter__(self) -> Serving:
        return self

    @property
    def url(self) -> str:
        """http, with a slash at the end."""
        return self.urls[0]

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    def get(self, path: str = "") -> str:
        """The body of a response that must be 200."""
        with urllib.request.urlopen(self.url + path, timeout=SECONDS) as response:
            text: str = response.read().decode()
            return text
