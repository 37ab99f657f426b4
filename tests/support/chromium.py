"""Chromium without a window, driven over its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS = 60.0
SECONDS = 30.0  # for anything a page is waited for
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # root cannot have one
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--remote-debugging-port=0",
)
LISTENING = "DevTools listening on ws://"


def find() -> str | None:
    """The browser's program."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """A running browser."""

    def __init__(self, program: str, home: Path) -> None:
        """home: its HOME, where it keeps whom it trusts, and its fresh profile."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        self._process = subprocess.Popen(
            [program, *OPTIONS, f"--user-data-dir={home / 'profile'}", "about:blank"],
            env={**environment, "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._output: list[str] = []
        self._started = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        if not self._started.wait(START_SECONDS) or not self._output[-1].startswith(LISTENING):
            self.close()
            raise RuntimeError("Chromium did not start:\n" + "".join(self._output))
        self._address = self._output[-1].removeprefix(LISTENING).partition("/")[0]

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            for line in stream:  # to its end, or the browser would wait for us
                if not self._started.is_set():
                    self._output.append(line)
                    if line.startswith(LISTENING):
                        self._started.set()
        self._started.set()

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    @contextlib.asynccontextmanager
    async def page(self) -> AsyncIterator[Page]:
        """A new tab, closed at the end."""
        base = f"http://{self._address}/json"
        async with aiohttp.ClientSession() as session:
            async with session.put(f"{base}/new?about:blank") as response:
                target = await response.json()
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                try:
                    await page.enable()
                    yield page
                finally:
                    await page.close()
            async with session.get(f"{base}/close/{target['id']}"):
                pass


class Page:
    """A tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.console: list[str] = []  # what the page logged, a call each
        self._loaded: set[str] = set()  # documents, by their loader's id
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._changed = asyncio.Event()
        self._reader = asyncio.ensure_future(self._read())

    async def enable(self) -> None:
        for domain in ("Page", "Runtime"):
            await self.call(f"{domain}.enable")
        await self.call("Page.setLifecycleEventsEnabled", enabled=True)

    async def close(self) -> None:
        self._reader.cancel()
        await asyncio.wait((self._reader,))

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol, and its result."""
        number = len(self._answers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await asyncio.wait_for(self._answers[number], SECONDS)
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    async def _read(self) -> None:
        async for message in self._socket:
            self._take(message.json())

    def _take(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        match message.get("method"):
            case None:
                self._answers[message["id"]].set_result(message)
            case "Runtime.consoleAPICalled":
                values = (
                    value.get("value", value.get("description")) for value in parameters["args"]
                )
                self.console.append(" ".join(map(str, values)))
            case "Page.lifecycleEvent" if parameters["name"] == "load":
                self._loaded.add(parameters["loaderId"])
        self._changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Waits until something that the page said makes it hold."""
        async with asyncio.timeout(SECONDS):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def open(self, url: str) -> str:
        """Loads a document. Returns the browser's error, "" for none."""
        answer = await self.call("Page.navigate", url=url)
        error: str = answer.get("errorText", "")
        if not error:
            await self.until(lambda: answer["loaderId"] in self._loaded)
        return error

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; of its promise, where it is one."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def wait_for(self, expression: str) -> None:
        """Waits until an expression holds in the page, looking at each change of its document."""
        await self.evaluate(f"""
            new Promise((resolve) => {{
              const look = () => {{ if ({expression}) {{ observer.disconnect(); resolve(); }} }};
              const observer = new MutationObserver(look);
              observer.observe(document, {{ childList: true, subtree: true, characterData: true }});
              look();
            }})
        """)

    async def screenshot(self, file: Path) -> bytes:
        """The page as a PNG, which is also written to a file."""
        data = base64.b64decode((await self.call("Page.captureScreenshot"))["data"])
        file.write_bytes(data)
        return data
