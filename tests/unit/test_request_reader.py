"""What is read of requests does not depend on how their bytes are cut, nor on what stands behind them."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_parser import HttpRequestParser
from hypothesis import given, strategies as st

from edgehost.server import request_reader
from edgehost.server.request_reader import RequestReader

HEAD = "Host: a\r\n"
BODIES = ["", "x", "hello\r\n\r\nGET /in-a-body HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n" * 9]
OFFERS = ["", "h2c", "TLS/1.0", "h2c, foo"]
BAD = [
    "GET /bad HTTP/x\r\n\r\n",
    "GET / HTTP/1.1\r\n: x\r\n\r\n",
    "G@T / HTTP/1.1\r\n\r\n",
    "\0\0\0\0",
    "GET http:// HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /bad HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n",
    "x" * 200,
]
Seen = tuple[str, str, str]  # method, path, body


class Reader:
    """Keeps what it was given."""

    def __init__(self) -> None:
        loop: Any = Mock(spec=asyncio.AbstractEventLoop)
        self.protocol = BaseProtocol(loop)
        parser = HttpRequestParser(self.protocol, loop, 2**16, auto_decompress=False)
        self.protocol._parser = parser
        self.reader = RequestReader(self.protocol, parser)
        self.given: list[Any] = []
        self.put_off = 0

    def feed(self, data: str, room: int = 1000) -> None:
        if self.reader.error is None:
            self.given += self.reader.feed(data.encode("latin-1"), room)
        while self.reader.is_put_off:
            self.put_off += 1
            self.given += self.reader.feed(b"", room)

    @property
    def seen(self) -> list[Seen]:
        return [
            (message.method, message.path, payload.read_nowait().decode("latin-1"))
            for message, payload in self.given
        ]


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Seen]:
    method = draw(
        st.sampled_from(["GET", "POST", "HEAD", "PURGE", "BREW", "B", "PO", "POSTS", "M-SEARCH"])
    )
    path, body = f"/{draw(st.integers(0, 99))}", draw(st.sampled_from(BODIES))
    offer = draw(st.sampled_from(OFFERS))
    head = HEAD + (f"Connection: Upgrade\r\nUpgrade: {offer}\r\n" if offer else "")
    match draw(st.sampled_from(["length", "chunks", "chunks with trailers"])) if body else "":
        case "length":
            head, sent = f"{head}Content-Length: {len(body)}\r\n", body
        case "":
            sent = ""
        case how:
            half = len(body) // 2
            pieces = [piece for piece in (body[:half], body[half:]) if piece]
            sent = "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in [*pieces, ""][:-1])
            sent += "0\r\nX-Trailer: y\r\n\r\n" if "trailers" in how else "0\r\n\r\n"
            head += "Transfer-Encoding: chunked\r\n"
    lead = draw(st.sampled_from(["", "\r\n"]))
    return f"{lead}{method} {path} HTTP/1.1\r\n{head}\r\n{sent}", (method, path, body)


@given(st.lists(requests(), max_size=5), st.sampled_from(["", *BAD]), st.data())
def test_every_good_request_is_given_and_what_is_bad_behind_them_is_said(
    sent: list[tuple[str, Seen]], bad: str, data: st.DataObject
) -> None:
    text = "".join(request for request, _ in sent) + bad
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    reader = Reader()
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        reader.feed(text[start:end])
    assert reader.seen == [seen for _, seen in sent]
    assert (reader.reader.error is not None) == bool(bad)


def test_no_more_are_given_than_there_is_room_for() -> None:
    reader = Reader()
    reader.feed("".join(f"GET /{i} HTTP/1.1\r\n{HEAD}\r\n" for i in range(5)), room=2)
    assert len(reader.given) == 2
    reader.feed("", room=1)
    assert len(reader.given) == 3
    reader.feed(f"GET /5 HTTP/1.1\r\n{HEAD}\r\n")
    assert [path for _, path, _ in reader.seen] == ["/0", "/1", "/2", "/3", "/4", "/5"]


def test_a_body_in_tiny_chunks_lets_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_reader, "_SECONDS", 0)
    reader = Reader()
    head = f"POST /1 HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n"
    chunks = f"20\r\n{'x' * 32}\r\n" * 1500
    reader.feed(f"{head}{chunks}0\r\n\r\nGET /2 HTTP/1.1\r\n{HEAD}\r\n\0bad")
    assert reader.put_off >= len(chunks) // request_reader._SLICE
    assert reader.seen == [("POST", "/1", "x" * 48_000), ("GET", "/2", "")]
    assert reader.reader.error is not None


def test_what_stands_behind_a_body_that_is_not_wanted_now_waits() -> None:
    reader = Reader()
    body = "x" * 2**18
    text = f"POST /1 HTTP/1.1\r\n{HEAD}Content-Length: {len(body)}\r\n\r\n{body}"
    for at in range(0, len(text), 2**14):
        reader.feed(text[at : at + 2**14])
    reader.feed(f"GET /2 HTTP/1.1\r\n{HEAD}\r\n\0bad")
    assert [message.path for message, _ in reader.given] == ["/1"]
    assert reader.reader.error is None
    got = ""
    while len(reader.given) == 1:
        reader.protocol._reading_paused = False
        got += reader.given[0][1].read_nowait().decode()
        reader.feed("")
    assert got + reader.given[0][1].read_nowait().decode() == body
    assert reader.given[1][0].path == "/2"
    assert reader.reader.error is not None


@pytest.mark.parametrize(
    "offer", ["websocket", "WebSocket", "h2c, websocket", "websocket\r\nUpgrade: h2c"]
)
def test_nothing_is_read_behind_the_offer_of_a_socket_until_it_is_declined(offer: str) -> None:
    reader = Reader()
    head = f"GET /1 HTTP/1.1\r\n{HEAD}Connection: Upgrade\r\nUpgrade: {offer}\r\n\r\n"
    reader.feed(f"{head}GET /2 HTTP/1.1\r\n{HEAD}\r\n")
    assert reader.reader.is_upgraded
    assert [message.path for message, _ in reader.given] == ["/1"]
    reader.feed(reader.reader.decline().decode())
    assert [message.path for message, _ in reader.given] == ["/1", "/2"]
    assert not reader.reader.is_upgraded
