"""HTTP/1.1 as clients see it: connections, methods, versions, and what a function sees of a request."""

from __future__ import annotations

import asyncio

import pytest

HELLO = "export default { fetch: () => new Response('hello') };"

# Answers with what the function saw of the request.
MIRROR = """
export default {
  fetch(request) {
    const { method, url, headers } = request;

    return Response.json({ method, url, headers: [...headers] });
  },
};
"""

# Holds GET /wait until somebody asks for /release.
LONG_POLL = """
const waiting = [];

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);

    if (pathname === '/wait') return new Promise((resolve) => waiting.push(resolve));

    for (const resolve of waiting.splice(0)) resolve(new Response(`released by ${pathname}`));

    return new Response(`${waiting.length}`);
  },
};
"""


# Connections


async def test_requests_follow_each_other_on_one_connection(serve):
    client = await (await serve(HELLO)).raw()
    for _ in range(3):
        client.get()
        answer = await client.answer()
        assert (answer.status, answer.body, answer.get("connection")) == (200, b"hello", None)


async def test_pipelined_requests_are_answered_in_their_order(serve):
    server = await serve(
        """
        let slow;

        export default {
          fetch(request) {
            const { pathname } = new URL(request.url);

            if (pathname === '/0') return new Promise((resolve) => { setTimeout(resolve, 5, new Response('/0')); });

            return new Response(pathname);
          },
        };
        """
    )
    client = await server.raw()
    client.send("".join(f"GET /{i} HTTP/1.1\nHost: a\n\n" for i in range(100)))
    assert [(await client.answer()).text for _ in range(100)] == [f"/{i}" for i in range(100)]


async def test_pipelined_bodies_stay_apart(serve):
    server = await serve(
        "export default { fetch: async (request) => new Response(await request.text()) };"
    )
    client = await server.raw()
    client.send(
        "POST / HTTP/1.1\nHost: a\nContent-Length: 3\n\none"
        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3\ntwo\n0\n\n"
        "POST / HTTP/1.1\nHost: a\n\n"
        "POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\nthree"
    )
    assert [(await client.answer()).text for _ in range(4)] == ["one", "two", "", "three"]


