"""What is wrong with the rules and proxies of the network is said at the start, not by the first connection."""

from __future__ import annotations

import os
import re

from edgehost.config import Network
from edgehost.errors import ConfigError

PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")


def check(network: Network) -> None:
    """Raises ConfigError. Imports nothing where nothing is said."""
    if network.allow or network.deny:
        from edgehost.client.permissions import NetRules

        NetRules(network.allow, network.deny)
    if network.origin and not re.match(r"https?://[^/]", network.origin):
        raise ConfigError(f"--origin {network.origin}: it has to be a URL with http:// or https://")
    if any(os.environ.get(name) for name in PROXIES):
        from edgehost.client.proxies import Proxies

        Proxies(os.environ)
