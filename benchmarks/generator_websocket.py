"""WebSocket load: raw sockets, frames built once, replies counted and compared by the block.

Every byte of every reply is compared with the frame expected, so that a wrong, reordered,
fragmented or compressed echo ends the run. Run as a program by `run`, on the generator's core.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from dataclasses import asdict
from typing import cast

import uvloop

from benchmarks import process_usage, websocket_wire as wire
from benchmarks.sample import Sample, percentile
from benchmarks.server_process import ROOT, ServerFailure, ServerProcess
from benchmarks.workloads import WORKLOADS, WebSocketWorkload

WARM_UP = 0.3  # seconds of echo before the clock starts
CONNECT_LIMIT = 10.0  # seconds until every socket must be open
LARGEST_READ = 256 * 1024  # bytes that the event loop hands over at once
TEXT_LIMIT = 125  # bytes: small messages are text, large ones binary


def run(workload: WebSocketWorkload, server: ServerProcess, seconds: float) -> Sample:
    """Loads the server. Raises ServerFailure when an echo was wrong or a socket was closed."""
    module = [sys.executable, "-m", "benchmarks.generator_websocket"]
    command = [*module, workload.name, str(server.port), str(server.session), str(seconds)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, timeout=seconds + 2 * CONNECT_LIMIT
        )
    except subprocess.TimeoutExpired:
        raise ServerFailure("the generator did not end") from None
    if done.returncode:
        raise ServerFailure(done.stderr.strip().rpartition("\n")[2])
    return Sample(**json.loads(done.stdout))


class Load:
    """What all connections share: the frames, the counts, the first thing that went wrong."""

    def __init__(self, workload: WebSocketWorkload, port: int) -> None:
        small = workload.size <= TEXT_LIMIT
        first, payload = (wire.TEXT if small else wire.BINARY), b"x" * workload.size
        frame, reply = wire.masked_frame(first, payload), wire.plain_frame(first, payload)
        self.handshake = wire.handshake(port)
        self.in_flight = workload.in_flight
        self.frames = [frame * count for count in range(workload.in_flight + 1)]
        self.reply_size = len(reply)
        self.replies = reply * (LARGEST_READ // len(reply) + 2)
        self.received = 0  # whole messages
        self.latencies: list[float] = []  # seconds, of one message in flight per connection
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(self, message: str) -> None:
        if not self.failure.done():
            self.failure.set_exception(ServerFailure(message))


class Connection(asyncio.Protocol):
    """Keeps `in_flight` messages on their way: for each block of replies, as many new messages."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._head = b""  # of the handshake's response
        self._offset = 0  # within the reply being received
        self._until_probe = 0  # replies until the message whose time is taken is back
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
        self._transport.write(self._load.handshake)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self._receive_head(data)
            return
        load, start = self._load, self._offset
        end = start + len(data)
        if load.replies[start:end] != data:
            self._transport.abort()
            load.fail(f"not the echo expected: {data[:60]!r}")
            return
        count, self._offset = divmod(end, load.reply_size)
        if not count:
            return
        load.received += count
        self._until_probe -= count
        if self._until_probe <= 0:
            self._probe()
        self._transport.write(load.frames[count])

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ServerFailure(f"no handshake: {self._head[:100]!r}"))
        self._load.fail("it closed a socket under load")

    def start(self) -> None:
        self._until_probe, self._sent = self._load.in_flight, time.perf_counter()
        self._transport.write(self._load.frames[self._load.in_flight])

    def _receive_head(self, data: bytes) -> None:
        self._head += data
        if not self._head.endswith(b"\r\n\r\n"):
            return
        if wire.is_accepted(self._head):
            self.opened.set_result(None)
        else:
            self._transport.abort()

    def _probe(self) -> None:
        """Takes a time, and marks the last of the messages that are about to be sent."""
        now = time.perf_counter()
        self._load.latencies.append(now - self._sent)
        self._until_probe, self._sent = self._load.in_flight, now


async def load_server(
    workload: WebSocketWorkload, port: int, session: int, seconds: float
) -> Sample:
    loop = asyncio.get_running_loop()
    load = Load(workload, port)
    connections: list[Connection] = []
    for _ in range(workload.connections):
        _, connection = await loop.create_connection(lambda: Connection(load), "127.0.0.1", port)
        connections.append(connection)
        await asyncio.wait_for(connection.opened, CONNECT_LIMIT)
    for connection in connections:
        connection.start()
    await _watch(load, WARM_UP)

    load.latencies.clear()
    received, started = load.received, time.perf_counter()
    server_cpu, own_cpu = process_usage.cpu_seconds(session), time.process_time()
    await _watch(load, seconds)
    if load.received == received:
        raise ServerFailure(f"no echo in {seconds:g} s")
    return Sample(
        count=load.received - received,
        seconds=time.perf_counter() - started,
        server_cpu=process_usage.cpu_seconds(session) - server_cpu,
        generator_cpu=time.process_time() - own_cpu,
        p50=percentile(load.latencies, 0.5) * 1000,
        p99=percentile(load.latencies, 0.99) * 1000,
    )


async def _watch(load: Load, seconds: float) -> None:
    """Lets time pass, unless something goes wrong."""
    await asyncio.wait([load.failure], timeout=seconds)
    if load.failure.done():
        load.failure.result()


def main(name: str, port: str, session: str, seconds: str) -> None:
    workload = next(workload for workload in WORKLOADS if workload.name == name)
    assert isinstance(workload, WebSocketWorkload)
    gc.disable()
    try:
        sample = uvloop.run(load_server(workload, int(port), int(session), float(seconds)))
    except (ServerFailure, OSError, TimeoutError) as error:
        sys.exit(str(error) or type(error).__name__)
    print(json.dumps(asdict(sample)))


if __name__ == "__main__":
    main(*sys.argv[1:])
