"""Lines that wait for a slow reader: whole, in order, bounded, and counted where they are dropped."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import io
import json
import math
import os
import pty
import select
import socket
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TextIO

import pytest

from edgehost.bindings.console import Console
from edgehost.bindings.console.descriptor import Descriptor
from edgehost.config import LogLimits

SECONDS = 20.0  # for a reader's thread; far more than any needs


class Pipe:
    """A text stream with a descriptor, and the end that reads it."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self.stream: TextIO = os.fdopen(writer, "w", encoding="utf-8")
        os.set_blocking(reader, False)

    def read(self) -> str:
        """All that has been written."""
        pieces = []
        with suppress(BlockingIOError):
            while piece := os.read(self.reader, 1 << 20):
                pieces.append(piece)
        return b"".join(pieces).decode().replace("\r\n", "\n")

    def is_full(self) -> bool:
        return not select.select([], [self.stream], [], 0)[1]

    def close(self) -> None:
        with suppress(OSError):
            os.close(self.reader)
        self.stream.close()


def _pipe() -> Pipe:
    return Pipe(*os.pipe())


def _terminal() -> Pipe:
    return Pipe(*pty.openpty())


def _socket() -> Pipe:
    reader, writer = socket.socketpair()
    return Pipe(reader.detach(), writer.detach())


@pytest.fixture(params=[_pipe, _terminal, _socket])
def pipe(request: pytest.FixtureRequest) -> Iterator[Pipe]:
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def plain_pipe() -> Iterator[Pipe]:
    made = _pipe()
    yield made
    made.close()


def make(pipe: Pipe, err: TextIO | None = None, **options: Any) -> Console:
    options.setdefault("limits", LogLimits(buffer_bytes=8192))
    options.setdefault("environment", {"NO_COLOR": "1"})
    return Console("f", stdout=pipe.stream, stderr=err or io.StringIO(), **options)


def fill(console: Console, pipe: Pipe) -> int:
    """Logs until lines are dropped. Returns how many lines were logged."""
    logged = 0
    while not pipe.is_full():
        console.log("log", f"{logged} {'x' * 100}")
        logged += 1
    for _ in range(1000):
        console.log("log", f"{logged} {'x' * 100}")
        logged += 1
    return logged


def account(text: str) -> tuple[list[int], list[int]]:
    """The numbers of the lines that arrived, and how many each gap is said to be of."""
    arrived, dropped = [], []
    for line in text.splitlines():
        words = [*line.split(" ")[2:], "", ""]
        if words[2].startswith("dropped"):
            dropped.append(int(words[0]))
        elif words[0].isdigit():
            assert words[1] == "x" * 100, "a line is torn"
            arrived.append(int(words[0]))
    return arrived, dropped


async def read_all(pipe: Pipe) -> str:
    """What arrives until nothing waits any more, then a last line."""
    text = ""
    while "dropped" not in text:
        await asyncio.sleep(0)
        text += pipe.read()
    return text


async def test_a_stalled_reader_loses_lines_that_are_counted_where_they_are_missing(
    pipe: Pipe,
) -> None:
    console = make(pipe)
    logged = fill(console, pipe)
    await asyncio.sleep(0)
    text = await read_all(pipe)
    console.log("log", f"{logged} {'x' * 100}")
    console.flush()
    text += pipe.read()
    arrived, (dropped,) = account(text)
    assert arrived == [*range(logged - dropped), logged]
    assert "dropped on stdout: its reader was too slow (buffer_bytes)" in text
    assert text.index("dropped") < text.index(f"{logged} x")


async def test_a_descriptor_that_others_share_stays_as_it_is(pipe: Pipe) -> None:
    before = fcntl.fcntl(pipe.stream, fcntl.F_GETFL)
    fill(make(pipe), pipe)
    assert fcntl.fcntl(pipe.stream, fcntl.F_GETFL) == before


async def test_one_that_another_program_made_non_blocking_loses_nothing_unsaid(
    pipe: Pipe,
) -> None:
    os.set_blocking(pipe.stream.fileno(), False)
    console = make(pipe)
    logged = fill(console, pipe)
    await asyncio.sleep(0)
    arrived, (dropped,) = account(await read_all(pipe))
    assert arrived == [*range(logged - dropped)]


def test_a_terminal_that_is_stopped_keeps_nobody_waiting() -> None:
    terminal = _terminal()
    termios.tcflow(terminal.stream, termios.TCOOFF)
    console = make(terminal)
    for number in range(1000):
        console.log("log", f"{number} {'x' * 100}")
    termios.tcflow(terminal.stream, termios.TCOON)
    text = terminal.read()
    while "dropped" not in text:
        console.log("log", "again")
        text += terminal.read()
    arrived, (dropped,) = account(text)
    assert [*range(1000 - dropped)] == arrived[: 1000 - dropped]
    terminal.close()


async def test_the_loss_is_a_record_in_json(plain_pipe: Pipe) -> None:
    console = make(plain_pipe, log_format="json")
    fill(console, plain_pipe)
    await asyncio.sleep(0)
    records = [json.loads(line) for line in (await read_all(plain_pipe)).splitlines()]
    assert (records[-1]["level"], records[-1]["source"]) == ("WARN", "RUNTIME")
    assert "lines dropped on stdout" in records[-1]["message"]


