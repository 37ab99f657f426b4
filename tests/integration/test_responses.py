"""Responses as they leave: heads, framing, streams, back-pressure, and what a function may not do."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
from email.utils import parsedate_to_datetime

import pytest

from edgehost.server import listener

# Evaluates the query string as an expression that makes a response.
MAKE = """
export default {
  fetch(request) {
    return new Function('request', `return ${decodeURIComponent(new URL(request.url).search.slice(1))}`)(request);
  },
};
"""


@pytest.fixture
async def make(serve):
    """The response that a JavaScript expression makes, to a GET unless told otherwise."""
    server = await serve(MAKE, allow_eval=True)
    client = await server.raw()

    async def make(expression: str, method: str = "GET"):
        query = "".join(f"%{byte:02X}" for byte in expression.encode())
        client.get(f"/?{query}", method=method)
        return await client.answer(has_body=method != "HEAD")

    make.server = server
    return make


# Heads


async def test_every_status_that_a_function_can_send(make):
    for status in (*range(200, 600, 7), 204, 205, 226, 304, 404, 418, 451, 500, 511, 599):
        answer = await make(f"new Response(null, {{ status: {status} }})")
        assert answer.status == status


@pytest.mark.parametrize("status", [199, 600, 0, -1])
async def test_other_statuses_are_range_errors(make, status):
    answer = await make(f"new Response(null, {{ status: {status} }})")
    assert answer.status == 500
    assert "RangeError" in answer.text


async def test_the_reason_is_the_functions_or_the_usual_one(make):
    assert (await make("new Response('', { status: 404 })")).reason == "Not Found"
    assert (await make("new Response('', { status: 599 })")).reason == ""
    assert (await make("new Response('', { statusText: 'M\\xfcde' })")).reason == "Müde"


async def test_a_null_body_status_has_neither_body_nor_length(make):
    for status in (204, 304):
        answer = await make(
            f"new Response(null, {{ status: {status}, headers: {{ 'content-length': '5', etag: 'x' }} }})"
        )
        assert (answer.status, answer.get("content-length"), answer.get("etag")) == (
            status,
            None,
            "x",
        )
        assert answer.get("transfer-encoding") is None
    answer = await make("new Response(null, { status: 205 })")
    assert answer.get("content-length") == "0"


async def test_several_cookies_stay_several(make):
    answer = await make(
        "new Response('', { headers: [['set-cookie', 'a=1; Path=/'], ['Set-Cookie', 'b=2, c'], ['x', '1'], ['X', '2']] })"
    )
    assert answer.all("set-cookie") == ["a=1; Path=/", "b=2, c"]
    assert ", ".join(answer.all("x")) == "1, 2"


async def test_the_date_is_now_or_the_functions(make):
    date = parsedate_to_datetime((await make("new Response('')")).get("date"))
    from datetime import UTC, datetime

    assert abs((datetime.now(UTC) - date).total_seconds()) < 5
    then = "Tue, 15 Nov 1994 08:12:31 GMT"
    assert (await make(f"new Response('', {{ headers: {{ date: '{then}' }} }})")).get(
        "date"
    ) == then


async def test_a_header_value_is_latin_1(make):
    answer = await make("new Response('', { headers: { x: 'gr\\xfc\\xdf\\x80\\xff' } })")
    assert answer.get("x") == "grüß\x80\xff"


@pytest.mark.parametrize(
    "expression",
    [
        "new Response('', { headers: { x: 'a\\r\\nset-cookie: b' } })",
        "new Response('', { headers: { x: 'a\\nb' } })",
        "new Response('', { headers: { x: 'a\\rb' } })",
        "new Response('', { headers: { x: 'a\\0b' } })",
        "new Response('', { headers: { 'x\\r\\ny': 'a' } })",
        "new Response('', { headers: { 'x: y': 'a' } })",
        "new Response('', { headers: { '': 'a' } })",
        "new Response('', { headers: { x: '\\u0100' } })",
        "new Response('', { statusText: 'OK\\r\\nx: y' })",
        "new Response('', { statusText: '\\u010a' })",
        "(() => { const r = new Response(''); r.headers.append('x', 'a\\r\\n\\r\\nHTTP/1.1 200 OK'); return r; })()",
    ],
)
async def test_nothing_can_be_injected_into_the_head(make, expression):
    answer = await make(expression)
    assert answer.status == 500
    assert "TypeError" in answer.text
    assert (await make("new Response('next')")).text == "next"


async def test_line_breaks_around_a_value_are_taken_off(make):
    assert (await make("new Response('', { headers: { x: '\\r\\n a\\r\\n' } })")).get("x") == "a"


async def test_a_location_cannot_inject(make):
    answer = await make("Response.redirect('http://a/\\r\\nx: y/\\u{1F642}', 307)")
    assert (answer.status, answer.get("location")) == (307, "http://a/x:%20y/%F0%9F%99%82")


async def test_framing_is_the_servers(make):
    answer = await make(
        "new Response('hello', { headers: { 'transfer-encoding': 'chunked', 'keep-alive': 'timeout=1',"
        " upgrade: 'x', te: 'x', trailer: 'x', 'proxy-connection': 'x', connection: 'x' } })"
    )
    assert {name for name, _ in answer.headers} == {"content-type", "content-length", "date"}
    assert answer.body == b"hello"


@pytest.mark.parametrize("length", ["3", "99", "-1", "+5", "5, 5", "0x5", "1e1", "", "\uff19"])
async def test_a_wrong_length_of_a_whole_body_is_put_right(make, length):
    value = length.encode("utf-8").decode("latin-1")
    answer = await make(f"new Response('hello', {{ headers: {{ 'content-length': '{value}' }} }})")
    assert (answer.get("content-length"), answer.body) == ("5", b"hello")


async def test_many_headers(make):
    answer = await make(
        "new Response('', { headers: Array.from({ length: 1000 }, (_, i) => [`x-${i}`, 'v'.repeat(100)]) })"
    )
    assert [value for name, value in answer.headers if name.startswith("x-")] == ["v" * 100] * 1000


async def test_heads_that_differ_are_not_mixed_up(make):
    for number in range(600):
        answer = await make(f"new Response('', {{ headers: {{ x: '{number}' }} }})")
        assert answer.get("x") == f"{number}"


# Bodies


@pytest.mark.parametrize(
    ("expression", "kind", "body"),
    [
        ("new Response()", None, b""),
        ("new Response('')", "text/plain;charset=UTF-8", b""),
        (
            "new Response('\\0\\ud800\\u{1F642}')",
            "text/plain;charset=UTF-8",
            b"\0\xef\xbf\xbd\xf0\x9f\x99\x82",
        ),
        ("new Response(new Uint8Array([0, 255]))", None, b"\0\xff"),
        ("new Response(new Uint16Array([1, 2]).subarray(1))", None, b"\2\0"),
        ("new Response(new ArrayBuffer(2))", None, b"\0\0"),
        ("new Response(new DataView(new ArrayBuffer(4), 1, 2))", None, b"\0\0"),
        (
            "new Response(new URLSearchParams({ a: 'b c' }))",
            "application/x-www-form-urlencoded;charset=UTF-8",
            b"a=b+c",
        ),
        ("new Response({ toString: () => 'me' })", "text/plain;charset=UTF-8", b"me"),
        ("new Response(42)", "text/plain;charset=UTF-8", b"42"),
        ("Response.json({ a: [1] })", "application/json", b'{"a":[1]}'),
        ("Response.json('x', { headers: { 'content-type': 'a/b' } })", "a/b", b'"x"'),
        ("new Response('x', { headers: { 'content-type': 'a/b' } })", "a/b", b"x"),
    ],
)
async def test_what_a_body_is_made_of(make, expression, kind, body):
    answer = await make(expression)
    assert (answer.status, answer.get("content-type"), answer.body) == (200, kind, body)
    assert answer.get("content-length") == str(len(body))


async def test_a_large_whole_body(make):
    answer = await make("new Response('0123456789abcdef'.repeat(1 << 20))")
    assert answer.get("content-length") == str(1 << 24)
    assert hashlib.sha256(answer.body).digest() == (
        hashlib.sha256(b"0123456789abcdef" * (1 << 20)).digest()
    )


async def test_a_clone_is_sent_whole(make):
    assert (await make("new Response('twice').clone()")).text == "twice"
    assert (
        await make("(() => { const r = new Response('twice'); r.clone(); return r; })()")
    ).text == ("twice")
    assert (
        await make(
            "(async () => { const r = new Response('twice'); await r.clone().text(); return r; })()"
        )
    ).text == "twice"


async def test_the_buffer_of_a_body_is_copied(make):
    answer = await make(
        "(() => { const b = new Uint8Array([1, 2]); const r = new Response(b); b[0] = 9; return r; })()"
    )
    assert answer.body == b"\1\2"


async def test_a_response_error_cannot_be_sent(make):
    answer = await make("Response.error()")
    assert answer.status == 500
    assert "Response.error()" in answer.text


async def test_a_response_is_sent_once(serve):
    server = await serve(
        "const response = new Response('once');\nexport default { fetch: () => response };"
    )
    assert await server.text() == "once"
    answer = await server.answer()
    assert answer.status == 500
    assert "already used" in answer.text
    assert "already used" in server.stderr


async def test_a_response_without_a_body_may_be_sent_again(serve):
    server = await serve(
        "const response = new Response(null, { status: 204 });\nexport default { fetch: () => response };"
    )
    assert [(await server.answer()).status for _ in range(3)] == [204] * 3


async def test_a_body_that_was_read_cannot_be_sent(make):
    answer = await make(
        "(async () => { const r = new Response('x'); await r.text(); return r; })()"
    )
    assert (answer.status, "already used" in answer.text) == (500, True)


async def test_a_locked_body_cannot_be_sent(make):
    answer = await make("(() => { const r = new Response('x'); r.body.getReader(); return r; })()")
    assert (answer.status, "already used" in answer.text) == (500, True)


# Streams


def stream(source: str, options: str = "") -> str:
    return f"new Response(new ReadableStream({{ {source} }}), {{ {options} }})"


BYTES = "const bytes = (text) => new TextEncoder().encode(text);"


async def test_a_stream_is_sent_in_chunks(make):
    answer = await make(
        stream(
            "start(c) { c.enqueue(new Uint8Array([1])); c.enqueue(new Uint8Array([2, 3])); c.close(); }"
        )
    )
    assert (answer.get("transfer-encoding"), answer.get("content-length")) == ("chunked", None)
    assert answer.body == b"\1\2\3"
    assert (await make("new Response('next')")).text == "next"


async def test_an_empty_stream(make):
    answer = await make(stream("start(c) { c.enqueue(new Uint8Array(0)); c.close(); }"))
    assert (answer.get("transfer-encoding"), answer.body) == ("chunked", b"")


async def test_a_piece_leaves_when_it_is_there(serve):
    server = await serve(
        f"""
        {BYTES}
        let controller;

        export default {{
          fetch(request) {{
            const {{ pathname }} = new URL(request.url);

            if (pathname === '/') return new Response(new ReadableStream({{ start(c) {{ controller = c; }} }}));

            if (pathname === '/close') controller.close();
            else controller.enqueue(bytes(pathname));

            return new Response('');
          }},
        }};
        """
    )
    client = await server.raw()
    client.get()
    assert (await client.head()).status == 200
    for piece in ("/a", "/b"):
        await server.text(piece)
        assert await client.chunk() == piece.encode()
    await server.text("/close")
    assert await client.chunk() == b""


async def test_an_announced_length_of_a_stream_is_kept(make):
    answer = await make(
        stream(
            "start(c) { c.enqueue(new Uint8Array(5)); c.close(); }",
            "headers: { 'content-length': '5' }",
        )
    )
    assert (answer.get("content-length"), answer.get("transfer-encoding")) == ("5", None)
    assert answer.body == bytes(5)


async def test_a_stream_longer_than_announced_is_cut(make):
    answer = await make(
        stream(
            "start(c) { c.enqueue(new Uint8Array(9)); c.close(); }",
            "headers: { 'content-length': '5' }",
        )
    )
    assert answer.body == bytes(5)
    assert (await make("new Response('next')")).text == "next"


async def test_a_stream_shorter_than_announced_breaks_the_connection(serve):
    server = await serve(
        f"""
        {BYTES}
        let controller;

        export default {{
          fetch(request) {{
            if (request.url.endsWith('/close')) {{
              controller.close();

              return new Response('');
            }}

            return new Response(
              new ReadableStream({{ start(c) {{ controller = c; c.enqueue(bytes('abc')); }} }}),
              {{ headers: {{ 'content-length': '5' }} }},
            );
          }},
        }};
        """
    )
    client = await server.raw()
    client.get()
    assert (await client.head()).get("content-length") == "5"
    assert await client.reader.readexactly(3) == b"abc"
    await server.text("/close")
    assert await client.is_closed()


async def test_an_error_after_the_head_breaks_the_connection(serve):
    server = await serve(
        f"""
        {BYTES}
        let controller;

        export default {{
          fetch(request) {{
            if (request.url.endsWith('/fail')) {{
              controller.error(new RangeError('half way'));

              return new Response('');
            }}

            return new Response(new ReadableStream({{ start(c) {{ controller = c; c.enqueue(bytes('abc')); }} }}));
          }},
        }};
        """
    )
    client = await server.raw()
    client.get()
    await client.head()
    assert await client.chunk() == b"abc"
    await server.text("/fail")
    assert await client.is_closed()  # without the last chunk
    assert "RangeError: half way" in server.stderr


async def test_an_error_before_the_head_left_is_an_error_page(make):
    answer = await make(stream("start(c) { c.error(new RangeError('early')); }"))
    assert answer.status == 500
    assert "early" in answer.text
    answer = await make(stream("pull() { throw new RangeError('early'); }"))
    assert answer.status == 500
    answer = await make(
        stream("pull() { throw new RangeError('early'); }", "headers: { 'content-length': '5' }"),
        "HEAD",
    )
    assert answer.status in (200, 500)
    assert (await make("new Response('next')")).text == "next"


@pytest.mark.parametrize(
    ("chunk", "kind"),
    [
        ("'text'", "a string"),
        ("42", "a number"),
        ("null", "null"),
        ("new ArrayBuffer(1)", "an object"),
    ],
)
async def test_a_stream_of_anything_but_bytes_is_an_error(make, chunk, kind):
    answer = await make(stream(f"start(c) {{ c.enqueue({chunk}); }}"))
    assert answer.status == 500
    assert f"gave {kind}, not a Uint8Array" in answer.text


async def test_async_iterables_are_streams(make):
    answer = await make(
        "new Response(ReadableStream.from((async function* () {"
        " for (let i = 0; i < 3; i++) yield new Uint8Array([i]); })()))"
    )
    assert answer.body == b"\0\1\2"


async def test_a_transform_stream_may_be_written_after_the_response(serve):
    server = await serve(
        """
        export default {
          fetch(request, env, ctx) {
            const { readable, writable } = new TransformStream();
            const writer = writable.getWriter();

            ctx.waitUntil((async () => {
              for (let i = 0; i < 200; i++) await writer.write(new Uint8Array(10000).fill(i));

              await writer.close();
            })());

            return new Response(readable);
          },
        };
        """
    )
    answer = await server.answer()
    assert answer.body == b"".join(bytes([i]) * 10000 for i in range(200))


async def test_16_mib_in_pieces_of_every_size(serve):
    server = await serve(
        """
        export default {
          fetch() {
            let sent = 0, size = 1;

            return new Response(new ReadableStream({
              pull(controller) {
                if (sent === 1 << 24) return controller.close();

                size = Math.min(size * 3 % 100003, (1 << 24) - sent);
                controller.enqueue(Uint8Array.from({ length: Math.min(size, 64) }, (_, i) => i));

                if (size > 64) controller.enqueue(new Uint8Array(size - 64).fill(7));

                sent += size;
              },
            }));
          },
        };
        """
    )
    digest, sent, size = hashlib.sha256(), 0, 1
    while sent < 1 << 24:
        size = min(size * 3 % 100003, (1 << 24) - sent)
        digest.update(bytes(range(min(size, 64))) + b"\7" * max(0, size - 64))
        sent += size
    answer = await server.answer()
    assert hashlib.sha256(answer.body).digest() == digest.digest()


# Back-pressure

ENDLESS = """
let pulled = 0, cancelled = null, aborted = null;

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);

    if (pathname === '/seen') return Response.json({ pulled, cancelled, aborted });

    request.signal.addEventListener('abort', () => { aborted = request.signal.reason.name; });

    return new Response(new ReadableStream({
      pull(controller) {
        pulled += 65536;
        controller.enqueue(new Uint8Array(65536));
      },
      cancel(reason) {
        cancelled = reason.name;
      },
    }, { highWaterMark: 0 }));
  },
};
"""


def narrow(port: int) -> socket.socket:
    """A client's socket that takes little before its buffer is full."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    sock.connect(("127.0.0.1", port))
    sock.setblocking(False)
    return sock


