"""A worker: invocations, their failures, and its end."""

from __future__ import annotations

import asyncio
import gc
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from edgehost.bindings import url
from edgehost.bindings.console import Console
from edgehost.bindings.websocket import Listener, Upgrade
from edgehost.config import FunctionConfig, Limits
from edgehost.deployment import Deployment
from edgehost.errors import (
    CpuLimitExceeded,
    FunctionLoadError,
    LimitExceeded,
    MemoryLimitExceeded,
    ScriptError,
    WallLimitExceeded,
)
from edgehost.server.memory import MemoryExchange, Request
from edgehost.worker import Worker

HELLO = "export default { fetch: () => new Response('hello') }"
SECONDS = 20.0  # for one answer; far more than any needs


class Wire:
    """A socket's other end, kept in lists."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.sent: list[Any] = []
        self.texts = self.sent
        self.closed: tuple[int | None, str] | None = None
        self.buffered = 0

    def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self, code: int | None, reason: str) -> None:
        self.closed = (code, reason)

    def flush(self) -> None:
        pass


class Exchange(MemoryExchange):
    """A request in memory that can become a socket."""

    wire: Wire | None = None

    def upgrade(self, upgrade: Upgrade, listener: Listener) -> Any:
        self.wire = Wire(listener)
        return self.wire


class Functions:
    """A deployment of one function, asked without a server."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.log = io.StringIO()
        console = Console("fn", log_format="json", stdout=self.log, stderr=self.log)
        self.deployment = Deployment(FunctionConfig(path, limits=limits), console)

    @property
    def worker(self) -> Worker:
        assert self.deployment.worker is not None
        return self.deployment.worker

    async def begin(self, path: str = "/", **options: Any) -> Exchange:
        worker = await self.deployment.ready()
        exchange = Exchange(
            Request(options.pop("method", "GET"), f"http://localhost{path}", **options)
        )
        worker.begin(exchange)
        return exchange

    async def ask(self, path: str = "/", **options: Any) -> Exchange:
        exchange = await self.begin(path, **options)
        async with asyncio.timeout(SECONDS):
            await exchange.answered()
        return exchange

    async def text(self, path: str = "/", **options: Any) -> str:
        return (await self.ask(path, **options)).response.body.decode()

    async def open_socket(self, path: str = "/") -> Wire:
        headers = (
            ("upgrade", "websocket"),
            ("connection", "upgrade"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-version", "13"),
        )
        exchange = await self.begin(path, headers=headers)
        assert exchange.wire is not None
        exchange.wire.listener.on_open("")
        return exchange.wire

    def logged(self) -> list[str]:
        self.deployment.console.flush()
        return self.log.getvalue().splitlines()


Deploy = Callable[..., Awaitable[Functions]]


@pytest.fixture
async def deploy(tmp_path: Path) -> AsyncIterator[Deploy]:
    made: list[Functions] = []

    async def deploy(source: str, **limits: int) -> Functions:
        path = tmp_path / "fn.js"
        path.write_text(source)
        made.append(Functions(path, Limits(**limits)))
        await made[-1].deployment.start()
        return made[-1]

    yield deploy
    for functions in made:
        await functions.deployment.close(0)


def routes(**handlers: str) -> str:
    """A function that answers each path by its own code, and every other one with hello."""
    cases = "\n".join(f"case '/{name}': {{ {code} }}" for name, code in handlers.items())
    return (
        "export default { async fetch(request) { const { pathname } = new URL(request.url);\n"
        f"switch (pathname) {{ {cases} }}\nreturn new Response('hello'); }} }}"
    )


# Handlers that fail

THROWS = {
    "null": ("throw null", "Uncaught value"),
    "undefined": ("throw undefined", "Uncaught value"),
    "text": ("throw 'text'", "Uncaught value"),
    "a symbol": ("throw Symbol('s')", "Uncaught value"),
    "an error": ("throw new RangeError('no')", "RangeError"),
    "no function": ("null.x()", "TypeError"),
    "throwing getters": (
        "throw { get name() { throw 1; }, get message() { throw 2; }, get stack() { throw 3; }, toString() { throw 4; } }",
        "Uncaught value",
    ),
    "an error with throwing getters": (
        "const e = new Error('x'); for (const k of ['name', 'message', 'stack', 'cause'])"
        " Object.defineProperty(e, k, { get() { throw 1; } }); throw e",
        "Error",
    ),
    "a proxy": ("throw new Proxy({}, new Proxy({}, { get() { throw 1; } }))", "Uncaught value"),
    "a revoked proxy": (
        "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy",
        "Uncaught value",
    ),
    "a null prototype": ("throw Object.create(null)", "Uncaught value"),
    "odd text": ("throw new Error('\\0 \\ud800')", "Error"),
    "no response": ("return 1", "TypeError"),
    "nothing": ("return", "TypeError"),
    "a used body": ("const r = new Response('x'); await r.text(); return r", "TypeError"),
    "an error response": ("return Response.error()", "TypeError"),
    "a thenable that throws": ("return { then() { throw new RangeError('then'); } }", "RangeError"),
    "a response of another make": ("return Object.create(Response.prototype)", "TypeError"),
    "a deep recursion": ("const f = () => f(); f()", "RangeError"),
}


@pytest.mark.parametrize(("code", "name"), THROWS.values(), ids=THROWS.keys())
async def test_a_handler_that_fails_is_answered_with_500(
    deploy: Deploy, code: str, name: str
) -> None:
    functions = await deploy(routes(fail=code))
    exchange = await functions.ask("/fail")
    assert exchange.response.status == 500
    assert isinstance(exchange.error, ScriptError)
    assert exchange.error.name == name
    assert b"edgehost" not in exchange.response.body
    assert await functions.text() == "hello"
    assert not functions.worker.busy


async def test_an_error_has_its_place_and_is_logged_once(deploy: Deploy) -> None:
    functions = await deploy(routes(fail="\nthrow new RangeError('mine')"))
    exchange = await functions.ask("/fail")
    assert exchange.error is not None
    assert (exchange.error.frames[0].file, exchange.error.frames[0].line) == ("fn.js", 3)
    assert "throw new RangeError('mine')" in exchange.error.excerpt
    assert sum("mine" in line for line in functions.logged()) == 1


async def test_a_throwing_microtask_is_logged_and_harms_nobody(deploy: Deploy) -> None:
    code = (
        "queueMicrotask(() => { throw null; }); queueMicrotask(() => { throw new Error('micro'); });"
        "Promise.resolve().then(() => { throw new Error('then'); }); await null; return new Response('fine')"
    )
    functions = await deploy(routes(micro=code))
    assert await functions.text("/micro") == "fine"
    assert await functions.text() == "hello"
    log = "\n".join(functions.logged())
    assert "micro" in log
    assert "then" in log


async def test_1000_failing_requests_leave_nothing(deploy: Deploy) -> None:
    functions = await deploy(
        routes(fail="throw new Error('no')", url="throw new Error(request.url)")
    )

    async def fail(times: int) -> int:
        for _ in range(times):
            await functions.ask("/fail")
            await functions.ask("/url?" + "x" * 1000)
        functions.worker.isolate.collect()
        gc.collect()
        return functions.worker.isolate.memory_bytes()

    before = await fail(300)
    after = await fail(500)
    assert after - before < 128 * 1024
    assert not functions.worker.http.bodies
    assert not functions.worker.http._open
    assert not functions.worker.busy


# Functions that break their own realm

PATCHES = {
    "Promise.prototype.then": "Promise.prototype.then = () => { throw 1; }",
    "Promise.prototype.then that never calls back": "Promise.prototype.then = () => {}",
    "Promise": "Promise.resolve = Promise.reject = () => { throw 1; }; globalThis.Promise = null",
    "Promise's species": "Object.defineProperty(Promise, Symbol.species, { get() { throw 1; } })",
    "Promise.prototype.constructor": "Object.defineProperty(Promise.prototype, 'constructor', { get() { throw 1; } })",
    "setters on Array.prototype": "for (let i = 0; i < 9; i++) Object.defineProperty(Array.prototype, i,"
    " { get() { throw 1; }, set() { throw 2; }, configurable: true })",
    "methods of Array.prototype": "for (const k of Object.getOwnPropertyNames(Array.prototype))"
    " if (typeof Array.prototype[k] === 'function') Array.prototype[k] = () => { throw 1; }",
    "the iterator of arrays": "Array.prototype[Symbol.iterator] = () => { throw 1; }",
    "the iterator's next": "Object.getPrototypeOf([][Symbol.iterator]()).next = () => { throw 1; }",
    "Object.prototype": "for (const k of ['get', 'set', 'value', 'then', 'status', 'headers', 'body', 'name', 'message', 'type',"
    " 'once', 'signal', '0', 'length']) Object.defineProperty(Object.prototype, k, { get() { throw 1; }, set() { throw 2; } })",
    "a getter then on Object.prototype": "Object.defineProperty(Object.prototype, 'then', { get() { throw 1; } })",
    "JSON": "JSON.parse = JSON.stringify = () => { throw 1; }; globalThis.JSON = null",
    "String.prototype": "for (const k of Object.getOwnPropertyNames(String.prototype))"
    " if (typeof String.prototype[k] === 'function') String.prototype[k] = () => { throw 1; }",
    "RegExp.prototype": "RegExp.prototype.exec = RegExp.prototype.test = () => { throw 1; }",
    "Function.prototype": "for (const k of ['call', 'apply', 'bind']) Function.prototype[k] = () => { throw 1; }",
    "Map.prototype": "for (const k of ['get', 'set', 'has', 'delete', 'forEach']) Map.prototype[k] = () => { throw 1; }",
    "Map.prototype that lies": "Map.prototype.get = () => undefined; Map.prototype.set = () => {}",
    "WeakMap and WeakRef": "for (const t of [WeakMap, WeakRef]) for (const k of Object.getOwnPropertyNames(t.prototype))"
    " try { t.prototype[k] = () => { throw 1; } } catch {}",
    "Uint8Array": "globalThis.Uint8Array = null; Object.getPrototypeOf(Int8Array.prototype).set = () => { throw 1; }",
    "Reflect and Object": "for (const o of [Reflect, Object]) for (const k of Object.getOwnPropertyNames(o))"
    " if (typeof o[k] === 'function' && k !== 'prototype') o[k] = () => { throw 1; }",
    "Error": "globalThis.Error = globalThis.TypeError = null; Error?.prototype; Object.defineProperty(TypeError?.prototype ?? {}, 'x', {})",
    "Error.prepareStackTrace": "Error.prepareStackTrace = () => { throw 1; }",
    "Error.stackTraceLimit": "Error.stackTraceLimit = 0; Object.defineProperty(Error.prototype, 'stack', { get() { throw 1; } })",
    "Symbol.hasInstance": "for (const t of [Response, Request, Headers, Uint8Array, Promise])"
    " Object.defineProperty(t, Symbol.hasInstance, { value() { throw 1; } })",
    "the global classes": "for (const k of ['Response', 'Request', 'Headers', 'URL', 'DOMException', 'Event', 'TypeError']) delete globalThis[k]",
    "the prototype of globalThis": "Object.setPrototypeOf(globalThis, null)",
    "queueMicrotask": "globalThis.queueMicrotask = globalThis.setTimeout = () => { throw 1; }",
}


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES.keys())
@pytest.mark.parametrize(
    "code", ["return new R('ok')", "await 1; return new R('ok')", "throw null", "await 1; null.x"]
)
async def test_a_function_that_breaks_its_realm_is_answered(
    deploy: Deploy, patch: str, code: str
) -> None:
    source = (
        "const R = Response; let broken = false; export default { async fetch(request) {"
        f"if (!broken) {{ broken = true; try {{ {patch} }} catch {{}} }} {code}; }} }}"
    )
    functions = await deploy(source, cpu_ms=2000)
    for _ in range(3):
        exchange = await functions.ask()
        if code.startswith(("throw", "await 1; null")):
            assert exchange.response.status == 500
        else:
            assert exchange.response.status in (200, 500)
            assert (exchange.response.body == b"ok") == (exchange.response.status == 200)