def test_what_the_host_says_has_room_of_its_own(plain_pipe: Pipe) -> None:
    console = make(plain_pipe, err=plain_pipe.stream)
    logged = fill(console, plain_pipe)
    console.record("error", "from the host")
    console.uncaught("error", "Error", "of the function", "", "")
    text = plain_pipe.read()
    console.flush()
    console.log("log", "last")
    text += plain_pipe.read()
    arrived, (dropped,) = account(text)
    assert arrived == [*range(logged - dropped)]
    lines = [line.removeprefix("f │ ") for line in text.splitlines()]
    assert lines[-3:] == ["from the host", "Uncaught Error: of the function", "last"]
    assert "dropped" in lines[-4]


def test_the_streams_of_one_pipe_stay_in_order_and_their_lines_whole(plain_pipe: Pipe) -> None:
    with os.fdopen(os.dup(plain_pipe.stream.fileno()), "w", encoding="utf-8") as err:
        console = make(plain_pipe, err=err, limits=LogLimits(buffer_bytes=0))
        for number in range(4000):
            console.log(("log", "error")[number % 2], f"{number} {'x' * 100}")
        text = plain_pipe.read()
        while text.count("\n") < 4000:
            console.flush()
            console.log("log", "more")
            text += plain_pipe.read()
    assert account(text)[0] == [*range(4000)]


def test_a_line_longer_than_the_buffer_is_not_torn(plain_pipe: Pipe) -> None:
    console = make(plain_pipe, limits=LogLimits(record_characters=0, buffer_bytes=10))
    console.log("log", "x" * 1_000_000)
    console.log("log", "dropped?")
    text = ""
    while text.count("\n") < 3:
        console.log("log", "later")
        text += plain_pipe.read()
    first, *rest = text.splitlines()
    assert first == "f │ " + "x" * 1_000_000
    assert "lines dropped" in rest[0]


def test_without_a_limit_nothing_is_dropped(plain_pipe: Pipe) -> None:
    console = make(plain_pipe, limits=LogLimits(buffer_bytes=0))
    logged = fill(console, plain_pipe)
    text = plain_pipe.read()
    while "last" not in text:
        console.log("log", "last")
        text += plain_pipe.read()
    assert account(text) == ([*range(logged)], [])


def test_a_patient_console_loses_nothing(pipe: Pipe) -> None:
    console = make(pipe, patience=math.inf)
    os.set_blocking(pipe.reader, True)
    pieces: list[bytes] = []

    def read() -> None:
        while b"end" not in b"".join(pieces[-2:]):
            pieces.append(os.read(pipe.reader, 777))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(3000):
        console.log("log", f"{number} {'x' * 100}")
    console.log("log", "end")
    console.close()
    reader.join(SECONDS)
    text = b"".join(pieces).decode().replace("\r\n", "\n")
    assert account(text) == ([*range(3000)], [])


def test_patience_ends(plain_pipe: Pipe) -> None:
    console = make(plain_pipe, patience=0.01)
    logged = fill(console, plain_pipe)
    text = plain_pipe.read()
    console.log("log", "last")
    text += plain_pipe.read()
    _, (dropped,) = account(text)
    assert 0 < dropped < logged


def test_a_reader_that_never_comes_is_given_a_moment_at_the_end(plain_pipe: Pipe) -> None:
    console = make(plain_pipe, patience=math.inf)
    console.announce("before")
    while not plain_pipe.is_full():
        os.write(plain_pipe.stream.fileno(), b"x" * select.PIPE_BUF)
    closing = threading.Thread(target=console.close, daemon=True)
    closing.start()
    closing.join(SECONDS)
    assert not closing.is_alive()


def test_a_reader_that_left_is_forgotten(plain_pipe: Pipe) -> None:
    console = make(plain_pipe)
    fill(console, plain_pipe)
    os.close(plain_pipe.reader)
    console.log("log", "to nobody")
    console.close()


def test_what_is_in_the_buffer_of_the_stream_stays_first(plain_pipe: Pipe) -> None:
    plain_pipe.stream.write("first\n")
    console = make(plain_pipe)
    console.log("log", "second")
    assert plain_pipe.read() == "first\nf │ second\n"


def test_a_disk_that_was_full_goes_on_where_it_stopped(
    plain_pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = make(plain_pipe, patience=math.inf)
    console.log("log", "0 " + "x" * 100)

    def full(_self: Descriptor, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Descriptor, "write", full)
        for number in range(1, 50):
            console.log("log", f"{number} {'x' * 100}")
    console.close()
    assert account(plain_pipe.read()) == ([*range(50)], [])


def test_what_a_full_disk_has_no_room_for_is_counted(
    plain_pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = make(plain_pipe)

    def full(_self: Descriptor, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Descriptor, "write", full)
        for number in range(1000):
            console.log("log", f"{number} {'x' * 100}")
    console.close()
    text = plain_pipe.read()
    arrived, (dropped,) = account(text)
    assert arrived == [*range(1000 - dropped)]
    assert f"lines dropped on stdout: {os.strerror(errno.ENOSPC)}" in text


def test_lines_held_before_the_first_line_are_bounded(plain_pipe: Pipe) -> None:
    console = make(plain_pipe)
    with console.held():
        for number in range(200):
            console.log("log", f"{number} {'x' * 100}")
        console.announce("the first line")
    console.close()
    text = plain_pipe.read()
    arrived, (dropped,) = account(text)
    assert text.startswith("the first line\n")
    assert len(arrived) + dropped == 200
    assert "records dropped: more than can wait (buffer_bytes)" in text
