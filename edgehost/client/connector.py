"""How a connection to an origin is made."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from edgehost.client.origin import Origin
from edgehost.errors import OutboundError


class Connector:
    """Of one event loop."""

    def proxy_of(self, origin: Origin) -> Any:
        return None

    async def connect(
        self, origin: Origin, make_protocol: Callable[[], Any], *, tunnel: bool = False
    ) -> Any:
        """An open connection, whose protocol was made by make_protocol. Raises OutboundError."""
        loop = asyncio.get_running_loop()
        tls = ssl.create_default_context() if origin.scheme == "https" else None
        try:
            _, protocol = await loop.create_connection(
                make_protocol, origin.host.strip("[]"), origin.port, ssl=tls
            )
        except OSError as error:
            raise OutboundError("refused", origin.host, str(error)) from error
        return protocol
