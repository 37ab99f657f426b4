"""`Service.stop`: what is in flight ends, what is idle is closed, and nothing hangs."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

HELLO = "export default { fetch: () => new Response('hello') };"

# /wait is answered by whoever asks for /release, which a timer does by itself after the stop began.
SLOW = """
export default {
  async fetch(request, env, ctx) {
    const { pathname, search } = new URL(request.url);
    const late = new Promise((resolve) => { setTimeout(resolve, Number(search.slice(1))); });

    console.log('began');

    if (pathname === '/until') {
      ctx.waitUntil(late.then(() => console.log('ended')));

      return new Response('answered');
    }

    if (pathname === '/read') return new Response(await request.text());

    if (pathname === '/stream') {
      return new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue(new Uint8Array([1]));
          await late;
          controller.enqueue(new Uint8Array([2]));
          controller.close();
        },
      }));
    }

    await late;

    return new Response('answered');
  },
};
"""


async def began(server) -> None:
    await server.until(lambda: "began" in server.stdout)


async def test_idle_connections_are_closed_at_once(serve):
    server = await serve(HELLO)
    idle, silent, partial = await server.raw(), await server.raw(), await server.raw()
    idle.get()
    await idle.answer()
    partial.send("GET / HTTP/1.1\nHost")
    await server.until(lambda: len(server.host.connections) == 3)
    start = time.monotonic()
    await server.stop()
    assert time.monotonic() - start < 1
    for client in (idle, silent, partial):
        assert await client.is_closed()


async def test_nobody_is_accepted_any_more(serve):
    server = await serve(HELLO)
    port = server.port
    await server.stop()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_request_in_flight_is_answered(serve):
    server = await serve(SLOW)
    client = await server.raw()
    client.get("/?50")
    await began(server)
    await server.stop()
    answer = await client.answer()
    assert (answer.status, answer.text, answer.get("connection")) == (200, "answered", "close")
    assert await client.is_closed()


async def test_a_body_in_flight_is_read(serve):
    server = await serve(SLOW)
    client = await server.raw()
    client.get("/read", method="POST", headers="Content-Length: 8\n")
    await began(server)
    stopping = asyncio.create_task(server.stop())
    await server.until(lambda: server.host.stopping)
    client.send("some")
    await client.writer.drain()
    client.send("body")
    assert (await client.answer()).text == "somebody"
    await stopping


async def test_a_stream_in_flight_is_ended(serve):
    server = await serve(SLOW)
    client = await server.raw()
    client.get("/stream?50")
    await client.head()
    assert await client.chunk() == b"\1"
    await server.stop()
    assert [await client.chunk(), await client.chunk()] == [b"\2", b""]
    assert await client.is_closed()


async def test_work_after_the_response_is_waited_for(serve):
    server = await serve(SLOW)
    assert await server.text("/until?50") == "answered"
    assert "ended" not in server.stdout
    await server.stop()
    assert "ended" in server.stdout


async def test_what_lasts_longer_than_the_grace_time_is_stopped(serve):
    server = await serve(SLOW, grace_seconds=0.05)
    client, stream = await server.raw(), await server.raw()
    client.get("/?60000")
    stream.get("/stream?60000")
    await stream.head()
    assert await stream.chunk() == b"\1"
    assert await server.text("/until?60000") == "answered"
    await server.stop()
    assert (await client.answer()).status == 503
    assert await stream.is_closed()
    assert server.stderr.count("the server stopped before the invocation had ended") == 3


async def test_a_client_that_leaves_meanwhile_is_not_waited_for(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            console.log('began');

            return new Promise((resolve) => {
              request.signal.addEventListener('abort', () => resolve(new Response('')));
            });
          },
        };
        """
    )
    client = await server.raw()
    client.get()
    await began(server)
    stopping = asyncio.create_task(server.stop())
    await server.until(lambda: server.host.stopping)
    client.abort()
    await asyncio.wait_for(stopping, 2)


async def test_pipelined_requests_behind_the_last_are_dropped(serve):
    server = await serve(SLOW)
    client = await server.raw()
    client.get("/?50")
    client.get("/?0")
    await began(server)
    await server.stop()
    assert (await client.answer()).text == "answered"
    assert await client.is_closed()
    assert server.stdout.count("began") == 1


async def test_a_response_that_is_on_its_way_arrives_whole(serve):
    server = await serve("export default { fetch: () => new Response('x'.repeat(1 << 23)) };")
    client = await server.raw()
    client.get()
    client.writer.transport.pause_reading()
    await server.until(lambda: any(c.writing_paused for c in server.host.connections))
    stopping = asyncio.create_task(server.stop())
    await server.until(lambda: server.host.stopping)
    client.writer.transport.resume_reading()
    assert len((await client.answer()).body) == 1 << 23
    await stopping


async def test_a_client_that_reads_nothing_does_not_hold_up_the_end(serve):
    server = await serve(
        "export default { fetch: () => new Response('x'.repeat(1 << 25)) };", grace_seconds=0.05
    )
    client = await server.raw()
    client.get()
    client.writer.transport.pause_reading()
    await server.until(lambda: any(c.writing_paused for c in server.host.connections))
    await asyncio.wait_for(server.stop(), 3)
    await server.until(lambda: not server.host.connections)


