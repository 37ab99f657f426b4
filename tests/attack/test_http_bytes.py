"""Bytes that clients send instead of requests: whatever they are, the server lives and others are served."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st
from target import End, Target, attempts, cut, target

FUNCTION = """
const say = (request, more) => Response.json({
  method: request.method, path: new URL(request.url).pathname, ...more,
});
const routes = {
  hello: () => new Response('hello'),
  text: async (request) => say(request, { size: (await request.text()).length }),
  json: async (request) => say(request, { json: await request.json() }),
  form: async (request) => say(request, { names: [...(await request.formData()).keys()] }),
  unread: (request) => say(request),
  late: async (request) => { await new Promise((done) => setTimeout(done)); return say(request); },
  stream: (request) => new Response(request.body),
  pieces: async (request) => {
    let size = 0;
    for await (const piece of request.body ?? []) size += piece.length;
    return say(request, { size });
  },
  first: async (request) => {
    const reader = request.body?.getReader();
    const size = (await reader?.read())?.value?.length;
    await reader?.cancel();
    return say(request, { size });
  },
  log: (request) => { console.log(request.url, [...request.headers]); return say(request); },
  fail: () => { throw new Error('failed'); },
};

export default {
  fetch(request) {
    if (request.headers.get('upgrade') === 'websocket') {
      try {
        const { response, socket } = upgradeWebSocket(request);
        socket.onmessage = ({ data }) => socket.send(data);
        return response;
      } catch (error) { return new Response(error.message, { status: 400 }); }
    }
    const route = new URL(request.url).pathname.split('/')[1];
    return Object.hasOwn(routes, route) ? routes[route](request) : say(request);
  },
};
"""
ROUTES = re.findall(r"^  (\w+): ", FUNCTION, re.MULTILINE)[1:]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("http")
    limits = {"url_bytes": 300, "header_bytes": 2000, "body_bytes": 3000, "message_bytes": 1000}
    with target(folder, FUNCTION, **limits) as served:
        yield served


# Requests, most of them sound

CRLF = b"\r\n"
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"", b"{}", b"[1]", b"\xef\xbb\xbfx", b"--b\r\n\r\n--b--", b"a=b&c", b"x" * 2999]
    ),
    st.builds(
        lambda name, value: (
            b'--b\r\ncontent-disposition: form-data; name="'
            + name
            + b'"\r\n\r\n'
            + value
            + b"\r\n--b--\r\n"
        ),
        st.binary(max_size=9),
        st.binary(max_size=9),
    ),
)
FIELDS = st.lists(
    st.sampled_from(
        [
            b"Accept: */*",
            b"Cookie: a=b; c",
            b"Content-Type: multipart/form-data; boundary=b",
            b"Content-Type: multipart/form-data; boundary=" + b"-" * 70,
            b"Content-Type: application/x-www-form-urlencoded; charset=utf-7",
            b"Content-Type: text/plain; charset=iso-2022-jp",
            b"Expect: 100-continue",
            b"X-Long: " + b"y" * 300,
            b"X-High: \x80\xff\x1b[31m",
            b"X-Empty:",
        ]
    ),
    max_size=4,
)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[list[bytes], bytes, int]:
    """The fields that announce a body, its bytes on the wire, and its size."""
    body = draw(BODIES)
    if draw(st.booleans()):
        return [b"Content-Length: %d" % len(body)], body, len(body)
    size = draw(st.integers(1, 40))
    extension = draw(st.sampled_from([b"", b";a", b';a="b;c"']))
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    extension = extension if len(chunks) < 9 else b""
    wire = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    trailer = draw(st.sampled_from([b"", b"X-Trailer: x\r\n"]))
    return [b"Transfer-Encoding: chunked"], wire + b"0\r\n" + trailer + CRLF, len(body)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    method = draw(st.sampled_from([b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS"]))
    path = (
        b"/" + draw(st.sampled_from(ROUTES)).encode() + draw(st.sampled_from([b"", b"/x", b"?y"]))
    )
    fields, wire, _ = draw(bodies()) if method in (b"POST", b"PUT") else ([], b"", 0)
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: x", *fields, *draw(FIELDS)]
    return CRLF.join([*lines, b"", wire])


# What is done to them

ODD = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [
            b"\r\n",
            b"\n",
            b"\r",
            b"\0",
            b" ",
            b"\t",
            b":",
            b"\x1b[2J",
            b"\r\nContent-Length: 5",
            b"\r\nContent-Length: 99999999999999999999999",
            b"\r\nContent-Length: -1",
            b"\r\nTransfer-Encoding: chunked",
            b"\r\nTransfer-Encoding: gzip, chunked",
            b"\r\nConnection: close",
            b"\r\nConnection: upgrade\r\nUpgrade: websocket",
            b"\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
            b"\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            b"\r\nHost: y",
            b"\r\nX: " + b"z" * 3000,
            b"\r\nX:" * 260,
            b"http://[::1",
            b"//",
            b"%",
            b"#",
            b"\xe2\x80\xae",
            b"HTTP/1.0",
            b"HTTP/2.0",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"CONNECT x:1 HTTP/1.1\r\n",
            b"OPTIONS * HTTP/1.1\r\n",
            b"ffffffffffffffff\r\n",
            b"0\r\n\r\n",
        ]
    ),
)


@st.composite
def mutations(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 1, 4, 20])))
        data = data[:start] + draw(ODD) + data[end:]
    if draw(st.integers(0, 5)) == 0:
        data = data[: draw(st.integers(0, len(data)))]
    return data


@st.composite
def attacks(draw: st.DrawFn) -> list[bytes]:
    """Requests in a row, some of them spoiled, cut anywhere."""
    data = b"".join(draw(mutations(draw(requests()))) for _ in range(draw(st.integers(1, 5))))
    return cut(data, draw(st.lists(st.integers(0, 5000), max_size=6)))


ENDS: st.SearchStrategy[End] = st.sampled_from(["at once", "late", "reset"])


@attempts(150)
@given(pieces=attacks(), end=ENDS)
def test_whatever_is_sent_the_server_lives(served: Target, pieces: list[bytes], end: End) -> None:
    answer = served.talk(pieces, end)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 "), answer
    assert "\x1b" not in served.log


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[bytes], list[tuple[str, str, int]]]:
    """Sound requests in a row and cut anywhere, and what the function says of each."""
    data, expected = b"", []
    count = draw(st.integers(1, 6))
    for number in range(count):
        method = draw(st.sampled_from(["POST", "PUT", "DELETE"]))
        path = f"/{draw(st.sampled_from(['text', 'pieces', 'unread', 'late', 'first']))}/{number}"
        fields, wire, size = draw(bodies())
        last = [b"Connection: close"] if number == count - 1 else []
        lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: x", *fields, *last]
        data += CRLF.join([*lines, b"", wire])
        expected.append((method, path, size))
    return cut(data, draw(st.lists(st.integers(0, 5000), max_size=6))), expected


@attempts(100)
@given(conversation=conversations())
def test_sound_requests_are_answered_in_order_however_they_are_cut(
    served: Target, conversation: tuple[list[bytes], list[tuple[str, str, int]]]
) -> None:
    pieces, expected = conversation
    answers = [json.loads(line) for line in re.findall(rb"\{.*?\}", served.talk(pieces, "last"))]
    assert [(answer["method"], answer["path"]) for answer in answers] == [
        (method, path) for method, path, _ in expected
    ]
    for answer, (_, path, size) in zip(answers, expected, strict=True):
        assert answer.get("size", size) == size or not path.startswith("/pieces"), answer
