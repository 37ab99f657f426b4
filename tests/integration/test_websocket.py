"""Opening handshakes and messages, with real clients."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
import websockets
from raw_websocket import (
    ACCEPT,
    BINARY,
    CONTINUATION,
    ECHO,
    KEY,
    PING,
    PONG,
    RECORD,
    RECORDER,
    TEXT,
    Peer,
    connect,
    events,
    frame,
    handshake,
)

SIZES = [0, 1, 125, 126, 127, 511, 512, 513, 4096, 16383, 16384, 65535, 65536, 1 << 20, 3 << 20]


def client(server: Any, path: str = "/", **options: Any) -> Any:
    options = {
        "proxy": None,
        "max_size": None,
        "compression": None,
        "ping_interval": None,
    } | options
    return websockets.connect(f"ws://127.0.0.1:{server.port}{path}", **options)


# Opening


async def test_the_answer_has_what_rfc_6455_asks_for_and_nothing_twice(serve):
    server = await serve(ECHO)
    raw = await server.raw()
    raw.send(handshake())
    answer = await raw.head()
    assert (answer.status, answer.reason, answer.version) == (
        101,
        "Switching Protocols",
        "HTTP/1.1",
    )
    assert answer.get("upgrade") == "websocket"
    assert answer.get("connection") == "Upgrade"
    assert answer.get("sec-websocket-accept") == ACCEPT
    assert answer.get("sec-websocket-protocol") is None
    assert answer.get("sec-websocket-extensions") is None
    assert answer.get("content-length") is None
    assert answer.get("transfer-encoding") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"connection": "keep-alive, Upgrade"},
        {"connection": "keep-alive,UPGRADE"},
        {"upgrade": "WebSocket"},
        {"upgrade": "foo/2, WEBSOCKET"},
        {"upgrade": "h2c,websocket"},
    ],
)
async def test_tokens_are_found_in_lists_of_any_case(serve, headers):
    server = await serve(ECHO)
    peer = await connect(server, **headers)
    peer.send(TEXT, "hello")
    assert await peer.text() == "hello"


async def test_messages_that_come_with_the_handshake_are_not_lost(serve):
    server = await serve(ECHO)
    raw = await server.raw()
    raw.send(handshake() + frame(TEXT, "one") + frame(TEXT, "two") + b"\x81")
    assert (await raw.head()).status == 101
    peer = Peer(raw)
    assert [await peer.text(), await peer.text()] == ["one", "two"]
    raw.send(frame(TEXT, "three")[1:])
    assert await peer.text() == "three"


async def test_messages_that_come_before_a_late_answer_are_not_lost(serve):
    server = await serve(
        """
        let go;
        const gate = new Promise((resolve) => { go = resolve; });
        export default {
          async fetch(request) {
            if (!request.headers.has('upgrade')) { go(); return new Response('gone'); }
            const { response, socket } = upgradeWebSocket(request);
            socket.onmessage = ({ data }) => socket.send(data);
            await gate;
            return response;
          },
        };
        """
    )
    raw = await server.raw()
    raw.send(handshake() + frame(TEXT, "early"))
    raw.send(frame(TEXT, "x" * 300_000))
    await server.text()
    assert (await raw.head()).status == 101
    peer = Peer(raw)
    assert await peer.text() == "early"
    assert await peer.text() == "x" * 300_000


async def test_open_is_seen_by_handlers_added_before_the_answer(serve):
    server = await serve(
        """
        export default {
          async fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            const seen = [socket.readyState];
            await new Promise((resolve) => setTimeout(resolve, 1));
            socket.addEventListener('open', () => seen.push('listener', socket.readyState));
            socket.onopen = () => { seen.push('handler'); socket.send(JSON.stringify(seen)); };
            return response;
          },
        };
        """
    )
    async with client(server) as peer:
        assert json.loads(await peer.recv()) == [0, "listener", 1, "handler"]


async def test_the_function_may_add_headers_to_the_answer(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response } = upgradeWebSocket(request);
            response.headers.append('Set-Cookie', 'a=1');
            response.headers.append('Set-Cookie', 'b=2');
            response.headers.set('X-Seen', 'ja');
            return response;
          },
        };
        """
    )
    raw = await server.raw()
    raw.send(handshake())
    answer = await raw.head()
    assert answer.status == 101
    assert answer.all("set-cookie") == ["a=1", "b=2"]
    assert answer.get("x-seen") == "ja"
    assert answer.get("sec-websocket-accept") == ACCEPT


