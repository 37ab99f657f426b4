"""Functions that fail: what the client sees, what the log says, and that the next request is served."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref

import pytest

# The path names what goes wrong; / is well.
FAULTS = """
const hoard = [];
const faults = {
  throw() { throw new RangeError('out of range'); },
  throwNull() { throw null; },
  throwString() { throw 'a string'; },
  throwObject() { throw { name: 'Fake', message: 'looks like an error' }; },
  throwHostile() { throw { get name() { throw 1; }, get message() { throw 2; }, toString() { throw 3; } }; },
  throwProxy() { throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } }); },
  async reject() { await null; throw new RangeError('out of range'); },
  rejectNull: () => Promise.reject(null),
  thenable: () => ({ then() { throw new RangeError('out of range'); } }),
  undefined: () => undefined,
  null: () => null,
  object: () => ({ status: 200 }),
  lookalike: () => Object.create(Response.prototype),
  promiseOfNothing: async () => {},
  deep() { const f = () => f() + 1; return f(); },
  never: () => new Promise(() => {}),
  loop() { for (;;); },
  async loopLater() { await null; for (;;); },
  regexp: () => new Response(/^(a+)+$/.test(`${'a'.repeat(50)}b`)),
  sort: () => new Response([3, 2, 1].sort(() => { for (;;); })),
  hoard() { for (;;) hoard.push(new Array(10000).fill(hoard.length)); },
  text: () => 'text',
  buffers() { for (;;) hoard.push(new Uint8Array(1 << 20)); },
  microtask() { queueMicrotask(() => { throw new RangeError('in a microtask'); }); return new Response('sent'); },
  rejection() { Promise.reject(new RangeError('unhandled')); return new Response('sent'); },
  timer() { setTimeout(() => { throw new RangeError('in a timer'); }); return new Response('sent'); },
  patched() { Promise.prototype.then = () => { throw new Error('patched'); }; return new Response('sent'); },
};