# Limits

ENDLESS = {
    "a loop": "for (;;);",
    "a loop in try": "try { for (;;); } catch {}",
    "a regular expression": "/(a+)+b/.test('a'.repeat(40))",
    "after await": "await null; for (;;);",
    "in an async function": "await (async () => { for (;;); })()",
    "in one that nobody awaits": "(async () => { for (;;); })(); return new Response('too early')",
    "caught": "await (async () => { await 1; for (;;); })().catch(() => {}); return new Response('caught')",
    "in a promise": "await new Promise(() => { for (;;); })",
    "in a getter": "return new Response('', { get status() { for (;;); } })",
    "in toString": "return new Response({ toString() { for (;;); } })",
    "in a header": "return new Response('', { headers: { a: { toString() { for (;;); } } } })",
    "in a proxy": "return new Proxy(new Response(''), { get() { for (;;); }, getPrototypeOf() { for (;;); } })",
    "in a thenable": "return { then() { for (;;); } }",
    "in microtasks": "const next = () => queueMicrotask(next); next()",
    "in promises": "const next = () => { Promise.resolve().then(next); }; next()",
    "in long microtasks": "const next = () => { queueMicrotask(next); for (let i = 0; i < 1e5; i++); }; next()",
    "in waitUntil's promise": "return new Response((() => { for (;;); })())",
    "in a thrown object": "throw { get [Symbol.toStringTag]() { for (;;); } }",
    "in an error": "throw Object.defineProperty(new Error(), 'message', { get() { for (;;); } })",
}


