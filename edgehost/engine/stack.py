"""A JavaScript stack as text, to the frames that lie in the user's files.

The engine writes a line for each frame: "    at name (file:line:column)", or "    at file:line:column"
where there is no function, as in syntax errors; built-in functions are "(native)".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from edgehost.engine.runtime_files import PREFIX
from edgehost.errors import Frame

_LINE = re.compile(
    r"^ {0,8}at (?:(?P<name>.*?) \()?(?P<file>[^()\n]+?):(?P<line>[0-9]{1,10})(?::(?P<column>[0-9]{1,10}))?\)?$",
    re.M,
)

_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")  # as JavaScript counts lines


def frames_of(stack: str) -> tuple[Frame, ...]:
    """Innermost first. The runtime's own frames and built-in functions are left out."""
    return tuple(
        Frame(m["name"] or "<anonymous>", m["file"], int(m["line"]), int(m["column"] or 1))
        for m in _LINE.finditer(stack)
        if not _is_internal(m["file"])
    )


def with_places(stack: str, original: Callable[[Frame], Frame]) -> str:
    """A stack whose frames lie elsewhere than the engine knows; the rest of its text stays."""

    def replaced(match: re.Match[str]) -> str:
        frame = Frame("", match["file"], int(match["line"]), int(match["column"] or 1))
        if _is_internal(frame.file) or (there := original(frame)) == frame:
            return match[0]
        start, end = match.start("file") - match.start(), match.end("column") - match.start()
        return f"{match[0][:start]}{there.file}:{there.line}:{there.column}{match[0][end:]}"

    return _LINE.sub(replaced, stack)


def _is_internal(file: str) -> bool:
    return file.startswith((PREFIX, "<input>"))


def excerpt(frames: tuple[Frame, ...], sources: Mapping[str, str]) -> str:
    """The source line of the innermost frame with a caret under its column, or ""."""
    if not frames or frames[0].file not in sources:
        return ""
    frame = frames[0]
    lines = _LINE_END.split(sources[frame.file])
    if not 0 < frame.line <= len(lines):
        return ""
    number = f"{frame.line} | "
    # Long (minified) lines are cut around the column.
    start = max(0, frame.column - 60)
    shown = lines[frame.line - 1][start : start + 120].replace("\t", " ")
    return f"{number}{shown}\n{' ' * (len(number) + frame.column - 1 - start)}^"


def split(text: str) -> tuple[str, str, str]:
    """The binding's exception text to (name, message, stack)."""
    first = text.find("\n    at ")
    # "undefined" stands where there is no stack.
    head, stack = (
        (text.removesuffix("\nundefined"), "") if first < 0 else (text[:first], text[first + 1 :])
    )
    half = len(head) // 2
    if head[half : half + 1] == "\n" and head[:half] == head[half + 1 :]:
        head = head[:half]  # the stack's own first line
    name, colon, message = head.strip().partition(": ")
    if colon or name.endswith("Error"):
        return name, message, stack
    return "Error", name, stack
