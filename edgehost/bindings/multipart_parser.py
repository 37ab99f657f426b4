"""Host half of reading forms: where the parts of a body are. Twin: runtime_js/fetch/multipart_parser.js

https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1

The host looks for the delimiters since that takes linear time and no interpreter, whatever a client sends.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from typing import Any, NoReturn

from edgehost.errors import Failure

MOST_HEADERS = 4096  # bytes of one part

_LINE_END = re.compile(rb"[\t ]*\r\n")
_EMPTY_LINE = b"\r\n\r\n"


def multipart_parts(data: bytes, boundary: str, most: int) -> bytes:
    """For each part the start of its headers, their end, and the end of its content, as 32-bit integers.

    What stands before the first delimiter and behind the last is left out.
    most: parts that the body may have. Raises Failure (TypeError).
    """
    delimiter = b"\r\n--" + boundary.encode("latin-1")
    parts = array("I")
    at = _after_first(data, delimiter)
    while not data.startswith(b"--", at):
        line_end = _LINE_END.match(data, at)
        if line_end is None:
            _refuse("a delimiter does not end its line")
        start = line_end.end()
        end = data.find(delimiter, start)
        if end < 0:
            _refuse("the delimiter that ends a part is missing")
        headers_end = data.find(_EMPTY_LINE, start, min(end, start + MOST_HEADERS))
        if headers_end < 0:
            _refuse(f"a part has no headers, or more than {MOST_HEADERS} bytes of them")
        if len(parts) == 3 * most:
            _refuse(f"it has more than {most} parts")
        parts.extend((start, headers_end, end))
        at = end + len(delimiter)
    return parts.tobytes()


def _after_first(data: bytes, delimiter: bytes) -> int:
    """Behind the first delimiter, which needs no line before it."""
    if data.startswith(delimiter[2:]):
        return len(delimiter) - 2
    at = data.find(delimiter)
    if at < 0:
        _refuse("the first delimiter is missing")
    return at + len(delimiter)


def _refuse(why: str) -> NoReturn:
    raise Failure("TypeError", f"the body is not multipart/form-data: {why}")


QUERIES: dict[str, Callable[..., Any]] = {"multipartParts": multipart_parts}