export default {
  fetch(request) {
    const name = new URL(request.url).pathname.slice(1);

    return name === '' ? new Response('well') : faults[name]();
  },
};
"""


async def fails(server, name: str, status: int) -> str:
    """The page of an error, after which others are served."""
    answer = await server.answer(f"/{name}")
    assert answer.status == status, answer
    assert answer.get("connection") is None
    assert await server.text() == "well"
    return answer.text


# What goes wrong


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("throw", "RangeError: out of range"),
        ("reject", "RangeError: out of range"),
        ("thenable", "RangeError: out of range"),
        ("throwNull", "null"),
        ("rejectNull", "null"),
        ("throwString", "a string"),
        ("throwObject", "looks like an error"),
        ("throwHostile", "Uncaught"),
        ("throwProxy", "Uncaught"),
        ("undefined", "TypeError: the fetch handler returned undefined, not a Response"),
        ("promiseOfNothing", "TypeError: the fetch handler returned undefined, not a Response"),
        ("null", "TypeError: the fetch handler returned null, not a Response"),
        ("text", "TypeError: the fetch handler returned a string, not a Response"),
        ("object", "TypeError: the fetch handler returned an object, not a Response"),
        ("lookalike", "TypeError: the fetch handler returned an object, not a Response"),
        ("nothing", "TypeError"),
        ("deep", "stack"),
    ],
)
async def test_an_error_of_the_handler(serve, name, message):
    server = await serve(FAULTS)
    await fails(server, name, 500)
    assert message in server.stderr
    assert not server.worker.busy


@pytest.mark.parametrize("name", ["loop", "loopLater", "regexp", "sort"])
async def test_too_much_cpu_time(serve, name):
    server = await serve(FAULTS, cpu_ms=50)
    page = await fails(server, name, 503)
    assert "CpuLimitExceeded" in page
    assert "the limit of 50 ms (cpu_ms)" in server.stderr


@pytest.mark.parametrize("name", ["hoard", "buffers"])
async def test_too_much_memory(serve, name):
    server = await serve(FAULTS, memory_mb=32, cpu_ms=20_000)
    before = server.worker
    page = await fails(server, name, 503)
    assert "MemoryLimitExceeded" in page
    assert server.worker is not before
    assert "the limit of 32 MB (memory_mb)" in server.stderr


async def test_no_answer_in_time(serve):
    server = await serve(FAULTS, wall_ms=50)
    page = await fails(server, "never", 504)
    assert "WallLimitExceeded" in page
    assert "the limit of 50 ms (wall_ms)" in server.stderr


async def test_a_thousand_requests_whose_handler_throws(serve):
    server = await serve(FAULTS, log_format="json")
    client = await server.raw()

    async def throw(count: int) -> None:
        for _ in range(count):
            client.get("/throw")
            assert (await client.answer()).status == 500

    def heap() -> int:
        server.worker.isolate.collect()
        return server.worker.isolate.memory_bytes()

    await throw(300)
    before = heap()
    await throw(1000)
    assert await server.text() == "well"
    assert heap() < before + 100_000
    assert not server.worker.busy
    assert not server.worker.http.open_ids()
    assert not server.worker.http.bodies
    assert server.stderr.count("out of range") >= 1300


@pytest.mark.parametrize(
    ("name", "status", "limit"), [("loop", 503, {"cpu_ms": 5}), ("never", 504, {"wall_ms": 30})]
)
async def test_what_a_limit_ended_is_forgotten(serve, name, status, limit):
    server = await serve(FAULTS, **limit)
    for _ in range(20):
        assert (await server.answer(f"/{name}")).status == status
    assert not server.worker.busy
    assert not server.worker.http.open_ids()
    assert not server.worker.http.bodies


async def test_memory_of_retired_isolates_is_given_back(serve):
    server = await serve(FAULTS, memory_mb=16, cpu_ms=20_000)
    isolates = []
    for _ in range(5):
        isolates.append(weakref.ref(server.worker.isolate))
        assert (await server.answer("/buffers")).status == 503
        assert await server.text() == "well"
    gc.collect()
    assert [ref() for ref in isolates] == [None] * 5


@pytest.mark.parametrize(
    ("name", "message"),
    [("microtask", "in a microtask"), ("rejection", "unhandled"), ("timer", "in a timer")],
)
async def test_an_error_beside_the_handler_does_not_touch_the_response(serve, name, message):
    server = await serve(FAULTS)
    assert await server.text(f"/{name}") == "sent"
    assert await server.text() == "well"
    await server.until(lambda: f"RangeError: {message}" in server.stderr)


async def test_a_patched_promise_breaks_only_itself(serve):
    server = await serve(FAULTS)
    assert await server.text("/patched") == "sent"
    assert await server.text() == "well"
    await fails(server, "reject", 500)


# Neighbours


async def test_a_limit_fails_the_request_that_exceeded_it(serve):
    server = await serve(
        """
        let release;

        export default {
          async fetch(request) {
            const { pathname } = new URL(request.url);

            if (pathname === '/wait') return new Promise((resolve) => { release = resolve; });

            if (pathname === '/release') release(new Response('released'));

            if (pathname === '/loop') for (;;);

            return new Response('well');
          },
        };
        """,
        cpu_ms=30,
    )
    waiting = asyncio.create_task(server.answer("/wait"))
    await server.until(lambda: server.worker.busy)
    assert (await server.answer("/loop")).status == 503
    assert await server.text("/release") == "well"
    assert (await waiting).text == "released"


async def test_a_limit_is_charged_to_the_request_whose_body_arrived(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            if (request.method === 'GET') return new Promise(() => {});

            await request.text();

            for (;;);
          },
        };
        """,
        cpu_ms=30,
        grace_seconds=0.1,
    )
    post, get = await server.raw(), await server.raw()
    post.get(method="POST", headers="Content-Length: 4\n")
    await server.until(lambda: server.worker.busy)
    get.get()
    await server.until(lambda: len(server.worker.http.open_ids()) == 2)
    post.send("body")
    assert (await post.answer()).status == 503
    assert len(server.worker.http.open_ids()) == 1
    get.abort()


async def test_a_neighbour_of_a_full_heap_is_answered_too(serve):
    server = await serve(FAULTS, memory_mb=32, cpu_ms=20_000)
    waiting = asyncio.create_task(server.answer("/never"))
    await server.until(lambda: server.worker.busy)
    assert (await server.answer("/buffers")).status == 503
    assert (await waiting).status == 503
    assert await server.text() == "well"


