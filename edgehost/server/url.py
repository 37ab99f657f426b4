"""A request's URL from its target and its Host header, as the URL standard serialises it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from edgehost.errors import PeerError

if TYPE_CHECKING:
    from aiohttp.http import RawRequestMessage

# What the URL parser would leave as it is. Dots are left to it, also as %2E: they may be segments.
# The group is not possessive: on Debian 12's CPython 3.11.2 such a one fails for every path that ends in a slash.
_PLAIN_TARGET = re.compile(
    r"/(?:[A-Za-z0-9\-_~!$&()*+,;=:@/]++|%(?!2[eE])|(?<=[A-Za-z0-9\-_])\.)*"
    r"(?:\?[A-Za-z0-9\-._~!$&()*+,;=:@/?%]*+)?"
)
_HOST = re.compile(r"(?:[A-Za-z0-9_~!$&()*+,;=%.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")


@lru_cache(256)
def origin_of(secure: bool, host: str) -> str:
    """The origin that a Host header names. Raises PeerError when it names none."""
    import ada_url

    if _HOST.fullmatch(host):
        try:
            return str(ada_url.URL(f"{'https' if secure else 'http'}://{host}/").origin)
        except ValueError:
            pass
    raise PeerError(f"'{host}' is no host")


def request_url(secure: bool, message: RawRequestMessage) -> str:
    """Raises PeerError for a target or a Host header that makes no URL."""
    origin = origin_of(secure, message.headers.get("Host") or "localhost")
    target = message.path
    if target.startswith("/"):
        if _PLAIN_TARGET.fullmatch(target):
            return origin + target
        return _serialise(origin + target)
    if target == "*":  # OPTIONS *
        return origin + "/"
    return _serialise(target)  # absolute-form, as proxies are asked


def _serialise(text: str) -> str:
    import ada_url

    if not text.isascii():  # bytes are percent-encoded as they came, whatever they mean
        raw = text.encode("utf-8", "surrogateescape")
        text = "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in raw)
    try:
        url = ada_url.URL(text)
    except ValueError:
        raise PeerError(f"'{text[:200]}' is no URL") from None
    if url.protocol not in ("http:", "https:"):
        raise PeerError(f"'{text[:200]}' is no http URL")
    if url.username or url.password:
        raise PeerError(
            f"'{text[:200]}' holds a user name or password"
        )  # which no Request can have
    url.hash = ""
    return str(url.href)
