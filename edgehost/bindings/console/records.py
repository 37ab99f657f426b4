"""The records of one function's console, as lines on two streams."""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

from edgehost.bindings.console.backlog import RESERVE_BYTES
from edgehost.bindings.console.log_stream import LogStream
from edgehost.bindings.console.pretty_lines import PrettyLines
from edgehost.bindings.console.record_rate import RecordRate
from edgehost.config import LogFormat, LogLimits
from edgehost.errors import FunctionError
from edgehost.stack_lines import stack_lines

Locate = Callable[[str], tuple[Sequence[object], str]]
RequestOf = Callable[[int], tuple[str, str] | None]  # from an invocation to a method and a URL

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
TROUBLE = frozenset({"WARN", "ERROR"})  # its lines say in which request it was
TO_STDERR = frozenset({"warn", "error", "assert", "trace"})
DEFAULT_LIMITS = LogLimits()
PENDING_LIMIT = 64 * 1024  # characters that wait for the end of the pass; more are written at once
TELL_SECONDS = 1.0  # how often the log says that records are dropped, while they are
NOTE_CHARACTERS = 64  # what a note about the rest of a text may have


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
        limits: LogLimits = DEFAULT_LIMITS,
        patience: float = 0.0,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Writes for the function `name`; lines have no prefix where it is "".

        quiet: only errors.
        stdout, stderr: sys.stdout and sys.stderr where they are None.
        locate: from a stack to the frames in the user's files and the source line of the first;
            may be set later as an attribute.
        patience: seconds, in all, that lines wait for a reader who is slow before they are dropped.
        clock: seconds since the epoch.
        """
        self.name = name
        self.locate = locate
        self.request_of: RequestOf | None = None  # set by whoever numbers the invocations
        self._json = log_format == "json"
        self._quiet = quiet
        self._clock = clock
        self._limits = limits
        # A text that the realm has cut is longer by a note.
        self._most_characters = (limits.record_characters or math.inf) + NOTE_CHARACTERS
        self._rate = RecordRate(limits.records_per_second)
        self._dropped: Counter[tuple[int, str]] = Counter()  # records, by stream and reason
        self._telling: asyncio.TimerHandle | None = None
        texts = stdout or sys.stdout, stderr or sys.stderr
        self._looks = tuple(PrettyLines(text, environment) for text in texts)
        self._streams = self._open(*texts, patience)
        self._pending: list[tuple[int, list[str]]] = []  # lines to be written, by destination
        self._destination = -1  # of the last ones
        self._pending_size = 0  # characters
        self._scheduled: asyncio.AbstractEventLoop | None = None  # the loop that will flush them
        self._held = False
        self.ops: dict[str, Callable[..., None]] = {"log": self.log, "uncaught": self.uncaught}
        self.queries: dict[str, Callable[..., Any]] = {
            "consoleColors": self.colors,
            "consoleLimit": lambda: limits.record_characters,
        }

    def _open(self, stdout: TextIO, stderr: TextIO, patience: float) -> Sequence[LogStream]:
        out = LogStream(stdout)
        err = out if stderr is stdout else LogStream(stderr)
        limit = self._limits.buffer_bytes
        shared = err.is_one_with(out)
        out.keep_backlog(
            "stdout and stderr" if shared else "stdout", limit, patience, self._told(0)
        )
        if shared:
            err.share_backlog(out)
        else:
            err.keep_backlog("stderr", limit, patience, self._told(1))
        return out, err

    # What the runtime calls

    def colors(self) -> int:
        """Which streams are coloured: 1 for stdout, 2 for stderr, or both, or 0."""
        out, err = self._looks
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
            inspected = "\n".join([title, *stack_lines(frames)])
        promise = "(in promise) " if kind == "rejection" else ""
        text = f"Uncaught {promise}{inspected}"
        self._add("error", f"{text}\n{excerpt}" if excerpt else text, "RUNTIME", invocation)

    # What the host calls

    def record(self, level: str, message: str, request: float = 0) -> None:
        """A line of the host about this function."""
        self._add(level, message, "RUNTIME", request)

    def request(self, message: str, fields: Mapping[str, object], request: float) -> None:
        """A line about a request that is over. fields: the same for machines.

        Clients say how many there are, so no room is reserved for them.
        """
        self._add("info", message, "RUNTIME", request, fields)

    def fault(self, error: FunctionError, request: float = 0) -> None:
        """A failure of the function that the host found, such as a limit."""
        self._add("error", str(error), "RUNTIME", request)

    def bug(self, error: BaseException) -> None:
        """A failure of edgehost itself, with its traceback."""
        lines = "".join(traceback.format_exception(error)).rstrip()
        self._add("error", f"internal error, please report it:\n{lines}", "RUNTIME", 0)

    def announce(self, line: str) -> None:
        """A line on stdout without a name, now: also while others are held."""
        self._streams[0].write(f"{line}\n", True)

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
        """Writes what waits for the end of the pass. Never raises."""
        pending, self._pending, self._pending_size = self._pending, [], 0
        self._destination, self._scheduled = -1, None
        for destination, lines in pending:
            self._streams[destination & 1].write("".join(lines), reserved=destination > 1)

    def close(self) -> None:
        """Gives a reader who is slow a last short time."""
        for stream in self._streams:
            stream.be_impatient()
        self._tell_dropped()
        self.flush()
        out, err = self._streams
        loss = out.close()
        if not err.is_one_with(out):
            if loss:
                err.write(self._told(1)(loss), reserved=True)
            err.close()

    # Lines

    def _add(
        self,
        level: str,
        text: str,
        source: str,
        invocation: float,
        fields: Mapping[str, object] | None = None,
    ) -> None:
        severity = SEVERITIES.get(level, "INFO")
        if self._quiet and severity != "ERROR":
            return
        stream, reserved = level in TO_STDERR, source != "CONSOLE" and fields is None
        if not self._rate.take(reserved):
            rate = self._limits.records_per_second
            self._drop(stream, f"more than {rate} a second (records_per_second)")
        elif self._held and self._holds_too_much(reserved):
            self._drop(stream, "more than can wait (buffer_bytes)")
        else:
            if self._dropped and not reserved:
                self._tell_dropped()
            line = self._line(stream, severity, text, source, invocation, fields)
            self._queue(stream + 2 * reserved, line)

    def _holds_too_much(self, reserved: bool) -> bool:
        limit = self._limits.buffer_bytes
        return limit > 0 and limit + reserved * RESERVE_BYTES < self._pending_size

    def _line(
        self,
        stream: int,
        severity: str,
        text: str,
        source: str,
        invocation: float = 0,
        fields: Mapping[str, object] | None = None,
    ) -> str:
        if len(text) > self._most_characters:
            limit = self._limits.record_characters
            text = f"{text[:limit]}... {len(text) - limit} more characters"
        if self._json:
            fields = fields or self._request_fields(invocation)
            return self._json_line(severity, text, source, invocation, fields)
        if source == "RUNTIME" and severity in TROUBLE and (request := self._request(invocation)):
            text += f"\n    in {' '.join(request)}"
        return self._looks[stream].lines(self.name, severity, text)

    def _request(self, invocation: float) -> tuple[str, str] | None:
        if not invocation or self.request_of is None:
            return None
        return self.request_of(invocation)  # type: ignore[arg-type]  # any number may be asked for

    def _request_fields(self, invocation: float) -> Mapping[str, object]:
        request = self._request(invocation)
        return {} if request is None else {"method": request[0], "url": request[1]}

    def _json_line(
        self,
        severity: str,
        text: str,
        source: str,
        invocation: float,
        fields: Mapping[str, object],
    ) -> str:
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        record = {
            "time": moment.replace("+00:00", "Z"),
            "level": severity,
            "message": text,
            "source": source,
            "function": self.name,
            "request": str(int(invocation)) if invocation else None,
            **fields,
        }
        return json.dumps(record, ensure_ascii=False) + "\n"

    def _queue(self, destination: int, line: str) -> None:
        """destination: 0 for stdout, 1 for stderr; 2 more where room is reserved for the line."""
        if destination != self._destination:
            self._destination = destination
            self._pending.append((destination, []))
        self._pending[-1][1].append(line)
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

    # What is missing

    def _drop(self, stream: int, why: str) -> None:
        self._dropped[stream, why] += 1
        if self._telling is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return  # it is told with the next record, or at the end
            self._telling = loop.call_later(TELL_SECONDS, self._tell_dropped)

    def _tell_dropped(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        dropped, self._dropped = self._dropped, Counter()
        for (stream, why), count in dropped.items():
            text = f"{count} record{'s' if count > 1 else ''} dropped: {why}"
            self._queue(stream + 2, self._told(stream)(text))

    def _told(self, stream: int) -> Callable[[str], str]:
        return lambda text: self._line(stream, "WARN", text, "RUNTIME")