async def test_requests_that_expire_together(serve):
    # The first to expire ends the others: that must not upset the rest.
    server = await serve(
        """
        const waiting = [];

        export default {
          fetch(request) {
            if (request.url.endsWith('/well')) return new Response('well');

            return new Promise((resolve) => {
              waiting.push(resolve);
              request.signal.addEventListener('abort', () => {
                for (const other of waiting) other(new Response('freed'));
              });
            });
          },
        };
        """,
        wall_ms=50,
    )
    answers = await asyncio.gather(*(server.answer() for _ in range(10)))
    assert {answer.status for answer in answers} <= {200, 504}
    assert 504 in {answer.status for answer in answers}
    late = await server.answer()
    assert late.status in (200, 504)
    assert await server.text("/well") == "well"


async def test_a_stream_beyond_the_time_limit_is_broken_off(serve):
    server = await serve(
        """
        let cancelled = false;

        export default {
          fetch(request) {
            if (request.url.endsWith('/seen')) return new Response(`${cancelled}`);

            return new Response(new ReadableStream({
              start(controller) { controller.enqueue(new Uint8Array(3)); },
              cancel() { cancelled = true; },
            }));
          },
        };
        """,
        wall_ms=50,
    )
    client = await server.raw()
    client.get()
    await client.head()
    assert await client.chunk() == bytes(3)
    assert await client.is_closed()
    assert await server.text("/seen") == "true"


async def test_a_stream_whose_pull_loops_is_broken_off(serve):
    server = await serve(
        """
        let count = 0;

        export default {
          fetch(request) {
            if (request.url.endsWith('/well')) return new Response('well');

            return new Response(new ReadableStream({
              async pull(controller) {
                if (count++ === 1) for (;;);

                controller.enqueue(new Uint8Array(3));
                await new Promise((resolve) => { setTimeout(resolve); });
              },
            }));
          },
        };
        """,
        cpu_ms=30,
    )
    client = await server.raw()
    client.get()
    await client.head()
    assert await client.chunk() == bytes(3)
    assert await client.is_closed()
    assert await server.text("/well") == "well"
    assert not server.worker.busy


async def test_a_client_that_leaves_while_an_isolate_is_made(serve):
    server = await serve(
        """
        await new Promise((resolve) => { setTimeout(resolve, 20); });

        const hoard = [];

        export default {
          fetch(request) {
            if (request.url.endsWith('/full')) for (;;) hoard.push(new Uint8Array(1 << 20));

            console.log(request.url);

            return new Response('well');
          },
        };
        """,
        memory_mb=16,
        cpu_ms=20_000,
    )
    assert (await server.answer("/full")).status == 503
    client = await server.raw()
    client.get("/left")
    await server.until(lambda: any(c.exchange is not None for c in server.host.connections))
    client.abort()
    assert await asyncio.gather(*(server.text() for _ in range(5))) == ["well"] * 5
    assert "/left" not in server.stdout


async def test_a_function_that_does_not_load_again(serve, tmp_path):
    file = tmp_path / "fn.js"
    file.write_text(FAULTS)
    server = await serve(file, memory_mb=16, cpu_ms=20_000)
    file.write_text("export default {")
    assert (await server.answer("/buffers")).status == 503
    answer = await server.answer()
    assert answer.status == 503
    assert "SyntaxError" in answer.text
    file.write_text(FAULTS)
    assert await server.text() == "well"


# The page

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"accept": "application/json"}
SECRET = "of range", "fn.js", "RangeError", "throw", "limit", "undefined", "handler", "string"
FAILING = {
    "/throw": 500,
    "/throwString": 500,
    "/throwHostile": 500,
    "/reject": 500,
    "/thenable": 500,
    "/undefined": 500,
    "/lookalike": 500,
    "/loop": 503,
    "/hoard": 503,
    "/never": 504,
}
LIMITS = {"cpu_ms": 200, "memory_mb": 32, "wall_ms": 1000}


async def test_the_page_shows_the_author_what_happened(serve):
    server = await serve(
        "export default {\n"
        "  fetch() {\n"
        "    throw new RangeError('<b>&\"\\u{1F642}\\ud800');\n"
        "  },\n"
        "};\n"
    )
    answer = await server.answer(headers=BROWSER)
    assert answer.status == 500
    assert answer.get("content-type") == "text/html;charset=UTF-8"
    assert answer.get("cache-control") == "no-store"
    page = answer.text
    assert "RangeError" in page
    assert "&lt;b&gt;&amp;&quot;🙂" in page
    assert "<b>" not in page
    assert "throw new RangeError(&#x27;&lt;b&gt;" in page
    assert "fn.js:3:" in page


