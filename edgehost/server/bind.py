"""Binding the listening sockets: from --host and --port to sockets that listen."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import ExitStack

from edgehost.errors import ConfigError

BACKLOG = 2048  # the system cuts it to its own limit
TRIES = 10  # for a free port that is free on every address

SEVERAL = {
    "localhost": ("127.0.0.1", "::1"),  # browsers try either first
    # Two sockets, not one for both families: a client's IPv4 address is then written as one.
    "::": ("::", "0.0.0.0"),
}
ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)

Address = tuple[int, tuple[str | int | bytes, ...]]  # family, and what `bind` takes


def bind(host: str, port: int) -> list[socket.socket]:
    """Non-blocking sockets that listen on every address of the host; all have the same port.

    port: 0 takes a free one.

    Raises ConfigError when the port is taken or not ours to take, or the host is not here.
    """
    if not 0 <= port <= 65535:
        raise ConfigError(f"port {port} is not between 0 and 65535")
    for _ in range(TRIES - 1):
        try:
            return _bind_all(host, port)
        except OSError as error:
            if port or error.errno != errno.EADDRINUSE:
                raise _explained(host, port, error) from error
    try:
        return _bind_all(host, port)
    except OSError as error:
        raise _explained(host, port, error) from error


def _bind_all(host: str, port: int) -> list[socket.socket]:
    with ExitStack() as stack:
        bound: list[socket.socket] = []
        absent: OSError | None = None
        for family, address in _addresses(host, port):
            try:
                sock = stack.enter_context(_listening(family, (address[0], port, *address[2:])))
            except OSError as error:
                if error.errno not in ABSENT:
                    raise
                absent = error  # most often: no IPv6 here
                continue
            bound.append(sock)
            port = sock.getsockname()[1]
        if not bound and absent is not None:
            raise absent
        stack.pop_all()
        return bound


def _addresses(host: str, port: int) -> list[Address]:
    found: dict[Address, None] = {}
    for name in SEVERAL.get(host, (host,)):
        try:
            infos = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        except (socket.gaierror, UnicodeError) as error:
            raise ConfigError(f"--host {host} is not a host name or address") from error
        found.update(((int(family), address), None) for family, _, _, _, address in infos)
    return list(found)


def _listening(family: int, address: tuple[str | int | bytes, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere this option would share the port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Accepted sockets inherit these two, which saves two system calls for each.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setblocking(False)
        sock.bind(address)
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _explained(host: str, port: int, error: OSError) -> ConfigError:
    match error.errno:
        case errno.EADDRINUSE:
            return ConfigError(
                f"port {port} on {host} is taken: choose another with --port (0 takes a free one)"
            )
        case errno.EACCES:
            return ConfigError(f"port {port} needs privileges: choose one above 1023 with --port")
        case errno.EADDRNOTAVAIL:
            return ConfigError(f"--host {host} is not an address of this machine")
        case _:
            return ConfigError(f"cannot listen on {host}, port {port}: {error.strerror}")
