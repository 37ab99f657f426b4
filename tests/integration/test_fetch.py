"""fetch() of http: URLs against a backend: what leaves, what comes back, and what goes wrong."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from backend import Client, backend

from edgehost.config import Network

OK = "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"

# Answers what a fetch gave, or how it failed.
PROBE = """
const told = async (work) => {
  try { return await work(); } catch (error) {
    return { name: error.name, message: error.message, code: error.cause?.code, host: error.cause?.host };
  }
};
export default { async fetch(request, env) {
  const at = (path) => env.BACKEND + path;
  return Response.json(await told(async () => { CODE }) ?? null);
} };
"""


@pytest.fixture
def probe(serve: Any) -> Any:
    """`await probe(code, backend)`: what the code returns, with `at(path)` for URLs of the backend."""

    async def run(code: str, backend: Any, path: str = "/", **options: Any) -> Any:
        limits = options.pop("limits", {})
        server = await serve(PROBE.replace("CODE", code), env={"BACKEND": backend.url}, **limits)
        return await server.json(path, **options)

    return run


async def test_a_response_has_what_the_backend_said(probe: Any) -> None:
    said = "HTTP/1.1 299 Fine \xe9\nX-One: a\nx-one: b\nSet-Cookie: c=1\nSet-Cookie: d=2\nContent-Length: 2\n\nhi"
    async with backend(said) as there:
        found = await probe(
            "const r = await fetch(at('/a?'));"
            "return { status: r.status, statusText: r.statusText, ok: r.ok, type: r.type, url: r.url,"
            " redirected: r.redirected, one: r.headers.get('x-one'), cookies: r.headers.getSetCookie(),"
            " text: await r.text(), used: r.bodyUsed };",
            there,
        )
        assert found == {
            "status": 299,
            "statusText": "Fine \xe9",
            "ok": True,
            "type": "basic",
            "url": f"{there.url}/a?",
            "redirected": False,
            "one": "a, b",
            "cookies": ["c=1", "d=2"],
            "text": "hi",
            "used": True,
        }
        assert there.asked[0].target == "/a?"


async def test_a_request_leaves_as_fetch_has_it(probe: Any) -> None:
    async with backend(OK) as there:
        await probe(
            "await fetch(at('/x'), { method: 'chicken', headers: { 'X-A': '\\xe9', b: '1' }, body: 'text' })",
            there,
        )
        asked = there.asked[0]
        assert asked.method == "chicken"
        assert asked.body == b"text"
        loop = asked.fields.pop(-2)
        assert loop[0] == "cdn-loop"
        assert asked.fields == [
            ("host", f"127.0.0.1:{there.port}"),
            ("x-a", "\xe9"),
            ("b", "1"),
            ("content-type", "text/plain;charset=UTF-8"),
            ("accept", "*/*"),
            ("accept-language", "*"),
            ("user-agent", "edgehost"),
            ("accept-encoding", "gzip, deflate"),
            ("content-length", "4"),
        ]


@pytest.mark.parametrize(("method", "length"), [("GET", None), ("POST", "0"), ("PATCH", None)])
async def test_no_body_has_a_length_where_the_standard_says_so(
    probe: Any, method: str, length: str | None
) -> None:
    async with backend(OK) as there:
        await probe(f"await fetch(at('/'), {{ method: '{method}' }})", there)
        assert there.asked[0].get("content-length") == length


async def test_what_only_the_ends_of_a_connection_say_stays(probe: Any) -> None:
    async with backend(OK) as there:
        await probe(
            "await fetch(at('/'), { headers: { host: 'evil', connection: 'x-b', 'x-b': '1', te: 'trailers',"
            " 'transfer-encoding': 'chunked', 'content-length': '7', upgrade: 'h2c', expect: '100-continue' } })",
            there,
        )
        names = [name for name, _ in there.asked[0].fields]
        assert names == [
            "host",
            "accept",
            "accept-language",
            "user-agent",
            "accept-encoding",
            "cdn-loop",
        ]
        assert there.asked[0].get("host") == f"127.0.0.1:{there.port}"


async def test_a_connection_is_used_again(probe: Any) -> None:
    async with backend(OK) as there:
        await probe(
            "for (let i = 0; i < 5; i++) await (await fetch(at('/' + i))).text(); return 1", there
        )
        assert [asked.target for asked in there.asked] == ["/0", "/1", "/2", "/3", "/4"]
        assert there.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        "HTTP/1.1 204 No Content\n\nextra",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\nextra",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0\n\nextra",
    ],
)
async def test_bytes_that_nobody_asked_for_cost_the_connection_and_not_the_response(
    probe: Any, said: str
) -> None:
    async with backend(said) as there:
        found = await probe(
            "const a = []; for (let i = 0; i < 2; i++) { const r = await fetch(at('/')); a.push(r.status, await r.text()); }"
            " return a;",
            there,
        )
        assert found[1::2] == ["", ""]
        assert there.connections == 2


async def test_informational_responses_are_passed_over(probe: Any) -> None:
    said = "HTTP/1.1 103 Early Hints\nLink: </a>\n\nHTTP/1.1 100 Continue\n\n" + OK
    async with backend(said) as there:
        assert (
            await probe("const r = await fetch(at('/')); return [r.status, await r.text()]", there)
        ) == [200, "hi"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("HTTP/1.1 200 OK\n\nto the end", "to the end"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n2\nde\n0\n\n", "abcde"),
        ("HTTP/1.0 200 OK\nContent-Length: 3\n\nabc", "abc"),
    ],
)
async def test_a_body_ends_as_its_framing_says(probe: Any, said: str, expected: str) -> None:
    async def once(client: Client) -> None:
        await client.request()
        client.say(said)

    async with backend(once) as there:
        assert await probe("return (await fetch(at('/'))).text()", there) == expected


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("", "reset", "closed the connection without an answer"),
        ("HTTP/1.1 200 OK\nConte", "reset", "in the middle of its answer's head"),
        ("nonsense\n\n", "protocol", "does not speak HTTP"),
        ("HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 2\n\n", "protocol", "does not speak"),
    ],
)
async def test_a_failure_says_which(probe: Any, said: str, code: str, message: str) -> None:
    async def once(client: Client) -> None:
        await client.request()
        client.say(said)

    async with backend(once) as there:
        found = await probe("await fetch(at('/'))", there)
        assert found["name"] == "TypeError"
        assert found["code"] == code
        assert message in found["message"]
        assert found["host"] == "127.0.0.1"


@pytest.mark.parametrize("location", ["", "Location: ftp://x/\n"])
async def test_a_failure_is_placed_where_the_function_called(serve: Any, location: str) -> None:
    status = 302 if location else "nonsense"
    async with backend(f"HTTP/1.1 {status} X\n{location}Content-Length: 0\n\n") as there:
        server = await serve(
            "export default {\n  async fetch(request, env) {\n    return await fetch(env.URL);\n  },\n};",
            env={"URL": there.url},
        )
        assert (await server.answer()).status == 500
        assert "at fetch (fn.js:3:" in server.stderr
        assert "return await fetch(env.URL)" in server.stderr


async def test_a_refused_connection_says_so(probe: Any, unused_tcp_port: int) -> None:
    class Nobody:
        url = f"http://127.0.0.1:{unused_tcp_port}"

    found = await probe("await fetch(at('/'))", Nobody)
    assert (found["name"], found["code"]) == ("TypeError", "refused")


@pytest.mark.parametrize(
    "said",
    [
        "HTTP/1.1 200 OK\nContent-Length: 9\n\nabc",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n9\nabc",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n",
    ],
)
@pytest.mark.parametrize(
    "read",
    [
        "return r.text()",
        "for await (const chunk of r.body);",
        "return (await r.clone().text()) + await r.text()",
    ],
)
async def test_a_body_that_is_cut_short_is_an_error(probe: Any, said: str, read: str) -> None:
    async def once(client: Client) -> None:
        await client.request()
        client.say(said)

    async with backend(once) as there:
        found = await probe(f"const r = await fetch(at('/')); {read}", there)
        assert found["name"] == "TypeError"
        assert "closed the connection before the body was complete" in found["message"]


async def test_a_request_is_sent_again_only_on_a_connection_that_was_used_before(
    probe: Any,
) -> None:
    heads = []

    async def serve(client: Client) -> None:
        heads.append((await client.request()).target)
        client.say(OK)
        heads.append((await client.request()).target)  # and closes

    async with backend(serve) as there:
        found = await probe(
            "await (await fetch(at('/1'))).text(); return (await fetch(at('/2'))).text()", there
        )
        assert found == "hi"
        assert heads == ["/1", "/2", "/2"]


async def test_a_stream_is_not_sent_again(probe: Any) -> None:
    async def serve(client: Client) -> None:
        await client.request()
        client.say(OK)
        await client.head()

    async with backend(serve) as there:
        found = await probe(
            "await (await fetch(at('/1'))).text();"
            "const body = new Blob(['x']).stream();"
            "await fetch(at('/2'), { method: 'POST', duplex: 'half', body })",
            there,
        )
        assert found["code"] == "reset"


# Redirects


def redirecting(status: int, location: str) -> Any:
    async def serve(client: Client) -> None:
        while True:
            asked = await client.request()
            if asked.target == "/to":
                body = f"{asked.method} {asked.body.decode()} {asked.get('content-type')} {asked.get('authorization')}"
                client.say(f"HTTP/1.1 200 OK\nContent-Length: {len(body)}\n\n{body}")
            else:
                client.say(
                    f"HTTP/1.1 {status} Found\nLocation: {location}\nContent-Length: 3\n\nbye"
                )

    return serve


@pytest.mark.parametrize(
    ("status", "method", "seen"),
    [
        (301, "POST", "GET  None secret"),
        (302, "POST", "GET  None secret"),
        (303, "PUT", "GET  None secret"),
        (307, "POST", "POST data text/x secret"),
        (308, "PUT", "PUT data text/x secret"),
        (301, "PUT", "PUT data text/x secret"),
    ],
)
async def test_a_redirect_is_followed_as_the_standard_has_it(
    probe: Any, status: int, method: str, seen: str
) -> None:
    async with backend(redirecting(status, "/to")) as there:
        found = await probe(
            f"const r = await fetch(at('/from#part'), {{ method: '{method}', body: 'data',"
            " headers: { 'content-type': 'text/x', authorization: 'secret' } });"
            " return [await r.text(), r.redirected, r.url]",
            there,
        )
        assert found == [seen, True, f"{there.url}/to"]


async def test_another_origin_does_not_get_the_credentials(probe: Any) -> None:
    async with (
        backend(redirecting(302, "/to")) as other,
        backend(redirecting(302, f"{other.url}/to")) as there,
    ):
        found = await probe(
            "return (await fetch(at('/from'), { headers: { authorization: 'secret' } })).text()",
            there,
        )
        assert found == "GET  None None"


@pytest.mark.parametrize(
    ("location", "init", "why"),
    [
        ("/from", "{}", "is one too many: 20 are followed"),
        ("/to", "{ redirect: 'error' }", "is an error, as the request's redirect mode has it"),
        ("http://[", "{}", "leads to no URL"),
        ("file:///etc/passwd", "{}", "leads away from HTTP"),
        ("data:,x", "{}", "leads away from HTTP"),
    ],
)
async def test_a_redirect_that_cannot_be_followed_is_an_error(
    probe: Any, location: str, init: str, why: str
) -> None:
    async with backend(redirecting(302, location)) as there:
        found = await probe(f"await fetch(at('/from'), {init})", there)
        assert found["name"] == "TypeError"
        assert why in found["message"]


@pytest.mark.parametrize(
    ("location", "target"),
    [("/to?\xe2\x98\x83", "/to?%E2%98%83"), ("/to?\xff", "/to?%FF"), ("/to?%e2\xc3", "/to?%e2%C3")],
)
async def test_bytes_of_a_location_stay_what_they_are(
    probe: Any, location: str, target: str
) -> None:
    async def serve(client: Client) -> None:
        while True:
            asked = await client.request()
            there.asked.append(asked)
            location_line = f"Location: {location}\n" if asked.target == "/from" else ""
            status = 302 if location_line else 200
            client.say(f"HTTP/1.1 {status} X\n{location_line}Content-Length: 0\n\n")

    async with backend(serve) as there:
        await probe("await fetch(at('/from'))", there)
        assert there.asked[1].target == target


async def test_the_body_of_a_205_is_none(probe: Any) -> None:
    async with backend("HTTP/1.1 205 Reset\nContent-Length: 2\n\nhi") as there:
        assert await probe("return (await fetch(at('/'))).body", there) is None


async def test_a_body_that_was_read_has_a_stream_that_nobody_can_read(probe: Any) -> None:
    async with backend(OK) as there:
        found = await probe(
            "const r = await fetch(at('/')); await r.text();"
            " try { r.body.getReader() } catch (error) { return [error.name, r.bodyUsed] }",
            there,
        )
        assert found == ["TypeError", True]


async def test_a_stream_is_not_redirected_with_its_body(probe: Any) -> None:
    async with backend(redirecting(307, "/to")) as there:
        found = await probe(
            "await fetch(at('/from'), { method: 'POST', duplex: 'half', body: new Blob(['x']).stream() })",
            there,
        )
        assert "needs the body again, which was a stream" in found["message"]


async def test_a_manual_redirect_is_the_response(probe: Any) -> None:
    async with backend(redirecting(302, "/to")) as there:
        found = await probe(
            "const r = await fetch(at('/from'), { redirect: 'manual' });"
            " return [r.status, r.headers.get('location'), r.redirected, await r.text()]",
            there,
        )
        assert found == [302, "/to", False, "bye"]


# Streams


async def test_a_streamed_upload_leaves_as_it_is_given(probe: Any) -> None:
    """The head first, before there is a byte of the body."""

    async def serve(client: Client) -> None:
        asked = await client.head()
        assert asked.get("transfer-encoding") == "chunked"
        client.say("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n")
        while True:
            size = await client.reader.readuntil(b"\r\n")
            data = await client.reader.readexactly(int(size, 16) + 2)
            client.say(size + data)
            if data == b"\r\n":
                return

    async with backend(serve) as there:
        found = await probe(
            "const { readable, writable } = new TransformStream();"
            "const r = await fetch(at('/'), { method: 'POST', duplex: 'half', body: readable });"
            "const writer = writable.getWriter(), reader = r.body.getReader(), got = [];"
            "for (const word of ['one', 'two']) {"
            "  await writer.write(new TextEncoder().encode(word));"
            "  got.push(new TextDecoder().decode((await reader.read()).value)); }"
            "await writer.close(); got.push((await reader.read()).done); return got",
            there,
        )
        assert found == ["one", "two", True]


async def test_what_an_upload_throws_is_what_fetch_rejects_with(probe: Any) -> None:
    async def serve(client: Client) -> None:
        await client.request()

    async with backend(serve) as there:
        found = await probe(
            "const body = new ReadableStream({ pull() { throw new RangeError('mine') } });"
            "await fetch(at('/'), { method: 'POST', duplex: 'half', body })",
            there,
        )
        assert (found["name"], found["message"]) == ("RangeError", "mine")


async def test_a_download_that_nobody_reads_holds_the_backend_back(serve: Any) -> None:
    sent = 0
    is_full = asyncio.Event()

    async def pour(client: Client) -> None:
        nonlocal sent
        await client.request()
        client.say("HTTP/1.1 200 OK\n\n")
        while True:
            client.say(b"x" * 65536)
            sent += 65536
            try:
                async with asyncio.timeout(0.2):
                    await client.writer.drain()
            except TimeoutError:
                is_full.set()
                return

    async with backend(pour) as there:
        server = await serve(
            "let kept; export default { async fetch(request, env) {"
            " kept = await fetch(env.BACKEND); return new Response('kept'); } };",
            env={"BACKEND": there.url},
        )
        assert await server.text() == "kept"
        await is_full.wait()
        assert sent < 32 * 1024 * 1024


async def test_a_response_is_sent_on_while_it_arrives(serve: Any) -> None:
    go_on = asyncio.Event()

    async def slowly(client: Client) -> None:
        await client.request()
        client.say("HTTP/1.1 201 Made\nX-A: b\nTransfer-Encoding: chunked\n\n3\none\n")
        await go_on.wait()
        client.say("3\ntwo\n0\n\n")

    async with backend(slowly) as there:
        server = await serve(
            "export default { fetch: (request, env) => fetch(env.BACKEND) };",
            env={"BACKEND": there.url},
        )
        async with server.session.get("/") as response:
            assert (response.status, response.reason) == (201, "Made")
            assert response.headers["x-a"] == "b"
            assert await response.content.readany() == b"one"
            go_on.set()
            assert await response.content.read() == b"two"


async def test_a_request_is_sent_on_while_it_arrives(serve: Any) -> None:
    async def echo(client: Client) -> None:
        asked = await client.head()
        assert asked.get("x-of-the-client") == "1"
        client.say("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n")
        while True:
            size = await client.reader.readuntil(b"\r\n")
            client.say(size + await client.reader.readexactly(int(size, 16) + 2))
            if size == b"0\r\n":
                return

    async with backend(echo) as there:
        server = await serve(
            "export default { fetch: (request, env) => fetch(env.BACKEND, request) };",
            env={"BACKEND": there.url},
        )
        raw = await server.raw()
        raw.send(
            "POST / HTTP/1.1\nHost: x\nX-Of-The-Client: 1\nTransfer-Encoding: chunked\n\n3\none\n"
        )
        answer = await raw.head()
        assert answer.status == 200
        assert await raw.chunk() == b"one"
        raw.send("3\ntwo\n0\n\n")
        assert [chunk async for chunk in raw.chunks()] == [b"two"]


# Aborts


@pytest.mark.parametrize(
    "code",
    [
        "const s = AbortSignal.abort('why'); await fetch(at('/'), { signal: s })",
        "const c = new AbortController(); const p = fetch(at('/'), { signal: c.signal }); c.abort('why'); await p",
        "const c = new AbortController(); setTimeout(() => c.abort('why'), 20); await fetch(at('/silent'), { signal: c.signal })",
        "const c = new AbortController(); const r = await fetch(at('/slow'), { signal: c.signal });"
        " setTimeout(() => c.abort('why'), 20); await r.text()",
        "const c = new AbortController(); const r = await fetch(at('/slow'), { signal: c.signal });"
        " const reader = r.body.getReader(); await reader.read(); c.abort('why'); await reader.read()",
    ],
)
async def test_an_abort_ends_it_at_every_stage(serve: Any, code: str) -> None:
    closed = asyncio.Event()

    async def slow(client: Client) -> None:
        try:
            asked = await client.request()
            if asked.target == "/slow":
                client.say("HTTP/1.1 200 OK\nContent-Length: 10\n\nhalf")
            await client.reader.read()
        finally:
            closed.set()

    async with backend(slow) as there:
        server = await serve(
            PROBE.replace(
                "CODE", f"try {{ {code} }} catch (error) {{ return 'rejected: ' + error; }}"
            ),
            env={"BACKEND": there.url},
        )
        assert await server.json() == "rejected: why"
        if there.connections:
            await closed.wait()


async def test_a_timeout_signal_ends_it(probe: Any) -> None:
    async def silent(client: Client) -> None:
        await client.reader.read()

    async with backend(silent) as there:
        found = await probe("await fetch(at('/'), { signal: AbortSignal.timeout(20) })", there)
        assert found["name"] == "TimeoutError"


async def test_a_body_that_is_cancelled_lets_go_of_its_connection(serve: Any) -> None:
    closed = asyncio.Event()

    async def slow(client: Client) -> None:
        try:
            await client.request()
            client.say("HTTP/1.1 200 OK\nContent-Length: 10\n\nhalf")
            await client.reader.read()
        finally:
            closed.set()

    async with backend(slow) as there:
        server = await serve(
            PROBE.replace(
                "CODE", "const r = await fetch(at('/')); await r.body.cancel(); return 'cancelled'"
            ),
            env={"BACKEND": there.url},
        )
        assert await server.json() == "cancelled"
        await closed.wait()


async def test_a_response_that_nobody_keeps_lets_go_of_its_connection(serve: Any) -> None:
    closed = asyncio.Event()

    async def slow(client: Client) -> None:
        try:
            await client.request()
            client.say("HTTP/1.1 200 OK\nContent-Length: 10\n\nhalf")
            await client.reader.read()
        finally:
            closed.set()

    async with backend(slow) as there:
        server = await serve(
            PROBE.replace("CODE", "return (await fetch(at('/'))).status"),
            env={"BACKEND": there.url},
        )
        assert await server.json() == 200
        await closed.wait()
        assert server.worker.http.bodies == {}


async def test_a_retired_isolate_lets_go_of_what_it_had_not_read(serve: Any) -> None:
    closed = asyncio.Event()

    async def slow(client: Client) -> None:
        try:
            await client.request()
            client.say("HTTP/1.1 200 OK\nContent-Length: 10\n\nhalf")
            await client.reader.read()
        finally:
            closed.set()

    async with backend(slow) as there:
        server = await serve(
            "let kept; export default { async fetch(request, env) {"
            " if (request.url.endsWith('/keep')) { kept = await fetch(env.BACKEND); return new Response('kept'); }"
            " globalThis.o = null; for (;;) o = { o }; } };",
            env={"BACKEND": there.url},
            memory_mb=16,
        )
        assert await server.text("/keep") == "kept"
        assert (await server.answer("/eat")).status == 503
        await closed.wait()


async def test_a_client_that_leaves_ends_what_is_sent_on_to_it(serve: Any) -> None:
    closed = asyncio.Event()

    async def pour(client: Client) -> None:
        await client.request()
        client.say("HTTP/1.1 200 OK\n\n")
        try:
            while True:
                client.say(b"x" * 65536)
                await client.writer.drain()
        finally:
            closed.set()

    async with backend(pour) as there:
        server = await serve(
            "export default { fetch: (request, env) => fetch(env.BACKEND) };",
            env={"BACKEND": there.url},
        )
        raw = await server.raw()
        raw.get()
        await raw.head()
        raw.abort()
        await closed.wait()


# The origin, and too many requests

ITSELF = """
export default { async fetch(request, env) {
  try { return await fetch(env.URL ?? request); } catch (error) {
    return new Response(error.cause?.code + ': ' + error.message, { status: 500 });
  }
} };
"""


@pytest.mark.parametrize("host", ["", "127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_a_function_that_asks_itself_is_told_of_the_option(serve: Any, host: str) -> None:
    port = unused_port()
    env = {"URL": f"http://{host}:{port}/"} if host else {}
    server = await serve(ITSELF, env=env, port=port)
    answer = await server.answer()
    assert answer.text.startswith("loop: ")
    assert "--origin URL says where its origin is" in answer.text


async def test_a_request_that_comes_back_by_another_way_is_known(serve: Any) -> None:
    """Through a backend that sends it on to the function."""

    async def back(client: Client) -> None:
        asked = await client.request()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        mark = asked.get("cdn-loop")
        writer.write(f"GET / HTTP/1.0\r\nHost: x\r\nCDN-Loop: {mark}\r\n\r\n".encode())
        client.say(await reader.read())
        writer.close()

    async with backend(back) as there:
        server = await serve(ITSELF, env={"URL": there.url})
        answer = await server.answer()
        assert answer.text.startswith("loop: ")
        assert there.connections == 1


async def test_the_origin_answers_for_the_functions_own_address(serve: Any) -> None:
    async with backend(OK) as there, backend(OK) as other:
        server = await serve(
            "export default { async fetch(request, env) {"
            " const own = await fetch(request); await fetch(env.OTHER); return own; } };",
            env={"OTHER": f"{other.url}/other"},
            network=Network(origin=there.url),
        )
        assert await server.text("/a/b?c", "POST", data=b"body") == "hi"
        asked = there.asked[0]
        assert (asked.method, asked.target, asked.body) == ("POST", "/a/b?c", b"body")
        assert asked.get("host") == f"127.0.0.1:{server.port}"
        assert [asked.target for asked in other.asked] == ["/other"]


async def test_an_invocation_sends_so_many_requests_and_no_more(serve: Any) -> None:
    async with backend(OK) as there:
        server = await serve(
            PROBE.replace(
                "CODE", "for (let i = 0; i < 3; i++) await (await fetch(at('/'))).text(); return 1"
            ),
            env={"BACKEND": there.url},
            subrequests=2,
        )
        for _ in range(2):  # each invocation has its own
            found = await server.json()
            assert found["code"] == "limit"
            assert "as many requests as the limit of 2 (subrequests)" in found["message"]
        assert len(there.asked) == 4


async def test_redirects_count_as_requests(serve: Any) -> None:
    async with backend(redirecting(302, "/from")) as there:
        server = await serve(
            PROBE.replace("CODE", "await fetch(at('/from'))"),
            env={"BACKEND": there.url},
            subrequests=5,
        )
        assert (await server.json())["code"] == "limit"


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
