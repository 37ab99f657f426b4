"""What the client sees when a function fails: to its author all of it, to strangers the status alone.

Whether a client is the author cannot be told from its address: behind a proxy on this machine all of
them are local. So it goes by what is listened on, and by the options (`Service`).
"""

from __future__ import annotations

import json
import re
from html import escape
from http import HTTPStatus
from typing import Literal

from edgehost.errors import FunctionError
from edgehost.stack_lines import stack_lines

Form = Literal["html", "json", "text"]

HEADERS: dict[Form, str] = {
    "html": "content-type\ntext/html;charset=UTF-8\ncache-control\nno-store",
    "json": "content-type\napplication/json\ncache-control\nno-store",
    "text": "content-type\ntext/plain;charset=UTF-8\ncache-control\nno-store",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem}"
    "pre{background:#f4f4f5;padding:1rem;overflow:auto;font:14px/1.5 ui-monospace,monospace}"
    "@media(prefers-color-scheme:dark){body{background:#18181b;color:#e4e4e7}pre{background:#27272a}}"
)
_WEIGHT = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_JSON_SUFFIX = re.compile(r"application/[^/]+\+json")
_FORMS: dict[str, tuple[Form, bool]] = {  # and whether the client has named it
    "text/html": ("html", True),
    "application/json": ("json", True),
    "text/json": ("json", True),
    "application/*": ("json", False),
    "text/plain": ("text", True),
    "text/*": ("text", False),
    "*/*": ("text", False),
}


def error_page(
    status: int, error: FunctionError, accept: str, *, details: bool
) -> tuple[str, bytes]:
    """The headers (names and values, a line each) and the body.

    accept: the client's Accept, or "".
    details: whether it may see more than the status.
    """
    form = wanted_form(accept)
    if form == "html" and not details:
        form = "text"
    return HEADERS[form], _body(form, status, error, details).encode("utf-8", "replace")


def wanted_form(accept: str) -> Form:
    """What a client likes best (RFC 9110, 12.5.1): of equals what it names, then what it names first."""
    best: tuple[float, bool] = (0.0, False)
    form: Form = "text"
    for item in accept.lower().split(","):
        kind = item.partition(";")[0].strip()
        weight = _WEIGHT.search(item)
        kind = "application/json" if _JSON_SUFFIX.fullmatch(kind) else kind
        if kind not in _FORMS:
            continue
        offered, is_named = _FORMS[kind]
        rank = float(weight[1]) if weight else 1.0, is_named
        if rank[0] and rank > best:
            best, form = rank, offered
    return form


def _body(form: Form, status: int, error: FunctionError, details: bool) -> str:
    phrase = HTTPStatus(status).phrase
    if form == "html":
        return _page(status, phrase, error)
    if form == "json":
        told: dict[str, object] = {"status": status, "error": phrase}
        if details:
            told |= {
                "name": error.name,
                "message": error.message,
                "stack": [line.strip().removeprefix("at ") for line in stack_lines(error.frames)],
                "source": error.excerpt,
            }
        return f"{json.dumps(told)}\n"
    return f"{error}\n" if details else f"{phrase}\n"


def _page(status: int, phrase: str, error: FunctionError) -> str:
    frames = "\n".join(stack_lines(error.frames))
    details = "\n\n".join(part for part in (error.excerpt, frames) if part)
    return (
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{status} {escape(error.name)}</title>"
        f"<style>{_STYLE}</style><h1>{escape(error.name)}</h1><p>{escape(error.message)}</p>"
        + (f"<pre>{escape(details)}</pre>" if details else "")
        + f"<p><small>{status} {phrase}, from edgehost</small></p></html>\n"
    )
