"""`new WebSocket(url)` of a function: against real servers, and against servers that do it wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from backend import Client, backend
from websockets.asyncio.server import ServerConnection, serve as serve_websockets

from edgehost.config import Network

# Opens a socket, does what the code says with it, and answers with all that happened.
PROBE = """
export default { async fetch(request, env) {
  const told = [];
  await new Promise((done) => {
    try {
      const socket = new WebSocket(env.URL, OPTIONS);
      const data = (d) => (typeof d === 'string' ? d : d instanceof Blob ? `blob ${d.size}` : `bytes ${new Uint8Array(d)}`);
      socket.onopen = () => { told.push(['open', socket.protocol, socket.readyState]); };
      socket.onmessage = (event) => { told.push(['message', data(event.data)]); };
      socket.onerror = (event) => { told.push(['error', event.message]); };
      socket.onclose = ({ code, reason, wasClean }) => {
        told.push(['close', code, reason, wasClean, socket.readyState]);
        done();
      };
      CODE
    } catch (error) { told.push([error.name, error.message]); done(); }
  });
  return Response.json(told);
} };
"""


@pytest.fixture
def probe(serve: Any) -> Callable[..., Any]:
    """`await probe(url, code, options)`: what happened to the socket."""

    async def run(url: str, code: str = "", options: str = "[]", **more: Any) -> Any:
        source = PROBE.replace("OPTIONS", options).replace("CODE", code)
        server = await serve(source, env={"URL": url}, **more)
        return json.loads(await server.text())

    return run


@asynccontextmanager
async def websocket_server(
    handler: Callable[[ServerConnection], Any], **options: Any
) -> AsyncIterator[str]:
    async with serve_websockets(handler, "127.0.0.1", 0, **options) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"


async def echo(socket: ServerConnection) -> None:
    async for message in socket:
        await socket.send(message)


async def test_messages_go_both_ways_and_the_close_is_the_peers(probe: Any) -> None:
    async with websocket_server(echo) as url:
        told = await probe(
            url,
            "socket.addEventListener('open', () => { socket.send('hällo'); socket.send(new Uint8Array([1, 2])); });"
            "let n = 0; socket.addEventListener('message', () => { if (++n === 2) socket.close(4001, 'enough'); });",
        )
    assert told == [
        ["open", "", 1],
        ["message", "hällo"],
        ["message", "blob 2"],
        ["close", 4001, "enough", True, 3],
    ]


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 1_000_000])
async def test_messages_of_every_size_come_back_whole(
    probe: Any, size: int, compression: str | None
) -> None:
    async with websocket_server(echo, compression=compression) as url:
        told = await probe(
            url,
            f"const sent = 'abc'.repeat({size}).slice(0, {size});"
            "socket.binaryType = 'arraybuffer'; let n = 0;"
            "socket.onopen = () => { socket.send(sent); socket.send(new TextEncoder().encode(sent)); };"
            "socket.onmessage = ({ data }) => {"
            "  const text = typeof data === 'string' ? data : new TextDecoder().decode(data);"
            "  told.push(text === sent); if (++n === 2) socket.close(); };",
        )
    assert told == [True, True, ["close", 1005, "", True, 3]]


async def test_many_messages_in_flight_keep_their_order(probe: Any) -> None:
    async with websocket_server(echo) as url:
        told = await probe(
            url,
            "const got = []; socket.onopen = () => { for (let i = 0; i < 5000; i++) socket.send(String(i)); };"
            "socket.onmessage = ({ data }) => { got.push(Number(data)); if (got.length === 5000) socket.close(); };"
            "socket.addEventListener('close', () => told.push(got.every((n, i) => n === i)));",
        )
    assert told == [["close", 1005, "", True, 3], True] or told[0] is True


async def test_a_subprotocol_is_offered_and_chosen(probe: Any) -> None:
    async def one(socket: ServerConnection) -> None:
        await socket.close(1000, socket.subprotocol or "")

    async with websocket_server(one, subprotocols=["b"]) as url:
        for options in ("['a', 'b']", "{ protocols: ['a', 'b'] }", "'b'"):
            told = await probe(url, options=options)
            assert told == [["open", "b", 1], ["close", 1000, "b", True, 3]]


async def test_headers_of_the_function_leave_with_the_handshake(probe: Any) -> None:
    seen: list[str | None] = []

    async def look(socket: ServerConnection) -> None:
        assert socket.request is not None
        seen.extend(
            [socket.request.headers.get("x-mine"), socket.request.headers.get("authorization")]
        )

    async with websocket_server(look) as url:
        await probe(url.replace("//", "//me:p%40ss@"), options="{ headers: { 'x-mine': 'yes' } }")
    assert seen == ["yes", "Basic bWU6cEBzcw=="]


@pytest.mark.parametrize(
    ("url", "options", "why"),
    [
        ("ftp://x/", "[]", "ws:, wss:, http: and https:"),
        ("ws://x/#a", "[]", "fragment"),
        ("http://x/#", "[]", "fragment"),
        ("nothing", "[]", "is not a URL"),
        ("ws://x y/", "[]", "is not a URL"),
        ("ws://x/", "['a', 'A']", "is there twice"),
        ("ws://x/", "'a b'", "is no name of a subprotocol"),
        ("ws://x/", "''", "is no name of a subprotocol"),
        ("ws://x/", "{ headers: { Host: 'y' } }", "the handshake says 'host' itself"),
        ("ws://x/", "{ headers: { 'Sec-WebSocket-Key': 'y' } }", "itself"),
    ],
)
async def test_what_cannot_be_connected_to_is_a_syntax_error(
    probe: Any, url: str, options: str, why: str
) -> None:
    ((name, message),) = await probe(url, options=options)
    assert name == "SyntaxError"
    assert why in message


@pytest.mark.parametrize("code", ["1001", "1005", "999", "2999", "5000"])
async def test_a_client_may_close_with_its_codes_only(probe: Any, code: str) -> None:
    async with websocket_server(echo) as url:
        told = await probe(
            url,
            f"try {{ socket.close({code}) }} catch (error) {{ told.push(error.name) }} socket.close(1000);",
        )
    assert told[0] == "InvalidAccessError"


async def test_a_close_before_it_is_open_fails_it(probe: Any) -> None:
    async with websocket_server(echo) as url:
        told = await probe(url, "socket.close(); told.push(socket.readyState);")
    assert told == [
        2,
        ["error", "the socket was closed before it was open"],
        ["close", 1006, "", False, 3],
    ]


# Servers that do it wrong


def accept_of(key: str) -> str:
    digest = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(digest).decode()


def answering(head: str, frames: bytes = b"") -> Callable[[Client], Any]:
    """head: of the answer; ACCEPT stands for what is right."""

    async def serve(client: Client) -> None:
        asked = await client.head()
        accept = accept_of(asked.get("sec-websocket-key") or "")
        client.say(head.replace("ACCEPT", accept))
        client.say(frames)
        await client.reader.read(1)  # what the client answers, or its end

    return serve


GOOD = (
    "HTTP/1.1 101 Yes\nUpgrade: WebSocket\nConnection: keep-alive, Upgrade\n"
    "Sec-WebSocket-Accept: ACCEPT\n"
)
WRONG = {
    "a status": ("HTTP/1.1 403 No\nContent-Length: 2\n\nno", "with the status 403"),
    "a redirect": ("HTTP/1.1 302 No\nLocation: /\n\n", "with the status 302"),
    "no upgrade": (GOOD.replace("Upgrade: WebSocket\n", "") + "\n", "no 'Upgrade: websocket'"),
    "no connection": (GOOD.replace("keep-alive, Upgrade", "close") + "\n", "no 'Connection"),
    "a wrong accept": (GOOD.replace("ACCEPT", "AAAA") + "\n", "wrong Sec-WebSocket-Accept"),
    "two accepts": (GOOD + "Sec-WebSocket-Accept: ACCEPT\n\n", "wrong Sec-WebSocket-Accept"),
    "a protocol": (GOOD + "Sec-WebSocket-Protocol: x\n\n", "subprotocol that it was not offered"),
    "an extension": (GOOD + "Sec-WebSocket-Extensions: x\n\n", "extension that it was not offered"),
    "a parameter": (
        GOOD + "Sec-WebSocket-Extensions: permessage-deflate; x\n\n",
        "permessage-deflate has a wrong parameter",
    ),
    "no HTTP": ("nonsense\n\n", "does not speak HTTP"),
}


@pytest.mark.parametrize(("head", "why"), WRONG.values(), ids=WRONG.keys())
async def test_an_answer_that_is_wrong_fails_the_socket(probe: Any, head: str, why: str) -> None:
    async with backend(answering(head)) as there:
        told = await probe(there.url)
    assert told[-1] == ["close", 1006, "", False, 3]
    assert told[0][0] == "error"
    assert why in told[0][1]


async def test_no_choice_of_what_was_offered_fails_it(probe: Any) -> None:
    async with backend(answering(GOOD + "\n")) as there:
        told = await probe(there.url, options="['a']")
    assert "none of the subprotocols" in told[0][1]


@pytest.mark.parametrize("protocol", ["A", "b"])
async def test_a_protocol_in_another_case_was_not_offered(probe: Any, protocol: str) -> None:
    async with backend(answering(GOOD + f"Sec-WebSocket-Protocol: {protocol}\n\n")) as there:
        told = await probe(there.url, options="['a']")
    assert "that it was not offered" in told[0][1]


async def test_what_comes_before_and_with_the_101_is_not_lost(probe: Any) -> None:
    early = "HTTP/1.1 103 Early\nLink: </a>\n\n"
    frames = b"\x81\x02hi\x88\x02\x03\xe8"
    async with backend(answering(early + GOOD + "\n", frames)) as there:
        told = await probe(there.url)
    assert told == [["open", "", 1], ["message", "hi"], ["close", 1000, "", True, 3]]


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        (b"\x81\x82\0\0\0\0hi", "a frame that is masked"),
        (b"\x81\x02hi\x82\xfe\x01\x00", "a frame that is masked"),
        (b"\x88\x02\x03\xee", "closed with the code 1006"),
        (b"\x88\x02\x13\x88", "closed with the code 5000"),
        (b"\xc1\x02hi", ""),
    ],
)
async def test_frames_that_break_the_rules_fail_it(probe: Any, frames: bytes, why: str) -> None:
    async with backend(answering(GOOD + "\n", frames)) as there:
        told = await probe(there.url)
    assert told[-1] == ["close", 1006, "", False, 3]
    assert told[-2][0] == "error"
    assert why in told[-2][1]


async def test_a_server_that_leaves_is_told_of(probe: Any) -> None:
    async def leave(client: Client) -> None:
        asked = await client.head()
        client.say(GOOD.replace("ACCEPT", accept_of(asked.get("sec-websocket-key") or "")) + "\n")
        await asyncio.sleep(0)
        client.reset()

    async with backend(leave) as there:
        told = await probe(there.url)
    assert told[-1] == ["close", 1006, "", False, 3]
    assert "without a closing handshake" in told[-2][1]


async def test_a_refused_connection_fails_it(probe: Any) -> None:
    async with backend("") as there:
        pass
    told = await probe(there.url)
    assert told == [["error", "127.0.0.1 refused the connection"], ["close", 1006, "", False, 3]]


async def test_the_rules_of_the_network_hold_for_sockets(probe: Any) -> None:
    async with websocket_server(echo) as url:
        told = await probe(url, network=Network(production=True))
    assert "which is not allowed (--allow-net)" in told[0][1]


async def test_frames_to_a_server_are_masked(probe: Any) -> None:
    got = bytearray()

    async def take(client: Client) -> None:
        asked = await client.head()
        client.say(GOOD.replace("ACCEPT", accept_of(asked.get("sec-websocket-key") or "")) + "\n")
        got.extend(await client.reader.readexactly(2 + 4 + 2))
        client.say(b"\x88\x00")
        await client.reader.read(1)

    async with backend(take) as there:
        await probe(there.url, "socket.onopen = () => socket.send('hi');")
    assert got[:2] == b"\x81\x82"
    assert bytes(got[6 + i] ^ got[2 + i] for i in range(2)) == b"hi"


async def test_an_inbound_socket_is_piped_to_an_outbound_one(serve: Any) -> None:
    source = """
    export default { fetch(request, env) {
      const { response, socket } = upgradeWebSocket(request);
      const backend = new WebSocket(env.URL);
      backend.binaryType = 'arraybuffer';
      const waiting = [];
      socket.onmessage = ({ data }) => (backend.readyState === 1 ? backend.send(data) : waiting.push(data));
      backend.onopen = () => waiting.forEach((data) => backend.send(data));
      backend.onmessage = ({ data }) => socket.send(data);
      socket.onclose = () => backend.close();
      backend.onclose = ({ code, reason }) => socket.close(code === 1005 ? 1000 : code, reason);
      return response;
    } };
    """

    async def upper(socket: ServerConnection) -> None:
        async for message in socket:
            if message == "end":
                await socket.close(4002, "by the backend")
            await socket.send(message.upper())

    async with websocket_server(upper) as url:
        server = await serve(source, env={"URL": url})
        async with server.session.ws_connect("/") as client:
            await client.send_str("one")
            await client.send_bytes(b"two")
            assert await client.receive_str() == "ONE"
            assert await client.receive_bytes() == b"TWO"
            await client.send_str("end")
            message = await client.receive()
            assert (message.data, message.extra) == (4002, "by the backend")


async def test_a_stop_closes_them_as_going_away(serve: Any) -> None:
    closed: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    async def stay(socket: ServerConnection) -> None:
        await socket.wait_closed()
        closed.set_result(socket.close_code)

    async with websocket_server(stay) as url:
        server = await serve(
            "let socket; export default { async fetch(request, env) {"
            " socket = new WebSocket(env.URL); await new Promise((open) => { socket.onopen = open; });"
            " return new Response('open'); } };",
            env={"URL": url},
        )
        assert await server.text() == "open"
        await server.close_clients()
        await server.stop()
        assert await closed == 1001
