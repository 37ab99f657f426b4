"""Bodies of requests: handed over when asked for, in whole or in pieces, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections.abc import AsyncIterator

import pytest

ECHO = "export default { fetch: (request) => new Response(request.body) };"

# /text, /bytes, /arrayBuffer and /stream: what arrived, as bytes. The handler's first await makes the
# body arrive before or after it is asked for.
READ = """
async function stream(request) {
  const chunks = [];

  for await (const chunk of request.body) chunks.push(...chunk);

  return new Uint8Array(chunks);
}

export default {
  async fetch(request) {
    const how = new URL(request.url).pathname.slice(1);

    return new Response(how === 'stream' ? await stream(request) : await request[how]());
  },
};
"""

# Its answer says what became of an attempt to read the body.
ATTEMPT = """
export default {
  async fetch(request) {
    try {
      return new Response(`${(await request.text()).length}`);
    } catch (error) {
      return new Response(`${error.name}: ${error.message}`);
    }
  },
};
"""

# /slow never answers, /first answers at once and reads afterwards.
OUTCOMES = """
const outcomes = [];

function note(promise) {
  return promise.then(() => outcomes.push('read'), (error) => outcomes.push(`${error.name}: ${error.message}`));
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);

    if (pathname === '/outcomes') return Response.json(outcomes);

    if (pathname === '/first') {
      ctx.waitUntil(note(request.text()));

      return new Response('answered');
    }

    await note(request.text());

    return new Response('read');
  },
};
"""

BODY = bytes(range(256)) * 64


@pytest.mark.parametrize("how", ["bytes", "arrayBuffer", "stream"])
@pytest.mark.parametrize("size", [0, 1, 16384])
async def test_bytes_arrive_as_they_are(serve, how, size):
    server = await serve(READ)
    answer = await server.answer(f"/{how}", "POST", data=BODY[:size])
    assert answer.body == BODY[:size]


async def test_text_is_utf_8(serve):
    server = await serve(READ)
    data = b"\xef\xbb\xbfa\x00\xff\xed\xa0\x80 \xf0\x9f\x99\x82"
    answer = await server.answer("/text", "POST", data=data)
    assert answer.text == data[3:].decode("utf-8", "replace")


async def test_json(serve):
    server = await serve(
        "export default { fetch: async (request) => Response.json(await request.json()) };"
    )
    value = {"a": [1, 2.5, None, True], "emoji": "🙂", "nul": "\0"}
    assert await server.json("/", "POST", json=value) == value


async def test_malformed_json_is_a_syntax_error(serve):
    server = await serve(
        "export default { fetch: (request) => request.json().catch((error) => new Response(error.name)) };"
    )
    assert await server.text("/", "POST", data=b"{") == "SyntaxError"


@pytest.mark.parametrize("how", ["text", "bytes", "arrayBuffer"])
@pytest.mark.parametrize("chunked", [False, True])
async def test_16_mib(serve, how, chunked):
    server = await serve(READ)
    piece = b"0123456789abcdef" * 4096
    whole = piece * 256

    async def pieces():
        for _ in range(256):
            yield piece

    answer = await server.answer(f"/{how}", "POST", data=pieces() if chunked else io.BytesIO(whole))
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(whole).digest()


@pytest.mark.parametrize("chunked", [False, True])
async def test_16_mib_piped_through(serve, chunked):
    server = await serve(ECHO)
    piece = b"0123456789abcdef" * 4096
    whole = piece * 256

    async def pieces():
        for _ in range(256):
            yield piece

    answer = await server.answer("/", "POST", data=pieces() if chunked else io.BytesIO(whole))
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(whole).digest()


async def test_a_piece_is_read_as_soon_as_it_arrives(serve):
    server = await serve(ECHO)
    client = await server.raw()
    client.get(method="POST", headers="Transfer-Encoding: chunked\n")
    head = None
    for piece in ("one", "three", "seven"):
        client.send(f"{len(piece):x}\n{piece}\n")
        head = head or await client.head()
        assert await client.chunk() == piece.encode()
    client.send("0\n\n")
    assert await client.chunk() == b""


async def test_trailers_and_chunk_extensions_are_passed_over(serve):
    client = await (await serve(ECHO)).raw()
    client.get(method="POST", headers="Transfer-Encoding: chunked\nTrailer: X\n")
    client.send('3;a=b;c="d"\none\n0\nX: y\n\n')
    assert (await client.answer()).body == b"one"
    client.get()
    assert (await client.answer()).status == 200


async def test_a_request_without_a_body_has_none(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            return Response.json([request.body === null, await request.text(), request.bodyUsed]);
          },
        };
        """
    )
    assert await server.json() == [True, "", False]


