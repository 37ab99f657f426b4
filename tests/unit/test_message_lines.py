"""How `edgehost connect` shows messages."""

from __future__ import annotations

import pytest

from edgehost.cli.message_lines import (
    MOST_BYTES,
    MOST_CHARACTERS,
    RECEIVED,
    SENT,
    close_line,
    message_line,
)


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("hello", "< text      5  hello"),
        ("", "< text      0"),
        ("é☃", "< text      5  é☃"),
        ("two\nlines", r"< text      9  two\nlines"),
        ("\x1b[2J\x07\x9b", r"< text      7  \x1b[2J\x07\x9b"),
        ("a\u202eb", r"< text      5  a\u202eb"),
        (b"", "< bytes     0"),
        (b"\x00\xffhi\x1b", "< bytes     5  00 ff 68 69 1b  |..hi.|"),
    ],
)
def test_a_message_is_one_line_that_no_terminal_obeys(message: str | bytes, line: str) -> None:
    assert message_line(RECEIVED, message) == line
    assert message_line(SENT, message) == f">{line[1:]}"


def test_long_messages_are_cut_but_not_their_size() -> None:
    assert message_line(SENT, "x" * 3000) == f"> text   3000  {'x' * MOST_CHARACTERS}..."
    line = message_line(SENT, b"x" * 100_000)
    assert line.startswith("> bytes 100000  78 ")
    assert line.endswith(f"|{'x' * MOST_BYTES}...|")


@pytest.mark.parametrize(
    ("code", "reason", "line"),
    [(1000, "", "< close 1000"), (4000, "bye\x1b[0m", r"< close 4000 bye\x1b[0m")],
)
def test_a_close_frame_is_a_line(code: int, reason: str, line: str) -> None:
    assert close_line(RECEIVED, code, reason) == line