async def test_the_chosen_protocol_is_sent_once(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request, { protocol: 'chat.v2' });
            socket.onopen = () => socket.send(socket.protocol);
            return response;
          },
        };
        """
    )
    async with client(server, subprotocols=["chat.v1", "chat.v2"]) as peer:
        assert peer.subprotocol == "chat.v2"
        assert await peer.recv() == "chat.v2"
        assert peer.response.headers.get_all("Sec-WebSocket-Protocol") == ["chat.v2"]


async def test_the_url_has_a_socket_scheme(serve, trusting):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onopen = () => socket.send(socket.url);
            return response;
          },
        };
        """,
        tls=True,
    )
    async with client(server, "/chat?room=1") as peer:
        assert await peer.recv() == f"ws://127.0.0.1:{server.port}/chat?room=1"
    url = f"wss://localhost:{server.port}/chat"
    async with websockets.connect(url, ssl=trusting, proxy=None) as peer:
        assert await peer.recv() == url


@pytest.mark.parametrize(
    "init", ["response", "{ status: response.status, headers: response.headers }"]
)
async def test_a_copy_of_the_answer_opens_the_socket_with_its_protocol_and_compression(serve, init):
    server = await serve(
        f"""
        export default {{
          fetch(request) {{
            const {{ response, socket }} = upgradeWebSocket(request, {{ protocol: 'chat' }});
            socket.onmessage = ({{ data }}) => socket.send(data);
            const copy = new Response(response.body, {init});
            copy.headers.append('set-cookie', 'a=1');
            copy.headers.append('set-cookie', 'b=2');
            return copy;
          }},
        }};
        """
    )
    async with client(server, subprotocols=["chat"], compression="deflate") as socket:
        assert socket.response.headers.get_all("set-cookie") == ["a=1", "b=2"]
        assert socket.subprotocol == "chat"
        assert [extension.name for extension in socket.protocol.extensions] == [
            "permessage-deflate"
        ]
        await socket.send("hello " * 100)
        assert await socket.recv() == "hello " * 100


# Refusing


async def test_an_ordinary_response_refuses_and_the_connection_goes_on(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            if (!request.headers.has('upgrade')) return new Response('still here');
            upgradeWebSocket(request);
            return new Response('members only', { status: 403 });
          },
        };
        """
    )
    raw = await server.raw()
    raw.send(handshake())
    answer = await raw.answer()
    assert (answer.status, answer.text) == (403, "members only")
    raw.get()
    assert (await raw.answer()).text == "still here"
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with client(server):
            pass
    assert refused.value.response.status_code == 403
    assert len(server.worker.sockets) == 0


async def test_a_socket_whose_answer_is_not_returned_ends_with_error_and_close(serve):
    server = await serve(
        RECORD
        + """
        export default {
          fetch(request) {
            const said = answer(request);
            if (said !== null) return said;
            record(upgradeWebSocket(request).socket);
            return new Response('no', { status: 401 });
          },
        };
        """
    )
    raw = await server.raw()
    raw.send(handshake())
    assert (await raw.answer()).status == 401
    seen = await events(server)
    assert seen == [
        ["error", "the response of upgradeWebSocket was not returned", 3, True, True],
        ["close", 1006, "", False, 3],
    ]


@pytest.mark.parametrize("version", ["8", "7", "14", "", "13, 8", None])
async def test_another_version_is_answered_with_426_and_the_version_we_speak(serve, version):
    server = await serve(RECORDER)
    raw = await server.raw()
    raw.send(handshake(sec_websocket_version=version))
    answer = await raw.answer()
    assert answer.status == 426
    assert answer.get("sec-websocket-version") == "13"
    assert answer.get("upgrade") == "websocket"
    assert answer.get("connection").lower() == "upgrade"
    seen = await events(server)
    assert [item[0] for item in seen] == ["error", "close"]
    assert "version" in seen[0][1]


@pytest.mark.parametrize("key", ["", "short", "AAAA", "!" * 24, "A" * 22 + "=", "A" * 24])
async def test_a_key_that_is_not_16_bytes_is_a_bad_request(serve, key):
    server = await serve(RECORDER)
    raw = await server.raw()
    raw.send(handshake(sec_websocket_key=key))
    assert (await raw.answer()).status == 400
    seen = await events(server)
    assert [item[0] for item in seen] == ["error", "close"]


async def test_an_upgrade_over_http_1_0_is_ignored(serve):
    server = await serve(
        "export default { fetch: (request) => new Response(request.headers.get('upgrade') ?? 'none') };"
    )
    raw = await server.raw()
    raw.send(handshake().replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert (await raw.answer()).text == "none"


async def test_a_throw_of_upgrade_websocket_is_a_500_for_that_client_alone(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            return upgradeWebSocket(request).response;
          },
        };
        """
    )
    async with server.session.get("/") as response:
        assert response.status == 500
        assert "header does not contain" in await response.text()
    await connect(server)


