"""The platform's documented WebSocket example, unmodified, with the clients that Python has."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import websockets

if TYPE_CHECKING:
    from conftest import Serve, Server

LOGGED = ["WebSocket connection established", "Message received: hi", "WebSocket connection closed"]


@pytest.fixture
async def server(serve: Serve, authority_file: Path, documented_example: Path) -> Server:
    return await serve(documented_example, tls=True)


@pytest.fixture(params=["ws", "wss"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_websockets_gets_pong(server: Server, scheme: str, trusting: ssl.SSLContext) -> None:
    url = f"{scheme}://localhost:{server.port}/"
    options = {"ssl": trusting} if scheme == "wss" else {}
    async with websockets.connect(url, **options) as socket:
        await socket.send("hi")
        assert await socket.recv() == "pong"
    assert socket.close_code == 1000
    await assert_logged(server)


async def test_aiohttp_gets_pong(server: Server, scheme: str, trusting: ssl.SSLContext) -> None:
    url = f"{scheme}://localhost:{server.port}/"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, ssl=trusting) as socket,
    ):
        await socket.send_str("hi")
        assert await socket.receive_str(timeout=30) == "pong"
    assert socket.close_code == 1000
    await assert_logged(server)


async def assert_logged(server: Server) -> None:
    await server.until(lambda: server.stdout.count("\n") == len(LOGGED))
    assert server.stdout.splitlines() == [f"documented_example │ {line}" for line in LOGGED]
    assert server.stderr == ""


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_its_page_is_served(server: Server, scheme: str, trusting: ssl.SSLContext) -> None:
    url = f"{scheme}://localhost:{server.port}/"
    async with server.session.get(url, ssl=trusting) as response:
        assert response.status == 200
        assert response.headers["content-type"] == "text/html"
        assert 'new WebSocket("wss://" + location.host)' in await response.text()


async def test_binary_messages_are_answered_too(server: Server) -> None:
    async with server.session.ws_connect("/") as socket:
        await socket.send_bytes(b"\x00\xff")
        assert await socket.receive_str(timeout=30) == "pong"
