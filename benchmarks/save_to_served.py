"""From the save of a file to its first response under `--watch`.  python -m benchmarks.save_to_served

Prints milliseconds: the median and the slowest of some saves of a plain file, in place and by rename in
turn, with a client that asks again and again on one connection.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SAVES = 50
PAUSE = 0.05  # seconds between two saves; the watcher is at rest again
LIMIT = 5.0  # seconds for one
SOURCE = "export default {{ fetch() {{ return new Response('{}'); }} }};\n"


def measure() -> Iterator[float]:
    with tempfile.TemporaryDirectory(prefix="edgehost-benchmark-") as folder:
        file = Path(folder) / "fn.js"
        file.write_text(SOURCE.format("first"))
        command = [sys.executable, "-m", "edgehost", "serve", str(file), "--watch", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            port = int(server.stdout.readline().split("/ ")[0].rpartition(":")[2])
            client = http.client.HTTPConnection("127.0.0.1", port)
            try:
                for number in range(SAVES):
                    time.sleep(PAUSE)
                    started = time.perf_counter()
                    save(file, str(number), by_rename=bool(number % 2))
                    wait_for(client, str(number), started)
                    yield (time.perf_counter() - started) * 1000
            finally:
                client.close()
                server.kill()


def save(file: Path, text: str, by_rename: bool) -> None:
    target = file.with_suffix(".new") if by_rename else file
    target.write_text(SOURCE.format(text))
    target.replace(file)


def wait_for(client: http.client.HTTPConnection, text: str, started: float) -> None:
    while time.perf_counter() - started < LIMIT:
        client.request("GET", "/")
        if client.getresponse().read() == text.encode():
            return
        time.sleep(0.001)
    raise SystemExit(f"save {text} was not served in {LIMIT:g} s")


if __name__ == "__main__":
    times = list(measure())
    print(f"median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms of {SAVES} saves")