# Messages


@pytest.mark.parametrize("size", SIZES)
async def test_messages_of_every_size_come_back_whole(serve, size):
    server = await serve(ECHO)
    text = ("0123456789" * (size // 10 + 1))[:size]
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    async with client(server) as peer:
        await peer.send(text)
        assert await peer.recv() == text
        await peer.send(data)
        assert await peer.recv() == data


async def test_messages_of_every_size_come_back_whole_over_tls(serve, trusting):
    server = await serve(ECHO, tls=True)
    url = f"https://localhost:{server.port}/"
    async with server.session.ws_connect(url, ssl=trusting, max_msg_size=0) as peer:
        for size in SIZES:
            await peer.send_bytes(bytes(size))
            assert await peer.receive_bytes() == bytes(size)
            await peer.send_str("ä" * size)
            assert await peer.receive_str() == "ä" * size


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "\0",
        "\0" * 700,
        "😀",
        "😀" * 1000,
        "\u2028\ufeff",
        "\ufeff",
        "ä" * 400 + "\0",
        "\U0010ffff",
    ],
)
async def test_any_text_comes_back_whole(serve, text):
    server = await serve(ECHO)
    async with client(server) as peer:
        await peer.send(text)
        assert await peer.recv() == text


async def test_lone_surrogates_leave_as_replacement_characters(serve):
    server = await serve(
        r"""
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onopen = () => {
              for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800', '😀\ud83d']) {
                socket.send(text);
                socket.send(text + 'x'.repeat(600));
              }
            };
            return response;
          },
        };
        """
    )
    peer = await connect(server)
    for text in ["\ufffd", "a\ufffdb", "\ufffd\ufffd", "😀\ufffd"]:
        assert await peer.text() == text
        assert await peer.text() == text + "x" * 600


async def test_long_concatenations_leave_whole(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onopen = () => {
              for (const n of [100, 500, 511, 513, 2000, 5000, 9000, 40000]) {
                let text = '';
                for (let i = 0; i < n; i++) text += String.fromCharCode(97 + i % 26);
                socket.send(text);
                socket.send('é' + text);
              }
            };
            return response;
          },
        };
        """
    )
    peer = await connect(server)
    for n in [100, 500, 511, 513, 2000, 5000, 9000, 40000]:
        text = "".join(chr(97 + i % 26) for i in range(n))
        assert await peer.text() == text
        assert await peer.text() == "é" + text


async def test_every_kind_of_bytes_can_be_sent_and_is_copied_at_once(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onopen = () => {
              const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
              const { buffer } = bytes;
              const shared = new SharedArrayBuffer(2);
              new Uint8Array(shared).fill(9);
              for (const data of [buffer, bytes, bytes.subarray(2, 4), new DataView(buffer, 1, 3),
                                  new Uint16Array(buffer, 2, 1), new Float64Array(buffer), shared]) {
                socket.send(data);
              }
              const large = new Uint8Array(100000).fill(7);
              socket.send(large);
              large.fill(0);
              bytes.fill(0);
              structuredClone(buffer, { transfer: [buffer] });
              socket.send(buffer);
              socket.send(bytes);
              socket.send(12);
              socket.send(null);
              socket.send({ toString: () => 'an object' });
            };
            return response;
          },
        };
        """
    )
    peer = await connect(server)
    whole = bytes(range(1, 9))
    for data in [
        whole,
        whole,
        b"\3\4",
        b"\2\3\4",
        b"\3\4",
        whole,
        b"\t\t",
        b"\7" * 100_000,
        b"",
        b"",
    ]:
        got = await peer.frame()
        assert (got.opcode, got.payload) == (BINARY, data)
    assert [await peer.text(), await peer.text(), await peer.text()] == ["12", "null", "an object"]


