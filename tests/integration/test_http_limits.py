"""What a client may not do: too long, too slow, malformed, or ambiguous requests."""

from __future__ import annotations

import asyncio

import pytest

MIRROR = "export default { fetch: (request) => new Response(request.url.length + request.method) };"
HELLO = "export default { fetch: async (request) => new Response(`hello${await request.text()}`) };"


async def refused(server, request: str | bytes, status: int = 400) -> str:
    """Sends it on a new connection, checks the answer and that the connection ends; the answer's text."""
    client = await server.raw()
    client.send(request)
    answer = await client.answer()
    assert answer.status == status, answer
    assert answer.get("connection") == "close"
    assert await client.is_closed()
    assert await server.text() is not None  # others are served
    return answer.text


# Too long


async def test_a_url_beyond_the_limit(serve):
    server = await serve(MIRROR, url_bytes=1000)
    assert (await server.answer("/" + "a" * 999)).status == 200
    text = await refused(server, f"GET /{'a' * 1000} HTTP/1.1\nHost: a\n\n", 414)
    assert text == "the URL is longer than the limit of 1000 bytes\n"


async def test_a_url_beyond_the_limit_that_is_still_on_its_way(serve):
    server = await serve(MIRROR, url_bytes=1000)
    await refused(server, b"GET /" + b"a" * 5_000_000, 414)


async def test_a_header_beyond_the_limit(serve):
    server = await serve(MIRROR, header_bytes=1000)
    assert (await server.answer(headers={"x": "a" * 500})).status == 200
    text = await refused(server, f"GET / HTTP/1.1\nHost: a\nX: {'a' * 1001}\n\n", 431)
    assert "limit of 1000 bytes" in text


async def test_a_header_name_beyond_the_limit(serve):
    server = await serve(MIRROR, header_bytes=1000)
    await refused(server, f"GET / HTTP/1.1\nHost: a\n{'a' * 1001}: b\n\n", 431)


async def test_headers_that_are_too_long_together(serve):
    server = await serve(MIRROR, header_bytes=1000)
    lines = "".join(f"x-{number}: {'a' * 90}\n" for number in range(11))
    text = await refused(server, f"GET / HTTP/1.1\nHost: a\n{lines}\n", 431)
    assert text == "the headers are longer than the limit of 1000 bytes\n"


async def test_headers_without_end(serve):
    server = await serve(MIRROR)
    client = await server.raw()
    client.send("GET / HTTP/1.1\nHost: a\n")
    for number in range(200):
        client.send(f"x-{number}: {'a' * 60_000}\n")
    assert (await client.answer()).status == 431
    assert await client.is_closed()


async def test_too_many_headers(serve):
    server = await serve(MIRROR)
    lines = "".join(f"x-{number}: a\n" for number in range(1000))
    await refused(server, f"GET / HTTP/1.1\nHost: a\n{lines}\n", 431)


async def test_limits_of_0_are_none(serve):
    server = await serve(MIRROR, url_bytes=0, header_bytes=0, body_bytes=0)
    client = await server.raw()
    client.send(f"GET /{'a' * 200_000} HTTP/1.1\nHost: a\nX: {'a' * 200_000}\n\n")
    assert (await client.answer()).status == 200


async def test_an_announced_body_beyond_the_limit(serve):
    server = await serve(HELLO, body_bytes=10)
    for length in (11, 2**64 - 2):
        client = await server.raw()
        client.get(method="POST", headers=f"Content-Length: {length}\n")
        answer = await client.answer()
        assert (answer.status, answer.get("connection")) == (413, "close")


# Too slow


async def test_a_client_that_says_nothing_is_left(serve):
    server = await serve(HELLO, keep_alive_seconds=0.05)
    assert await (await server.raw()).is_closed()


async def test_a_head_that_does_not_end_is_left(serve):
    server = await serve(HELLO, keep_alive_seconds=0.05)
    client = await server.raw()
    client.send("GET / HTTP/1.1\nHost: a\n")
    assert await client.is_closed()


async def test_a_head_that_comes_in_drops_has_no_more_time(serve):
    server = await serve(HELLO, keep_alive_seconds=0.05)
    client = await server.raw()
    client.get()
    await client.answer()
    client.send("GET / HTTP/1.1\nHost: a\n")
    number = 0
    while server.host.connections:
        if not client.writer.transport.is_closing():
            client.send(f"x-{(number := number + 1)}: a\n")
        await client.writer.drain()
        await asyncio.sleep(0.005)
    assert 0 < number < 60


async def test_a_function_may_take_longer_than_a_client(serve):
    server = await serve(
        """
        export default {
          fetch: () => new Promise((resolve) => { setTimeout(resolve, 150, new Response('late')); }),
        };
        """,
        keep_alive_seconds=0.05,
        body_idle_seconds=0.05,
    )
    assert await server.text() == "late"


