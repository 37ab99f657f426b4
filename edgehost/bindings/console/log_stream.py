"""A text stream that takes any text, keeps nobody waiting, and outlives its reader."""

from __future__ import annotations

import codecs
import re
import select
from collections.abc import Callable
from typing import TextIO

from edgehost.bindings.console.backlog import Backlog
from edgehost.bindings.console.descriptor import Descriptor


class LogStream:
    """Lines on one text stream: past its buffer where it has a descriptor."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream  # None once nobody reads it
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._errors = getattr(stream, "errors", None) or "strict"
        self._descriptor = self._find_descriptor()
        self._backlog: Backlog | None = None  # without one, lines are written through

    def _find_descriptor(self) -> Descriptor | None:
        if self._stream is None or not hasattr(select, "poll"):
            return None
        if "\n".encode(self._encoding) != b"\n":
            return None  # lines could not be told apart
        try:
            self._stream.flush()
            return Descriptor(self._stream.fileno())
        except (AttributeError, ValueError, OSError):  # in memory, or closed
            return None

    def is_one_with(self, other: LogStream) -> bool:
        """Whether both go to one pipe, terminal or file, as after 2>&1."""
        if self is other:
            return True
        ours, others = self._descriptor, other._descriptor
        return ours is not None and others is not None and ours.file == others.file

    def keep_backlog(
        self, name: str, limit: int, patience: float, told: Callable[[str], str]
    ) -> None:
        """Parameters: as a Backlog's."""
        if self._descriptor is not None:
            self._backlog = Backlog(
                self._descriptor, name, limit, patience, lambda text: self._encoded(told(text))
            )

    def share_backlog(self, other: LogStream) -> None:
        """Keeps the lines of both in order."""
        self._backlog = other._backlog

    def write(self, text: str, reserved: bool) -> None:
        """Never raises. reserved: as in Backlog.write."""
        if self._backlog is not None:
            self._backlog.write(self._encoded(text), reserved)
        elif self._stream is not None:
            self._write_through(self._stream, text)

    def be_impatient(self) -> None:
        """From now on lines are dropped, instead of waiting for a reader who is slow."""
        if self._backlog is not None:
            self._backlog.be_impatient()

    def close(self) -> str:
        """Gives the reader a last short time. Says what was not taken then, or ""."""
        return self._backlog.close() if self._backlog is not None else ""

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode(self._encoding, self._errors)
        except UnicodeEncodeError:
            return text.encode(self._encoding, ESCAPE)

    def _write_through(self, stream: TextIO, text: str) -> None:
        try:
            try:
                stream.write(text)
            except UnicodeEncodeError:
                stream.write(text.encode(self._encoding, ESCAPE).decode(self._encoding))
            stream.flush()
        except (BrokenPipeError, ValueError):  # ValueError: the stream is closed
            self._stream = None
        except OSError:
            pass  # a full disk, say: this text is lost, the next may not be


ESCAPE = "edgehost.escape"  # "\uXXXX": right inside a JSON string, and readable elsewhere


def _escape(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return re.sub("....", lambda unit: f"\\u{unit[0]}", units), error.end


codecs.register_error(ESCAPE, _escape)
