"""A function that has patched the language: the runtime calls nothing of it, and works as before."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from wired import Function

HERE = Path(__file__).parent
RUNTIME = HERE.parents[1] / "runtime_js"
FUNCTION = (HERE / "function.js").read_text("utf-8")
SECONDS = 60.0  # for one answer; far more than any needs

# What a standard or the engine itself calls, and on what: all of these a function has anyway.
TOLERATED = {
    # a promise is resolved with an object: https://tc39.es/ecma262/#sec-promise-resolve-functions
    "get Object.prototype.then": {
        "{value,done}",
        "{a}",  # JSON that was parsed
        "{alg,ext,k,key_ops,kty}",  # a key as JSON
        "ArrayBuffer",
        "Blob",
        "CryptoKey",
        "FormData",
        "Response",
        "Uint8Array",
    },
    # a promise of the function is awaited, or another is resolved with it
    "get Promise.prototype.constructor": {"Promise"},
    "Promise.prototype.then": {"Promise"},
    "get Promise.Symbol(Symbol.species)": {"Function"},
    # an error of the function is shown: in an ErrorEvent, in the log
    "Error.prototype.toString": {"Error"},
    "get Error.prototype.stack": {"Error", "TypeError"},
    "get Object.prototype.cause": {"Error", "TypeError"},
    "get Object.prototype.errors": {"Error", "TypeError"},
    # a typed array of the function is shown
    "get TypedArray.prototype.Symbol(Symbol.toStringTag)": {"Uint8Array"},
    # JSON.stringify of the engine keeps the objects that it is in, to find circles
    "set Array.prototype.0": {"Array"},
}


def names() -> list[str]:
    """All words of the runtime's code, so also the name of each property that it reads or writes."""
    code = "\n".join(file.read_text("utf-8") for file in RUNTIME.rglob("*.js"))
    return sorted(set(re.findall(r"[A-Za-z_$][\w$]*", re.sub(r"//.*|/\*[\s\S]*?\*/", "", code))))


class Attack:
    """The answers of a function in a realm that it has patched."""

    def __init__(self, folder: Path, kind: str, touch: str) -> None:
        self.folder = folder
        folder.mkdir()
        for file in ("exercise.js", "patches.js"):
            shutil.copy(HERE / file, folder)
        settings = {"KIND": kind, "TOUCH": touch, "NAMES": names(), "TOLERATED": list(TOLERATED)}
        lines = [f"export const {name} = {json.dumps(value)};" for name, value in settings.items()]
        (folder / "settings.js").write_text("\n".join(lines), "utf-8")

    async def load(self, source: str = FUNCTION) -> Attack:
        self.function = await Function.load(self.folder, source, cpu_ms=60_000)
        return self

    async def ask(
        self, path: str, method: str = "GET", body: bytes = b"", test: str = "test"
    ) -> tuple[int, str]:
        exchange = self.function.request(path, method, body, upgrade=None, x_test=test)
        async with asyncio.timeout(SECONDS):
            await exchange.answered()
        return exchange.response.status, exchange.response.body.decode()

    async def answers(self) -> dict[str, object]:
        """What a client of the function gets."""
        answers: dict[str, object] = {
            "walk": (await self.ask("/walk", "POST", b"the body"))[1].split("\n"),
            "whole": await self.ask("/"),
            "stream": await self.ask("/stream"),
            "echo": await self.ask("/echo", "POST", b"echoed"),
            "failure": await self.ask("/fail"),
        }
        wire = self.function.connect()
        wire.text("one", "two")
        wire.bytes(b"three")
        wire.end()
        answers["socket"] = wire.sent
        return answers

    async def calls(self, test: str = "test") -> set[tuple[str, str]]:
        """The patches that were called, each with the receiver of the call."""
        _, seen = await self.ask("/seen", test=test)
        pairs = [line.rpartition(" of ") for line in seen.splitlines()]
        return {(name, receiver) for name, _, receiver in pairs}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("attack")


@pytest.fixture(scope="module")
def untouched(folder: Path) -> dict[str, object]:
    async def ask() -> dict[str, object]:
        return await (await Attack(folder / "untouched", "off", "after").load()).answers()

    return asyncio.run(ask())


def test_the_walk_passes_where_nothing_is_patched(untouched: dict[str, object]) -> None:
    walk = untouched["walk"]
    assert isinstance(walk, list)
    assert [line for line in walk if ": failed: " in line] == []
    assert untouched["socket"] == ["one", "two", b"three"]
    assert untouched["echo"] == (200, "echoed")


@pytest.mark.parametrize("touch", ["before", "after"])
@pytest.mark.parametrize("kind", ["note", "throw"])
async def test_the_runtime_calls_nothing_that_is_patched(
    folder: Path, untouched: dict[str, object], kind: str, touch: str
) -> None:
    attack = await Attack(folder / f"{kind}-{touch}", kind, touch).load()
    answers = await attack.answers()
    calls = await attack.calls()
    assert {call for call in calls if call[1] not in TOLERATED.get(call[0], ())} == set()
    assert answers == untouched


LISTENER = """
    import { arm, joined, patch, seen } from './patches.js';
    import { KIND, NAMES, TOLERATED } from './settings.js';

    const answer = Response;
    const later = setTimeout;
    const promise = Promise;

    addEventListener('fetch', (event) => {
      const isLast = event.request.headers.get('x-test') === 'seen';

      if (isLast) arm('off');

      event.waitUntil(new promise((done) => later(done, 0, undefined)));
      event.respondWith(new answer(isLast ? joined(seen, '\\n') : 'answered'));
    });

    patch(NAMES, TOLERATED);
    arm(KIND);
"""


@pytest.mark.parametrize("kind", ["note", "throw"])
async def test_nor_where_the_function_listens_for_requests(folder: Path, kind: str) -> None:
    attack = await Attack(folder / f"listener-{kind}", kind, "after").load(LISTENER)
    assert await attack.ask("/") == (200, "answered")
    calls = await attack.calls("seen")
    assert {call for call in calls if call[1] not in TOLERATED.get(call[0], ())} == set()


async def test_a_call_of_a_patch_is_noted(folder: Path) -> None:
    attack = await Attack(folder / "noted", "note", "after").load()
    await attack.ask("/call")
    calls = await attack.calls()
    assert ("Map.prototype.set", "Map") in calls
    assert ("get globalThis.Map", "Object") in calls or (
        "get globalThis.Map",
        "EventTarget",
    ) in calls
    assert ("get Object.prototype.body", "{}") in calls
    assert ("set Array.prototype.0", "Array") in calls
    assert any(name.startswith("get Array.") and "species" in name for name, _ in calls)
