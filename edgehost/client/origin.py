"""Whom a connection goes to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """https://url.spec.whatwg.org/#concept-url-origin of http and https."""

    scheme: str  # "http" or "https"
    host: str  # as the URL parser serialised it, IPv6 in brackets
    port: int
