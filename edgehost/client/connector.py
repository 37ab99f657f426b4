"""How a connection to an origin is made: names, addresses, permission, proxies, TLS.

The permission is asked for at each attempt, on the very address, where its socket is made. No name is trusted.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiohappyeyeballs

from edgehost.client.client import OWN_ADDRESS
from edgehost.client.origin import Origin
from edgehost.client.permissions import NetRules
from edgehost.client.proxies import Proxies, Proxy
from edgehost.errors import ConfigError, OutboundError

CONNECT_SECONDS = 10.0  # for the name and the address
TLS_SECONDS = 10.0
PROXY_SECONDS = 10.0
HAPPY_EYEBALLS_DELAY = 0.25  # RFC 8305
MOST_PROXY_HEAD = 16 * 1024
_CERTIFICATE_PROBLEMS = {
    10: "its certificate has expired",
    18: "its certificate is signed by itself (--ca FILE names more authorities)",
    19: "its certificate is of an authority that is not known (--ca FILE names more)",
    20: "its certificate is of an authority that is not known (--ca FILE names more)",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}

P = TypeVar("P", bound=asyncio.BaseProtocol)


class _OwnAddress(Exception):
    """A function is about to ask itself."""


class Denied(OSError):
    """An address to which the function may not connect."""


class Connector:
    """Of one event loop. Nothing is read or made before the first connection."""

    def __init__(
        self,
        rules: NetRules | None = None,
        authorities: tuple[Path, ...] = (),
        environment: Mapping[str, str] | None = None,
        is_own: Callable[[str, int], bool] = lambda address, port: False,
    ) -> None:
        """authorities: files of certificates that are trusted beside the system's.

        environment: where proxies are named.
        is_own: whether an address and a port are those of the function itself.
        Raises ConfigError for a proxy that is none.
        """
        self._rules = rules or NetRules()
        self._authorities = authorities
        self._proxies = Proxies(environment or {})
        self._is_own = is_own
        self._tls: ssl.SSLContext | None = None

    def proxy_of(self, origin: Origin) -> Proxy | None:
        """Through which proxy plain requests to it go."""
        return self._proxies.of(origin) if origin.scheme == "http" else None

    async def connect(
        self, origin: Origin, make_protocol: Callable[[], P], *, tunnel: bool = False
    ) -> P:
        """An open connection, whose protocol was made by make_protocol.

        tunnel: through a proxy by CONNECT, also where the origin is plain http. Raises OutboundError.
        """
        loop = asyncio.get_running_loop()
        proxy = self._proxies.of(origin)
        if proxy is None:
            connection = await self._socket(origin)
        else:
            self._check_target(origin)
            connection = await self._socket(proxy.origin)
        try:
            if proxy is not None and (tunnel or origin.scheme == "https"):
                await self._tunnel(connection, proxy, origin)
            tls = self._context() if origin.scheme == "https" else None
            _, protocol = await loop.create_connection(
                make_protocol,
                sock=connection,
                ssl=tls,
                server_hostname=origin.host.strip("[]").rstrip(".") if tls else None,
                ssl_handshake_timeout=TLS_SECONDS if tls else None,
            )
        except BaseException as error:
            connection.close()
            if isinstance(error, (OSError, TimeoutError)):
                raise _of_tls(origin.host, error) from error
            raise
        return protocol

    # The socket

    async def _socket(self, origin: Origin) -> socket.socket:
        host, port = origin.host.strip("[]"), origin.port
        if refusal := self._rules.refusal_of_name(host, port):
            raise OutboundError("denied", origin.host, refusal)
        denials: list[str] = []

        def make(info: Any) -> socket.socket:
            family, kind, protocol, _, address = info
            if self._is_own(address[0], address[1]):
                raise _OwnAddress
            if refusal := self._rules.refusal_of_address(
                origin.host, ipaddress.ip_address(address[0]), address[1]
            ):
                denials.append(refusal)
                raise Denied(refusal)
            return socket.socket(family, kind, protocol)

        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                found = await _addresses(host, port)
                return await aiohappyeyeballs.start_connection(
                    found, happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY, socket_factory=make
                )
        except _OwnAddress:
            raise OutboundError("loop", origin.host, OWN_ADDRESS) from None
        except (OSError, UnicodeError) as error:
            if denials and isinstance(error, OSError) and not isinstance(error, TimeoutError):
                raise OutboundError("denied", origin.host, denials[0], repr(error)) from error
            raise _of_connecting(origin.host, error) from error

    def _check_target(self, origin: Origin) -> None:
        """Where the proxy looks the name up: by its name, or its address where it is one."""
        host = origin.host.strip("[]")
        refusal = self._rules.refusal_of_name(host, origin.port)
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            pass
        else:
            refusal = refusal or self._rules.refusal_of_address(host, address, origin.port)
        if refusal:
            raise OutboundError("denied", origin.host, refusal)

    async def _tunnel(self, connection: socket.socket, proxy: Proxy, origin: Origin) -> None:
        loop = asyncio.get_running_loop()
        place = f"{origin.host}:{origin.port}"
        head = f"CONNECT {place} HTTP/1.1\r\nhost: {place}\r\n{proxy.authorization}\r\n"
        told = b""
        try:
            async with asyncio.timeout(PROXY_SECONDS):
                await loop.sock_sendall(connection, head.encode("latin-1"))
                while b"\r\n\r\n" not in told and len(told) < MOST_PROXY_HEAD:
                    data = await loop.sock_recv(connection, MOST_PROXY_HEAD)
                    if not data:
                        break
                    told += data
        except OSError as error:
            raise OutboundError("proxy", origin.host, f"the proxy failed: {error!r}") from error
        line = told.split(b"\r\n", 1)[0].decode("latin-1")
        words = line.split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or words[1] != "200":
            raise OutboundError("proxy", origin.host, f"the proxy answered {line!r:.100}")

    # TLS

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            context = ssl.create_default_context()
            for file in self._authorities:
                try:
                    context.load_verify_locations(cafile=file)
                except (OSError, ssl.SSLError) as error:
                    raise ConfigError(f"--ca {file}: {error}") from error
            context.set_alpn_protocols(["http/1.1"])
            self._tls = context
        return self._tls


async def _addresses(host: str, port: int) -> list[Any]:
    """As getaddrinfo gives them. What is an address is not looked up."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        loop = asyncio.get_running_loop()
        return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    place = (host, port) if address.version == 4 else (host, port, 0, 0)
    return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)]


def _of_connecting(host: str, error: Exception) -> OutboundError:
    story = repr(error)
    if isinstance(error, TimeoutError):
        return OutboundError(
            "timeout", host, f"{host} could not be connected to within {CONNECT_SECONDS:g} s", story
        )
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return OutboundError("dns", host, f"the name {host} leads to no address", story)
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return OutboundError("refused", host, f"{host} refused the connection", story)
    return OutboundError("unreachable", host, f"{host} cannot be reached", story)


def _of_tls(host: str, error: Exception) -> OutboundError:
    story = repr(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        problem = _CERTIFICATE_PROBLEMS.get(error.verify_code, error.verify_message)
        return OutboundError("tls", host, f"{host} cannot be trusted: {problem}", story)
    if isinstance(error, ssl.SSLError):
        return OutboundError("tls", host, f"{host} does not speak TLS as it should", story)
    if (
        isinstance(error, TimeoutError)
        or "timeout" in str(error).lower()
        or "took longer" in str(error)
    ):
        return OutboundError("tls", host, f"{host} did not end the TLS handshake in time", story)
    return OutboundError("tls", host, f"{host} closed the connection in the TLS handshake", story)
