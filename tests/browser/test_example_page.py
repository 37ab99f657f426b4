"""The platform's documented WebSocket example, unmodified, in a real browser."""

from __future__ import annotations

from pathlib import Path

from chromium import Chromium
from command import Command

LOGGED = ["WebSocket connection established", "Message received: hi", "WebSocket connection closed"]


async def test_its_page_and_its_socket_work_over_https(
    browser: Chromium, command: Command, documented_example: Path
) -> None:
    with command.serve(str(documented_example), "--no-request-log") as server:
        async with browser.page() as page:
            assert await page.open(f"https://localhost:{server.port}/") == ""
            assert (
                await page.evaluate("document.querySelector('h1').textContent")
                == "WebSocket Example"
            )
            await page.until(lambda: "WebSocket connected" in page.console)
            assert await page.evaluate("socket.url") == f"wss://localhost:{server.port}/"
            await page.evaluate("socket.send('hi')")
            await page.until(lambda: "Message from server: pong" in page.console)
            assert page.console == ["WebSocket connected", "Message from server: pong"]
        assert [server.stdout.readline() for _ in LOGGED] == [
            f"documented_example │ {line}\n" for line in LOGGED
        ]
        assert server.stop() == (0, "", "")


async def test_its_page_over_http_reaches_its_socket_over_tls(
    browser: Chromium, command: Command, documented_example: Path
) -> None:
    with command.serve(str(documented_example)) as server:
        async with browser.page() as page:
            assert await page.open(f"http://localhost:{server.port}/") == ""
            await page.until(lambda: "WebSocket connected" in page.console)
            await page.evaluate("socket.send('hi')")
            await page.until(lambda: "Message from server: pong" in page.console)


async def test_its_socket_hears_that_the_server_stops(
    browser: Chromium, command: Command, documented_example: Path
) -> None:
    with command.serve(str(documented_example)) as server:
        async with browser.page() as page:
            await page.open(f"https://localhost:{server.port}/")
            await page.until(lambda: "WebSocket connected" in page.console)
            closed = (
                "new Promise((resolve) => socket.addEventListener('close', (e) => resolve(e.code)))"
            )
            await page.evaluate(f"globalThis.closing = {closed}; 0")
            assert server.stop()[0] == 0
            assert await page.evaluate("closing") == 1001
            assert page.console[-1] == "WebSocket disconnected"


async def test_a_browser_that_was_not_told_to_trust_the_authority_refuses(
    stranger: Chromium, command: Command, documented_example: Path
) -> None:
    with command.serve(str(documented_example)) as server:
        async with stranger.page() as page:
            error = await page.open(f"https://localhost:{server.port}/")
            assert error == "net::ERR_CERT_AUTHORITY_INVALID"
            assert "edgehost cert trust" in server.stderr.readline()
