"""A realm that has got hold of every op and query calls them with whatever it likes.

Nothing but this isolate's own work may come of it: no crash, no byte that is not its own, no error of ours.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from edgehost import boundary
from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig
from edgehost.deployment import Deployment
from edgehost.engine import bytecode, capi, runtime_files
from edgehost.errors import BoundaryViolation
from edgehost.server.memory import MemoryExchange, Request

MAIN, LEAK = "edgehost:main.js", "edgehost:leak.js"
PATIENCE = 10  # seconds, for what is answered at once
ROUNDS = int(os.environ.get("EDGEHOST_ATTACK", "1"))  # `make attack` sets more

# Values that have once been wrong somewhere, or could be: they run code, are no text, or are out of any range.
VALUES = r"""
  const trap = new Proxy([], { get() { called('get'); }, getOwnPropertyDescriptor() { called('describe'); },
    defineProperty() { called('define'); return true; } });
  const getter = Object.defineProperty([0, false], 0, { get() { called('getter'); return 'x'; } });
  const holes = [, false];
  const detached = new ArrayBuffer(8);
  detached.transfer();
  const frozen = Object.freeze([]);
  const resized = new ArrayBuffer(16, { maxByteLength: 32 });
  const outOfBounds = new Uint8Array(resized, 8, 8);
  resized.resize(4);
  export const values = [
    undefined, null, true, false, 0, -0, 1, -1, 7, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, NaN, Infinity, -Infinity, 0.5,
    '', 'x', 'GET', 'utf-8', '\0', 'a\nb', 'a\r\nb: c', '\ud800', 'é'.repeat(300), 'x'.repeat(70_000), 'a' + 'b'.repeat(9000),
    'edgehost:boundary/host.js', '../x', '"; import "y', 'boundary/host.js boundary/host.js', 'iso-2022-jp', 'gbk', 'protocol', 'content-type',
    ['x', false], ['x', true], ['\ud800\0', false], ['\ud800\0', true], ['a\nb', false], ['a\r\nb: c\nd', false], ['x', 1],
    ['x'], [], [1, false], [{}, false], [Symbol('s'), false], trap, getter, holes, frozen,
    new Uint8Array(5), new Uint8Array(0), new Uint8ClampedArray(3), new Float64Array(3), new Int32Array(2), detached,
    new ArrayBuffer(8), new SharedArrayBuffer(8), new Uint8Array(new SharedArrayBuffer(8)), outOfBounds, resized,
    new DataView(new ArrayBuffer(4)), 1n, 2n ** 70n, 10n ** 5000n, Symbol('x'), Symbol.iterator, () => { called('function'); },
    class {}, new Map(), new Date(0), /x/g, Promise.resolve(1), new Proxy({}, {}), new Proxy(() => {}, {}), globalThis,
    Object.create(null), { toString() { called('toString'); return 'x'; }, valueOf() { called('valueOf'); return 1; } },
    new String('x'), new Number(1), Promise.reject(1).catch(() => {}), function* () {}, new WeakRef({}), new Error('x'),
  ];
"""
SOURCE = (
    r"""
import { op, query } from './boundary/host.js';
"""
    + VALUES
    + r"""
const calls = [];
function called(what) { calls.push(what); }
const { apply } = Reflect;

