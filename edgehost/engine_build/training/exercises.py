"""What the functions of this folder are asked, how often, and what must come back."""

from __future__ import annotations

import json
from dataclasses import dataclass

_BROWSER = (
    "Host: edge.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\r\n"
    "Accept: text/html,application/json;q=0.9,*/*;q=0.8\r\nAccept-Language: en-GB,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nCookie: theme=dark; session=c2Vzc2lvbg\r\n"
)


@dataclass(frozen=True, slots=True)
class Exercise:
    """A request that is made again and again."""

    request: bytes
    answer: bytes  # a part of each response
    times: int


def _get(target: str, answer: str, times: int, headers: str = _BROWSER) -> Exercise:
    return Exercise(f"GET {target} HTTP/1.1\r\n{headers}\r\n".encode(), answer.encode(), times)


def _post(target: str, body: bytes, answer: bytes, times: int) -> Exercise:
    head = f"POST {target} HTTP/1.1\r\n{_BROWSER}Content-Length: {len(body)}\r\n\r\n"
    return Exercise(head.encode() + body, answer, times)


_ITEM = {"name": "A new item", "price": 12.5, "tags": ["sale", "new", "sale"], "note": "é" * 20}

EXERCISES: dict[str, tuple[Exercise, ...]] = {
    "plain": (
        _get("/", "It works.", 4000, "Host: edge.example\r\n"),
        _get("/path?query=1", "It works.", 2000),
    ),
    "api": (
        _get("/items?page=1&sort=price&tag=sale&tag=new", '"page":1', 300),
        _get("/items/7", '"session":"c2Vzc2lvbg"', 1500),
        _get("/page/news", "<td>Item 7</td>", 200),
        _get("/nothing", "404 Not Found", 200),
        _post("/items", json.dumps(_ITEM).encode(), b'"tags":["new","sale"]', 500),
        _post("/items", b'{"name": ""}', b"422 ", 100),
    ),
    "bodies": (
        _post("/echo", b"x" * 1024, b"x" * 1024, 500),
        _post("/echo", b"x" * 65536, b"x" * 65536, 100),
        _post("/text", b"some text " * 20, b"SOME TEXT", 300),
        _post("/form", b"name=Ada+Lovelace&city=Z%C3%BCrich", '"Zürich"'.encode(), 200),
        _post("/through", b"x" * 4096, b"x" * 64, 100),
        _post("/read", b"x" * 4096, b"4096", 100),
        _get("/pull", "0123456789abcdef" * 16, 200),
        _get("/lines", "line 10\n", 100),
    ),
    "language": (_get("/", '"caught":"TypeError: ', 60),),
}

MESSAGES = (  # what arrives in one read, for `sockets`
    ["a short text that is echoed"] * 16,
    ["a text on its own"],
    [json.dumps({"type": "chat", "room": "edge", "text": "hello", "at": 1700000000.5})] * 4,
)
READS = 400  # of each