async def stalled(server) -> int:
    """Waits until a stream waits for its client. Returns what was pulled by then."""
    await server.until(lambda: any(c.writing_paused for c in server.host.connections))
    pulled = -1
    while pulled != (pulled := (await server.json("/seen"))["pulled"]):
        for _ in range(50):
            await asyncio.sleep(0)
    return pulled


async def test_a_stream_is_not_drained_ahead_of_its_client(serve):
    server = await serve(ENDLESS)
    loop = asyncio.get_running_loop()
    with narrow(server.port) as sock:
        await loop.sock_sendall(sock, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        first = await stalled(server)
        assert 0 < first < 16 << 20  # what the system's buffers take, and our window
        received = 0
        while received < first:
            received += len(await loop.sock_recv(sock, 1 << 20))
        assert await stalled(server) > first  # it goes on
    await server.until(lambda: not server.worker.busy)


@pytest.mark.parametrize("stall", [False, True])
async def test_a_stream_is_cancelled_when_its_client_leaves(serve, stall):
    server = await serve(ENDLESS)
    client = await server.raw()
    client.get()
    await client.head()
    if stall:
        client.writer.transport.pause_reading()
        await stalled(server)
    client.abort()
    await server.until(lambda: not server.worker.busy)
    seen = await server.json("/seen")
    assert (seen["cancelled"], seen["aborted"]) == ("AbortError", "AbortError")


async def test_a_client_that_reads_nothing_is_left(serve):
    server = await serve(ENDLESS, keep_alive_seconds=0.1)
    with narrow(server.port) as sock:
        await asyncio.get_running_loop().sock_sendall(sock, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.until(lambda: server.worker.busy)
        await server.until(lambda: not server.worker.busy)
    assert (await server.json("/seen"))["cancelled"] == "AbortError"


async def test_pipelined_responses_wait_for_their_client(serve):
    server = await serve(
        """
        let answered = 0;

        export default {
          fetch(request) {
            if (request.url.endsWith('/seen')) return new Response(`${answered}`);

            answered++;

            return new Response('x'.repeat(1 << 20));
          },
        };
        """
    )
    client = await server.raw()
    client.writer.transport.pause_reading()
    client.send("GET / HTTP/1.1\nHost: a\n\n" * 200)
    await server.until(lambda: any(c.writing_paused for c in server.host.connections))
    answered = -1
    while answered != (answered := int(await server.text("/seen"))):
        for _ in range(50):
            await asyncio.sleep(0)
    assert answered < 30
    client.writer.transport.resume_reading()
    for _ in range(200):
        assert len((await client.answer()).body) == 1 << 20


async def test_a_client_that_reads_slowly_gets_everything(serve):
    server = await serve("export default { fetch: () => new Response('x'.repeat(1 << 24)) };")
    loop = asyncio.get_running_loop()
    with narrow(server.port) as sock:
        await loop.sock_sendall(sock, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := await loop.sock_recv(sock, 60_000):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert re.search(rb"content-length: 16777216", head)
    assert body == b"x" * (1 << 24)


async def test_over_tls_a_closing_connection_waits_for_a_slow_client(serve, trusting, monkeypatch):
    monkeypatch.setattr(listener, "SHUTDOWN_SECONDS", 0.1)
    server = await serve(
        "export default { fetch: () => new Response('x'.repeat(1 << 24)) };", tls=True
    )
    client = await server.raw(ssl=trusting, server_hostname="localhost")
    client.writer.transport.pause_reading()
    client.get(headers="Connection: close\n")
    await server.until(
        lambda: any(c.writing_paused or c.is_closing for c in server.host.connections)
    )
    await asyncio.sleep(0.2)  # longer than the end of a connection may take
    client.writer.transport.resume_reading()
    assert len((await client.answer()).body) == 1 << 24


async def test_a_client_that_reads_nothing_is_left_over_tls_too(serve, trusting):
    server = await serve(ENDLESS, tls=True, keep_alive_seconds=0.1)
    client = await server.raw(ssl=trusting, server_hostname="localhost")
    client.writer.transport.pause_reading()
    client.get()
    await server.until(lambda: server.worker.busy)
    await server.until(lambda: not server.worker.busy)
    assert (await server.json("/seen"))["cancelled"] == "AbortError"


@pytest.mark.parametrize("body", ["'whole'", "new Response('whole').body"])
@pytest.mark.parametrize("pieces", [2, 40])
async def test_long_text_that_was_put_together_is_sent(serve, body, pieces):
    server = await serve(
        f"""
        const long = (letter) => Array({pieces}).fill(letter.repeat(300)).reduce((all, one) => all + one);
        export default {{
          fetch: () => new Response({body}, {{ statusText: long('s'), headers: {{ 'x-long': long('h') }} }}),
        }};
        """
    )
    client = await server.raw()
    client.get()
    answer = await client.answer()
    assert (answer.status, answer.reason, answer.text) == (200, "s" * 300 * pieces, "whole")
    assert ("x-long", "h" * 300 * pieces) in answer.headers


async def test_one_long_header_is_sent(serve):
    server = await serve(
        """
        export default {
          fetch: () => new Response(null, { headers: { 'x-long': 'h'.repeat(300) + 'h'.repeat(300) } }),
        };
        """
    )
    client = await server.raw()
    client.get()
    answer = await client.answer()
    assert answer.status == 200
    assert ("x-long", "h" * 600) in answer.headers


# Bytes that a function goes on using


@pytest.mark.parametrize("size", [3, 20_000, 300_000])
async def test_bytes_that_change_after_they_were_given_are_sent_as_they_were(make, size):
    answer = await make(
        f"""(() => {{
          const bytes = new Uint8Array({size}).fill(1);
          const response = new Response(bytes);

          bytes.fill(2);
          queueMicrotask(() => bytes.fill(3));
          setTimeout(() => bytes.fill(4), 0);

          return response;
        }})()"""
    )
    assert answer.body == b"\1" * size


@pytest.mark.parametrize("size", [3, 1000, 20_000, 300_000])
async def test_chunks_that_change_after_they_were_given_are_sent_as_they_were(make, size):
    answer = await make(
        f"""(() => {{
          const bytes = new Uint8Array({size});
          let turn = 0;

          return new Response(new ReadableStream({{
            pull(controller) {{
              bytes.fill(++turn);
              controller.enqueue(bytes);
              bytes.fill(0);
              if (turn === 5) controller.close();
            }},
          }}, {{ highWaterMark: 0 }}));
        }})()"""
    )
    assert answer.body == b"".join(bytes([turn]) * size for turn in range(1, 6))


async def test_a_stream_of_bytes_that_are_there_is_sent_as_a_whole(make):
    answer = await make("new Response(new Response('abc').body, { headers: { x: 'y' } })")
    assert (answer.body, answer.get("content-length"), answer.get("x")) == (b"abc", "3", "y")
    answer = await make("(() => { const r = new Response('abc'); r.body; return r })()")
    assert (answer.body, answer.get("content-length")) == (b"abc", "3")


# Bodies that nobody will read

LATE = """
let go;
const gate = new Promise((resolve) => { go = resolve; });

function body(kind, request) {
  const cancel = () => console.log('cancelled');

  switch (kind) {
    case 'bytes': return new ReadableStream({ type: 'bytes', cancel });
    case 'pull': return new ReadableStream({ pull: () => new Promise(() => {}), cancel });
    case 'endless': return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(99)), cancel });
    case 'transform': return new ReadableStream({ cancel }).pipeThrough(new TransformStream());
    case 'request': return new Request('http://x/', { method: 'POST', body: new ReadableStream({ cancel }), duplex: 'half' }).body;
    case 'response': return new Response(new ReadableStream({ cancel })).body;
    case 'iterable': return {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ value: new Uint8Array(99) }), return: async () => cancel() ?? {} }),
    };
  }
}

export default {
  async fetch(request) {
    const { pathname, search } = new URL(request.url);

    if (pathname === '/go') {
      go();

      return new Response('gone');
    }

    request.signal.onabort = () => console.log('aborted');
    console.log('began');

    if (pathname === '/now') return new Response(body(search.slice(1), request));

    await gate;

    return new Response(body(search.slice(1), request));
  },
};
"""
KINDS = ["bytes", "pull", "endless", "transform", "request", "response", "iterable"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stream_that_is_returned_after_the_client_left_is_cancelled(serve, kind):
    server = await serve(LATE)
    client = await server.raw()
    client.get(f"/?{kind}")
    await server.until(lambda: "began" in server.stdout)
    client.abort()
    await server.until(lambda: "aborted" in server.stdout)
    await server.text("/go")
    await server.until(lambda: "cancelled" in server.stdout)
    assert not server.deployment.worker.busy
    assert server.stderr == ""


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stream_whose_client_leaves_is_cancelled(serve, kind):
    server = await serve(LATE)
    client = await server.raw()
    client.get(f"/now?{kind}")
    await server.until(lambda: "began" in server.stdout)
    client.abort()
    await server.until(lambda: "cancelled" in server.stdout)
    assert not server.deployment.worker.busy


GENERATED = """
async function* parts(ending) {
  try {
    yield new TextEncoder().encode('one ');
    if (ending === 'later-throw') await new Promise((resolve) => setTimeout(resolve));
    if (ending.endsWith('throw')) throw new RangeError('no more');
    while (ending === 'endless') {
      await new Promise((resolve) => setTimeout(resolve));
      yield new Uint8Array(1);
    }

    yield new TextEncoder().encode('two');
  } finally {
    console.log('finally');
  }
}

export default {
  fetch: (request) => new Response(parts(new URL(request.url).pathname.slice(1)), { headers: { 'content-type': 'text/plain' } }),
};
"""


async def test_a_generator_is_sent_part_by_part(serve):
    server = await serve(GENERATED)
    client = await server.raw()
    client.get("/")
    answer = await client.answer()
    assert (answer.status, answer.body) == (200, b"one two")
    await server.until(lambda: "finally" in server.stdout)


async def test_a_generator_that_throws_before_anything_has_left_is_a_500(serve):
    server = await serve(GENERATED)
    client = await server.raw()
    client.get("/throw")
    assert (await client.answer()).status == 500
    assert "RangeError: no more" in server.stderr
    assert "finally" in server.stdout


async def test_a_generator_that_throws_breaks_the_response_off(serve):
    server = await serve(GENERATED)
    client = await server.raw()
    client.get("/later-throw")
    await client.head()
    assert await client.chunk() == b"one "
    assert await client.is_closed()
    assert "RangeError: no more" in server.stderr
    assert "finally" in server.stdout


async def test_the_finally_of_a_generator_runs_when_the_client_leaves(serve):
    server = await serve(GENERATED)
    client = await server.raw()
    client.get("/endless")
    await client.head()
    assert await client.chunk() == b"one "
    client.abort()
    await server.until(lambda: "finally" in server.stdout)
    assert server.stderr == ""


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stream_that_is_returned_after_a_504_is_cancelled(serve, kind):
    server = await serve(LATE, wall_ms=100)
    client = await server.raw()
    client.get(f"/?{kind}")
    assert (await client.answer()).status == 504
    await server.text("/go")
    await server.until(lambda: "cancelled" in server.stdout)


async def test_a_stream_that_is_returned_after_a_503_is_cancelled(serve):
    server = await serve(
        """
        let resolve;

        export default {
          fetch(request) {
            if (new URL(request.url).pathname === '/go') {
              resolve(new Response(new ReadableStream({ cancel() { console.log('cancelled'); } })));

              return new Response();
            }

            queueMicrotask(() => { for (;;); });

            return new Promise((...functions) => { [resolve] = functions; });
          },
        };
        """,
        cpu_ms=50,
    )
    assert (await server.answer()).status == 503
    await server.text("/go")
    await server.until(lambda: "cancelled" in server.stdout)