@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS.keys())
async def test_a_handler_without_end_is_answered_with_503_and_the_next_is_served(
    deploy: Deploy, code: str
) -> None:
    functions = await deploy(routes(spin=code), cpu_ms=50)
    exchange = await functions.ask("/spin")
    assert exchange.response.status == 503
    assert isinstance(exchange.error, CpuLimitExceeded)
    for _ in range(3):
        assert await functions.text() == "hello"
    assert sum("CpuLimitExceeded" in line for line in functions.logged()) == 1
    assert "interrupted" not in "\n".join(functions.logged())
    assert not functions.worker.busy
    assert not functions.worker.http.bodies


async def test_a_loop_in_a_timer_does_not_stop_the_others(deploy: Deploy) -> None:
    code = "setTimeout(() => { for (;;); }, 1); await new Promise((r) => setTimeout(r, 5)); return new Response('later')"
    functions = await deploy(routes(timer=code), cpu_ms=50)
    assert (await functions.ask("/timer")).response.status == 503  # whose timer it was
    assert await functions.text() == "hello"


async def test_a_loop_in_a_message_handler_fails_the_invocation_that_sent_the_message(
    deploy: Deploy,
) -> None:
    functions = await deploy(
        "const [a, b] = ['a', 'a'].map((name) => new BroadcastChannel(name));"
        "b.onmessage = () => { for (;;); };"
        + routes(send="a.postMessage(0); await new Promise(() => {});"),
        cpu_ms=50,
    )
    assert (await functions.ask("/send")).response.status == 503
    assert await functions.text() == "hello"


