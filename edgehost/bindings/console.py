"""Host half of console: records to lines on two text streams. Twin: runtime_js/console.js

https://console.spec.whatwg.org/. A record is one `console` call, an uncaught error, or a line of
the host itself. Pretty lines begin with the function's name; JSON lines have the keys of Azion's
Functions Event Collector in their short form. Lines of one pass of the event loop leave in one
write for each stream; without a running loop they leave at once.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

from edgehost.config import LogFormat
from edgehost.errors import FunctionError

Locate = Callable[[str], tuple[Sequence[object], str]]

# What a console method means to a collector of records.
SEVERITIES = {
    "debug": "DEBUG",
    "log": "INFO",
    "info": "INFO",
    "warn": "WARN",
    "error": "ERROR",
    "assert": "ERROR",
    "trace": "TRACE",
}
TO_STDERR = frozenset({"warn", "error", "assert", "trace"})
PENDING_LIMIT = 64 * 1024  # characters that wait for the end of the pass; more are written at once

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


class Console:
    """The records of one function, as lines."""

    def __init__(
        self,
        name: str,
        *,
        log_format: LogFormat = "pretty",
        quiet: bool = False,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        locate: Locate | None = None,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Writes for the function `name`; lines have no prefix where it is "".

        quiet: only errors.
        stdout, stderr: sys.stdout and sys.stderr where they are None.
        locate: from a stack to the frames in the user's files and the source line of the first;
            may be set later as an attribute.
        clock: seconds since the epoch.
        """
        self.name = name
        self.locate = locate
        self._json = log_format == "json"
        self._quiet = quiet
        self._clock = clock
        out = _Stream(stdout or sys.stdout, environment)
        err = (
            out
            if stderr is not None and stderr is stdout
            else _Stream(stderr or sys.stderr, environment)
        )
        self._streams = (out, err)
        self._pending: list[tuple[_Stream, str]] = []  # lines to be written, in order
        self._pending_size = 0  # characters
        self._scheduled: asyncio.AbstractEventLoop | None = None  # the loop that will flush them
        self._held = False
        self.ops: dict[str, Callable[..., None]] = {"log": self.log, "uncaught": self.uncaught}
        self.queries: dict[str, Callable[..., Any]] = {"consoleColors": self.colors}

    # What the runtime calls

    def colors(self) -> int:
        """Which streams are coloured: 1 for stdout, 2 for stderr, or both, or 0."""
        out, err = self._streams
        return 0 if self._json else int(out.is_colored) + 2 * int(err.is_colored)

    def log(self, level: str, text: str, invocation: float = 0) -> None:
        """One console call. level: the console's method that has this meaning, such as "warn"."""
        self._add(level, text, "CONSOLE", invocation)

    def uncaught(
        self, kind: str, name: str, message: str, stack: str, inspected: str, invocation: float = 0
    ) -> None:
        """An error that the function did not catch.

        kind: "error", or "rejection" for a promise's.
        inspected: the error as console.error would show it, or "".
        """
        title = f"{name}: {message}" if message else name
        frames, excerpt = self.locate(stack) if self.locate is not None and stack else ((), "")
        if not inspected or inspected == f"[{title}]":
            inspected = "\n".join([title, *(f"    at {frame}" for frame in frames)])
        promise = "(in promise) " if kind == "rejection" else ""
        text = f"Uncaught {promise}{inspected}"
        self._add("error", f"{text}\n{excerpt}" if excerpt else text, "RUNTIME", invocation)

    # What the host calls

    def record(self, level: str, message: str, request: float = 0) -> None:
        """A line of the host about this function."""
        self._add(level, message, "RUNTIME", request)

    def fault(self, error: FunctionError, request: float = 0) -> None:
        """A failure of the function that the host found, such as a limit."""
        self._add("error", str(error), "RUNTIME", request)

    def bug(self, error: BaseException) -> None:
        """A failure of edgehost itself, with its traceback."""
        lines = "".join(traceback.format_exception(error)).rstrip()
        self._add("error", f"internal error, please report it:\n{lines}", "RUNTIME", 0)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside it all lines wait; they are written at its end."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self.flush()

    def flush(self) -> None:
        """Writes what waits. Never raises."""
        pending, self._pending, self._pending_size = self._pending, [], 0
        self._scheduled = None
        start = 0
        for index, (stream, _) in enumerate(pending, 1):
            if index == len(pending) or pending[index][0] is not stream:
                stream.write("".join(text for _, text in pending[start:index]))
                start = index

    # Lines

    def _add(self, level: str, text: str, source: str, invocation: float) -> None:
        severity = SEVERITIES.get(level, "INFO")
        if self._quiet and severity != "ERROR":
            return
        stream = self._streams[level in TO_STDERR]
        if self._json:
            line = self._json_line(severity, text, source, invocation)
        else:
            line = stream.lines(self.name, severity, text)
        self._queue(stream, line)

    def _json_line(self, severity: str, text: str, source: str, invocation: float) -> str:
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        record = {
            "time": moment.replace("+00:00", "Z"),
            "level": severity,
            "message": text,
            "source": source,
            "function": self.name,
            "request": str(int(invocation)) if invocation else None,
        }
        return json.dumps(record, ensure_ascii=False) + "\n"

    def _queue(self, stream: _Stream, line: str) -> None:
        self._pending.append((stream, line))
        self._pending_size += len(line)
        if self._held:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._pending_size >= PENDING_LIMIT:
            self.flush()
        elif self._scheduled is not loop:
            self._scheduled = loop
            loop.call_soon(self.flush)


class _Stream:
    """A text stream that takes any text and outlives its reader."""

    def __init__(self, stream: TextIO, environment: Mapping[str, str]) -> None:
        self._stream: TextIO | None = stream  # None once nobody reads it
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

    def write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                encoding = self._stream.encoding or "utf-8"
                self._stream.write(text.encode(encoding, ESCAPE).decode(encoding))
            self._stream.flush()
        except (BrokenPipeError, ValueError):  # ValueError: the stream is closed
            self._stream = None
        except OSError:
            pass  # a full disk, say: this text is lost, the next may not be


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


ESCAPE = "edgehost.escape"  # "\uXXXX": right inside a JSON string, and readable elsewhere


def _escape(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return re.sub("....", lambda unit: f"\\u{unit[0]}", units), error.end


codecs.register_error(ESCAPE, _escape)
