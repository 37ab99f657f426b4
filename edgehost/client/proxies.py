"""HTTP proxies, as the environment of edgehost's own process names them: HTTP_PROXY, HTTPS_PROXY, NO_PROXY."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from edgehost.client.origin import Origin
from edgehost.client.request import Target
from edgehost.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Proxy:
    """authorization: a header line, or ""."""

    origin: Origin
    authorization: str

    def lines(self, target: Target) -> tuple[str, str]:
        """For a request of plain http: what stands as its target, and the proxy's own lines."""
        return f"http://{target.authority}{target.path}", self.authorization


class Proxies:
    """Which connection goes through which."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Raises ConfigError for a proxy that is none that is spoken to here."""
        self._by_scheme = {
            scheme: _proxy_of(name, value)
            for scheme, name in (("http", "http_proxy"), ("https", "https_proxy"))
            if (value := environment.get(name) or environment.get(name.upper()))
        }
        spared = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        self._spared = [part for part in re.split(r"[\s,]+", spared.lower()) if part]

    def of(self, origin: Origin) -> Proxy | None:
        proxy = self._by_scheme.get(origin.scheme)
        return None if proxy is None or self._is_spared(origin) else proxy

    def _is_spared(self, origin: Origin) -> bool:
        host = origin.host.strip("[]")
        return any(_spares(part, host, origin.port) for part in self._spared)


def _spares(part: str, host: str, port: int) -> bool:
    if part == "*":
        return True
    try:
        network = ipaddress.ip_network(part.strip("[]"), strict=False)
    except ValueError:
        network = None
    if network is not None:
        try:
            return ipaddress.ip_address(host) in network
        except ValueError:
            return False
    name, _, number = part.partition(":")
    if number and number != str(port):
        return False
    name = name.removeprefix("*").removeprefix(".")
    return host == name or host.endswith(f".{name}")


def _proxy_of(name: str, value: str) -> Proxy:
    url = urlsplit(value if "://" in value else f"http://{value}")
    if url.scheme != "http" or not url.hostname:
        raise ConfigError(
            f"{name.upper()}: only http:// proxies are spoken to, not {url.scheme}://"
        )
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    authorization = ""
    if url.username is not None:
        secret = f"{unquote(url.username)}:{unquote(url.password or '')}".encode()
        authorization = f"proxy-authorization: Basic {base64.b64encode(secret).decode()}\r\n"
    return Proxy(Origin("http", host, url.port or 80), authorization)