async def test_an_invocation_lasts_until_everything_that_it_waits_for_is_settled(
    deploy: Deploy,
) -> None:
    functions = await deploy(
        "export default { async fetch(request, env, ctx) {"
        "  const { pathname } = new URL(request.url);"
        "  if (pathname === '/start') {"
        "    for (const name of ['one', 'two']) ctx.waitUntil(new Promise((resolve) => { globalThis[name] = resolve; }));"
        "    globalThis.more = () => ctx.waitUntil(new Promise((resolve) => { globalThis.three = resolve; }));"
        "  } else globalThis[pathname.slice(1)]();"
        "  return new Response('ok');"
        "} };"
    )
    worker = functions.worker
    await functions.text("/start")
    for settled in ("/one", "/more", "/two"):
        assert worker.busy
        await functions.text(settled)
    assert worker.busy
    await functions.text("/three")
    assert not worker.busy


async def test_what_is_over_is_not_extended(deploy: Deploy) -> None:
    functions = await deploy(
        "let context; export default { async fetch(request, env, ctx) {"
        "  context?.waitUntil(new Promise(() => {}));"
        "  context = ctx;"
        "  return new Response('ok');"
        "} };"
    )
    for _ in range(3):
        assert await functions.text() == "ok"
        assert not functions.worker.busy


