"""The console's host half: records to lines on two streams."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest

from edgehost.bindings.console import Console
from edgehost.errors import CpuLimitExceeded, Frame, ScriptError


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


class Counting(io.StringIO):
    """Counts its writes."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


class Closed(io.StringIO):
    """A pipe whose reader left."""

    writes = 0

    def write(self, _text: str) -> int:
        self.writes += 1
        raise BrokenPipeError


class FullDisk(io.StringIO):
    """Refuses one write."""

    full = True

    def write(self, text: str) -> int:
        if self.full:
            self.full = False
            raise OSError(28, "No space left on device")
        return super().write(text)


def make(
    out: io.TextIOBase | None = None, err: io.TextIOBase | None = None, **options: Any
) -> tuple[Console, Any, Any]:
    out, err = out or io.StringIO(), err or io.StringIO()
    options.setdefault("environment", {})
    return Console("hello", stdout=out, stderr=err, **options), out, err  # type: ignore[arg-type]


# Pretty


@pytest.mark.parametrize("level", ["log", "info", "debug"])
def test_ordinary_levels_go_to_stdout(level: str) -> None:
    console, out, err = make()
    console.log(level, "text", 1)
    assert (out.getvalue(), err.getvalue()) == ("hello │ text\n", "")


@pytest.mark.parametrize("level", ["warn", "error", "trace", "assert"])
def test_loud_levels_go_to_stderr(level: str) -> None:
    console, out, err = make()
    console.log(level, "text", 1)
    assert (out.getvalue(), err.getvalue()) == ("", "hello │ text\n")


def test_every_line_begins_with_the_name() -> None:
    console, out, _ = make()
    console.log("log", "a\n\nb")
    assert out.getvalue() == "hello │ a\nhello │ \nhello │ b\n"


def test_a_console_without_a_name_has_no_prefix() -> None:
    out = io.StringIO()
    Console("", stdout=out, stderr=out, environment={}).log("log", "a\nb")
    assert out.getvalue() == "a\nb\n"


def test_a_name_cannot_forge_lines() -> None:
    out = io.StringIO()
    Console("a\nb\x1b", stdout=out, stderr=out, environment={}).log("log", "x")
    assert out.getvalue() == "a\\nb\\x1B │ x\n"


def test_text_is_left_as_it_is_where_no_terminal_is() -> None:
    console, out, _ = make()
    console.log("log", "\x1b[31mred\x1b[0m\r\t\x07")
    assert out.getvalue() == "hello │ \x1b[31mred\x1b[0m\r\t\x07\n"


def test_quiet_leaves_errors_only() -> None:
    console, out, err = make(quiet=True)
    for level in ("log", "info", "debug", "warn", "trace", "error", "assert"):
        console.log(level, level)
    console.record("info", "started")
    console.uncaught("error", "Error", "x", "", "")
    assert out.getvalue() == ""
    assert err.getvalue() == "hello │ error\nhello │ assert\nhello │ Uncaught Error: x\n"


# Terminals


def test_a_terminal_gets_a_dim_name_and_a_tinted_bar() -> None:
    console, out, err = make(Screen(), Screen())
    console.log("log", "a")
    console.log("error", "b")
    console.log("warn", "c")
    assert out.getvalue() == "\x1b[2mhello\x1b[0m \x1b[2m│\x1b[0m a\n"
    assert err.getvalue() == (
        "\x1b[2mhello\x1b[0m \x1b[31m│\x1b[0m b\n\x1b[2mhello\x1b[0m \x1b[33m│\x1b[0m c\n"
    )


def test_marks_of_the_runtime_become_colours_that_end_with_the_text() -> None:
    console, out, _ = make(Screen())
    console.log("log", "{ a: \ufdd7'x'\ufdd0 }")
    assert out.getvalue().endswith(" { a: \x1b[32m'x'\x1b[39m }\x1b[0m\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b[H", "\\x1B[2J\\x1B[H"),
        ("\x1b]52;c;aGk=\x07", "\\x1B]52;c;aGk=\\x07"),
        ("a\rb\x08c\x7f", "a\\x0Db\\x08c\\x7F"),
        ("\x9b31m\x85", "\\x9B31m\\x85"),
        ("tab\tstays", "tab\tstays"),
    ],
)
@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}])
def test_a_function_cannot_drive_a_terminal(
    text: str, shown: str, environment: dict[str, str]
) -> None:
    console, out, _ = make(Screen(), environment=environment)
    console.log("log", text)
    assert out.getvalue().endswith(f" {shown}\n")


