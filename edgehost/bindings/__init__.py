"""The host half of each web API: ops to I/O, I/O to events, queries to answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgehost.bindings import crypto, encoding, integrity, long_search, multipart_parser, url


def _nothing() -> None:
    pass


def stateless_queries(check: Callable[[], None] = _nothing) -> dict[str, Callable[..., Any]]:
    """Every query that depends on nothing but its arguments.

    check: called now and then by those that may take long; raises when the turn has to stop.
    """
    return {
        **crypto.queries(check),
        **encoding.queries(check),
        **integrity.queries(check),
        **long_search.QUERIES,
        **multipart_parser.QUERIES,
        **url.queries(check),
    }
