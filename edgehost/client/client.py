"""What a function's requests go through: a pool of connections, and how a URL and headers become a request."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from edgehost.config import Network

if TYPE_CHECKING:
    from edgehost.client.connection import Answered, Call
    from edgehost.client.pool import Pool


class Client:
    """Of one event loop. Nothing is imported or made for it before something goes out."""

    def __init__(self, network: Network) -> None:
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
    ) -> Call:
        """headers: names in lower case and values, a line each.

        Raises BoundaryViolation for what is no request.
        """
        from edgehost.client.request import Request, target_of

        request = Request(method, target_of(url), headers, body, is_streamed)
        pool = self._make() if self._pool is None else self._pool
        return pool.begin(request, answered)

    def _make(self) -> Pool:
        from edgehost.client.connector import Connector
        from edgehost.client.permissions import NetRules
        from edgehost.client.pool import Pool

        network = self._network
        rules = NetRules(network.allow, network.deny, production=network.production)
        self._pool = Pool(Connector(rules, network.authorities, os.environ))
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()
