"""What a function's requests go through: a pool of connections, and how a URL and headers become a request."""

from __future__ import annotations

from edgehost.client.connection import Answered, Call
from edgehost.client.connector import Connector
from edgehost.client.pool import Pool
from edgehost.client.request import Request, target_of


class Client:
    """Of one event loop."""

    def __init__(self) -> None:
        self._pool: Pool | None = None  # once something goes out

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
        request = Request(method, target_of(url), headers, body, is_streamed)
        if self._pool is None:
            self._pool = Pool(Connector())
        return self._pool.begin(request, answered)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()
