"""Many sockets that echo while HTTP requests arrive: nothing is lost, reordered or closed.

EDGEHOST_SOAK_SECONDS=60 runs it for a minute with 1,000 sockets. The clients are in the server's own
process and on its loop, so what is measured here is truth, not speed.
"""

from __future__ import annotations

import asyncio
import os
import resource
from typing import Any

import pytest
from raw_websocket import BINARY, TEXT, connect

SECONDS = float(os.environ.get("EDGEHOST_SOAK_SECONDS", "4"))
SOCKETS = 1000
BURST = 3  # messages that a socket sends at a time
PAUSE = 0.3  # seconds between two bursts: so that the loop has time for the requests
EVERY = 0.004  # seconds between two HTTP requests

FUNCTION = """
let messages = 0;
export default {
  async fetch(request) {
    if (!request.headers.has('upgrade')) {
      await null;
      return Response.json({ messages, body: await request.text() });
    }
    const { response, socket } = upgradeWebSocket(request);
    socket.onmessage = ({ data }) => { messages++; socket.send(data); };
    return response;
  },
};
"""


@pytest.fixture
def descriptors() -> int:
    """How many this process may open, after asking for what a thousand sockets need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * SOCKETS + 500
    if soft < wanted:
        soft = min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


async def echo(peer: Any, number: int, until: float) -> int:
    """Sends messages of changing kinds and sizes; each must come back as it was, in order."""
    loop = asyncio.get_running_loop()
    count = 0
    while loop.time() < until:
        sent = [message(number, count + i) for i in range(BURST)]
        for opcode, payload in sent:
            peer.send(opcode, payload)
        for expected in sent:
            got = await peer.frame()
            assert (got.opcode, got.payload) == expected
        count += BURST
        await asyncio.sleep(PAUSE)
    return count


def message(number: int, count: int) -> tuple[int, bytes]:
    size = (count * 37 + number) % 200 if count % 50 else 20_000
    return TEXT if count % 3 else BINARY, f"{number}:{count}:".encode() + b"x" * size


async def request_all_the_time(server: Any, until: float) -> int:
    loop = asyncio.get_running_loop()
    count = 0
    pending = set()
    while loop.time() < until:
        pending.add(asyncio.ensure_future(server.json("/", "POST", data=f"request {count}")))
        count += 1
        await asyncio.sleep(EVERY)
        done = {task for task in pending if task.done()}
        pending -= done
        for task in done:
            assert task.result()["body"].startswith("request ")
    for task in pending:
        await task
    return count


async def test_sockets_and_requests_together(serve, descriptors):
    sockets = min(SOCKETS, (descriptors - 500) // 2)
    assert sockets >= 100, "too few file descriptors are allowed"
    server = await serve(FUNCTION)
    peers = []
    for _ in range(0, sockets, 100):
        peers += await asyncio.gather(
            *(connect(server) for _ in range(min(100, sockets - len(peers))))
        )
    assert len(server.worker.sockets) == sockets
    until = asyncio.get_running_loop().time() + SECONDS
    *counts, requests = await asyncio.gather(
        *(echo(peer, number, until) for number, peer in enumerate(peers)),
        request_all_the_time(server, until),
    )
    assert len(server.worker.sockets) == sockets, "sockets were closed"
    assert (await server.json())["messages"] == sum(counts)
    assert min(counts) >= BURST
    assert requests >= SECONDS / EVERY / 20, "the requests had to wait"
    assert server.stderr == ""
    print(f"{sockets} sockets, {sum(counts)} messages, {requests} requests in {SECONDS:g} s")


test_sockets_and_requests_together.is_limited = True  # type: ignore[attr-defined]  # by its own time