async def test_messages_without_end_leave_room_for_requests(deploy: Deploy) -> None:
    functions = await deploy(
        "const { port1, port2 } = new MessageChannel(); let count = 0;"
        "port1.onmessage = () => { count++; port2.postMessage(0); };"
        "port2.postMessage(0);" + routes(count="return new Response(count);")
    )
    counts = []
    for _ in range(5):
        counts.append(int(await functions.text("/count")))
        await asyncio.sleep(0)  # a turn of the loop
    assert counts == sorted(set(counts))


async def test_a_limit_fails_only_the_invocation_that_exceeded_it(deploy: Deploy) -> None:
    functions = await deploy(
        routes(
            wait="await new Promise((resolve) => { globalThis.go = resolve; }); return new Response('waited')",
            spin="for (;;);",
            go="go(); return new Response('gone')",
        ),
        cpu_ms=50,
    )
    waiting = await functions.begin("/wait")
    worker = functions.worker
    assert (await functions.ask("/spin")).response.status == 503
    assert functions.worker is worker
    assert await functions.text("/go") == "gone"
    await waiting.answered()
    assert waiting.response.body == b"waited"


async def test_a_handler_that_never_settles_is_answered_with_504_and_forgotten(
    deploy: Deploy,
) -> None:
    functions = await deploy(
        routes(
            never="request.signal.onabort = () => { globalThis.aborted = request.url; };"
            " await new Promise(() => {})",
            seen="return new Response(String(globalThis.aborted))",
        ),
        wall_ms=30,
    )
    exchange = await functions.ask("/never")
    assert exchange.response.status == 504
    assert isinstance(exchange.error, WallLimitExceeded)
    assert not functions.worker.busy
    assert not functions.worker.http.bodies
    assert await functions.text("/seen") == "http://localhost/never"


async def test_what_outlives_its_invocation_has_all_of_a_request_but_its_body(
    deploy: Deploy,
) -> None:
    functions = await deploy(
        routes(
            keep="globalThis.kept = request; return new Response('')",
            read="return new Response(kept.url + kept.headers.get('x') + await kept.text().catch(String))",
        )
    )
    await functions.ask("/keep", method="POST", headers=(("x", "y"),), body=b"body")
    assert await functions.text("/read") == "http://localhost/keepyTypeError: the request is over"


async def test_headers_cross_whatever_their_length_and_characters(deploy: Deploy) -> None:
    functions = await deploy(routes(x="return new Response(request.headers.get('x'))"))
    for value in ["", "é", "x" * 100_000, "é" * 40_000]:
        assert await functions.text("/x", headers=(("x", value),)) == value


async def test_a_request_that_was_given_up_can_still_be_used(deploy: Deploy) -> None:
    code = (
        "await new Promise((resolve) => { globalThis.go = resolve; });"
        " globalThis.late = request.url + request.headers.get('x') + await request.text().catch((e) => e.name);"
        " return new Response('too late')"
    )
    functions = await deploy(
        routes(
            late=code,
            go="go(); return new Response('')",
            seen="return new Response(String(globalThis.late))",
        ),
        wall_ms=100,
    )
    exchange = await functions.ask("/late", headers=(("x", "y"),))
    assert exchange.response.status == 504
    await functions.text("/go")
    await asyncio.sleep(0)
    assert (await functions.text("/seen")).startswith("http://localhost/latey")
    assert exchange.response.status == 504
    assert not functions.worker.busy


HUNGRY = {
    "objects": "const a = []; for (;;) a.push({});",
    "after await": "await null; const a = []; for (;;) a.push([]);",
    "strings": "const a = []; for (let i = 0; ; i++) a.push('x'.repeat(1000) + i);",
    "buffers": "const a = []; for (;;) a.push(new ArrayBuffer(2 ** 20));",
    "one string": "'x'.repeat(2 ** 29)",
    "a list that stays": "globalThis.o = null; for (;;) o = { o };",
    "a list that stays, after await": "globalThis.o = null; await null; for (;;) o = { o };",
    "in a microtask": "globalThis.o = null; queueMicrotask(() => { for (;;) o = { o }; }); await new Promise(() => {})",
    "in a promise nobody awaits": "globalThis.o = []; Promise.resolve().then(() => { for (;;) o.push(new ArrayBuffer(2 ** 20)); });"
    " await new Promise(() => {})",
}

# The heap is full of it when the turn is over; of the others it keeps nothing.
STAYS = (
    "a list that stays",
    "a list that stays, after await",
    "in a microtask",
    "in a promise nobody awaits",
)