async def test_a_body_that_nobody_reads_is_passed_over(serve):
    client = await (await serve("export default { fetch: () => new Response('no') };")).raw()
    for size in (1, 300_000):
        client.get(method="POST", headers=f"Content-Length: {size}\n")
        client.send(b"x" * size)
        assert (await client.answer()).text == "no"


async def test_an_unread_body_does_not_fill_memory(serve):
    server = await serve(
        "export default { fetch: () => new Promise(() => {}) };", grace_seconds=0.1
    )
    client = await server.raw()
    client.get(method="POST", headers=f"Content-Length: {64 << 20}\n")
    client.send(b"x" * (64 << 20))
    await server.until(lambda: server.worker.busy)
    (connection,) = server.host.connections
    await server.until(lambda: connection._reading_paused)
    assert connection.exchange.payload.total_bytes < 1 << 20
    client.abort()


async def test_a_body_is_read_once(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            const first = await request.text();
            const second = await request.text().catch((error) => `${error.name}: ${error.message}`);

            return Response.json([first, second, request.bodyUsed]);
          },
        };
        """
    )
    assert await server.json("/", "POST", data=b"once") == [
        "once",
        "TypeError: the body was already used",
        True,
    ]


async def test_a_clone_is_read_beside_its_original(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            const clone = request.clone();
            const texts = await Promise.all([request.text(), clone.text()]);

            return Response.json([...texts, clone.url === request.url, clone.headers.get('x')]);
          },
        };
        """
    )
    body = "0123456789" * 50_000
    answer = await server.json("/", "POST", data=body.encode(), headers={"x": "y"})
    assert answer == [body, body, True, "y"]


async def test_both_branches_of_a_tee(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            const [first, second] = request.body.tee();
            const text = await new Response(first).text();

            return new Response(`${text.length} ${(await new Response(second).text()).length}`);
          },
        };
        """
    )
    assert await server.text("/", "POST", data=b"x" * 300_000) == "300000 300000"


async def test_a_request_made_of_the_request_takes_its_body(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            const copy = new Request(request, { headers: { a: 'b' } });

            return Response.json([await copy.text(), request.bodyUsed, copy.method, copy.headers.get('a')]);
          },
        };
        """
    )
    assert await server.json("/", "PUT", data=b"body") == ["body", True, "PUT", "b"]


async def test_a_body_is_transformed_on_its_way(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            return new Response(request.body.pipeThrough(new TransformStream({
              transform(chunk, controller) {
                controller.enqueue(chunk.map((byte) => byte ^ 1));
              },
            })));
          },
        };
        """
    )
    answer = await server.answer("/", "POST", data=BODY)
    assert answer.body == bytes(byte ^ 1 for byte in BODY)


async def test_a_stream_that_is_cancelled_leaves_the_connection_usable(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            const reader = request.body.getReader();
            const { value } = await reader.read();

            await reader.cancel();

            return new Response(`${value.length > 0}`);
          },
        };
        """
    )
    client = await server.raw()
    for _ in range(2):
        client.get(method="POST", headers="Content-Length: 500000\n")
        client.send(b"x" * 500_000)
        assert (await client.answer()).text == "true"


# Expect: 100-continue


async def test_the_client_is_told_to_continue_when_the_body_is_asked_for(serve):
    client = await (await serve(ECHO)).raw()
    for _ in range(2):
        client.get(method="POST", headers="Content-Length: 4\nExpect: 100-continue\n")
        assert (await client.answer()).status == 100
        client.send("body")
        assert (await client.answer()).body == b"body"


async def test_a_client_that_does_not_wait_for_the_hundred_hears_none(serve):
    client = await (await serve(ECHO)).raw()
    client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 4\nExpect: 100-continue\n\nbody")
    answer = await client.answer()
    assert (answer.status, answer.body) == (200, b"body")


