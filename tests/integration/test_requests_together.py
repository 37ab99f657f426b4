"""Requests in one segment: each is answered for itself, whatever stands before and behind it, and however it is cut."""

from __future__ import annotations

import json

import pytest
from raw_websocket import TEXT, frame

from edgehost.server import request_reader

MIRROR = """
export default {
  async fetch(request) {
    if (/websocket/i.test(request.headers.get('upgrade')) && new URL(request.url).pathname === '/socket') {
      const { response, socket } = upgradeWebSocket(request);
      socket.onmessage = ({ data }) => socket.send(data);
      return response;
    }

    console.log('served');

    return Response.json({
      method: request.method,
      path: new URL(request.url).pathname,
      body: await request.text(),
      cookie: request.headers.get('cookie'),
      many: request.headers.get('x-many'),
    });
  },
};
"""
GOOD = "GET /1 HTTP/1.1\nHost: a\n\nPOST /2 HTTP/1.1\nHost: a\nContent-Length: 2\n\nhi"
HANDSHAKE = (
    "Connection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
)


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ("no request at all\n\n", 400),
        ("GET /3 HTTP/1.1\nHost: a\n: no name\n\n", 400),
        ("GET /3 HTTP/1.1\nHost: a\nbad\x01name: x\n\n", 400),
        ("GET /3 HTTP/7.0\nHost: a\n\n", 400),
        ("GET /3 HTTP/1.1\n\n", 400),
        ("GET http://[ HTTP/1.1\nHost: a\n\n", 400),
        (f"GET /{'x' * 20000} HTTP/1.1\nHost: a\n\n", 414),
        (f"GET /3 HTTP/1.1\nHost: a\nX: {'x' * 70000}\n\n", 431),
        ("POST /3 HTTP/1.1\nHost: a\nContent-Length: -1\n\n", 400),
        (
            "POST /3 HTTP/1.1\nHost: a\nContent-Length: 18446744073709551615\n\nGET /4 HTTP/1.1\n\n",
            400,
        ),
        ("POST /3 HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked\n\n0\n\n", 501),
        (
            "POST /3 HTTP/1.1\nHost: a\nTransfer-Encoding: made-up;x=y , CHUNKED\n\n0\n\n",
            501,
        ),
    ],
)
async def test_good_requests_are_answered_before_a_bad_one_is_refused(serve, bad, status):
    server = await serve(MIRROR)
    client = await server.raw()
    client.send(GOOD + bad + "GET /never HTTP/1.1\nHost: a\n\n")
    for path, body in (("/1", ""), ("/2", "hi")):
        answer = await client.answer()
        assert answer.status == 200
        assert (f'"path":"{path}"' in answer.text) and f'"body":"{body}"' in answer.text
    assert (await client.answer()).status == status
    assert await client.is_closed()
    assert server.stdout.count("served") == 2


async def test_a_broken_chunk_breaks_its_own_request_only(serve):
    server = await serve(MIRROR)
    client = await server.raw()
    client.send(GOOD + "POST /3 HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n2\nhi\nbroken\n")
    assert [(await client.answer()).status for _ in range(3)] == [200, 200, 500]
    assert await client.is_closed()


@pytest.mark.parametrize("end", ["HTTP/1.1\nHost: a\nConnection: close", "HTTP/1.0"])
async def test_nothing_is_served_behind_the_last_request(serve, end):
    server = await serve(MIRROR)
    client = await server.raw()
    client.send(f"{GOOD}GET /3 {end}\n\n{GOOD}surplus")
    assert [(await client.answer()).status for _ in range(3)] == [200] * 3
    assert await client.is_closed()
    assert server.stdout.count("served") == 3


@pytest.mark.parametrize("offer", ["h2c", "TLS/1.3", "h2c, foo", "foo\nUpgrade: h2c"])
@pytest.mark.parametrize(
    "body", ["\n", "Content-Length: 2\n\nhi", "Transfer-Encoding: chunked\n\n2\nhi\n0\n\n"]
)
async def test_an_offer_that_is_declined_costs_no_request(serve, offer, body):
    client = await (await serve(MIRROR)).raw()
    first = (
        f"POST /0 HTTP/1.1\nHost: a\nConnection: Upgrade, HTTP2-Settings\nUpgrade: {offer}\n{body}"
    )
    client.send(first + GOOD + "GET /3 HTTP/1.1\nHost: a\n\n")
    texts = [(await client.answer()).text for _ in range(4)]
    assert [text.split('"path":"')[1][:2] for text in texts] == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    "offer", ["websocket", "h2c, websocket", "WebSocket ,x", "x\nUpgrade: websocket"]
)
async def test_frames_behind_a_handshake_are_the_sockets_whatever_else_it_offers(serve, offer):
    client = await (await serve(MIRROR)).raw()
    client.send(f"GET /socket HTTP/1.1\nHost: a\nUpgrade: {offer}\n{HANDSHAKE}\n")
    client.send(frame(TEXT, "hello"))
    assert (await client.head()).status == 101
    assert await client.reader.readexactly(7) == b"\x81\x05hello"


