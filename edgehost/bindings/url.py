"""Host half of URL and URLSearchParams. Twin: runtime_js/url/url.js, runtime_js/url/url_search_params.js

https://url.spec.whatwg.org/

Parsing is ada's. Its C functions are called directly: the classes of `ada_url` around them cost
three times the parsing itself. The pointer to a parsed URL lives for one call only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes

from ada_url._ada_wrapper import ffi, lib  # type: ignore[import-not-found]

SLICE = 256 * 1024  # characters between two looks at the limit

_parse, _parse_with_base = lib.ada_parse, lib.ada_parse_with_base
_get_href, _free, _unpack = lib.ada_get_href, lib.ada_free, ffi.unpack

_SETTERS: dict[str, Callable[[Any, bytes, int], object]] = {
    "protocol": lib.ada_set_protocol,
    "username": lib.ada_set_username,
    "password": lib.ada_set_password,
    "host": lib.ada_set_host,
    "hostname": lib.ada_set_hostname,
    "port": lib.ada_set_port,
    "pathname": lib.ada_set_pathname,
    "search": lib.ada_set_search,
    "hash": lib.ada_set_hash,
}


def parse_url(url: str, base: str | None = None) -> str | None:
    """The serialization, which is ASCII, or None for an invalid URL or base."""
    data = url.encode()
    if base is None:
        parsed = _parse(data, len(data))
    else:
        base_data = base.encode()
        parsed = _parse_with_base(data, len(data), base_data, len(base_data))
    try:
        return _href(parsed)
    finally:
        _free(parsed)


def _href(parsed: Any) -> str | None:
    href = _get_href(parsed)
    length = href.length
    # An invalid URL has an empty serialization.
    return _unpack(href.data, length).decode("ascii") if length else None


def can_parse_url(url: str, base: str | None = None) -> bool:
    """Whether parse_url would succeed."""
    data = url.encode()
    if base is None:
        return bool(lib.ada_can_parse(data, len(data)))
    base_data = base.encode()
    return bool(lib.ada_can_parse_with_base(data, len(data), base_data, len(base_data)))


def set_url_part(href: str, part: str, value: str) -> str | None:
    """The serialization after a setter of the URL class; the same when the value is refused."""
    data, value_data = href.encode(), value.encode()
    url = _parse(data, len(data))
    try:
        _SETTERS[part](url, value_data, len(value_data))
        return _href(url)
    finally:
        _free(url)


def percent_decode(text: str, check: Callable[[], None]) -> str:
    """https://url.spec.whatwg.org/#string-percent-decode, then UTF-8 decode without BOM."""
    pieces = []
    at = 0
    while at < len(text):
        end = at + SLICE
        if "%" in text[end - 2 : end]:  # an escape is not to be cut
            end += 2
        pieces.append(unquote_to_bytes(text[at:end]))
        at = end
        check()
    return b"".join(pieces).decode("utf-8", "replace")


def queries(check: Callable[[], None]) -> dict[str, Callable[..., Any]]:
    return {
        "parseUrl": parse_url,
        "canParseUrl": can_parse_url,
        "setUrlPart": set_url_part,
        "percentDecode": partial(percent_decode, check=check),
    }
