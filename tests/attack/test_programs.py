"""Small programs at random over all names of the platform: no error of ours, and the next request is served."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from target import PATIENCE, attempts

from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig, Limits
from edgehost.deployment import Deployment
from edgehost.server.memory import MemoryExchange, Request

# The language's own names are left out: a program could take the function itself away.
FUNCTION = r"""
const language = new Set(['globalThis', 'Object', 'Reflect', 'Function', 'Proxy', 'eval', 'setInterval']);
const own = (object) => Reflect.ownKeys(object).filter((key) => typeof key === 'string' && key !== 'constructor');
const AsyncFunction = (async () => {}).constructor;

function names() {
  const found = {};

  for (const name of own(globalThis)) {
    const value = globalThis[name];

    if (language.has(name) || value === null || typeof value !== 'function' && typeof value !== 'object') continue;

    found[name] = { statics: own(value), members: own(value.prototype ?? {}) };
  }

  return found;
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);

    if (pathname === '/names') return Response.json(names());
    if (pathname === '/hello') return new Response('hello');

    await new AsyncFunction('request', 'ctx', await request.text())(request, ctx);

    return new Response('done');
  },
};
"""
VALUES = [
    *(
        "undefined",
        "null",
        "true",
        "0",
        "-1",
        "7",
        "1e9",
        "NaN",
        "2n ** 70n",
        "''",
        "'x'",
        "'\\ud800\\0'",
    ),
    *(
        "'a\\r\\nb'",
        "'text/plain'",
        "'http://x/y?z'",
        "'bytes'",
        "'utf-16'",
        "'x'.repeat(70000)",
        "[]",
    ),
    *("[1, [2, 3]]", "[['a', 'b']]", "{}", "{ a: 1 }", "{ type: 'bytes' }", "{ highWaterMark: 1 }"),
    *("{ mode: 'byob' }", "{ get a() { throw 1; } }", "new Uint8Array(9)", "new ArrayBuffer(9)"),
    *(
        "new Proxy({}, {})",
        "Symbol('s')",
        "() => 1",
        "async () => { throw 1; }",
        "class {}",
        "new Map([[1, 2]])",
    ),
    *(
        "new Error('x')",
        "new Date(NaN)",
        "/x/g",
        "Promise.reject(1)",
        "{ then(f) { f(1); } }",
        "request",
        "ctx",
    ),
    "{ start(c) { c.enqueue?.(new Uint8Array(5)); }, pull(c) { c.close?.(); } }",
    "{ [Symbol.iterator]: function* () { yield ['a', 'b']; } }",
]


class Realm:
    """A function in memory, and what it logged."""

    def __init__(self, runner: asyncio.Runner, path: Path) -> None:
        self._runner = runner
        self._lines = io.StringIO()
        config = FunctionConfig(path, limits=Limits(cpu_ms=300, memory_mb=64), allow_eval=True)
        console = Console("fn", stdout=self._lines, stderr=self._lines, quiet=True)
        self.deployment = Deployment(config, console)
        self.troubles: list[Any] = []

    def ask(self, path: str, program: str = "") -> MemoryExchange:
        return self._runner.run(asyncio.wait_for(self._ask(path, program), PATIENCE))

    async def _ask(self, path: str, program: str) -> MemoryExchange:
        asyncio.get_running_loop().set_exception_handler(lambda _, it: self.troubles.append(it))
        exchange = MemoryExchange(
            Request("POST", f"http://localhost{path}", body=program.encode("utf-8", "replace"))
        )
        (await self.deployment.ready()).begin(exchange)
        if path == "/run":  # it may never end
            for _ in range(20):
                await asyncio.sleep(0)
        else:
            await exchange.answered()
        return exchange

    @property
    def log(self) -> str:
        self.deployment.console.flush()
        return self._lines.getvalue()

    def clear(self) -> None:
        self._lines.seek(0)
        self._lines.truncate()


async def started(runner: asyncio.Runner, path: Path) -> Realm:
    realm = Realm(runner, path)
    await realm.deployment.start()
    return realm


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    path = tmp_path_factory.mktemp("programs") / "fn.js"
    path.write_text(FUNCTION, "utf-8")
    with asyncio.Runner() as runner:
        realm = runner.run(started(runner, path))
        yield realm
        runner.run(realm.deployment.close(0))


@pytest.fixture(scope="module")
def names(realm: Realm) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = json.loads(realm.ask("/names").response.body)
    return found


def program(data: st.DataObject, names: dict[str, dict[str, list[str]]]) -> str:
    """Statements of which each may use what those before it made, and none stops the rest."""
    lines, made = [], 0
    members = sorted({name for parts in names.values() for name in parts["members"]})

    def pick(choices: list[str]) -> str:
        return data.draw(st.sampled_from(choices))

    def value() -> str:
        if made and data.draw(st.booleans()):
            return f"v{data.draw(st.integers(0, made - 1))}"
        return f"({pick(VALUES)})"

    for _ in range(data.draw(st.integers(1, 8))):
        name = pick(sorted(names))
        arguments = ", ".join(value() for _ in range(data.draw(st.integers(0, 3))))
        whole = f"globalThis[{name!r}]"
        forms = [f"new {whole}({arguments})", f"{whole}({arguments})"]
        if statics := names[name]["statics"]:
            forms.append(f"{whole}[{pick(statics)!r}]({arguments})")
        if own := names[name]["members"]:
            forms.append(f"{whole}.prototype[{pick(own)!r}].call({value()}, {arguments})")
        if made:
            member = f"{value()}[{pick(members)!r}]"
            forms += [f"{member}({arguments})"] * 4 + [member, f"{member} = {value()}"]
            forms += [f"console.log({value()})", f"structuredClone({value()})"]
        lines.append(f"let v{made}; try {{ v{made} = {pick(forms)}; }} catch {{}}")
        if data.draw(st.integers(0, 3)) == 0:
            lines.append(f"try {{ await Promise.race([v{made}, 1]); }} catch {{}}")
        made += 1
    return "\n".join(lines)


@attempts(80)
@given(data=st.data())
def test_no_program_harms_the_next_request(
    realm: Realm, names: dict[str, dict[str, list[str]]], data: st.DataObject
) -> None:
    source = program(data, names)
    realm.ask("/run", source)
    assert realm.ask("/hello").response.body == b"hello", source
    assert "internal error" not in realm.log, (source, realm.log)
    assert "edgehost/" not in realm.log, (source, realm.log)
    assert realm.troubles == [], source
    realm.clear()
