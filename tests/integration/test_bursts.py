"""Connections whose bytes arrive in one pass of the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio
from websockets.frames import Frame, Opcode

from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig, ServerConfig
from edgehost.deployment import Deployment
from edgehost.server.connection import Connection
from edgehost.server.host import HttpHost

FUNCTION = """
const sockets = [];

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);

    if (pathname === '/socket') {
      const { response, socket } = upgradeWebSocket(request);

      sockets.push(socket);
      socket.onmessage = ({ data }) => sockets.forEach((other) => other.send(data));

      return response;
    }

    if (pathname === '/spin') {
      const end = Date.now() + 500;

      while (Date.now() < end);

      return new Response(`${end}`);
    }

    return new Response(pathname, { headers: { connection: pathname === '/last' ? 'close' : '' } });
  },
};
"""
HANDSHAKE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


class Transport(asyncio.Transport):
    """Keeps what is written, and when; always takes more."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.times: list[float] = []
        self.is_closed = False

    def write(self, data: Any) -> None:
        assert not self.is_closed
        self.writes.append(bytes(data))
        self.times.append(time.time())

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.is_closed

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self.is_closed = True

    abort = close


class Client:
    """One connection of the host."""

    def __init__(self, host: HttpHost) -> None:
        self.connection: Connection = host()
        self.transport = Transport()
        self.connection.connection_made(self.transport)

    def send(self, path: str, headers: bytes = b"") -> None:
        data = b"GET %b HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % (path.encode(), headers)
        self.connection.data_received(data)

    def say(self, text: str) -> None:
        self.connection.data_received(Frame(Opcode.TEXT, text.encode()).serialize(mask=True))

    @property
    def bodies(self) -> list[bytes]:
        """Of the responses, by write."""
        return [data.rpartition(b"\r\n\r\n")[2] for data in self.transport.writes]


@pytest_asyncio.fixture
async def connect(tmp_path: Path) -> AsyncIterator[Callable[[], Client]]:
    (tmp_path / "function.js").write_text(FUNCTION)
    deployment = Deployment(FunctionConfig(tmp_path / "function.js"), Console("", quiet=True))
    await deployment.start()
    host = HttpHost(deployment, ServerConfig())
    clients: list[Client] = []

    def make() -> Client:
        clients.append(Client(host))
        return clients[-1]

    yield make
    for client in clients:
        client.connection.connection_lost(None)
    await deployment.close(grace=0)


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0)


async def test_an_answer_does_not_wait_for_a_neighbour_that_takes_long(connect):
    first, slow = connect(), connect()
    first.send("/a")
    slow.send("/spin")
    await until(lambda: bool(slow.transport.writes))
    end = int(slow.bodies[0]) / 1000
    assert first.bodies == [b"/a"]
    assert first.transport.times[0] < end - 0.1


async def test_pipelined_requests_are_answered_in_one_write(connect):
    client = connect()
    for path in ("/a", "/b", "/c"):
        client.send(path)
    await until(lambda: bool(client.transport.writes))
    (answers,) = client.transport.writes
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert answers.index(b"/a") < answers.index(b"/b") < answers.index(b"/c")


async def test_an_answer_leaves_before_the_handshake_behind_it(connect):
    client = connect()
    client.send("/a")
    client.send("/socket", HANDSHAKE)
    await until(lambda: len(client.transport.writes) > 1)
    first, second = client.transport.writes
    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 101 ")


async def test_an_answer_leaves_before_the_refusal_of_what_is_no_request(connect):
    client = connect()
    client.send("/a")
    client.connection.data_received(b"nonsense\r\n\r\n")
    await until(lambda: client.transport.is_closed or len(client.transport.writes) > 0)
    answers = b"".join(client.transport.writes)
    assert answers.index(b"HTTP/1.1 200 ") < answers.index(b"HTTP/1.1 400 ")


async def test_the_last_answer_leaves_before_the_connection_closes(connect):
    client = connect()
    client.send("/last")
    await until(lambda: client.transport.is_closed)
    assert client.bodies == [b"/last"]


async def test_a_request_right_before_the_end_is_answered(connect):
    client = connect()
    client.send("/a")
    assert not client.connection.eof_received()  # the transport closes now
    assert client.bodies == [b"/a"]


async def test_a_request_right_before_the_server_stops_is_answered(connect):
    client = connect()
    client.send("/a")
    client.connection.host.stop()
    assert client.bodies == [b"/a"]
    assert client.transport.is_closed


async def test_a_request_that_has_arrived_ends_the_idle_time(connect):
    client = connect()
    client.connection._idle_since -= 1000
    client.send("/a")
    client.connection._check_idle()
    await until(lambda: client.transport.is_closed or bool(client.transport.writes))
    assert client.bodies == [b"/a"]


async def test_a_request_that_lies_in_the_socket_ends_the_idle_time(connect):
    client = connect()
    client.connection._idle_since -= 1000
    client.connection._check_idle()
    client.send("/a")
    await until(lambda: client.transport.is_closed or bool(client.transport.writes))
    assert client.bodies == [b"/a"]


async def test_a_request_of_a_client_that_has_left_is_not_handled(connect):
    client, other = connect(), connect()
    client.send("/spin")
    other.send("/a")
    client.connection.connection_lost(None)
    before = time.time()
    await until(lambda: bool(other.transport.writes))
    assert time.time() < before + 0.5
    assert client.transport.writes == []


async def test_what_several_turns_send_to_a_socket_leaves_in_one_write(connect):
    clients = [connect() for _ in range(3)]
    for client in clients:
        client.send("/socket", HANDSHAKE)
        await until(lambda client=client: bool(client.transport.writes))
    await asyncio.sleep(0)  # the function hears of the opening in a turn of its own
    for client in clients:
        client.transport.writes.clear()
    for number, client in enumerate(clients):
        client.say(f"from {number}")
    await until(lambda: all(client.transport.writes for client in clients))
    expected = b"".join(b"\x81\x06from %d" % number for number in range(3))
    assert [client.transport.writes for client in clients] == 3 * [[expected]]