async def test_http_1_0_hears_no_hundred(serve):
    client = await (await serve(ECHO)).raw()
    client.send("POST / HTTP/1.0\nContent-Length: 4\nExpect: 100-continue\n\n")
    await asyncio.sleep(0)
    client.send("body")
    answer = await client.answer()
    assert (answer.status, answer.body) == (200, b"body")


async def test_a_body_that_was_not_asked_for_ends_the_connection(serve):
    # The client may send it or not, so where the next request begins cannot be known.
    client = await (await serve("export default { fetch: () => new Response('no') };")).raw()
    client.get(method="POST", headers="Content-Length: 4\nExpect: 100-continue\n")
    answer = await client.answer()
    assert (answer.status, answer.text, answer.get("connection")) == (200, "no", "close")


# What does not arrive


async def test_a_slow_body_is_an_error(serve):
    server = await serve(ATTEMPT, body_idle_seconds=0.05)
    client = await server.raw()
    client.get(method="POST", headers="Content-Length: 4\n")
    client.send("bo")
    answer = await client.answer()
    assert answer.text == "TypeError: the client sent nothing of the body for too long"
    assert answer.get("connection") == "close"


async def test_a_body_that_stops_half_way_is_an_error_at_once(serve):
    server = await serve(OUTCOMES)
    client = await server.raw()
    client.get("/slow", method="POST", headers="Content-Length: 4\n")
    client.send("bo")
    await server.until(lambda: server.worker.busy)
    client.abort()
    await server.until(lambda: not server.worker.busy)
    assert await server.json("/outcomes") == [
        "TypeError: the client left before it had sent the body"
    ]


async def test_a_stream_whose_client_left_is_an_error_at_once(serve):
    server = await serve(
        """
        const outcomes = [];

        export default {
          async fetch(request) {
            if (request.url.endsWith('/outcomes')) return Response.json(outcomes);

            try {
              for await (const chunk of request.body) outcomes.push(chunk.length);
            } catch (error) {
              outcomes.push(error.name);
            }
          },
        };
        """
    )
    client = await server.raw()
    client.get(method="POST", headers="Transfer-Encoding: chunked\n")
    client.send("4\nbody\n")
    await server.until(lambda: server.worker.busy)
    while (await server.json("/outcomes")) == []:
        pass
    client.abort()
    await server.until(lambda: not server.worker.busy)
    assert await server.json("/outcomes") == [4, "TypeError"]


@pytest.mark.parametrize("rest", ["X\n", "3\nonetwo\n0\n\n", "-1\n", "ffffffffffffffff1\n"])
async def test_malformed_chunks_are_an_error_at_once(serve, rest):
    server = await serve(ATTEMPT)
    client = await server.raw()
    client.get(method="POST", headers="Transfer-Encoding: chunked\n")
    await server.until(lambda: server.worker.busy)
    client.send(f"3\none\n{rest}")
    answer = await client.answer()
    assert answer.text.startswith("TypeError: the body did not arrive: ")
    assert answer.get("connection") == "close"
    assert await client.is_closed()


async def test_a_body_is_read_beyond_the_response_when_that_began_before_it(serve):
    server = await serve(OUTCOMES)
    client = await server.raw()
    client.get("/first", method="POST", headers="Content-Length: 4\n")
    assert (await client.answer()).text == "answered"
    client.send("body")
    client.get("/outcomes")
    assert (await client.answer()).text == '["read"]'


LATE = """
const outcomes = [];
let release;

export default {
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);

    if (pathname === '/release') release();

    if (pathname !== '/stream' && pathname !== '/late' && pathname !== '/dangling') return Response.json(outcomes);

    const gate = new Promise((resolve) => { release = resolve; });
    const note = (promise) => promise.then((n) => outcomes.push(n), (error) => outcomes.push(error.message));

    const stream = async () => {
      let length = 0;

      for await (const chunk of request.body) {
        length += chunk.length;
        await gate;
      }

      return length;
    };

    if (pathname === '/dangling') note(stream());
    else ctx.waitUntil(note(pathname === '/stream' ? stream() : gate.then(() => request.text())));

    return new Response('answered');
  },
};
"""


