"""Stacks as people see them."""

from __future__ import annotations

import re

import pytest

from edgehost.stack_lines import stack_lines


@pytest.mark.parametrize(
    ("names", "notes"),
    [
        ("f" * 50, ["f", "... at least 49 more like it"]),
        ("afff", ["a", "f", "... at least 2 more like it"]),
        ("fffa", ["f", "... 2 more like it", "a"]),
        ("ff", ["f", "f"]),
        ("abcabcabcab", ["a", "b", "c", "... at least 8 more like the last 3"]),
        ("xabababy", ["x", "a", "b", "... 4 more like the last 2", "y"]),
        ("abab", ["a", "b", "a", "b"]),
        ("abcdefghij", list("abcdefghij")),
        ("abcdefghijklm", [*"abcdefghij", "... 3 more"]),
        ("ffffabcdefghijk", ["f", "... 3 more like it", *"abcdefghi", "... 2 more"]),
        ("", []),
    ],
)
def test_frames_that_come_again_are_shown_once(names: str, notes: list[str]) -> None:
    shown = [
        re.sub(r"at (\w) .*", r"\1", line).strip()
        for line in stack_lines([f"{name} (fn.js:1:1)" for name in names])
    ]
    assert shown == notes