async def test_bytes_arrive_as_array_buffers_by_default(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onmessage = ({ data }) => {
              socket.send(`${socket.binaryType} ${data instanceof ArrayBuffer} ${data.byteLength}`);
            };
            return response;
          },
        };
        """
    )
    peer = await connect(server)
    peer.send(BINARY, b"\0\1\2")
    assert await peer.text() == "arraybuffer true 3"


async def test_fragments_are_joined_and_pings_between_them_answered(serve):
    server = await serve(ECHO)
    peer = await connect(server)
    peer.send(TEXT, "\u20ac".encode()[:1], fin=False)
    peer.send(PING, b"between")
    peer.send(CONTINUATION, b"", fin=False)
    peer.send(CONTINUATION, "\u20ac".encode()[1:] + b" and", fin=False)
    peer.send(PONG, b"unasked")
    peer.send(CONTINUATION, b" on")
    got = await peer.frame()
    assert (got.opcode, got.payload) == (PONG, b"between")
    assert await peer.text() == "\u20ac and on"


async def test_a_message_one_byte_at_a_time(serve):
    server = await serve(ECHO)
    peer = await connect(server)
    for byte in frame(TEXT, "slow " * 60):
        peer.raw.send(bytes([byte]))
        await asyncio.sleep(0)
    assert await peer.text() == "slow " * 60


async def test_a_ping_comes_back_in_order_with_the_messages(serve):
    server = await serve(ECHO)
    peer = await connect(server)
    peer.raw.send(frame(TEXT, "a") + frame(PING, b"p" * 125) + frame(TEXT, "b") + frame(PING))
    got = [await peer.frame() for _ in range(4)]
    assert [(item.opcode, item.payload) for item in got] == [
        (TEXT, b"a"),
        (PONG, b"p" * 125),
        (TEXT, b"b"),
        (PONG, b""),
    ]


async def test_answers_keep_their_order_whatever_their_kind(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onmessage = async ({ data }) => {
              socket.send(`${data} first`);
              socket.send(new Uint8Array([1]));
              socket.send('x'.repeat(1000));
              void socket.bufferedAmount;
              socket.send('short');
              await null;
              socket.send(`${data} last`);
            };
            return response;
          },
        };
        """
    )
    peer = await connect(server)
    peer.raw.send(frame(TEXT, "a") + frame(TEXT, "b"))
    for name in (b"a", b"b"):
        got = [(await peer.frame()).payload for _ in range(5)]
        assert got == [name + b" first", b"\1", b"x" * 1000, b"short", name + b" last"]


async def test_a_thousand_messages_in_one_packet_keep_their_order(serve):
    server = await serve(ECHO)
    peer = await connect(server)
    peer.raw.send(b"".join(frame(TEXT, str(i)) for i in range(1000)))
    assert [await peer.text() for _ in range(1000)] == [str(i) for i in range(1000)]


# Listeners


async def test_a_throwing_listener_is_logged_with_its_place_and_closes_nothing(serve):
    server = await serve(RECORDER, name="chat")
    other = await connect(server)
    peer = await connect(server)
    peer.send(TEXT, "do:throw")
    peer.send(TEXT, "after")
    assert await peer.text() == "after"
    other.send(TEXT, "still here")
    assert await other.text() == "still here"
    assert "Uncaught RangeError: thrown by a listener" in server.stderr
    assert "chat.js:" in server.stderr
    assert "throw new RangeError('thrown by a listener')" in server.stderr


