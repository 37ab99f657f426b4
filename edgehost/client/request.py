"""A request on its way out: where it goes, and the bytes of its head.

https://www.rfc-editor.org/rfc/rfc9112#section-3. Framing, `Host` and what only the ends of a connection say to
each other are the connection's: a function's own are not sent, but for a Content-Length that a stream shall have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgehost.client.origin import Origin
from edgehost.errors import BoundaryViolation
from edgehost.fields import HOP_BY_HOP, NAME, fields_of

_URL = re.compile(
    r"(https?)://(?:[^/?#@]*@)?(\[[0-9a-f:.]+\]|[^/?#@:\[\]]+)(?::([0-9]{1,5}))?(/[^#]*)?(?:#.*)?"
)
_VISIBLE = re.compile(r"[!-~]+")
_LENGTH = re.compile(r"[0-9]{1,15}")
_PORTS = {"http": 80, "https": 443}
_OURS = HOP_BY_HOP | {"host", "content-length", "expect"}
_HAVE_BODIES = frozenset({"POST", "PUT"})  # say so even where there is none: Fetch, 4.6

STREAM = object()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL points to."""

    origin: Origin
    authority: str  # the value of Host
    path: str  # with the query, and its "?" where that is empty


def target_of(url: str) -> Target:
    """url: http or https, as the URL standard serialises it. Raises BoundaryViolation for what is no such URL."""
    match = _URL.fullmatch(url) if _VISIBLE.fullmatch(url) else None
    if match is None:
        raise BoundaryViolation(f"{url!r:.200} is no http: or https: URL")
    scheme, host, port, path = match.groups()
    number = int(port) if port else _PORTS[scheme]
    if number > 65535:
        raise BoundaryViolation(f"{url!r:.200} has no possible port")
    return Target(Origin(scheme, host, number), f"{host}:{port}" if port else host, path or "/")


@dataclass(slots=True)
class Request:
    """body: all of it; None for none. is_streamed: it follows in pieces instead."""

    method: str
    target: Target
    headers: str  # names in lower case and values, a line each
    body: bytes | None = None
    is_streamed: bool = False
    length: int | None = None  # of what is streamed, where the function says so

    def head(self, target: str = "", more: str = "") -> bytes:
        """The head. target: what stands instead of the path. more: lines of the connection's.

        Raises BoundaryViolation for a method or header that is none.
        """
        if not NAME.fullmatch(self.method):
            raise BoundaryViolation(f"a method cannot be {self.method!r:.100}")
        lines = [
            f"{self.method} {target or self.target.path} HTTP/1.1\r\nhost: {self.target.authority}\r\n"
        ]
        fields = fields_of(self.headers)
        named = _named_by_connection(fields)
        for name, value in fields:
            if name == "content-length":
                self.length = int(value) if _LENGTH.fullmatch(value) else None
            elif name not in _OURS and name not in named:
                lines.append(f"{name}: {value}\r\n")
        lines += more, self._framing(), "\r\n"
        return "".join(lines).encode("latin-1")

    def _framing(self) -> str:
        if self.is_streamed:
            if self.length is not None:
                return f"content-length: {self.length}\r\n"
            return "transfer-encoding: chunked\r\n"
        if self.body is not None:
            return f"content-length: {len(self.body)}\r\n"
        return "content-length: 0\r\n" if self.method in _HAVE_BODIES else ""


def _named_by_connection(fields: list[tuple[str, str]]) -> frozenset[str]:
    """Fields that are for this connection alone (RFC 9110, 7.6.1)."""
    values = [value for name, value in fields if name == "connection"]
    if not values:
        return frozenset()
    return frozenset(option.strip(" \t").lower() for option in ",".join(values).split(","))
