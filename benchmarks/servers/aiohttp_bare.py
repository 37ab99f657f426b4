"""The workloads in Python on aiohttp's low-level server.  aiohttp_bare.py NAME PORT

NAME is a function of ../functions/ without `.js`, or `websocket_echo_joined`.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from collections.abc import Awaitable, Callable

import uvloop
from aiohttp import WSMsgType, web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

CHUNK = b"a" * 1024


async def hello(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text="hello world")


async def json_api(request: web.BaseRequest) -> web.StreamResponse:
    url, query, headers = request.url, request.query, request.headers
    answer = {
        "method": request.method,
        "host": url.authority,
        "path": url.path,
        "page": int(query.get("page", "0")),
        "sort": query.get("sort"),
        "tags": query.getall("tag", []),
        "accept": headers.get("accept"),
        "language": headers.get("accept-language"),
        "agent": headers.get("user-agent"),
        "ok": True,
    }
    return web.Response(text=json.dumps(answer), content_type="application/json")


async def body_echo(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(body=await request.read())


async def body_transform(request: web.BaseRequest) -> web.StreamResponse:
    if not request.can_read_body:
        return web.Response(text="ready")
    response = web.StreamResponse()
    await response.prepare(request)
    async for piece in request.content.iter_any():
        await response.write(piece)
    await response.write_eof()
    return response


async def body_size(request: web.BaseRequest) -> web.StreamResponse:
    body = b"".join([piece async for piece in request.content.iter_any()])
    return web.Response(text=f"{len(body)}")


async def stream(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(CHUNK)
    await response.write_eof()
    return response


async def websocket_echo(request: web.BaseRequest) -> web.StreamResponse:
    if request.headers.get("upgrade") != "websocket":
        return web.Response(text="ready")
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


async def websocket_echo_joined(request: web.BaseRequest) -> web.StreamResponse:
    """The replies to everything that arrived together leave in one write. Not aiohttp's own API:
    frames are built here and aiohttp's flow control is passed by.
    """
    if request.headers.get("upgrade") != "websocket":
        return web.Response(text="ready")
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    transport, call_soon = request.transport, asyncio.get_running_loop().call_soon
    assert transport is not None
    frames: list[bytes] = []

    def flush() -> None:
        transport.write(b"".join(frames))
        frames.clear()

    async for message in socket:
        if not frames:
            call_soon(flush)
        if message.type is WSMsgType.TEXT:
            frames.append(frame(0x81, message.data.encode()))
        elif message.type is WSMsgType.BINARY:
            frames.append(frame(0x82, message.data))
    return socket


def frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", first, size) + payload
    if size < 65536:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload


async def serve(handler: Handler, port: int) -> None:
    runner = web.ServerRunner(web.Server(handler, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(globals()[sys.argv[1]], int(sys.argv[2])))
