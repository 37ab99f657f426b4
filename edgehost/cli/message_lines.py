"""WebSocket messages as lines for a terminal: direction, type, size in bytes, content.

Nothing of a peer's is obeyed by the terminal: what is not printable is shown as an escape.
"""

from __future__ import annotations

from collections.abc import Iterable

SENT, RECEIVED = ">", "<"
MOST_CHARACTERS = 2_000  # of a text that are shown
MOST_BYTES = 32


def message_line(direction: str, message: str | bytes) -> str:
    """A text or bytes."""
    if isinstance(message, str):
        cut = "..." if len(message) > MOST_CHARACTERS else ""
        shown = printable(message[:MOST_CHARACTERS]) + cut
        return _line(direction, "text", len(message.encode()), shown)
    return _line(direction, "bytes", len(message), _hexadecimal(message))


def close_line(direction: str, code: int, reason: str) -> str:
    """A close frame; its size is of no interest."""
    return f"{direction} close {code} {printable(reason)}".rstrip()


def printable(text: str) -> str:
    """On one line, without a character that a terminal acts on."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _line(direction: str, kind: str, size: int, shown: str) -> str:
    return f"{direction} {kind:<5} {size:>5}  {shown}".rstrip()


def _hexadecimal(data: bytes) -> str:
    if not data:
        return ""
    cut = "..." if len(data) > MOST_BYTES else ""
    return f"{data[:MOST_BYTES].hex(' ')}{cut}  |{_ascii(data[:MOST_BYTES])}{cut}|"


def _ascii(data: Iterable[int]) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
