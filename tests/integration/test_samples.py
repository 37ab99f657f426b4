"""Each sample does what its head comment promises."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from backend import Client, backend
from websockets.asyncio.server import ServerConnection, serve as serve_websockets
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from conftest import Serve, Server

FOLDER = Path(__file__).parents[2] / "sample_functions"
SAMPLES = sorted(path.name for path in FOLDER.glob("*.js"))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_opens_with_how_to_run_it(name: str) -> None:
    head = (FOLDER / name).read_text().partition("\n\n")[0].splitlines()
    assert all(line.startswith("//") for line in head)
    assert any(line.startswith(f"//   edgehost serve sample_functions/{name}") for line in head)


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_sample_answers_and_logs_no_error(serve: Serve, name: str) -> None:
    async with backend("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi") as there:
        server = await serve(FOLDER / name, env={"BACKEND": there.url})
        answer = await server.answer("/?count=1&ms=0")
    assert answer.status == 200
    assert answer.body
    assert server.stderr == ""


# hello.js


async def test_hello_greets_by_name(serve: Serve) -> None:
    server = await serve(FOLDER / "hello.js")
    assert await server.text("/") == "Hello, world!\n"
    assert await server.text("/", params={"name": "Ada Ünal"}) == "Hello, Ada Ünal!\n"


# upload.js


async def test_upload_lists_what_was_sent(serve: Serve) -> None:
    server = await serve(FOLDER / "upload.js")
    form = aiohttp.FormData({"note": "hällo"})
    form.add_field("file", b"abc", filename="a.txt", content_type="text/plain")
    assert await server.text("/", "POST", data=form) == (
        "note: hällo\nfile: a.txt, 3 bytes of text/plain\n"
    )
    assert (await server.answer("/", "POST", json={})).status == 400


# stream.js


async def test_stream_sends_each_piece_when_it_is_there(serve: Serve) -> None:
    server = await serve(FOLDER / "stream.js")
    client = await server.raw()
    client.get("/?count=3&ms=20")
    answer = await client.head()
    assert answer.get("transfer-encoding") == "chunked"
    assert [chunk async for chunk in client.chunks()] == [b"1 of 3\n", b"2 of 3\n", b"3 of 3\n"]


async def test_stream_hears_that_its_client_left(serve: Serve) -> None:
    server = await serve(FOLDER / "stream.js")
    client = await server.raw()
    client.get("/?count=1000&ms=1")
    await client.head()
    await client.chunk()
    client.abort()
    await server.until(lambda: re.search(r"the client left after \d+ of 1000", server.stdout))


@pytest.mark.parametrize("query", ["count=x", "ms=x", "count=-1"])
async def test_stream_refuses_what_is_no_number(serve: Serve, query: str) -> None:
    server = await serve(FOLDER / "stream.js")
    assert (await server.answer(f"/?{query}")).status == 400


# errors.js


@pytest.mark.parametrize(
    ("name", "status", "logged"),
    [
        ("throw", 500, "TypeError: something is wrong here"),
        ("reject", 500, "Error: too late"),
        ("nothing", 500, "the fetch handler returned undefined, not a Response"),
        ("forever", 503, "the limit of 200 ms (cpu_ms)"),
        ("never", 504, "the limit of 300 ms (wall_ms)"),
        ("later", 200, "Uncaught Error: after the response"),
        ("unhandled", 200, "Uncaught (in promise) Error: nobody waits for this"),
    ],
)
async def test_errors_end_as_its_page_says(
    serve: Serve, name: str, status: int, logged: str
) -> None:
    limits = {"wall_ms": 300} if name == "never" else {"cpu_ms": 200}
    server = await serve(FOLDER / "errors.js", **limits)
    page = await server.text("/")
    said = re.search(rf'<a href="/{name}">{name}</a> .*: (\d+)', page)
    assert said is not None
    assert int(said[1]) == status
    assert (await server.answer(f"/{name}")).status == status
    await server.until(lambda: logged in server.stderr)
    assert "errors.js" in server.stderr or name in ("nothing", "never")
    assert await server.text("/") == page


async def test_errors_breaks_off_a_response(serve: Serve) -> None:
    server = await serve(FOLDER / "errors.js")
    with pytest.raises(aiohttp.ClientPayloadError):
        await server.text("/broken")
    assert "Error: out of words" in server.stderr
    assert "broken" in await server.text("/")


# websocket_pong.js


@pytest.mark.parametrize("tls", [False, True])
async def test_websocket_pong_answers_every_message(
    serve: Serve, authority_file: Path, tls: bool, request: pytest.FixtureRequest
) -> None:
    server = await serve(FOLDER / "websocket_pong.js", tls=tls)
    scheme = "https" if tls else "http"
    trust = request.getfixturevalue("trusting") if tls else True
    async with server.session.ws_connect(
        f"{scheme}://localhost:{server.port}/", ssl=trust
    ) as socket:
        for text in ("ping", "again"):
            await socket.send_str(text)
            assert await socket.receive_str(timeout=30) == "pong"
    await server.until(lambda: "closed with" in server.stdout)
    assert server.stdout.splitlines() == [
        f"websocket_pong │ {line}"
        for line in ("open", "message: ping", "message: again", "closed with 1000")
    ]
    page = await server.text("/")
    assert "socket.send(message.value)" in page


# chat.js


async def test_chat_lets_everyone_hear_everyone(serve: Serve) -> None:
    server = await serve(FOLDER / "chat.js")
    ada = await join(server, "?name=Ada")
    assert await heard(ada) == ("room", "Ada came, 1 here")
    guest = await join(server, "")
    for member in (ada, guest):
        assert await heard(member) == ("room", "guest 1 came, 2 here")
    await ada.send_str("<b>hello</b>")
    for member in (ada, guest):
        assert await heard(member) == ("Ada", "<b>hello</b>")
    await ada.close()
    assert await heard(guest) == ("room", "Ada left, 1 here")
    await guest.close()


async def join(server: Server, query: str) -> aiohttp.ClientWebSocketResponse:
    return await server.session.ws_connect(f"/{query}")


async def heard(member: aiohttp.ClientWebSocketResponse) -> tuple[str, str]:
    said = await asyncio.wait_for(member.receive_json(), 30)
    return said["from"], said["text"]


# http_proxy.js


async def test_http_proxy_sends_on_request_and_answer(serve: Serve) -> None:
    async def echo(client: Client) -> None:
        while True:
            asked = await client.request()
            there.asked.append(asked)
            client.say(
                f"HTTP/1.1 302 Elsewhere\nLocation: /b\nContent-Length: {len(asked.body)}\n\n"
            )
            client.say(asked.body)

    async with backend(echo) as there:
        server = await serve(FOLDER / "http_proxy.js", env={"BACKEND": there.url})
        data = bytes(range(256)) * 4096
        answer = await server.answer("/a?b=c", "PUT", data=data, headers={"x-mine": "1"})
        assert (answer.status, answer.reason, answer.body) == (302, "Elsewhere", data)
        assert answer.get("location") == "/b"
        assert answer.get("x-proxied-by") == "edgehost"
        asked = there.asked[0]
        assert (asked.method, asked.target, asked.get("x-mine")) == ("PUT", "/a?b=c", "1")


async def test_http_proxy_says_when_there_is_no_backend(serve: Serve) -> None:
    async with backend("") as there:
        pass
    server = await serve(FOLDER / "http_proxy.js", env={"BACKEND": there.url})
    answer = await server.answer("/")
    assert (answer.status, answer.text) == (502, "the backend cannot be reached: refused\n")


# aggregate.js


async def test_aggregate_answers_with_what_came(serve: Serve) -> None:
    async def silent(client: Client) -> None:
        await client.reader.read()

    said = 'HTTP/1.1 200 OK\nContent-Length: 7\n\n{"a":1}'
    async with (
        backend(said) as one,
        backend("HTTP/1.1 404 Not Found\nContent-Length: 0\n\n") as none,
        backend(silent) as late,
    ):
        urls = [one.url, none.url, late.url]
        server = await serve(FOLDER / "aggregate.js", env={"BACKENDS": " ".join(urls)})
        first, second, third = await server.json("/")
        assert first == {"url": one.url, "value": {"a": 1}}
        assert second == {"url": none.url, "error": "status 404"}
        assert third["error"] == "The operation was aborted due to timeout"


# sse.js


async def test_sse_sends_an_event_at_once_and_goes_on_where_it_was(serve: Serve) -> None:
    server = await serve(FOLDER / "sse.js")
    async with server.session.get("/events", headers={"last-event-id": "7"}) as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert await response.content.readuntil(b"\n") == b"id: 8\n"
        assert (await response.content.readuntil(b"\n")).startswith(b"data: 20")


# websocket_proxy.js


async def test_websocket_proxy_pipes_both_ways_with_protocol_codes_and_reasons(
    serve: Serve,
) -> None:
    closed: asyncio.Future[tuple[int | None, str | None]] = (
        asyncio.get_running_loop().create_future()
    )

    async def backend(socket: ServerConnection) -> None:
        await socket.send("early")
        try:
            async for message in socket:
                await socket.send(message)
        finally:
            closed.set_result((socket.close_code, socket.close_reason))

    async with serve_websockets(
        backend, "127.0.0.1", 0, subprotocols=[Subprotocol("chat")]
    ) as there:
        port = next(iter(there.sockets)).getsockname()[1]
        server = await serve(
            FOLDER / "websocket_proxy.js", env={"BACKEND": f"ws://127.0.0.1:{port}/"}
        )
        async with server.session.ws_connect("/", protocols=["other", "chat"]) as client:
            assert client.protocol == "chat"
            assert await client.receive_str() == "early"
            await client.send_bytes(b"\0\1")
            assert await client.receive_bytes() == b"\0\1"
            await client.send_str("x" * 70_000)
            assert await client.receive_str() == "x" * 70_000
            await client.close(code=4321, message=b"enough")
        assert await closed == (4321, "enough")


async def test_websocket_proxy_says_when_there_is_no_backend(serve: Serve) -> None:
    async with backend("HTTP/1.1 404 Not Found\nContent-Length: 0\n\n") as there:
        server = await serve(FOLDER / "websocket_proxy.js", env={"BACKEND": there.url})
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await server.session.ws_connect("/")
        assert refused.value.status == 502