async def test_requests_behind_an_offer_of_a_socket_are_answered_when_it_is_declined(serve):
    client = await (await serve(MIRROR)).raw()
    client.send(f"GET /1 HTTP/1.1\nHost: a\nUpgrade: h2c, websocket\n{HANDSHAKE}\n{GOOD}")
    assert [(await client.answer()).status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("method", ["PURGE", "BREW", "X", "GETS", "PO", "M-SEARCH", "a!b"])
@pytest.mark.parametrize(
    "before",
    ["", "GET / HTTP/1.1\nHost: a\n\n", "POST / HTTP/1.1\nHost: a\nContent-Length: 2\n\nhi"],
)
async def test_a_method_is_the_functions_however_it_is_cut(serve, method, before):
    server = await serve(MIRROR)
    text = f"{before}{method} /m HTTP/1.1\nHost: a\nContent-Length: 4\n\nbody".replace(
        "\n", "\r\n"
    ).encode()
    client = await server.raw()
    begin = len(before.replace("\n", "\r\n"))
    for cut in range(begin, begin + len(method) + 2):
        client.send(text[:cut])
        await client.writer.drain()
        if before:
            assert (await client.answer()).status == 200
        client.send(text[cut:])
        answer = await client.answer()
        assert f'"method":"{method}"' in answer.text and '"body":"body"' in answer.text


@pytest.mark.parametrize(
    ("lines", "cookie"),
    [
        ("Cookie: a=1\nCookie: b=2\n", "a=1; b=2"),
        ("COOKIE: a=1\nX: y\ncookie: b=2\nCookie: c\n", "a=1; b=2; c"),
        ("Cookie: a=1\n", "a=1"),
        ("X-Cookie: no\nX: cookie\n", None),
        ("Cookie: a=1; b=2\nX-Cookie: no\n", "a=1; b=2"),
    ],
)
async def test_cookie_lines_are_one_field(serve, lines, cookie):
    client = await (await serve(MIRROR)).raw()
    client.get(headers=f"{lines}X-Many: 1\nX-Many: 2\n")
    answer = json.loads((await client.answer()).text)
    assert (answer["cookie"], answer["many"]) == (cookie, "1, 2")


async def test_http_1_0_with_chunks_ends_the_connection(serve):
    client = await (await serve(MIRROR)).raw()
    client.send(
        "POST / HTTP/1.0\nConnection: keep-alive\nTransfer-Encoding: chunked\n\n2\nhi\n0\n\n"
    )
    answer = await client.answer()
    assert '"body":"hi"' in answer.text
    assert await client.is_closed()


async def test_bodies_in_tiny_chunks_are_read_with_breaks(serve, monkeypatch):
    monkeypatch.setattr(request_reader, "_SECONDS", 0)
    server = await serve(MIRROR)
    chunks = "1\nx\n" * 20_000
    clients = [await server.raw() for _ in range(4)]
    for client in clients:
        client.send(f"POST /1 HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n{chunks}0\n\n{GOOD}")
    assert "served" not in server.stdout
    assert (await server.answer("/")).status == 200
    for client in clients:
        assert json.loads((await client.answer()).text)["body"] == "x" * 20_000
        assert [(await client.answer()).status for _ in range(2)] == [200, 200]


async def test_a_body_in_tiny_chunks_that_nobody_reads_does_not_hold_up_a_stop(serve, monkeypatch):
    monkeypatch.setattr(request_reader, "_SECONDS", 0)
    server = await serve(
        "export default { fetch: () => new Response('answer') };", grace_seconds=0.1
    )
    client = await server.raw()
    client.send("POST /1 HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n")
    client.send("1\nx\n" * 20_000)
    assert (await client.answer()).text == "answer"
    await server.stop()
    assert await client.is_closed()