@pytest.mark.parametrize("memory_mb", [48, 64])
async def test_memory_that_ends_within_a_built_in_is_named_though_the_engine_threw_null(
    deploy: Deploy, memory_mb: int
) -> None:
    functions = await deploy(
        routes(eat="String('x'.repeat(4e6).split('').length)"), memory_mb=memory_mb
    )
    waiting = await functions.ask("/eat")
    assert isinstance(waiting.error, MemoryLimitExceeded)


@pytest.mark.parametrize("code", HUNGRY.values(), ids=HUNGRY.keys())
async def test_a_handler_without_memory_is_answered_with_503_and_the_next_one_served(
    deploy: Deploy, code: str
) -> None:
    functions = await deploy(routes(eat=code), memory_mb=16)
    worker = functions.worker
    waiting = await functions.ask("/eat")
    assert waiting.response.status == 503
    assert isinstance(waiting.error, MemoryLimitExceeded)
    stays = code in map(HUNGRY.get, STAYS)
    assert worker.isolate.retired == stays
    assert await functions.text() == "hello"
    assert (functions.worker is not worker) == stays


@pytest.mark.parametrize(
    "code",
    [
        "'x'.repeat(2 ** 29)",
        "new Uint8Array(1e9)",
        "'x'.padStart(2 ** 28)",
        "Array(2 ** 27).fill(0)",
        "const a = 'x'.repeat(2 ** 20); Array(100).fill(a).join('')",
    ],
)
async def test_an_allocation_that_is_too_large_at_once_fails_its_own_request_only(
    deploy: Deploy, code: str
) -> None:
    functions = await deploy(
        routes(
            eat=code, wait="await new Promise((resolve) => { globalThis.go = resolve })", go="go()"
        ),
        memory_mb=16,
    )
    worker = functions.worker
    other = await functions.begin("/wait")
    waiting = await functions.ask("/eat")
    assert waiting.response.status == 503
    assert isinstance(waiting.error, MemoryLimitExceeded)
    await functions.text("/go")
    await other.answered()
    assert other.response.status == 200
    assert functions.worker is worker


async def test_all_that_waits_on_a_retired_worker_is_answered(deploy: Deploy) -> None:
    functions = await deploy(
        routes(wait="await new Promise(() => {})", eat=HUNGRY["a list that stays"]),
        memory_mb=16,
    )
    waiting = [await functions.begin("/wait") for _ in range(5)]
    await functions.begin("/eat")
    assert [exchange.response.status for exchange in waiting] == [503] * 5
    assert await functions.text() == "hello"


async def test_a_body_that_the_heap_has_no_room_for_fails_its_own_request_only(
    deploy: Deploy,
) -> None:
    functions = await deploy(
        routes(size="return new Response(String((await request.text()).length))"), memory_mb=16
    )
    worker = functions.worker
    exchange = await functions.ask("/size", method="POST", body=b"\xc3\xa9" * 40_000_000)
    assert exchange.response.status == 503
    assert functions.worker is worker
    assert await functions.text("/size", method="POST", body=b"abc") == "3"


async def test_bodies_that_arrive_leave_no_memory(deploy: Deploy) -> None:
    functions = await deploy(
        routes(size="return new Response(String((await request.arrayBuffer()).byteLength))"),
        memory_mb=24,
    )
    for _ in range(20):
        assert await functions.text("/size", method="POST", body=bytes(2 * 1024 * 1024)) == str(
            2 * 1024 * 1024
        )
    assert functions.worker.isolate.memory_bytes() < 8 * 1024 * 1024


