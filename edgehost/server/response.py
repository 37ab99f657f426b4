"""The bytes of an HTTP/1.1 response, and the rules about its head.

https://www.rfc-editor.org/rfc/rfc9112 for framing, RFC 9110 for which responses have a body. Framing is
the server's: a function's own Transfer-Encoding, Connection and the like are not sent.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

from edgehost.errors import BoundaryViolation
from edgehost.fields import HOP_BY_HOP, VALUE, fields_of

_CACHE_SIZE = 512
_CACHEABLE_LENGTH = 1024  # characters of headers and reason

_LENGTH = re.compile(r"[0-9]{1,18}")
_CLOSE = re.compile(r"(?:^|,)[ \t]*close[ \t]*(?:,|$)", re.IGNORECASE)
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Head:
    """The status line and the function's headers, ready to be sent."""

    data: bytes  # each line ends in CRLF
    length: int | None  # the function's own Content-Length, if it has just one
    close: bool  # the function asked for Connection: close
    dated: bool  # the function sends its own Date
    bodiless: bool  # this status has no body


_heads: dict[tuple[int, str, str], Head] = {}


def head_of(status: int, reason: str, headers: str) -> Head:
    """headers: names and values, a line each. Functions repeat their heads, so the last ones are kept.

    Raises BoundaryViolation for what cannot stand in a head: the runtime lets none of it through.
    """
    key = (status, reason, headers)
    head = _heads.get(key)
    if head is None:
        head = _build(status, reason, headers)
        if len(headers) + len(reason) <= _CACHEABLE_LENGTH:
            if len(_heads) >= _CACHE_SIZE:
                _heads.clear()
            _heads[key] = head
    return head


def _build(status: int, reason: str, headers: str) -> Head:
    reason = reason or _REASONS.get(status, "")
    if not VALUE.fullmatch(reason):
        raise BoundaryViolation(f"a response's reason cannot be {reason!r:.100}")
    lines = [f"HTTP/1.1 {status} {reason}\r\n"]
    lengths: set[int | None] = set()
    close = dated = False
    for name, value in fields_of(headers):
        if name == "content-length":
            lengths.add(int(value) if _LENGTH.fullmatch(value) else None)
        elif name in HOP_BY_HOP:  # beside Connection: close, which is honoured
            close = close or (name == "connection" and _CLOSE.search(value) is not None)
            if name == "upgrade" and status == 426:  # RFC 9110, 15.5.22: it must say to what
                lines.append(f"upgrade: {value}\r\nconnection: upgrade\r\n")
        else:
            dated = dated or name == "date"
            lines.append(f"{name}: {value}\r\n")
    length = lengths.pop() if len(lengths) == 1 else None
    return Head(
        "".join(lines).encode("latin-1"), length, close, dated, status in (204, 304) or status < 200
    )


_date: tuple[int, bytes] = (0, b"")


def date_line() -> bytes:
    """The Date header of this second."""
    global _date
    now = int(time.time())
    if _date[0] != now:
        _date = (now, f"date: {formatdate(now, usegmt=True)}\r\n".encode())
    return _date[1]
