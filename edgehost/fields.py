"""Header fields as they cross the boundary and stand on the wire: https://www.rfc-editor.org/rfc/rfc9110#section-5."""

from __future__ import annotations

import re

from edgehost.errors import BoundaryViolation

# What only the two ends of a connection say to each other (RFC 9110, 7.6.1).
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(r"[^\r\n\0\u0100-\U0010ffff]*")


def fields_of(headers: str) -> list[tuple[str, str]]:
    """Names and values, which are given a line each. Raises BoundaryViolation for those that are none."""
    parts = headers.split("\n") if headers else []
    if len(parts) % 2:
        raise BoundaryViolation("there is a header without a value")
    fields = list(zip(parts[::2], parts[1::2], strict=True))
    for name, value in fields:
        if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
            raise BoundaryViolation(f"a header cannot be {f'{name}: {value}'!r:.100}")
    return fields