async def test_a_head_may_come_byte_by_byte(serve):
    client = await (await serve(MIRROR)).raw()
    for byte in b"GET /slow HTTP/1.1\r\nHost: a\r\nX-Y: z\r\n\r\n":
        client.send(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    assert (await client.answer()).text.startswith('{"method":"GET","url":"http://a/slow"')


async def test_the_client_asks_to_close(serve):
    client = await (await serve(HELLO)).raw()
    client.get(headers="Connection: close\n")
    assert (await client.answer()).get("connection") == "close"
    assert await client.is_closed()


async def test_the_function_asks_to_close(serve):
    server = await serve(
        "export default { fetch: () => new Response('bye', { headers: { connection: 'close' } }) };"
    )
    client = await server.raw()
    client.get()
    answer = await client.answer()
    assert (answer.get("connection"), answer.body) == ("close", b"bye")
    assert await client.is_closed()


async def test_http_1_0_closes(serve):
    client = await (await serve(HELLO)).raw()
    client.send("GET / HTTP/1.0\n\n")
    answer = await client.answer()
    assert (answer.version, answer.body, answer.get("connection")) == (
        "HTTP/1.1",
        b"hello",
        "close",
    )
    assert await client.is_closed()


async def test_http_1_0_may_be_kept_alive(serve):
    client = await (await serve(HELLO)).raw()
    for _ in range(2):
        client.send("GET / HTTP/1.0\nConnection: keep-alive\n\n")
        answer = await client.answer()
        assert (answer.body, answer.get("connection")) == (b"hello", "keep-alive")


async def test_http_1_0_gets_a_stream_until_the_end_of_the_connection(serve):
    server = await serve(
        """
        export default {
          fetch: () => new Response(new ReadableStream({
            start(controller) {
              for (const part of ['one ', 'two']) controller.enqueue(new TextEncoder().encode(part));

              controller.close();
            },
          })),
        };
        """
    )
    client = await server.raw()
    client.send("GET / HTTP/1.0\nConnection: keep-alive\n\n")
    answer = await client.answer()
    assert (answer.get("transfer-encoding"), answer.get("connection")) == (None, "close")
    assert answer.body == b"one two"


async def test_an_idle_connection_is_closed(serve):
    server = await serve(HELLO, keep_alive_seconds=0.05)
    client = await server.raw()
    client.get()
    await client.answer()
    assert await client.is_closed()


async def test_empty_lines_before_a_request_are_skipped(serve):
    # RFC 9112, 2.2
    client = await (await serve(HELLO)).raw()
    client.send("\n\nGET / HTTP/1.1\nHost: a\n\n")
    assert (await client.answer()).status == 200


# Methods


@pytest.mark.parametrize(
    "method",
    [
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "TRACE",
        "PROPFIND",
        "QUERY",
        "M-SEARCH",
        "PURGE",
    ],
)
async def test_known_methods(serve, method):
    server = await serve(MIRROR)
    assert (await server.json(method=method))["method"] == method


@pytest.mark.parametrize(
    "method", ["CHICKEN", "X", "GETS", "get", "PuRgE", "!#$%&'*+-.^_`|~09azAZ"]
)
async def test_any_token_is_a_method(serve, method):
    server = await serve(MIRROR)
    client = await server.raw()
    for path in ("/first", "/second"):
        client.get(path, method=method)
        assert f'"method":"{method}","url":"http://localhost{path}"' in (await client.answer()).text


async def test_an_unusual_method_has_a_body(serve):
    server = await serve(
        "export default { fetch: async (request) => new Response(request.method + await request.text()) };"
    )
    client = await server.raw()
    for _ in range(2):
        client.get(method="CHICKEN", headers="Content-Length: 4\n")
        client.send("body")
        assert (await client.answer()).text == "CHICKENbody"
        client.get(method="GET")
        assert (await client.answer()).text == "GET"


async def test_an_unusual_method_follows_another_request(serve):
    server = await serve(MIRROR)
    client = await server.raw()
    client.get(method="POST", headers="Content-Length: 4\n")
    client.send("body")
    assert '"method":"POST"' in (await client.answer()).text
    client.get(method="CHICKEN")
    assert '"method":"CHICKEN"' in (await client.answer()).text


async def test_connect_is_refused(serve):
    client = await (await serve(MIRROR)).raw()
    client.send("CONNECT example.com:443 HTTP/1.1\nHost: example.com:443\n\n")
    assert (await client.answer()).status == 501
    assert await client.is_closed()


async def test_head_has_the_headers_of_get_and_no_body(serve):
    client = await (await serve(HELLO)).raw()
    client.get(method="HEAD")
    answer = await client.answer(has_body=False)
    assert (answer.status, answer.get("content-length")) == (200, "5")
    client.get()
    assert (await client.answer()).body == b"hello"


async def test_head_keeps_the_length_that_a_function_announces(serve):
    server = await serve(
        "export default { fetch: () => new Response(null, { headers: { 'content-length': '1234' } }) };"
    )
    client = await server.raw()
    client.get(method="HEAD")
    assert (await client.answer(has_body=False)).get("content-length") == "1234"
    client.get()
    assert (await client.answer()).get("content-length") == "0"


async def test_the_stream_of_an_answer_to_head_is_cancelled(serve):
    server = await serve(
        """
        let pulls = 0, cancelled;

        export default {
          fetch(request) {
            if (request.method !== 'HEAD') return Response.json({ pulls, cancelled });

            return new Response(new ReadableStream({
              pull(controller) {
                pulls++;
                controller.enqueue(new Uint8Array(65536));
              },
              cancel() {
                cancelled = true;
              },
            }));
          },
        };
        """
    )
    client = await server.raw()
    client.get(method="HEAD")
    answer = await client.answer(has_body=False)
    assert (answer.status, answer.get("content-length")) == (200, None)
    client.get()
    seen = (await client.answer()).text
    assert seen in ('{"pulls":0,"cancelled":true}', '{"pulls":1,"cancelled":true}')
    await server.until(lambda: not server.worker.busy)


async def test_an_upgrade_that_nobody_offers_is_ignored(serve):
    # As Java's HttpClient asks with every request, also with a body.
    server = await serve(
        "export default { fetch: async (request) => new Response(await request.text() || 'none') };"
    )
    client = await server.raw()
    upgrade = (
        "Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__\n"
    )
    for _ in range(2):
        client.get(headers=upgrade)
        assert (await client.answer()).text == "none"
        client.get(method="POST", headers=f"{upgrade}Content-Length: 4\n")
        client.send("body")
        assert (await client.answer()).text == "body"


async def test_a_request_to_upgrade_may_be_answered_as_any_other(serve):
    server = await serve(
        "export default { fetch: async (request) => new Response(await request.text() || 'none') };"
    )
    client = await server.raw()
    upgrade = "Connection: Upgrade\nUpgrade: websocket\n"
    client.get(headers=upgrade)
    client.get(method="POST", headers=f"{upgrade}Content-Length: 4\n")
    client.send("body")
    client.get()
    assert [(await client.answer()).text for _ in range(3)] == ["none", "body", "none"]


# Headers of requests


async def test_header_names_are_lower_case_and_sorted(serve):
    client = await (await serve(MIRROR)).raw()
    client.get(headers="X-One: 1\nACCEPT: a\naccept: b\nEmpty:\nSpaced:  \t x \t \n")
    assert '[["accept","a, b"],["empty",""],["host","localhost"],["spaced","x"],["x-one","1"]]' in (
        (await client.answer()).text
    )


async def test_header_values_are_latin_1(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const value = request.headers.get('x');

            return new Response([...value].map((c) => c.charCodeAt(0)).join(), { headers: { y: value } });
          },
        };
        """
    )
    client = await server.raw()
    value = "".join(map(chr, [*range(0x21, 0x7F), *range(0x80, 0x100)]))
    client.get(headers=f"X: {value}\n")
    answer = await client.answer()
    assert answer.text == ",".join(str(ord(c)) for c in value)
    assert answer.get("y") == value


async def test_headers_of_an_old_request_can_still_be_read(serve):
    server = await serve(
        """
        const old = [];

        export default {
          fetch(request) {
            old.push(request);

            return new Response(`${old[0].url} ${old[0].headers.get('x')}`);
          },
        };
        """
    )
    for number in range(600):
        text = await server.text(f"/{number}", headers={"x": f"{number}"})
        assert text == f"http://127.0.0.1:{server.port}/0 0"


async def test_headers_of_a_request_are_immutable(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            try {
              request.headers.set('x', 'y');
            } catch (error) {
              return new Response(error.name);
            }
          },
        };
        """
    )
    assert await server.text() == "TypeError"