# Loading


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("for (;;);", CpuLimitExceeded),
        ("await (async () => { for (;;); })();", CpuLimitExceeded),
        ("const a = []; for (;;) a.push({});", MemoryLimitExceeded),
        ("globalThis.o = null; for (;;) o = { o };", LimitExceeded),
        ("await new Promise(() => {});", FunctionLoadError),
        ("await new Promise((r) => setTimeout(r, 1e6));", WallLimitExceeded),
        ("throw null;", FunctionLoadError),
        ("let x = ;", FunctionLoadError),
        ("import './nowhere.js';", FunctionLoadError),
        ("export const x = 1;", FunctionLoadError),
        (
            "Array.prototype.map = Array.prototype[Symbol.iterator] = () => { throw 1; }; throw new Error('x')",
            FunctionLoadError,
        ),
    ],
)
async def test_a_function_that_does_not_load_says_why(
    deploy: Deploy, source: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        await deploy(source, cpu_ms=50, wall_ms=300, memory_mb=16)
    if source.startswith("let"):
        assert str(caught.value) == "\n".join(
            [
                "SyntaxError: unexpected token in expression: ';'",
                "    at <anonymous> (fn.js:1:9)",
                "1 | let x = ;",
                "            ^",
            ]
        )


# Bugs of ours


async def test_a_query_that_breaks_fails_its_request_and_is_logged(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(url, "set_url_part", lambda *_: 1 / 0)
    functions = await deploy(routes(hash="new URL(request.url).hash = 'x'"))
    exchange = await functions.ask("/hash")
    assert exchange.response.status == 500
    assert "ZeroDivisionError" not in exchange.response.body.decode()
    assert any("ZeroDivisionError" in line for line in functions.logged())
    assert await functions.text() == "hello"


# The end

SOCKET = """
    export default {
      fetch(request) {
        if (request.headers.get('upgrade') !== 'websocket') {
          if (request.url.endsWith('/eat')) for (globalThis.o = null; ;) o = { o };
          return new Response('hello');
        }

        const { socket, response } = upgradeWebSocket(request);

        socket.onmessage = ({ data }) => {
          if (data === 'spin') for (;;);
          if (data === 'eat') for (globalThis.o = null; ;) o = { o };
          if (data === 'throw') throw new Error('mine');
          socket.send(data);
        };

        return response;
      },
    };
"""


async def test_sockets_of_a_retired_worker_close_with_1011_and_may_go_on_talking(
    deploy: Deploy,
) -> None:
    functions = await deploy(SOCKET, memory_mb=16)
    wire = await functions.open_socket()
    wire.listener.on_texts(["a"])
    wire.listener.received()
    assert wire.sent == ["a"]
    assert (await functions.ask("/eat")).response.status == 503
    assert wire.closed is not None
    assert wire.closed[0] == 1011
    assert await functions.text() == "hello"  # by the successor: the old one is closed
    wire.listener.on_texts(["b"])
    wire.listener.on_bytes(b"c")
    wire.listener.received()
    wire.listener.on_error("gone")
    wire.listener.on_close(1011, "", True)
    assert wire.sent == ["a"]
    assert await functions.text() == "hello"


async def test_a_listener_without_end_is_stopped_and_the_socket_goes_on(deploy: Deploy) -> None:
    functions = await deploy(SOCKET, cpu_ms=50)
    wire = await functions.open_socket()
    left: Sequence[str] = ["a", "spin", "b", "throw", "c"]
    while left:
        before, left = left, wire.listener.on_texts(left)
        assert list(left) == list(before[len(before) - len(left) :])
        wire.listener.received()
    assert wire.sent == ["a", "b", "c"]
    log = "\n".join(functions.logged())
    assert "CpuLimitExceeded" in log
    assert "mine" in log
    assert await functions.text() == "hello"


async def test_a_listener_without_memory_retires_the_worker(deploy: Deploy) -> None:
    functions = await deploy(SOCKET, memory_mb=16)
    wire = await functions.open_socket()
    wire.listener.on_texts(["eat"])
    wire.listener.received()
    assert wire.closed is not None
    assert wire.closed[0] == 1011
    assert any("MemoryLimitExceeded" in line for line in functions.logged())
    assert await functions.text() == "hello"


async def test_what_comes_after_the_end_of_a_worker_is_dropped(deploy: Deploy) -> None:
    functions = await deploy(
        routes(
            timer="setTimeout(() => console.log('late'), 1); setInterval(() => console.log('late'), 1);"
            " return new Response('set')"
        )
    )
    await functions.text("/timer")
    worker = functions.worker
    await functions.deployment.close(0)
    for event, arguments in [
        ("timer", (1,)),
        ("drained", (1,)),
        ("bodyChunk", (1, b"x")),
        ("socketTexts", (1, False, "é\0")),
        ("disconnect", (1,)),
        ("request", (9, "GET", "http://localhost/", "")),
    ]:
        worker.deliver(event, *arguments)
        worker.post(event, *arguments)
    worker.apply()
    worker.http.gone(1)
    await asyncio.sleep(0)
    assert "late" not in "\n".join(functions.logged())


async def test_a_task_that_ends_after_its_worker_delivers_nothing(deploy: Deploy) -> None:
    functions = await deploy(routes(body="return new Response(await request.text())"))
    release = asyncio.Event()

    class Slow(Exchange):
        def body_now(self) -> bytes | None:
            return None

        async def read_chunk(self) -> bytes:
            try:
                await release.wait()
            finally:
                await asyncio.sleep(0)
            return b"late"

    worker = functions.worker
    worker.begin(Slow(Request("POST", "http://localhost/body")))
    await asyncio.sleep(0)
    tasks = set(worker._tasks)
    assert tasks
    await functions.deployment.close(0)
    release.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not [line for line in functions.logged() if "internal error" in line]


async def test_a_deployment_that_cannot_start_again_says_so_to_every_request(
    tmp_path: Path,
) -> None:
    path = tmp_path / "fn.js"
    path.write_text(routes(eat="globalThis.o = null; for (;;) o = { o };"))
    functions = Functions(path, Limits(memory_mb=16))
    await functions.deployment.start()
    path.write_text("let x = ;")
    await functions.ask("/eat")
    for _ in range(2):
        with pytest.raises(FunctionLoadError, match="SyntaxError"):
            await functions.ask()
    path.write_text(HELLO)
    assert await functions.text() == "hello"
    await functions.deployment.close(0)


async def test_closing_waits_for_what_is_in_flight(deploy: Deploy) -> None:
    functions = await deploy(
        routes(slow="await new Promise((r) => setTimeout(r, 20)); return new Response('slow')")
    )
    exchange = await functions.begin("/slow")
    await functions.deployment.close(SECONDS)
    assert exchange.response.body == b"slow"


async def test_variables_reach_the_function_whatever_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "fn.js"
    path.write_text("export default { fetch: (request, env) => new Response(JSON.stringify(env)) }")
    env = {"é": "\0\ud800 '\"\\", "__proto__": "x", "BIG": "é" * 200_000}
    console = Console("fn", stdout=io.StringIO(), stderr=io.StringIO())
    functions = Functions(path, Limits())
    functions.deployment = Deployment(FunctionConfig(path, env=env), console)
    await functions.deployment.start()
    assert json.loads(await functions.text()) == env
    await functions.deployment.close(0)


# Others have their turn

SPIN = "let turns = 0; const spin = () => { const end = Date.now() + 20; while (Date.now() < end); turns++; };\n"


async def all_turns(functions: Functions, count: int) -> int:
    """How many had run when another request was answered first. Returns when all have."""
    first = seen = int(await functions.text("/turns"))
    while seen < count:
        await asyncio.sleep(0)
        seen = int(await functions.text("/turns"))
    assert seen == count
    return first


async def test_events_that_one_turn_leads_to_leave_others_their_turn(deploy: Deploy) -> None:
    functions = await deploy(
        SPIN
        + """
        const kept = [];

        export default {
          fetch(request) {
            const { pathname } = new URL(request.url);

            if (pathname === '/keep') kept.push(request);

            if (pathname === '/read') for (const each of kept) each.text().catch(spin);

            return new Response(`${turns}`);
          },
        };
        """
    )
    for _ in range(8):
        await functions.text("/keep", method="POST", body=b"x")
    await functions.text("/read")
    assert await all_turns(functions, 8) < 8


async def test_invocations_that_end_at_once_leave_others_their_turn(deploy: Deploy) -> None:
    functions = await deploy(
        SPIN
        + """
        export default {
          fetch(request) {
            if (request.url.endsWith('/turns')) return new Response(`${turns}`);

            request.signal.onabort = spin;

            return new Promise(() => {});
          },
        };
        """,
        wall_ms=100,
    )
    exchanges = [await functions.begin() for _ in range(8)]
    async with asyncio.timeout(SECONDS):
        await exchanges[0].answered()
    assert await all_turns(functions, 8) < 8
    assert [exchange.response.status for exchange in exchanges] == 8 * [504]