# Malformed


@pytest.mark.parametrize(
    "request_",
    [
        "\x00\x01\x02\n\n",
        "hello\n\n",
        "GET\n\n",
        "GET / HTTP/1.1 \nHost: a\n\n",
        " GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.\nHost: a\n\n",
        "GET / http/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\nHost: a\nno colon\n\n",
        "GET / HTTP/1.1\nHost: a\n: no name\n\n",
        "GET / HTTP/1.1\nHost: a\nsp ace: x\n\n",
        "GET / HTTP/1.1\nHost: a\nspace : x\n\n",
        "GET / HTTP/1.1\nHost: a\nx: \x00\n\n",
        "GET / HTTP/1.1\nHost: a\nx: a\n folded\n\n",
        "GET / HTTP/1.1\nHost: a\nx: a\n\tfolded\n\n",
        "GET / HTTP/1.1\n x: a\nHost: a\n\n",
        "GET /a b HTTP/1.1\nHost: a\n\n",
        "G(T / HTTP/1.1\nHost: a\n\n",
        "G\xffT / HTTP/1.1\nHost: a\n\n",
        "GET example HTTP/1.1\nHost: a\n\n",
        "GET * HTTP/1.1\nHost: a\n\n",
        "GET http:///path HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\nHost: a\n\n",  # line feeds alone
        b"GET / HTTP/1.1\rHost: a\r\r",
        b"GET / HTTP/1.1\r\nHost: a\r\nx: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nx: a\nb: c\r\n\r\n",
    ],
)
async def test_what_is_no_request(serve, request_):
    server = await serve(HELLO)
    assert (await refused(server, request_)).startswith("this is no HTTP request")


@pytest.mark.parametrize("version", ["0.9", "2.0", "1.2", "3.0"])
async def test_other_versions(serve, version):
    server = await serve(HELLO)
    client = await server.raw()
    client.send(f"GET / HTTP/{version}\nHost: a\n\n")
    assert (await client.answer()).status in (400, 505)
    assert await client.is_closed()


async def test_the_oldest_form_of_a_request(serve):
    await refused(await serve(HELLO), "GET /\n\n", 505)


@pytest.mark.parametrize(
    "host",
    [
        "a b",
        "a/b",
        "a@b",
        "user:pw@a",
        "a:b",
        "a:99999",
        "[::1",
        "a?b",
        "a#b",
        "a\\b",
        "\xff",
        "[::g]",
    ],
)
async def test_a_host_that_is_none(serve, host):
    server = await serve(HELLO)
    assert "is no host" in await refused(server, f"GET / HTTP/1.1\nHost: {host}\n\n")


async def test_a_host_beside_a_whole_url_must_be_one_too(serve):
    server = await serve(HELLO)
    assert "is no host" in await refused(server, "GET http://a/ HTTP/1.1\nHost: a b\n\n")


async def test_a_missing_or_second_host(serve):
    server = await serve(HELLO)
    await refused(server, "GET / HTTP/1.1\n\n")
    await refused(server, "GET / HTTP/1.1\nHost: a\nHost: b\n\n")


async def test_requests_before_a_malformed_one_are_answered(serve):
    server = await serve(HELLO)
    client = await server.raw()
    client.get()
    assert (await client.answer()).text == "hello"
    client.send("nonsense\n\n")
    assert (await client.answer()).status == 400
    assert await client.is_closed()


async def test_a_malformed_request_behind_one_that_is_being_answered(serve):
    server = await serve(
        """
        let release;

        export default {
          fetch(request) {
            if (!request.url.endsWith('/release')) return new Promise((resolve) => { release = resolve; });

            release(new Response('first'));

            return new Response('');
          },
        };
        """
    )
    client = await server.raw()
    client.get()
    await server.until(lambda: server.worker.busy)
    client.send("nonsense\n\n")
    client.send("more nonsense\n\n")
    await server.text("/release")
    assert (await client.answer()).text == "first"
    assert (await client.answer()).status == 400
    assert await client.is_closed()


