"""The log of requests: a line for each, and which request an error was in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

FUNCTION = """
const after = (ms, act) => new Promise((resolve, reject) => setTimeout(() => act(resolve, reject), ms));
let stream;

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);

    if (request.headers.get('upgrade') === 'websocket') {
      const { response, socket } = upgradeWebSocket(request);

      socket.onmessage = ({ data }) => {
        if (data === 'throw') throw new Error('in a message');

        socket.send(data);
      };
      socket.onclose = () => { throw new Error('in a close'); };

      return response;
    }

    switch (pathname) {
      case '/throw': throw new Error('thrown');
      case '/missing': return new Response('', { status: 404 });
      case '/loop': for (;;);
      case '/never': return new Promise(() => {});
      case '/hoard': for (const all = [];;) all.push(new Array(10000).fill(all.length));
      case '/rejection': Promise.reject(new Error('nobody waits')); break;
      case '/timer': setTimeout(() => { throw new Error('in a timer'); }); break;
      case '/wait': ctx.waitUntil(after(1, (_, reject) => reject(new Error('in waitUntil')))); break;
      case '/stream': return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)); stream = c; } }));
      case '/end': stream.close(); break;
      case '/break': stream.error(new Error('broken')); break;
      case '/log': console.error('from the function'); break;
      case '/short': return new Response(new ReadableStream({
        start(c) { c.enqueue(new Uint8Array(3)); c.close(); } }), { headers: { 'content-length': '5' } });
    }

    return new Response('well');
  },
};
"""
LIMITS = {"cpu_ms": 200, "wall_ms": 1000, "memory_mb": 32}


def masked(text: str) -> list[str]:
    """The lines of requests, without their times."""
    lines = [line.removeprefix("fn │ ") for line in text.splitlines()]
    times = re.compile(r"\d+(\.\d)? m?s")
    return [times.sub("_", line) for line in lines]


@pytest.fixture
async def server(serve: Any) -> Any:
    return await serve(FUNCTION, request_log=True, **LIMITS)


async def said(server: Any, *lines: str) -> None:
    """Waits until the log says these, and asserts that it says no more."""
    await server.until(lambda: len(server.stdout.splitlines()) >= len(lines))
    assert masked(server.stdout) == list(lines)


async def test_a_line_has_method_path_status_time_and_cpu_time(server):
    await server.text("/some/path?q=%20")
    await server.answer("/missing", "PUT")
    await server.answer("/other", "HEAD")
    await said(
        server,
        "GET /some/path?q=%20 200 _ (CPU _)",
        "PUT /missing 404 _ (CPU _)",
        "HEAD /other 200 _ (CPU _)",
    )
    assert server.stderr == ""


async def test_it_is_off_where_it_is_not_asked_for(serve):
    server = await serve(FUNCTION)
    await server.text()
    assert server.stdout == ""
    assert type(server.worker.isolate).__name__ == "Isolate"  # and no turn is measured


async def test_nothing_is_kept_of_requests_that_are_over(server):
    for path in ("/", "/throw", "/wait", "/rejection", "/loop"):
        await server.answer(path)
    assert server.worker.isolate._seconds == {}


@pytest.mark.parametrize(
    ("path", "status"), [("/throw", 500), ("/loop", 503), ("/hoard", 503), ("/never", 504)]
)
async def test_failed_requests_have_their_line(server, path, status):
    assert (await server.answer(path)).status == status
    await said(server, f"GET {path} {status} _ (CPU _)")


async def test_the_cpu_time_is_that_of_the_function(server):
    await server.answer("/loop")
    cpu = re.search(r"\(CPU (\d+) ms\)", server.stdout)
    assert cpu
    assert int(cpu[1]) >= 150


async def test_a_stream_is_said_when_it_ends(server):
    client = await server.raw()
    client.get("/stream")
    await client.head()
    assert await client.chunk()
    assert server.stdout == ""
    await server.text("/end")
    assert await client.chunk() == b""
    await server.until(lambda: len(server.stdout.splitlines()) == 2)
    assert sorted(masked(server.stdout)) == ["GET /end 200 _ (CPU _)", "GET /stream 200 _ (CPU _)"]


async def test_a_response_that_breaks_off_is_said_so(server):
    client = await server.raw()
    client.get("/stream")
    await client.head()
    assert await client.chunk()
    await server.text("/break")
    assert await client.is_closed()
    await server.until(lambda: len(server.stdout.splitlines()) == 2)
    assert "GET /stream 200 broken off _ (CPU _)" in masked(server.stdout)


async def test_a_body_that_is_too_short_is_broken_off(server):
    client = await server.raw()
    client.get("/short")
    await client.rest()
    await said(server, "GET /short 200 broken off _ (CPU _)")
    assert "in GET http://localhost/short" in server.stderr


async def test_a_client_that_left_has_its_line(server):
    client = await server.raw()
    client.get("/never")
    await server.until(lambda: server.worker.busy)
    client.abort()
    await said(server, "GET /never broken off _ (CPU _)")


async def test_what_the_server_refuses_has_its_line(serve):
    server = await serve(FUNCTION, request_log=True, body_bytes=10, url_bytes=100)
    assert (await server.answer("/", "POST", data=b"x" * 20)).status == 413
    assert (await server.answer("/" + "x" * 200)).status == 414
    client = await server.raw()
    client.send("GET / HTTP/1.1\nHost: a b\n\n")
    assert (await client.answer()).status == 400
    lines = masked(server.stdout)
    assert lines[0] == "POST / 413 _"
    assert lines[1].startswith("refused 414: the URL is longer than")
    assert lines[2] == "GET / 400 _"


@pytest.mark.parametrize(
    "target",
    [
        b"/\x1b[31mred",
        b"/\x07",
        b"http://a b/\x1b]0;title\x07",
        b"/\xc3\xa9\x9b31m",
        b"*\x85\xe2\x80\xa8",
    ],
)
async def test_no_client_writes_control_characters_to_the_log(server, target):
    client = await server.raw()
    client.send(b"OPTIONS %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target)
    await client.answer()
    text = server.stdout
    assert len(text.splitlines()) == 1
    assert text.replace("│", "").rstrip("\n").isascii()
    assert text.rstrip("\n").isprintable()


async def test_sockets_are_said_when_they_open_and_close(server):
    async with server.session.ws_connect("/chat") as client:
        await client.send_str("hello")
        assert await client.receive_str() == "hello"
        assert masked(server.stdout) == ["GET /chat 101 _ (CPU _)"]
        await client.close(code=4001, message=b"reason\n\x1b[31m")
    await said(server, "GET /chat 101 _ (CPU _)", "GET /chat closed 4001 _ (CPU _)")
    assert server.worker.isolate._seconds == {}


async def test_a_socket_that_is_lost_closes_with_1006(server):
    client = await server.raw()
    client.get(
        "/chat",
        "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n",
    )
    await client.head()
    client.abort()
    await said(server, "GET /chat 101 _ (CPU _)", "GET /chat closed 1006 _ (CPU _)")


async def test_for_machines_a_line_is_a_record(serve):
    server = await serve(FUNCTION, request_log=True, log_format="json")
    await server.text("/a?b=c", "POST")
    async with server.session.ws_connect("/chat") as client:
        await client.close()
    await server.until(lambda: server.stdout.count("\n") == 3)
    request, opened, closed = map(json.loads, server.stdout.splitlines())
    assert request["event"] == "request"
    assert request["level"] == "INFO"
    assert (request["method"], request["status"]) == ("POST", 200)
    assert request["url"] == f"http://127.0.0.1:{server.port}/a?b=c"
    assert request["broken_off"] is False
    assert 0 < request["cpu_ms"] <= request["ms"]
    assert (opened["event"], opened["status"]) == ("open", 101)
    assert (closed["event"], closed["code"]) == ("close", 1000)
    assert closed["request"] == opened["request"]


# Errors


@pytest.mark.parametrize("log_format", ["pretty", "json"])
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/throw", "thrown"),
        ("/loop", "cpu_ms"),
        ("/hoard", "memory_mb"),
        ("/never", "wall_ms"),
        ("/rejection", "nobody waits"),
        ("/timer", "in a timer"),
        ("/wait", "in waitUntil"),
        ("/short", "short of its content-length"),
    ],
)
async def test_an_error_says_in_which_request_it_was(serve, log_format, path, message):
    server = await serve(FUNCTION, log_format=log_format, **LIMITS)
    client = await server.raw()
    client.get(path, "Content-Length: 0\n", method="DELETE")
    await client.rest() if path == "/short" else await client.answer()
    await server.until(lambda: message in server.stderr)
    if log_format == "json":
        (record,) = map(json.loads, server.stderr.splitlines())
        assert (record["method"], record["url"]) == ("DELETE", f"http://localhost{path}")
    else:
        assert server.stderr.count(f"fn │     in DELETE http://localhost{path}\n") == 1


@pytest.mark.parametrize("log_format", ["pretty", "json"])
async def test_an_error_of_a_socket_says_its_request(serve, log_format):
    server = await serve(FUNCTION, log_format=log_format)
    async with server.session.ws_connect("/chat") as client:
        for _ in range(300):  # more than are remembered without a reason
            await server.answer("/")
        await client.send_str("throw")
        await server.until(lambda: "in a message" in server.stderr)
        await client.close()
    await server.until(lambda: "in a close" in server.stderr)
    url = f"http://127.0.0.1:{server.port}/chat"
    if log_format == "json":
        records = [json.loads(line) for line in server.stderr.splitlines()]
        assert [(record["method"], record["url"]) for record in records] == [("GET", url)] * 2
    else:
        assert server.stderr.count(f"    in GET {url}\n") == 2


async def test_what_the_function_logs_has_its_request_for_machines_only(serve):
    server = await serve(FUNCTION)
    await server.text("/log")
    assert server.stderr == "fn │ from the function\n"
    server = await serve(FUNCTION, log_format="json")
    await server.text("/log")
    record = json.loads(server.stderr)
    assert record["method"] == "GET"
    assert record["url"].endswith("/log")
