"""What the client sees when a function fails: for its author in pretty mode, nothing internal else."""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from edgehost.config import LogFormat
from edgehost.errors import FunctionError
from edgehost.stack_lines import stack_lines

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem}"
    "pre{background:#f4f4f5;padding:1rem;overflow:auto;font:14px/1.5 ui-monospace,monospace}"
    "@media(prefers-color-scheme:dark){body{background:#18181b;color:#e4e4e7}pre{background:#27272a}}"
)


def error_page(status: int, error: FunctionError, log_format: LogFormat) -> tuple[str, bytes]:
    """The headers (names and values, a line each) and the body."""
    phrase = HTTPStatus(status).phrase
    if log_format == "json":
        return "content-type\ntext/plain;charset=UTF-8", f"{phrase}\n".encode()
    frames = "\n".join(stack_lines(error.frames))
    details = "\n\n".join(part for part in (error.excerpt, frames) if part)
    page = (
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{status} {escape(error.name)}</title>"
        f"<style>{_STYLE}</style><h1>{escape(error.name)}</h1><p>{escape(error.message)}</p>"
        + (f"<pre>{escape(details)}</pre>" if details else "")
        + f"<p><small>{status} {phrase}, from edgehost</small></p></html>\n"
    )
    return "content-type\ntext/html;charset=UTF-8\ncache-control\nno-store", page.encode(
        "utf-8", "replace"
    )