@pytest.mark.parametrize("headers", [BROWSER, JSON, {"accept": "*/*"}])
@pytest.mark.parametrize("options", [{"host": "0.0.0.0"}, {"show_errors": False}])
async def test_strangers_see_the_status_alone(serve, options, headers):
    server = await serve(FAULTS, **LIMITS, **options)
    for path, status in FAILING.items():
        answer = await server.answer(path, headers=headers)
        assert answer.status == status
        assert not [word for word in SECRET if word in answer.text], answer.text
        if headers is JSON:
            assert answer.get("content-type") == "application/json"
            assert json.loads(answer.text)["status"] == status
        else:
            assert answer.get("content-type") == "text/plain;charset=UTF-8"
    assert "RangeError: out of range" in server.stderr  # the log says it


@pytest.mark.parametrize("options", [{}, {"host": "0.0.0.0", "show_errors": True}])
async def test_the_author_sees_the_reason_of_every_failure(serve, options):
    server = await serve(FAULTS, **LIMITS, **options)
    for path, status in FAILING.items():
        told = (await server.answer(path, headers=JSON)).text
        assert json.loads(told)["status"] == status
        assert json.loads(told)["message"]
        text = await server.answer(path, headers={"accept": "*/*"})
        assert text.get("content-type") == "text/plain;charset=UTF-8"
        assert json.loads(told)["message"] in text.text
        page = await server.answer(path, headers=BROWSER)
        assert page.get("content-type") == "text/html;charset=UTF-8"


@pytest.mark.parametrize(("host", "is_told"), [("127.0.0.1", True), ("0.0.0.0", False)])
async def test_a_refused_handshake_is_answered_in_text(serve, host, is_told):
    client = await (await serve(FAULTS, host=host)).raw()
    client.get(
        "/throw",
        "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n",
    )
    answer = await client.answer()
    assert answer.status == 500
    assert answer.get("content-type") == "text/plain;charset=UTF-8"
    assert ("out of range" in answer.text) is is_told


async def test_several_accept_lines_are_one_list(serve):
    client = await (await serve(FAULTS)).raw()
    client.get("/throw", "Accept: text/html;q=0.1\nAccept: application/json\n")
    assert (await client.answer()).get("content-type") == "application/json"


async def test_with_json_records_clients_see_the_status_alone(serve):
    server = await serve(FAULTS, log_format="json", cpu_ms=30, memory_mb=32, wall_ms=5000)
    for path, status, text in (
        ("/throw", 500, "Internal Server Error\n"),
        ("/undefined", 500, "Internal Server Error\n"),
        ("/loop", 503, "Service Unavailable\n"),
    ):
        answer = await server.answer(path)
        assert (answer.status, answer.text) == (status, text)
        assert answer.get("content-type") == "text/plain;charset=UTF-8"
    records = [json.loads(line) for line in server.stderr.splitlines()]
    assert any("RangeError: out of range" in record["message"] for record in records)
    assert any("fn.js:4" in record["message"] for record in records)


async def test_the_page_for_head_has_no_body(serve):
    client = await (await serve(FAULTS)).raw()
    client.get("/throw", method="HEAD")
    answer = await client.answer(has_body=False)
    assert answer.status == 500
    assert int(answer.get("content-length")) > 0
    client.get()
    assert (await client.answer()).text == "well"


async def test_a_request_with_an_unread_body_may_fail(serve):
    client = await (await serve(FAULTS)).raw()
    client.get("/throw", method="POST", headers="Content-Length: 300000\n")
    client.send(b"x" * 300_000)
    assert (await client.answer()).status == 500
    client.get()
    assert (await client.answer()).text == "well"


async def test_a_bug_of_the_host_is_a_500_and_not_the_end(serve, monkeypatch):
    server = await serve(FAULTS)
    with monkeypatch.context() as patch:
        patch.setattr(type(server.host), "_refusal", lambda *_: 1 / 0)
        client = await server.raw()
        client.get()
        answer = await client.answer()
    assert answer.status == 500
    assert "ZeroDivisionError" in server.stderr
    assert "ZeroDivision" not in answer.text
    assert await server.text() == "well"
    server._stderr.truncate(0)
