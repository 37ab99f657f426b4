"""What a function's requests go through: a pool of connections, and how a URL and headers become a request."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING

from edgehost.bindings.websocket import Connecting
from edgehost.config import Network

if TYPE_CHECKING:
    from edgehost.client.connection import Answered, Call
    from edgehost.client.pool import Pool
    from edgehost.client.socket_attempt import SocketAttempt
    from edgehost.client.websocket import SocketHost


OWN_ADDRESS = (
    "the function asked itself, and would without end: --origin URL says where its origin is"
)


class Client:
    """Of one event loop. Nothing is imported or made for it before something goes out."""

    def __init__(self, network: Network) -> None:
        self.listens: Sequence[tuple[str, int]] = ()  # where the function itself is served
        # Said in each request, so that one that comes back is known (RFC 8586).
        self.mark = f"edgehost-{secrets.token_hex(6)}"
        self._network = network
        self._pool: Pool | None = None

    def __len__(self) -> int:
        """How many connections there are."""
        return 0 if self._pool is None else len(self._pool)

    def begin(
        self,
        method: str,
        url: str,
        headers: str,
        body: bytes | None,
        is_streamed: bool,
        answered: Answered,
        of: str = "",
    ) -> Call:
        """headers: names in lower case and values, a line each.
        of: the URL of the request that the function was called with; for the same origin, --origin counts.

        Raises BoundaryViolation for what is no request.
        """
        from dataclasses import replace

        from edgehost.client.request import Request, target_of

        target = target_of(url)
        if self._network.origin and of and target.origin == target_of(of).origin:
            target = replace(target, origin=target_of(self._network.origin).origin)
        request = Request(method, target, headers, body, is_streamed)
        pool = self._make() if self._pool is None else self._pool
        return pool.begin(request, answered)

    def connect(
        self,
        host: SocketHost,
        url: str,
        protocols: tuple[str, ...],
        headers: str,
        connecting: Connecting,
    ) -> SocketAttempt:
        """Begins an outbound socket. url: ws or wss, serialised.

        Raises BoundaryViolation for what is no such URL or no header.
        """
        from edgehost.client.socket_attempt import SocketAttempt

        pool = self._make() if self._pool is None else self._pool
        return SocketAttempt(pool.connector, host, url, protocols, headers, pool.more, connecting)

    def _make(self) -> Pool:
        from edgehost.client.connector import Connector
        from edgehost.client.permissions import NetRules
        from edgehost.client.pool import Pool

        network = self._network
        rules = NetRules(network.allow, network.deny, production=network.production)
        connector = Connector(rules, network.authorities, os.environ, self._is_own)
        self._pool = Pool(connector, more=f"cdn-loop: {self.mark}\r\n")
        return self._pool

    def _is_own(self, address: str, port: int) -> bool:
        """Whether the function itself listens there."""
        return any(port == own and is_at(address, host) for host, own in self.listens)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()


def is_at(address: str, listener: str) -> bool:
    """Whether who listens on one address is found at another one."""
    found, own = ip_address(address), ip_address(listener)
    found = getattr(found, "ipv4_mapped", None) or found
    return found == own or (own.is_unspecified and found.is_loopback)
