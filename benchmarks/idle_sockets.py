"""Sockets that are open and say nothing: what one costs the server in memory."""

from __future__ import annotations

import contextlib
import socket
import time

from benchmarks import websocket_wire as wire
from benchmarks.server_process import ServerFailure, ServerProcess

FEW = 50  # opened before the first reading, so that what is made once is not charged
TIMEOUT = 10.0  # seconds for one handshake or echo
SETTLE = 0.2  # seconds before a reading


def memory_per_socket(server: ServerProcess, count: int) -> float:
    """KiB. Each socket has echoed one message before it falls silent."""
    with contextlib.ExitStack() as stack:
        for _ in range(FEW):
            stack.enter_context(open_socket(server.port))
        before = _settled(server)
        for _ in range(count):
            stack.enter_context(open_socket(server.port))
        return (_settled(server) - before) / count


def open_socket(port: int) -> socket.socket:
    """Raises ServerFailure when the handshake or the echo is wrong."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        connection.sendall(wire.handshake(port))
        if not wire.is_accepted(_until(connection, b"\r\n\r\n")):
            raise ServerFailure("a handshake was refused")
        connection.sendall(wire.masked_frame(wire.TEXT, b"hello"))
        _until(connection, wire.plain_frame(wire.TEXT, b"hello"))
    except OSError as error:
        raise ServerFailure(f"a socket could not be opened: {error!r}") from error
    return connection


def _until(connection: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        more = connection.recv(65536)
        if not more:
            raise ServerFailure(f"closed instead of {end!r}")
        data += more
    return data


def _settled(server: ServerProcess) -> int:
    time.sleep(SETTLE)
    return server.memory_kib()
