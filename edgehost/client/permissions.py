"""To whom a function may connect: rules of names, addresses and ports.

A name can lead anywhere, and elsewhere the next time it is asked for. So what decides is the very address that is
about to be connected to; names only make it wider or narrower.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from edgehost.errors import ConfigError

Address = IPv4Address | IPv6Address

# Kinds of addresses, which rules may name too.
PUBLIC, LOOPBACK, PRIVATE, LINK_LOCAL, METADATA, SPECIAL = (
    "public",
    "loopback",
    "private",
    "link-local",
    "metadata",
    "special",
)
KINDS = (PUBLIC, LOOPBACK, PRIVATE, LINK_LOCAL, METADATA, SPECIAL)
BY_DEFAULT = (PUBLIC, LOOPBACK, PRIVATE)
IN_PRODUCTION = (PUBLIC,)
OF_NAMES = (PUBLIC, LOOPBACK, PRIVATE)  # what a rule of a name lets it lead to

# Where clouds tell a machine its secrets, beside 169.254.0.0/16.
_METADATA = {
    ipaddress.ip_address(address)
    for address in (
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
}
_SHARED = ipaddress.ip_network("100.64.0.0/10")  # of carriers (RFC 6598)
_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")
_TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_COMPATIBLE = ipaddress.ip_network("::/96")
_RULE = re.compile(r"(\[[^\]]+\](?:/\d+)?|[^:\[\]]+|[0-9a-fA-F:.]+/\d+)(?::(\d{1,5}))?")


def kind_of(address: Address) -> str:
    """What an address is, whatever it is wrapped in."""
    address = _unwrapped(address)
    if address in _METADATA:
        return METADATA
    if address.is_link_local:
        return LINK_LOCAL
    if address.is_unspecified or address.is_multicast or address in _THIS_NETWORK:
        return SPECIAL
    if address.is_loopback:
        return LOOPBACK
    if address.is_private or address in _SHARED or getattr(address, "is_site_local", False):
        return SPECIAL if address.is_reserved and address.version == 4 else PRIVATE
    return SPECIAL if address.is_reserved and address.version == 4 else PUBLIC


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to."""
    if address.version == 4:
        return address
    for inner in (address.ipv4_mapped, address.sixtofour):
        if inner is not None:
            return inner
    is_wrapped = any(address in network for network in _TRANSLATED)
    if is_wrapped or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


@dataclass(frozen=True, slots=True)
class Rule:
    """One of the kinds, a network, or a name ("*.x" for those below it, "*" for all); and a port, or any."""

    kind: str = ""
    network: IPv4Network | IPv6Network | None = None
    name: str = ""
    port: int | None = None

    def is_of_address(self, address: Address, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if self.kind:
            return kind_of(address) == self.kind
        return self.network is not None and _unwrapped(address) in self.network

    def is_of_name(self, host: str, port: int) -> bool:
        if not self.name or self.port not in (None, port):
            return False
        host = host.rstrip(".").lower()
        if self.name.startswith("*"):
            return self.name == "*" or host.endswith(self.name[1:])
        return host == self.name


def rule_of(text: str) -> Rule:
    """Raises ConfigError for what is none."""
    match = _RULE.fullmatch(text.strip())
    try:
        return Rule(network=ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        pass
    if match is None:
        raise ConfigError(f"{text!r} is no rule: a name, an address or a range, perhaps with :PORT")
    place, port = match[1], int(match[2]) if match[2] else None
    if port is not None and not 0 < port < 65536:
        raise ConfigError(f"{text!r} has no possible port")
    if place in KINDS:
        return Rule(kind=place, port=port)
    try:
        return Rule(
            network=ipaddress.ip_network(place.replace("[", "").replace("]", ""), strict=False),
            port=port,
        )
    except ValueError:
        pass
    if "/" in place or ("*" in place and not re.fullmatch(r"\*(\.[^*]+)?", place)):
        raise ConfigError(f"{text!r} is no rule: only '*' and '*.NAME' have a star")
    return Rule(name=place.rstrip(".").lower(), port=port)


def rules_of(texts: Iterable[str]) -> tuple[Rule, ...]:
    """Each text may have several, with commas between."""
    return tuple(rule_of(part) for text in texts for part in text.split(",") if part.strip())


class NetRules:
    """What `--allow-net`, `--deny-net` and `--production` say. A rule that denies wins."""

    def __init__(
        self, allow: Iterable[str] = (), deny: Iterable[str] = (), *, production: bool = False
    ) -> None:
        """Raises ConfigError for what is no rule."""
        self._allow = rules_of(allow)
        self._deny = rules_of(deny)
        if not self._allow:
            self._allow = tuple(
                Rule(kind=kind) for kind in (IN_PRODUCTION if production else BY_DEFAULT)
            )

    def refusal_of_name(self, host: str, port: int) -> str:
        """Why nobody may connect to a name, whatever it leads to; "" where its addresses decide."""
        if any(rule.is_of_name(host, port) for rule in self._deny):
            return f"{host}:{port} is denied (--deny-net)"
        return ""

    def refusal_of_address(self, host: str, address: Address, port: int) -> str:
        """Why nobody may connect to an address that a name led to; "" where they may."""
        kind = kind_of(address)
        if any(rule.is_of_address(address, port) for rule in self._deny):
            return f"the address of {host}:{port} is denied (--deny-net)"
        if any(rule.is_of_address(address, port) for rule in self._allow):
            return ""
        if kind in OF_NAMES and any(rule.is_of_name(host, port) for rule in self._allow):
            return ""
        what = {PUBLIC: "a public", LOOPBACK: "a loopback", PRIVATE: "a private"}.get(
            kind, f"a {kind}"
        )
        return f"{host} leads to {what} address, which is not allowed (--allow-net)"