# Many requests


async def test_many_clients_at_once(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            await new Promise((resolve) => { setTimeout(resolve, 1); });

            return new Response(request.url.split('/').pop());
          },
        };
        """
    )
    answers = await asyncio.gather(*(server.text(f"/{number}") for number in range(200)))
    assert answers == [str(number) for number in range(200)]


async def test_a_request_is_answered_by_another(serve):
    server = await serve(LONG_POLL)
    waiting = [asyncio.create_task(server.text("/wait")) for _ in range(5)]
    await server.until(lambda: len(server.worker.http.open_ids()) == 5)
    assert await server.text("/release") == "0"
    assert await asyncio.gather(*waiting) == ["released by /release"] * 5


async def test_two_functions_are_two_worlds(serve):
    counter = "let n = 0;\nexport default { fetch: () => new Response(`${++n}`) };"
    first, second = await serve(counter), await serve(counter)
    assert [await first.text(), await first.text(), await second.text()] == ["1", "2", "1"]


async def test_variables_reach_the_function(serve):
    source = "export default { fetch: (request, env) => Response.json(env) };"
    server = await serve(source, env={"A": "1", "emoji": "🙂"})
    assert await server.json() == {"A": "1", "emoji": "🙂"}


async def test_http_and_https_are_the_same_server(serve, trusting):
    server = await serve(MIRROR, tls=True)
    seen = await server.json(f"https://localhost:{server.port}/a?b", ssl=trusting)
    assert seen["url"] == f"https://localhost:{server.port}/a?b"
    assert (await server.json("/c"))["url"] == f"http://127.0.0.1:{server.port}/c"


# waitUntil


async def test_work_goes_on_after_the_response(serve):
    server = await serve(
        """
        export default {
          fetch(request, env, ctx) {
            ctx.waitUntil(new Promise((resolve) => { setTimeout(resolve, 20); }).then(() => console.log('after')));

            return new Response('first');
          },
        };
        """
    )
    assert await server.text() == "first"
    assert server.worker.busy
    assert "after" not in server.stdout
    await server.until(lambda: not server.worker.busy)
    assert "after" in server.stdout


async def test_work_goes_on_after_the_client_left(serve):
    server = await serve(
        """
        let release;

        export default {
          fetch(request, env, ctx) {
            if (request.url.endsWith('/release')) {
              release();

              return new Response('');
            }

            ctx.waitUntil(new Promise((resolve) => { release = resolve; }).then(() => console.log('after')));

            return new Promise(() => {});
          },
        };
        """,
        grace_seconds=0.1,
    )
    client = await server.raw()
    client.get()
    await server.until(lambda: server.worker.http.open_ids())
    client.abort()
    await server.until(lambda: not server.worker.http.open_ids())
    await server.text("/release")
    assert "after" in server.stdout


async def test_a_promise_given_to_wait_until_rejects(serve):
    server = await serve(
        """
        export default {
          fetch(request, env, ctx) {
            ctx.waitUntil(Promise.reject(new RangeError('too late')));

            return new Response('first');
          },
        };
        """
    )
    assert await server.text() == "first"
    await server.until(lambda: not server.worker.busy)
    assert "RangeError: too late" in server.stderr


# The client leaves


@pytest.mark.parametrize("leave", ["abort", "close"])
async def test_a_request_is_aborted_when_its_client_leaves(serve, leave):
    server = await serve(
        """
        const seen = [];

        export default {
          fetch(request) {
            if (request.url.endsWith('/seen')) return Response.json(seen);

            return new Promise((resolve) => {
              request.signal.addEventListener('abort', () => {
                seen.push(request.signal.reason.name);
                resolve(new Response('nobody reads this'));
              });
            });
          },
        };
        """
    )
    client = await server.raw()
    client.get()
    await server.until(lambda: server.worker.busy)
    getattr(client.writer.transport, leave)()
    await server.until(lambda: not server.worker.busy)
    assert await server.json("/seen") == ["AbortError"]


async def test_an_answered_request_is_not_aborted(serve):
    server = await serve(
        """
        let old = null;

        export default {
          fetch(request) {
            const aborted = old?.signal.aborted;

            old = request;

            return new Response(`${aborted}`);
          },
        };
        """
    )
    client = await server.raw()
    client.get()
    assert (await client.answer()).text == "undefined"
    client.abort()
    await server.until(lambda: not server.host.connections)
    assert await server.text() == "false"