@pytest.mark.parametrize("size", [1000, 1_000_000])
async def test_a_stream_is_read_beyond_the_response(serve, size):
    server = await serve(LATE)
    client = await server.raw()
    client.get("/stream", method="POST", headers=f"Content-Length: {size}\n")
    assert (await client.answer()).text == "answered"
    client.send(b"x" * size)
    client.get("/outcomes")
    await server.text("/release")
    assert json.loads((await client.answer()).text) in ([], [size])
    await server.until(lambda: not server.worker.busy)
    assert await server.json("/outcomes") == [size]


async def test_a_body_that_has_come_whole_can_be_asked_for_after_the_response(serve):
    server = await serve(LATE)
    client = await server.raw()
    client.send("POST /late HTTP/1.1\nHost: localhost\nContent-Length: 4\n\nbody")
    assert (await client.answer()).text == "answered"
    await server.text("/release")
    await server.until(lambda: not server.worker.busy)
    assert await server.json("/outcomes") == ["body"]


async def test_a_body_that_is_late_cannot_be_asked_for_after_the_response(serve):
    server = await serve(LATE)
    client = await server.raw()
    client.get("/late", method="POST", headers="Content-Length: 4\n")
    assert (await client.answer()).text == "answered"
    await server.text("/release")
    await server.until(lambda: not server.worker.busy)
    client.send("body")
    client.get("/outcomes")
    assert (await client.answer()).text == '["the body cannot be read after the response was sent"]'


async def test_a_read_that_nothing_waits_for_ends_with_the_invocation(serve):
    server = await serve(LATE)
    client = await server.raw()
    client.get("/dangling", method="POST", headers="Content-Length: 4\n")
    assert (await client.answer()).text == "answered"
    await server.until(lambda: not server.worker._tasks)
    assert await server.json("/outcomes") == ["the body cannot be read after the response was sent"]
    client.send("body")
    client.get("/outcomes")
    assert (await client.answer()).status == 200


# Limits


async def test_a_body_announced_as_too_large_is_refused(serve):
    server = await serve(ATTEMPT, body_bytes=1000)
    assert (await server.answer("/", "POST", data=b"x" * 1000)).text == "1000"
    answer = await server.answer("/", "POST", data=b"x" * 1001)
    assert (answer.status, answer.get("connection")) == (413, "close")
    assert answer.text == "the body is larger than the limit of 1000 bytes\n"


async def test_a_refused_body_may_still_be_on_its_way(serve):
    server = await serve(ATTEMPT, body_bytes=1000)
    assert (await server.answer("/", "POST", data=io.BytesIO(b"x" * 3_000_000))).status == 413


async def test_a_body_that_grows_too_large_is_an_error(serve):
    server = await serve(ATTEMPT, body_bytes=1000)

    async def pieces(count):
        for _ in range(count):
            yield b"x" * 100
            await asyncio.sleep(0)

    assert (await server.answer("/", "POST", data=pieces(10))).text == "1000"
    answer = await server.answer("/", "POST", data=pieces(11))
    assert answer.text == "TypeError: the body is larger than the limit of 1000 bytes (body_bytes)"
    assert answer.get("connection") == "close"


async def test_a_chunked_body_too_large_that_came_with_its_head(serve):
    client = await (await serve(ATTEMPT, body_bytes=2)).raw()
    client.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3\none\n0\n\n")
    assert "larger than the limit" in (await client.answer()).text


@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_decoding_a_long_text_is_the_functions_own_time(serve, framing):
    """Malformed bytes are slow to decode: the limit holds for it, and for this request alone."""
    server = await serve(
        """
        export default {
          async fetch(request) {
            const text = await request.text();
            return Response.json([text.length, text.slice(0, 2), text.at(-1)]);
          },
        };
        """,
        cpu_ms=50,
    )

    def body(data: bytes) -> dict[str, object]:
        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(data), 1 << 20):
                yield data[at : at + (1 << 20)]

        return {"data": io.BytesIO(data) if framing == "length" else pieces()}

    fine = "\ufeffö".encode() + b"a" * (3 << 20) + b"z"
    assert await server.json(method="POST", **body(fine)) == [(3 << 20) + 2, "öa", "z"]
    assert (await server.answer(method="POST", **body(b"\xff" * (20 << 20)))).status == 503
    assert await server.json(method="POST", **body(b"\xffb")) == [2, "\ufffdb", "b"]
    assert "cpu_ms" in server.stderr