async def test_a_rejection_in_a_listener_is_logged_and_closes_nothing(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onmessage = async ({ data }) => { if (data === 'bad') null.x; socket.send(data); };
            return response;
          },
        };
        """
    )
    peer = await connect(server)
    peer.send(TEXT, "bad")
    peer.send(TEXT, "good")
    assert await peer.text() == "good"
    assert "Uncaught (in promise) TypeError" in server.stderr


async def test_a_listener_without_end_is_stopped_and_other_sockets_go_on(serve):
    server = await serve(RECORDER, cpu_ms=100)
    other = await connect(server)
    peer = await connect(server)
    peer.raw.send(frame(TEXT, "before") + frame(TEXT, "do:spin") + frame(TEXT, "after"))
    assert await peer.text() == "before"
    assert await peer.text() == "after"
    other.send(TEXT, "hello")
    assert await other.text() == "hello"
    assert "cpu_ms" in server.stderr
    assert len(server.worker.sockets) == 2


# Many


async def test_several_hundred_sockets_at_once(serve):
    server = await serve(ECHO)
    peers = await asyncio.gather(*(connect(server) for _ in range(300)))
    assert len(server.worker.sockets) == 300
    for i, peer in enumerate(peers):
        peer.send(TEXT, f"I am {i}")
    assert [await peer.text() for peer in peers] == [f"I am {i}" for i in range(300)]


async def test_two_handshakes_at_the_same_moment_do_not_mix(serve):
    server = await serve(
        """
        const waiting = [];
        export default {
          fetch(request) {
            const upgraded = upgradeWebSocket(request);
            upgraded.socket.onopen = () => upgraded.socket.send(new URL(request.url).pathname);
            return new Promise((resolve) => {
              waiting.push(() => resolve(upgraded.response));
              if (waiting.length === 2) waiting.reverse().forEach((go) => go());
            });
          },
        };
        """
    )
    first, second = await asyncio.gather(connect(server, "/1"), connect(server, "/2"))
    assert [await first.text(), await second.text()] == ["/1", "/2"]


async def test_the_answer_to_another_request_is_refused(serve):
    server = await serve(
        """
        let stolen = null;
        export default {
          fetch(request) {
            const { response } = upgradeWebSocket(request);
            if (stolen !== null) return stolen;
            stolen = response;
            return response.clone();
          },
        };
        """
    )
    await connect(server)
    raw = await server.raw()
    raw.send(handshake())
    answer = await raw.answer()
    assert answer.status == 500
    assert "another request" in answer.text


@pytest.mark.parametrize("how", ["new Request(request)", "request.clone()"])
async def test_a_copy_of_the_request_can_be_upgraded(serve, how):
    server = await serve(
        f"""
        export default {{
          fetch(request) {{
            const {{ response, socket }} = upgradeWebSocket({how});
            socket.onmessage = (event) => socket.send(event.data);
            return response;
          }},
        }};
        """
    )
    peer = await connect(server)
    peer.send(TEXT, "through a copy")
    assert await peer.text() == "through a copy"


async def test_deno_has_the_same_function(serve):
    server = await serve(
        """
        export default {
          fetch(request) {
            const { response, socket } = Deno.upgradeWebSocket(request);
            socket.onopen = () => socket.send(`${Deno.upgradeWebSocket === upgradeWebSocket}`);
            return response;
          },
        };
        """
    )
    assert await (await connect(server)).text() == "true"


async def test_aiohttp_and_websockets_clients_speak_with_the_same_function(serve):
    server = await serve(ECHO)
    async with client(server, compression="deflate") as one, server.session.ws_connect("/") as two:
        for text in ["hello", "x" * 70_000]:
            await one.send(text)
            await two.send_str(text)
            assert await one.recv() == text
            assert await two.receive_str() == text
        assert isinstance(two, aiohttp.ClientWebSocketResponse)


def test_the_sample_key_is_the_one_of_rfc_6455():
    assert len(KEY) == 24
