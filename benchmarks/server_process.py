"""One server under test: started on its core, waited for, measured, ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import tempfile
import time
from pathlib import Path
from types import TracebackType

from benchmarks import process_usage
from benchmarks.machine import free_port, spawn_on
from benchmarks.peer import Peer

START_LIMIT = 20.0  # seconds until a server must have answered
POLL = 0.0005  # seconds between two attempts: well under the fastest cold start
ROOT = Path(__file__).parent.parent


class ServerFailure(Exception):
    """A server did not start, or answered wrongly."""


class ServerProcess:
    """A context: inside it the server has given its first response."""

    def __init__(self, peer: Peer, function: str, core: int) -> None:
        self.port = free_port()
        self.first_response = 0.0  # seconds from exec to the end of the first response
        self._peer, self._function, self._core = peer, function, core
        self._folder = tempfile.TemporaryDirectory(prefix="edgehost-benchmark-")

    def __enter__(self) -> ServerProcess:
        folder = Path(self._folder.name)
        command = self._peer.command(self._function, self.port, folder)
        self._log = folder / "log"
        started = time.perf_counter()
        with self._log.open("wb") as output:
            self._process = spawn_on(
                self._core, command, cwd=ROOT, env=self._environment(folder), output=output
            )
        try:
            self._wait(started)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def session(self) -> int:
        """The number that finds all its processes."""
        return self._process.pid

    def cpu_seconds(self) -> float:
        return process_usage.cpu_seconds(self.session)

    def memory_kib(self) -> int:
        return process_usage.memory_kib(self.session)

    def _environment(self, folder: Path) -> dict[str, str]:
        # Every peer keeps its bytecode, as an installed one does, whatever the caller's choice is.
        fixed = {"TMPDIR": str(folder), "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": ""}
        return {**os.environ, **fixed, **self._peer.environment}

    def _wait(self, started: float) -> None:
        while not answers(self.port):
            if self._process.poll() is not None:
                raise ServerFailure(f"it ended at once: {self._last_words()}")
            if time.perf_counter() - started > START_LIMIT:
                raise ServerFailure(f"no answer in {START_LIMIT:g} s: {self._last_words()}")
            time.sleep(POLL)
        self.first_response = time.perf_counter() - started

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it printed nothing"

    def _end(self) -> None:
        for pid in process_usage.members(self.session):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(OSError):  # a helper may still hold a file for a moment
            self._folder.cleanup()


def answers(port: int) -> bool:
    """Whether a GET gets a complete 200 now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_LIMIT)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return response.status == 200