async def test_sockets_are_closed_with_1001(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { socket, response } = upgradeWebSocket(request);

            socket.addEventListener('close', (event) => console.log(`closed ${event.code} ${event.wasClean}`));

            return response;
          },
        };
        """
    )
    async with server.session.ws_connect("/") as first, server.session.ws_connect("/") as second:
        received = [asyncio.create_task(socket.receive()) for socket in (first, second)]
        await asyncio.wait_for(server.stop(), 3)
        for message in await asyncio.gather(*received):
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
    assert server.stdout.count("closed") == 2


async def test_a_socket_whose_client_does_not_answer_does_not_hold_up_the_end(serve):
    server = await serve(
        """
        export default { fetch: (request) => upgradeWebSocket(request).response };
        """,
        grace_seconds=0.1,
    )
    client = await server.raw()
    client.get(
        headers="Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
    )
    assert (await client.head()).status == 101
    await asyncio.wait_for(server.stop(), 3)
    assert (await client.reader.read(2))[:1] == b"\x88"
    await client.rest()


async def test_https_ends_too(serve, trusting):
    server = await serve(SLOW, tls=True)
    clients = [await server.raw(ssl=trusting, server_hostname="localhost") for _ in range(2)]
    clients[0].get("/?50")
    clients[1].get("/?0")
    await clients[1].answer()
    assert "began" in server.stdout
    await asyncio.wait_for(server.stop(), 3)
    assert (await clients[0].answer()).text == "answered"
    assert await clients[0].is_closed()
    assert await clients[1].is_closed()


async def test_a_server_that_is_making_an_isolate_stops(serve):
    server = await serve(
        """
        await new Promise((resolve) => { setTimeout(resolve, globalThis.again ?? 0); });

        const hoard = [];

        export default {
          fetch() {
            for (;;) hoard.push(new Uint8Array(1 << 20));
          },
        };
        """,
        memory_mb=16,
        cpu_ms=20_000,
    )
    path = server.deployment.config.path
    path.write_text(f"await new Promise(() => {{}});\n{path.read_text()}")
    assert (await server.answer()).status == 503
    client = await server.raw()
    client.get()
    await server.until(lambda: server.host._tasks)
    await asyncio.wait_for(server.stop(), 3)
    assert (await client.answer()).status == 503


async def test_stopping_twice_is_stopping_once(serve):
    server = await serve(HELLO)
    assert await server.text() == "hello"
    await asyncio.gather(server.stop(), server.stop())
    await server.stop()


# Those who left

LEAVING = """
export default {
  async fetch(request, env, ctx) {
    const { pathname, search } = new URL(request.url);

    console.log('began');

    if (pathname === '/read') return new Response(await request.text().catch(() => new Promise(() => {})));

    if (pathname === '/stream') return new Response(new ReadableStream({ pull() { return new Promise(() => {}); } }));

    if (pathname === '/until') {
      const { promise, resolve } = Promise.withResolvers();

      ctx.waitUntil(promise.then(() => console.log('ended')));
      request.signal.onabort = () => setTimeout(resolve, 50);
    }

    if (pathname === '/settled') ctx.waitUntil(null);

    return new Promise(() => {});
  },
};
"""


@pytest.mark.parametrize("path", ["/", "/read", "/stream", "/settled"])
async def test_nobody_waits_for_an_invocation_whose_client_has_left(serve, path):
    server = await serve(LEAVING)
    client = await server.raw()
    if path == "/read":
        client.get(path, method="POST", headers="Content-Length: 8\n")
    else:
        client.get(path)
    await began(server)
    client.abort()
    await server.until(lambda: not server.host.connections)
    await asyncio.wait_for(server.stop(), 5)
    assert server.stderr == ""


async def test_its_work_after_the_response_is_waited_for(serve):
    server = await serve(LEAVING)
    client = await server.raw()
    client.get("/until")
    await began(server)
    client.abort()
    await server.until(lambda: not server.host.connections)
    await server.stop()
    assert "ended" in server.stdout
    assert server.stderr == ""


async def test_the_wall_limit_ends_it_without_an_error(serve):
    server = await serve(LEAVING, wall_ms=100)
    client = await server.raw()
    client.get()
    await began(server)
    client.abort()
    await server.until(lambda: not server.deployment.worker.busy)
    assert server.stderr == ""


async def test_what_is_stopped_has_its_stream_cancelled(serve):
    server = await serve(
        """
        export default {
          fetch() {
            return new Response(new ReadableStream({
              pull(controller) { console.log('began'); controller.enqueue(new Uint8Array(1)); return new Promise(() => {}); },
              cancel() { console.log('cancelled'); },
            }, { highWaterMark: 0 }));
          },
        };
        """,
        grace_seconds=0.05,
    )
    client = await server.raw()
    client.get()
    await client.head()
    await server.stop()
    assert "cancelled" in server.stdout
