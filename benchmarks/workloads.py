"""What is asked of every peer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

KIB = 1024
MIB = 1024 * KIB

JSON_TARGET = "/api/items?page=2&sort=name&tag=red&tag=blue"
JSON_HEADERS = {
    "Accept": "application/json",
    "Accept-Language": "en-GB,en;q=0.8",
    "User-Agent": "edgehost-benchmark/1.0",
}
JSON_ANSWER = {
    "method": "GET",
    "path": "/api/items",
    "page": 2,
    "sort": "name",
    "tags": ["red", "blue"],
    "accept": "application/json",
    "language": "en-GB,en;q=0.8",
    "agent": "edgehost-benchmark/1.0",
    "ok": True,
}
HONO_ANSWER = {
    "user": "7",
    "post": 42,
    "limit": 5,
    "agent": JSON_HEADERS["User-Agent"],
    "language": JSON_HEADERS["Accept-Language"],
}


@dataclass(frozen=True, slots=True)
class HttpWorkload:
    """Requests over kept connections, each with one in flight."""

    name: str
    title: str
    function: str
    is_right: Callable[[bytes], bool]  # of a response's body
    method: str = "GET"
    target: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body_size: int = 0  # bytes sent with each request
    answer_size: int = 0  # bytes of body that each response has at least
    connections: int = 32


@dataclass(frozen=True, slots=True)
class WebSocketWorkload:
    """Messages over open sockets, echoed, with a fixed number in flight on each."""

    name: str
    title: str
    connections: int
    in_flight: int  # messages, a connection
    size: int  # bytes, a message
    function: str = "websocket_echo"


Workload = HttpWorkload | WebSocketWorkload


def is_json_answer(body: bytes) -> bool:
    answer = json.loads(body)
    host = answer.pop("host")
    return isinstance(host, str) and host.startswith("127.0.0.1:") and answer == JSON_ANSWER


WORKLOADS: tuple[Workload, ...] = (
    HttpWorkload(
        "hello",
        "HTTP hello",
        "hello",
        is_right=lambda body: body == b"hello world",
        answer_size=11,
    ),
    HttpWorkload(
        "json",
        "JSON API",
        "json_api",
        is_right=is_json_answer,
        target=JSON_TARGET,
        headers=JSON_HEADERS,
        answer_size=200,
    ),
    HttpWorkload(
        "echo-64k",
        "64 KiB body echo",
        "body_echo",
        is_right=lambda body: body == b"x" * 64 * KIB,
        method="POST",
        body_size=64 * KIB,
        answer_size=64 * KIB,
    ),
    HttpWorkload(
        "echo-1m",
        "1 MiB body echo",
        "body_echo",
        is_right=lambda body: body == b"x" * MIB,
        method="POST",
        body_size=MIB,
        answer_size=MIB,
        connections=8,
    ),
    HttpWorkload(
        "transform-16m",
        "16 MiB body through a transform",
        "body_transform",
        is_right=lambda body: body == b"x" * 16 * MIB,
        method="POST",
        body_size=16 * MIB,
        answer_size=16 * MIB,
        connections=2,
    ),
    HttpWorkload(
        "buffer-16m",
        "16 MiB body as a buffer",
        "body_size",
        is_right=lambda body: body == str(16 * MIB).encode(),
        method="POST",
        body_size=16 * MIB,
        answer_size=8,
        connections=2,
    ),
    HttpWorkload(
        "stream",
        "stream of 100 x 1 KiB",
        "stream",
        is_right=lambda body: body == b"a" * 100 * KIB,
        answer_size=100 * KIB,
    ),
    HttpWorkload(
        "hono",
        "Hono, 10 routes",
        "hono_app",
        is_right=lambda body: json.loads(body) == HONO_ANSWER,
        target="/api/users/7/posts/42?limit=5",
        headers=JSON_HEADERS,
        answer_size=60,
    ),
    HttpWorkload(
        "compute",
        "SHA-256 of 64 KiB in JavaScript",
        "compute",
        is_right=lambda body: body.decode() == hashlib.sha256(b"a" * 64 * KIB).hexdigest(),
        answer_size=64,
        connections=2,
    ),
    WebSocketWorkload("ws-1", "WebSocket echo, 1 x 1", connections=1, in_flight=1, size=32),
    WebSocketWorkload("ws-64x16", "WebSocket echo, 64 x 16", connections=64, in_flight=16, size=32),
    WebSocketWorkload(
        "ws-64k", "WebSocket echo 64 KiB, 16 x 1", connections=16, in_flight=1, size=64 * KIB
    ),
)
