"""An HTTP generator for machines without wrk.

python -m benchmarks.plain_http WORKLOAD PORT SECONDS

It uses up to twice the CPU time of wrk: deno's hello is bound by it, and the report shows that.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import time
from typing import cast

import uvloop

from benchmarks.sample import percentile
from benchmarks.workloads import WORKLOADS, HttpWorkload

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LAST_CHUNK = b"0\r\n\r\n"


class Tally:
    """What all connections together have seen."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.bytes = 0
        self.failed = 0
        self.latencies: list[float] = []  # seconds
        self.over = False


class Connection(asyncio.Protocol):
    """Sends the request again as soon as the response is complete."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._received = 0  # bytes of the response at hand
        self._expected: int | None = None  # bytes of it, None while unknown or chunked

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
        self._send()

    def data_received(self, data: bytes) -> None:
        if not self._received:
            self._read_head(data)
        self._received += len(data)
        if self._expected is None:
            if data.endswith(LAST_CHUNK):
                self._finish()
        elif self._received >= self._expected:
            self._finish()

    def connection_lost(self, error: Exception | None) -> None:
        self._tally.failed += not self._tally.over

    def _send(self) -> None:
        self._received, self._expected = 0, None
        self._started = time.perf_counter()
        self._transport.write(self._tally.request)

    def _read_head(self, data: bytes) -> None:
        self._tally.failed += not data.startswith(b"HTTP/1.1 200")
        head = data.find(b"\r\n\r\n")  # heads are small: they come in one piece
        length = LENGTH.search(data, 0, head)
        if length:
            self._expected = head + 4 + int(length[1])

    def _finish(self) -> None:
        tally = self._tally
        if tally.over:
            return
        tally.latencies.append(time.perf_counter() - self._started)
        tally.bytes += self._received
        self._send()


def request_of(workload: HttpWorkload, port: int) -> bytes:
    headers = {"Host": f"127.0.0.1:{port}", **workload.headers}
    if workload.body_size:
        headers["Content-Length"] = str(workload.body_size)
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    head = f"{workload.method} {workload.target} HTTP/1.1\r\n{''.join(lines)}\r\n"
    return head.encode() + b"x" * workload.body_size


async def run(workload: HttpWorkload, port: int, seconds: float) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    tally = Tally(request_of(workload, port))
    started = time.perf_counter()
    for _ in range(workload.connections):
        await loop.create_connection(lambda: Connection(tally), "127.0.0.1", port)
    await asyncio.sleep(seconds)
    tally.over = True
    return {
        "count": len(tally.latencies),
        "micros": (time.perf_counter() - started) * 1e6,
        "bytes": tally.bytes,
        "p50": percentile(tally.latencies, 0.5) * 1e6,
        "p99": percentile(tally.latencies, 0.99) * 1e6,
        "failed": tally.failed,
    }


def main(name: str, port: str, seconds: str) -> None:
    workload = next(workload for workload in WORKLOADS if workload.name == name)
    assert isinstance(workload, HttpWorkload)
    gc.disable()
    print(json.dumps(uvloop.run(run(workload, int(port), float(seconds)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