globalThis.attack = (kind, name, picks) => {
  const given = picks.map((at) => values[at % values.length]);
  const target = kind === 'op' ? op[name] : query[name];
  try { return apply(target, undefined, given); } catch (error) { return `threw ${error}`; }
};
globalThis.called = calls;
globalThis.offered = { op: Object.keys(op), query: Object.keys(query), count: values.length };
"""
)
FUNCTION = """
export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);

    if (pathname === '/offered') return Response.json(offered);
    if (pathname === '/called') return Response.json(called);
    if (pathname === '/wait') return new Promise((resolve) => { globalThis.go = () => resolve(new Response('waited')); });
    if (pathname === '/go') { go(); return new Response('ok'); }
    if (pathname === '/hello') return new Response('hello');

    for (const [kind, name, ...picks] of JSON.parse(searchParams.get('plan'))) attack(kind, name, picks);

    return new Response('attacked');
  },
};
"""


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch) -> None:
    """Isolates whose runtime hands all ops and queries to the function."""
    real = bytecode.load
    texts = {
        MAIN: f"{runtime_files.read(MAIN).decode()} import './leak.js';",
        LEAK: SOURCE,
    }

    def load(ctx: int, name: str) -> int | None:
        if name not in texts:
            return real(ctx, name)
        source = texts[name].encode()
        module = capi.compile_module(ctx, name, source)
        assert module.tag != capi.TAG_EXCEPTION
        capi.free_value(ctx, module)
        return int(module.payload)

    monkeypatch.setattr(bytecode, "load", load)


class Victim:
    """A function whose realm is the attacker's, and what it logged."""

    def __init__(self, deployment: Deployment, lines: Any) -> None:
        self.deployment = deployment
        self._lines = lines

    async def begin(self, path: str) -> MemoryExchange:
        exchange = MemoryExchange(Request("GET", f"http://localhost{path}"))
        (await self.deployment.ready()).begin(exchange)
        return exchange

    async def ask(self, path: str) -> MemoryExchange:
        exchange = await self.begin(path)
        async with asyncio.timeout(PATIENCE):
            await exchange.answered()
        return exchange

    @property
    def log(self) -> str:
        self.deployment.console.flush()
        return str(self._lines.getvalue())


@pytest.fixture
async def victim(leaky: None, tmp_path: Path) -> Any:
    path = tmp_path / "fn.js"
    path.write_text(FUNCTION)
    lines = io.StringIO()
    deployment = Deployment(
        FunctionConfig(path), Console("fn", stdout=lines, stderr=lines, quiet=True)
    )
    await deployment.start()
    yield Victim(deployment, lines)
    await deployment.close(0)


def plans(chance: random.Random, offered: dict[str, Any], count: int) -> Iterator[list[Any]]:
    """Calls of everything that is offered, with arguments at random; often as many as it takes."""
    for kind, table in (("op", boundary.OPS), ("query", boundary.QUERIES)):
        for name in offered[kind]:
            signature = table[name]
            for _ in range(count):
                many = chance.choice(
                    [len(signature.kinds), signature.required, chance.randrange(9)]
                )
                yield [kind, name, *(chance.randrange(offered["count"]) for _ in range(many))]


async def test_every_op_and_query_has_a_row(victim: Victim) -> None:
    offered = victim_json(await victim.ask("/offered"))
    assert set(offered["op"]) == set(boundary.OPS)
    assert set(offered["query"]) == set(boundary.QUERIES)


async def test_whatever_they_are_called_with_nobody_else_is_harmed(victim: Victim) -> None:
    offered = victim_json(await victim.ask("/offered"))
    chance = random.Random(os.environ.get("EDGEHOST_SEED", "1"))
    for round_ in range(ROUNDS):
        calls = list(plans(chance, offered, 12))
        chance.shuffle(calls)
        for at in range(0, len(calls), 5):
            await victim.ask(f"/attack?plan={quote(json.dumps(calls[at : at + 5]))}")
            assert "internal error" not in victim.log, (round_, calls[at : at + 5], victim.log)
        assert (await victim.ask("/hello")).response.body == b"hello"
    assert victim_json(await victim.ask("/called")) == []  # nothing of the function ran in between


@pytest.mark.parametrize(
    "call",
    [
        ["op", "respond", 1],
        ["op", "socketText", 4],
        ["query", "classOf", 4],
        ["query", "lookInto", 63, 4],
        ["query", "decodeText", 17, 20, 2],
        ["query", "randomBytes", 11],
    ],
)
async def test_a_wrong_call_fails_its_own_invocation(victim: Victim, call: list[Any]) -> None:
    waiting = await victim.begin("/wait")
    attacked = await victim.ask(f"/attack?plan={quote(json.dumps([call]))}")
    assert attacked.response.status == 500
    assert isinstance(attacked.error, BoundaryViolation)
    await victim.ask("/go")
    await waiting.answered()
    assert waiting.response.body == b"waited"
    assert call[1] in victim.log


def victim_json(exchange: MemoryExchange) -> Any:
    return json.loads(exchange.response.body)