# Request smuggling: two readers of one message must not disagree about where it ends.


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 4\nTransfer-Encoding: chunked\n",
        "Transfer-Encoding: chunked\nContent-Length: 4\n",
        "Content-Length: 4\nContent-Length: 5\n",
        "Content-Length: 4\nContent-Length: 4\n",
        "Content-Length: 4, 4\n",
        "Content-Length: +4\n",
        "Content-Length: -4\n",
        "Content-Length: 4 4\n",
        "Content-Length: 0x4\n",
        "Content-Length: 4.0\n",
        "Content-Length: \n",
        "Content-Length: 99999999999999999999999\n",
        "Content-Length : 4\n",
        "Transfer-Encoding: identity\n",
        "Transfer-Encoding: gzip\n",
        "Transfer-Encoding: chunked, gzip\n",
        "Transfer-Encoding: chunked, chunked\n",
        "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n",
        "Transfer-Encoding: gzip\nTransfer-Encoding: chunked\n",
        "Transfer-Encoding: xchunked\n",
        "Transfer-Encoding: chunked;q=1\n",
        "Transfer-Encoding: \x0bchunked\n",
        "Transfer-Encoding : chunked\n",
        "Transfer-Encoding:\n chunked\n",
    ],
)
async def test_an_ambiguous_length_is_refused(serve, head):
    server = await serve(HELLO)
    await refused(
        server, f"POST / HTTP/1.1\nHost: a\n{head}\n0\n\nGET /smuggled HTTP/1.1\nHost: a\n\n"
    )


@pytest.mark.parametrize("number", ["0" * 5000 + "4", "0004"])
async def test_a_length_with_leading_zeros(serve, number):
    server = await serve(HELLO)
    client = await server.raw()
    client.get(method="POST", headers=f"Content-Length: {number}\n")
    client.send("body")
    answer = await client.answer()
    assert (answer.status, answer.text) in ((200, "hellobody"), (400, answer.text))
    assert "internal" not in server.stderr


async def test_a_list_of_codings_that_ends_in_chunked_is_understood_or_refused(serve):
    server = await serve(HELLO)
    client = await server.raw()
    client.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked\n\n4\nbody\n0\n\n")
    answer = await client.answer()
    assert (answer.status, answer.text) == (200, "hellobody") or answer.status in (400, 501)


@pytest.mark.parametrize(
    "body",
    [
        "4\nbody\n0\n\n",
        "4;x\nbody\n0\n\n",
        '4;x="y"\nbody\n0\n\n',
        "04\nbody\n00\n\n",
        "4\nbody\n0\nTrailer: x\n\n",
    ],
)
async def test_chunks(serve, body):
    server = await serve(HELLO)
    client = await server.raw()
    client.send(f"POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n{body}")
    client.get()
    assert [(await client.answer()).text for _ in range(2)] == ["hellobody", "hello"]


@pytest.mark.parametrize(
    "body",
    [
        b"4\nbody\r\n0\r\n\r\n",
        b"4 \r\nbody\r\n0\r\n\r\n",
        b"0x4\r\nbody\r\n0\r\n\r\n",
        b"+4\r\nbody\r\n0\r\n\r\n",
        b"\r\nbody\r\n0\r\n\r\n",
        b"4\r\nbody0\r\n\r\n",
        b"4\r\nbody\n0\r\n\r\n",
        b"5\r\nbody\r\n0\r\n\r\n",
        b"4;\x00\r\nbody\r\n0\r\n\r\n",
        b"4;x\nbody\r\n0\r\n\r\n",
        b"10000000000000004\r\nbody\r\n0\r\n\r\n",
        b"4\r\nbody\r\n0\r\nTrailer\x00: x\r\n\r\n",
    ],
)
async def test_malformed_chunks_are_refused(serve, body):
    server = await serve(HELLO)
    client = await server.raw()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    client.send(b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = await client.answer()
    assert answer.status in (400, 500), answer
    assert await client.is_closed()


NEVER = """
export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    return pathname === '/never' ? new Promise(() => {}) : new Response('well');
  },
};
"""


async def test_requests_that_wait_behind_others_have_a_limit_of_all_clients_together(serve):
    server = await serve(NEVER, unhandled_bytes=1_000_000)
    fields = "".join(f"X-{number}: {'y' * 200}\n" for number in range(100))
    clients = [await server.raw() for _ in range(40)]
    for client in clients:
        client.get("/never")
        for _ in range(4):
            client.get("/", fields)
    await server.until(lambda: "(unhandled_bytes)" in server.stderr)
    await server.until(lambda: len(server.host.connections) < 40)
    assert server.host.connections
    assert await server.text() == "well"
    for client in clients:
        client.abort()


async def test_heads_without_end_have_it_too(serve):
    server = await serve(NEVER, unhandled_bytes=1_000_000)
    clients = [await server.raw() for _ in range(12)]
    for client in clients:
        client.send(b"GET / HTTP/1.1\r\n" + b"X: %b\r\n" % (b"y" * 60_000) * 2)
        await client.writer.drain()
    await server.until(lambda: "(unhandled_bytes)" in server.stderr)
    assert await server.text() == "well"
    for client in clients:
        client.abort()
