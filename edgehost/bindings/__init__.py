"""The host half of each web API: ops to I/O, I/O to events, queries to answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgehost.bindings import crypto, encoding, integrity, multipart_parser, url


def stateless_queries() -> dict[str, Callable[..., Any]]:
    """Every query that depends on nothing but its arguments."""
    return {
        **crypto.QUERIES,
        **encoding.QUERIES,
        **integrity.QUERIES,
        **multipart_parser.QUERIES,
        **url.QUERIES,
    }
