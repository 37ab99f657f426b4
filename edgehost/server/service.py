"""A function on a port: from binding the address to the end of the last connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_address

from edgehost.config import ServerConfig
from edgehost.deployment import Deployment
from edgehost.server.bind import bind
from edgehost.server.host import HttpHost
from edgehost.server.listener import Listener
from edgehost.server.tls import context_factory

FAREWELL_SECONDS = 1.0  # at least, for what was written last to leave


class Service:
    """Serves one deployment."""

    def __init__(self, deployment: Deployment, config: ServerConfig) -> None:
        self.deployment = deployment
        self.config = config
        self._host: HttpHost | None = None
        self._listener: Listener | None = None

    async def start(self) -> None:
        """Loads the function and accepts. Raises ConfigError or FunctionError."""
        config = self.config
        sockets = bind(config.host, config.port)
        try:
            tls = context_factory(config) if config.tls else None
            self.deployment.measures_cpu = config.request_log
            await self.deployment.start()
        except BaseException:
            for each in sockets:
                each.close()
            raise
        self._host = HttpHost(self.deployment, config, show_errors=_shows_errors(config, sockets))
        self._listener = Listener(
            self._host,
            sockets,
            tls=tls,
            first_byte_seconds=config.keep_alive_seconds,
            untrusted_hint="a client does not trust the development certificate: run `edgehost cert trust`",
        )
        self._listener.start()
        self.deployment.client.listens = self._listener.addresses

    @property
    def port(self) -> int:
        assert self._listener is not None
        return self._listener.addresses[0][1]

    @property
    def urls(self) -> Sequence[str]:
        """What a user can open: http first, then https when the port speaks it."""
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.config.host, self.config.host)
        shown = f"[{host}]" if ":" in host else host
        schemes = ("http", "https") if self.config.tls else ("http",)
        return [f"{scheme}://{shown}:{self.port}/" for scheme in schemes]

    async def stop(self) -> None:
        """Stops accepting, lets what is in flight end within the grace time, and closes the rest."""
        if self._listener is None or self._host is None:
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + self.config.grace_seconds
        self._listener.close()
        await self._listener.wait_closed(self.config.grace_seconds)
        self._host.stop()
        await self._host.caught_up(max(0.0, end - loop.time()))
        await self.deployment.close(max(0.0, end - loop.time()))
        await self._host.wait_closed(max(FAREWELL_SECONDS, end - loop.time()))
        self._host.abort()


def _shows_errors(config: ServerConfig, sockets: Sequence[socket.socket]) -> bool:
    """Unless an option says so: where only this machine reaches us, and a person reads the log."""
    if config.show_errors is not None:
        return config.show_errors
    addresses = (ip_address(each.getsockname()[0]) for each in sockets)
    return config.log_format == "pretty" and all(each.is_loopback for each in addresses)
