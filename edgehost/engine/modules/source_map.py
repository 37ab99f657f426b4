"""From a place in compiled text to the place in the text that it was compiled from.

https://tc39.es/ecma426/
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

_DIGITS = {
    char: value
    for value, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_CONTINUES = 0b100000

Segment = tuple[int, int, int]  # column of the compiled text, line and column of the source, from 0


class SourceMap:
    """The map of a text that was compiled from one file; decoded when a place is first asked for."""

    def __init__(self, mappings: str) -> None:
        self._mappings = mappings

    def original(self, line: int, column: int) -> tuple[int, int]:
        """Line and column in the source. All count from 1."""
        if not 0 < line <= len(self._lines):
            return line, column
        segments = self._lines[line - 1]
        index = bisect_right(segments, (column - 1, 1 << 62, 0)) - 1
        if index < 0:
            return line, column
        _, source_line, source_column = segments[index]
        return source_line + 1, source_column + 1

    @cached_property
    def _lines(self) -> list[list[Segment]]:
        lines, source_line, source_column = [], 0, 0
        for text in self._mappings.split(";"):
            segments: list[Segment] = []
            column = 0
            for field in filter(None, text.split(",")):
                column_step, *source = _numbers(field)
                column += column_step
                if len(source) >= 3:
                    source_line += source[1]
                    source_column += source[2]
                    segments.append((column, source_line, source_column))
            lines.append(segments)
        return lines


def _numbers(field: str) -> list[int]:
    """Base64 VLQ: https://tc39.es/ecma426/#sec-base64-vlq"""
    numbers, value, shift = [], 0, 0
    for char in field:
        digit = _DIGITS[char]
        value |= (digit & ~_CONTINUES) << shift
        shift += 5
        if not digit & _CONTINUES:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return numbers
