"""The samples that have a page, as a user sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import Chromium, Page
from command import Command

FOLDER = Path(__file__).parents[2] / "sample_functions"
PNG = b"\x89PNG\r\n\x1a\n"


async def lines(page: Page) -> list[str]:
    """What the page's live log shows."""
    shown: list[str] = await page.evaluate(
        "[...document.querySelectorAll('#log li')].map((item) => item.textContent)"
    )
    return shown


async def wait_for_lines(page: Page, count: int) -> None:
    await page.wait_for(f"document.querySelectorAll('#log li').length >= {count}")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_websocket_pong_shows_what_is_sent_and_received(
    browser: Chromium, command: Command, scheme: str, tmp_path: Path
) -> None:
    with command.serve(str(FOLDER / "websocket_pong.js")) as server:
        async with browser.page() as page:
            assert await page.open(f"{scheme}://localhost:{server.port}/") == ""
            await wait_for_lines(page, 1)
            await page.evaluate("document.querySelector('button').click()")
            await wait_for_lines(page, 3)
            expected = ["connected", "sent ping", "received pong"]
            assert await lines(page) == expected
            assert page.console == expected
            assert (await page.screenshot(tmp_path / "pong.png")).startswith(PNG)
            assert server.stop()[0] == 0
            await wait_for_lines(page, 4)
            assert (await lines(page))[-1] == "closed with 1001"


async def test_chat_shows_everyone_what_everyone_says(
    browser: Chromium, command: Command, tmp_path: Path
) -> None:
    with command.serve(str(FOLDER / "chat.js")) as server:
        url = f"https://localhost:{server.port}/?name="
        async with browser.page() as ada:
            await ada.open(url + "Ada")
            await wait_for_lines(ada, 1)
            async with browser.page() as bob:
                await bob.open(url + "Bob")
                await wait_for_lines(bob, 1)
                await bob.evaluate(
                    "document.querySelector('input').value = '<i>hello</i> & ünïcode ☃';"
                    "document.querySelector('form').requestSubmit()"
                )
                await wait_for_lines(ada, 3)
                await wait_for_lines(bob, 2)
                both = ["room: Bob came, 2 here", "Bob: <i>hello</i> & ünïcode ☃"]
                assert await lines(ada) == ["room: Ada came, 1 here", *both]
                assert await lines(bob) == both
                assert await bob.evaluate("document.querySelector('input').value") == ""
                assert (await bob.screenshot(tmp_path / "chat.png")).startswith(PNG)
            await wait_for_lines(ada, 4)
            assert (await lines(ada))[-1] == "room: Bob left, 1 here"


async def test_errors_links_to_each_of_them(browser: Chromium, command: Command) -> None:
    with command.serve(str(FOLDER / "errors.js")) as server:
        async with browser.page() as page:
            await page.open(server.url)
            names = await page.evaluate("[...document.links].map((link) => link.pathname.slice(1))")
            assert {"throw", "forever", "never", "unhandled"} <= set(names)
            await page.open(f"{server.url}throw")
            shown = await page.evaluate("document.body.textContent")
            assert "TypeError" in shown
            assert "something is wrong here" in shown
            assert "throw new TypeError('something is wrong here');" in shown