@pytest.mark.parametrize(
    ("out", "err", "options", "expected"),
    [
        (Screen, Screen, {}, 3),
        (Screen, io.StringIO, {}, 1),
        (io.StringIO, Screen, {}, 2),
        (io.StringIO, io.StringIO, {}, 0),
        (Screen, Screen, {"environment": {"NO_COLOR": "1"}}, 0),
        (Screen, Screen, {"environment": {"NO_COLOR": ""}}, 3),
        (Screen, Screen, {"environment": {"TERM": "dumb"}}, 0),
        (Screen, Screen, {"log_format": "json"}, 0),
    ],
)
def test_which_streams_are_coloured(out: Any, err: Any, options: Any, expected: int) -> None:
    console, _, _ = make(out(), err(), **options)
    assert console.queries["consoleColors"]() == expected


def test_without_colours_a_terminal_gets_a_plain_prefix() -> None:
    console, out, _ = make(Screen(), environment={"NO_COLOR": "1"})
    console.log("log", "x")
    assert out.getvalue() == "hello │ x\n"


# JSON


def test_a_json_line_has_the_collectors_keys() -> None:
    console, out, _ = make(log_format="json", clock=lambda: 1_700_000_000.25)
    console.log("log", 'two\nlines "quoted" é', 7.0)
    assert out.getvalue() == (
        '{"time": "2023-11-14T22:13:20.250Z", "level": "INFO", '
        '"message": "two\\nlines \\"quoted\\" é", "source": "CONSOLE", '
        '"function": "hello", "request": "7"}\n'
    )


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        *(("debug", "DEBUG"), ("log", "INFO"), ("info", "INFO"), ("warn", "WARN")),
        *(("error", "ERROR"), ("assert", "ERROR"), ("trace", "TRACE")),
    ],
)
def test_json_severities(level: str, severity: str) -> None:
    stream = io.StringIO()
    Console("f", stdout=stream, stderr=stream, log_format="json").log(level, "x")
    record = json.loads(stream.getvalue())
    assert (record["level"], record["request"]) == (severity, None)


def test_json_is_never_coloured_and_keeps_control_characters_escaped() -> None:
    console, out, _ = make(Screen(), log_format="json")
    console.log("log", "\x1b[2J")
    assert "\x1b" not in out.getvalue()
    assert json.loads(out.getvalue())["message"] == "\x1b[2J"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_stays_whole_on_any_stream(encoding: str) -> None:
    raw = io.BytesIO()
    console, _, _ = make(io.TextIOWrapper(raw, encoding), log_format="json")
    console.log("log", "lone \ud83d, emoji 😀, é")
    assert json.loads(raw.getvalue().decode(encoding))["message"] == "lone \ud83d, emoji 😀, é"


# Errors of the function and of the host


def located(_stack: str) -> tuple[tuple[Frame, ...], str]:
    return (Frame("work", "fn.js", 3, 7),), "3 | boom()\n          ^"


def test_an_uncaught_error_prints_what_the_console_shows_and_the_source() -> None:
    console, _, err = make(locate=located)
    shown = "TypeError: no\n    at work (fn.js:3:7) {\n  code: 1\n}"
    console.uncaught("error", "TypeError", "no", "    at work (fn.js:3:7)\n", shown, 4)
    assert err.getvalue().replace("hello │ ", "") == f"Uncaught {shown}\n3 | boom()\n          ^\n"


def test_an_uncaught_error_that_cannot_be_shown_prints_its_frames() -> None:
    console, _, err = make(locate=located)
    console.uncaught("rejection", "TypeError", "no", "    at work (fn.js:3:7)\n", "")
    assert err.getvalue().replace("hello │ ", "") == (
        "Uncaught (in promise) TypeError: no\n    at work (fn.js:3:7)\n3 | boom()\n          ^\n"
    )


