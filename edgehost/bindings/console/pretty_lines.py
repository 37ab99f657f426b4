"""Texts as lines for people: the function's name before each, colours on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

BAR, ASCII_BAR = "│", "|"
TINTS = {"WARN": "33", "ERROR": "31"}  # of the bar, on a terminal
RESET = "\x1b[0m"

# The runtime marks styles with noncharacters, in the order of this list (inspect/text.js). Only
# these become escape sequences: every other control character of a text is shown, not obeyed.
STYLES = ("39", "22", "24", "36", "33", "90", "1", "32", "35", "31", "4")
MARKS = {0xFDD0 + index: f"\x1b[{code}m" for index, code in enumerate(STYLES)}
VISIBLE = {
    code: f"\\x{code:02X}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"
}


class PrettyLines:
    """How texts look on one stream."""

    def __init__(self, stream: TextIO | None, environment: Mapping[str, str]) -> None:
        self.is_terminal = _is_terminal(stream)
        self.is_colored = (
            self.is_terminal
            and not environment.get("NO_COLOR")
            and environment.get("TERM") != "dumb"
        )
        self._bar = BAR if _encodes(stream, BAR) else ASCII_BAR
        self._prefixes: dict[tuple[str, str], str] = {}

    def lines(self, name: str, severity: str, text: str) -> str:
        """A text as lines that all begin with the name."""
        if self.is_terminal and not text.isprintable():
            text = self._shown(text)
        if not name:
            return f"{text}\n"
        prefix = self._prefixes.get((name, severity)) or self._prefix(name, severity)
        if "\n" in text:
            text = text.replace("\n", f"\n{prefix}")
        return f"{prefix}{text}\n"

    def _shown(self, text: str) -> str:
        text = text.translate(VISIBLE)
        if not self.is_colored:
            return text
        styled = text.translate(MARKS)
        return styled if styled == text else f"{styled}{RESET}"

    def _prefix(self, name: str, severity: str) -> str:
        name = name.translate(VISIBLE).replace("\n", "\\n")
        prefix = f"{name} {self._bar} "
        if self.is_colored:
            tint = TINTS.get(severity, "")
            bar = f"\x1b[{tint}m{self._bar}{RESET}" if tint else f"\x1b[2m{self._bar}{RESET}"
            prefix = f"\x1b[2m{name}{RESET} {bar} "
        self._prefixes[name, severity] = prefix
        return prefix


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False


def _encodes(stream: TextIO | None, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
