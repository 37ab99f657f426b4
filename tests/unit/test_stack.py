"""JavaScript stacks as text, to frames in the user's files."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from edgehost.engine import stack
from edgehost.errors import Frame


def test_frames_are_the_users_innermost_first() -> None:
    text = (
        "    at inner (lib/a.js:2:9)\n"
        "    at map (native)\n"
        "    at <anonymous> (edgehost:function/http.js:4:1)\n"
        "    at <anonymous> (fn.js:10:3)\n"
        "    at <eval> (<input>:1:1)\n"
        "    at fn.js:7:5\n"
        "    at old (fn.js:8)\n"
    )
    assert stack.frames_of(text) == (
        Frame("inner", "lib/a.js", 2, 9),
        Frame("<anonymous>", "fn.js", 10, 3),
        Frame("<anonymous>", "fn.js", 7, 5),
        Frame("old", "fn.js", 8, 1),
    )


@pytest.mark.parametrize(
    "name", ["get a", "set a b", "#private", "<anonymous>", "Symbol.iterator", "é", "async"]
)
def test_any_function_name_is_kept(name: str) -> None:
    assert stack.frames_of(f"    at {name} (my file.js:1:2)\n") == (
        Frame(name, "my file.js", 1, 2),
    )


@given(st.text())
def test_any_text_has_frames_or_none(text: str) -> None:
    assert isinstance(stack.frames_of(text), tuple)
    assert len(stack.split(text)) == 3


@pytest.mark.parametrize(
    "text",
    [
        *("", "   at", "no frames here", "    at f (native)\n", "    at (fn.js)"),
        # More digits than Python takes for a number: a function may write any text in the place of a stack.
        *(f"    at f (fn.js:{'9' * 5000})\n", f"    at f (fn.js:1:{'9' * 5000})\n"),
    ],
)
def test_text_without_frames_has_none(text: str) -> None:
    assert stack.frames_of(text) == ()
    assert stack.with_places(text, lambda frame: Frame("", "else.js", 1, 1)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("TypeError: no\n    at f (fn.js:1:1)\n", ("TypeError", "no", "    at f (fn.js:1:1)\n")),
        (
            "TypeError: a: b\nc\n    at f (fn.js:1:1)\n",
            ("TypeError", "a: b\nc", "    at f (fn.js:1:1)\n"),
        ),
        ("TypeError\n    at f (fn.js:1:1)\n", ("TypeError", "", "    at f (fn.js:1:1)\n")),
        # The stack begins with the same line.
        (
            "TypeError: a\nTypeError: a\n    at f (fn.js:1:1)",
            ("TypeError", "a", "    at f (fn.js:1:1)"),
        ),
        ("E: a\nb\nE: a\nb\n    at f (a.js:1:1)", ("E", "a\nb", "    at f (a.js:1:1)")),
        ("TypeError: no\nTypeError: no", ("TypeError", "no", "")),
        ("InternalError: out of memory\nundefined", ("InternalError", "out of memory", "")),
        ("InternalError: out of memory\n", ("InternalError", "out of memory", "")),
        ("null\n", ("Error", "null", "")),
        ("text\nundefined", ("Error", "text", "")),
        ("", ("Error", "", "")),
    ],
)
def test_the_bindings_text_is_split(text: str, parts: tuple[str, str, str]) -> None:
    assert stack.split(text) == parts


def test_an_excerpt_has_a_caret_under_the_column() -> None:
    frames = (Frame("f", "fn.js", 2, 5), Frame("g", "fn.js", 1, 1))
    assert stack.excerpt(frames, {"fn.js": "first\nlet x = ;\n"}) == "2 | let x = ;\n        ^"


def test_the_caret_stands_right_after_tabs_and_in_long_lines() -> None:
    assert stack.excerpt((Frame("f", "a.js", 1, 3),), {"a.js": "\t\tx()"}) == "1 |   x()\n      ^"
    line = "a" * 500 + "HERE" + "b" * 500
    text, caret = stack.excerpt((Frame("f", "a.js", 1, 501),), {"a.js": line}).split("\n")
    assert len(text) < 130
    assert text[caret.index("^") :].startswith("HERE")


@pytest.mark.parametrize(
    "frame", [Frame("f", "other.js", 1, 1), Frame("f", "a.js", 9, 1), Frame("f", "a.js", 0, 1)]
)
def test_there_is_no_excerpt_of_what_is_not_known(frame: Frame) -> None:
    assert stack.excerpt((frame,), {"a.js": "x"}) == ""
    assert stack.excerpt((), {"a.js": "x"}) == ""


def test_lines_are_counted_as_javascript_counts_them() -> None:
    # A form feed ends a line for Python, but not for JavaScript.
    source = "a\x0c\x1cb\r\nc\u2028d\re"
    assert stack.excerpt((Frame("f", "a.js", 2, 1),), {"a.js": source}).startswith("2 | c")
    assert stack.excerpt((Frame("f", "a.js", 3, 1),), {"a.js": source}).startswith("3 | d")
    assert stack.excerpt((Frame("f", "a.js", 4, 1),), {"a.js": source}).startswith("4 | e")