def test_an_uncaught_error_without_a_stack_is_one_line() -> None:
    console, _, err = make(locate=located)
    console.uncaught("error", "Error", "x", "", "[Error: x]")
    console.uncaught("rejection", "Uncaught value", "{ a: 1 }", "", "{ a: 1 }")
    assert err.getvalue() == "hello │ Uncaught Error: x\nhello │ Uncaught (in promise) { a: 1 }\n"


def test_host_records_say_that_they_are_the_runtimes() -> None:
    stream = io.StringIO()
    console = Console("f", stdout=stream, stderr=stream, log_format="json")
    console.record("info", "listening")
    console.fault(CpuLimitExceeded("too much", (Frame("f", "fn.js", 1, 2),)), 3)
    console.fault(ScriptError("Error", "x"))
    console.uncaught("error", "Error", "x", "", "")
    records = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {record["source"] for record in records} == {"RUNTIME"}
    assert [record["level"] for record in records] == ["INFO", "ERROR", "ERROR", "ERROR"]
    assert records[1]["message"] == "CpuLimitExceeded: too much\n    at f (fn.js:1:2)"
    assert records[1]["request"] == "3"


def test_a_bug_is_printed_with_its_traceback() -> None:
    console, _, err = make()
    try:
        raise KeyError("lost")
    except KeyError as error:
        console.bug(error)
    assert "internal error, please report it" in err.getvalue()
    assert err.getvalue().endswith("hello │ KeyError: 'lost'\n")


# Streams


def test_a_closed_pipe_is_written_once_and_hurts_no_one() -> None:
    pipe = Closed()
    console, _, err = make(pipe)
    console.log("log", "a")
    console.log("log", "b")
    console.log("error", "c")
    assert pipe.writes == 1
    assert err.getvalue() == "hello │ c\n"


def test_a_closed_stream_hurts_no_one() -> None:
    console, out, _ = make()
    out.close()
    console.log("log", "a")
    console.log("log", "b")


def test_a_full_disk_loses_a_text_and_not_the_next() -> None:
    console, out, _ = make(FullDisk())
    console.log("log", "a")
    console.log("log", "b")
    assert out.getvalue() == "hello │ b\n"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", "hello │ \\ud83d 😀 é\n"), ("ascii", "hello | \\ud83d \\ud83d\\ude00 \\u00e9\n")],
)
def test_text_that_a_stream_cannot_encode_is_escaped(encoding: str, expected: str) -> None:
    raw = io.BytesIO()
    console, _, _ = make(io.TextIOWrapper(raw, encoding, newline=""))
    console.log("log", "\ud83d 😀 é")
    assert raw.getvalue().decode(encoding) == expected


async def test_lines_of_one_pass_of_the_loop_leave_in_one_write() -> None:
    console, out, _ = make(Counting())
    for number in range(100):
        console.log("log", f"{number}")
    assert out.writes == 0
    await asyncio.sleep(0)
    assert out.writes == 1
    assert out.getvalue().count("\n") == 100
    console.log("log", "later")
    await asyncio.sleep(0)
    assert out.getvalue().endswith("later\n")


async def test_the_order_between_streams_is_kept() -> None:
    stream = io.StringIO()
    console = Console("f", stdout=stream, stderr=stream, environment={})
    for level in ("log", "error", "log", "warn"):
        console.log(level, level)
    console.flush()
    assert stream.getvalue() == "f │ log\nf │ error\nf │ log\nf │ warn\n"


async def test_much_text_does_not_wait_for_the_end_of_the_pass() -> None:
    console, out, _ = make(Counting())
    console.log("log", "x" * 100_000)
    assert out.writes == 1


def test_what_a_stopped_loop_left_is_written_with_the_next_line() -> None:
    console, out, _ = make()

    async def log() -> None:
        console.log("log", "a")

    coroutine = log()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(coroutine)
    loop.close()
    console.log("log", "b")
    assert out.getvalue() == "hello │ a\nhello │ b\n"
