"""The page of a failed request: for its author in pretty mode, nothing internal in JSON mode."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from edgehost.errors import CpuLimitExceeded, Frame, FunctionError, ScriptError
from edgehost.server.error_page import error_page

ERROR = ScriptError(
    "RangeError",
    'out <b>of</b> range & "quotes"',
    (Frame("<anonymous>", "fn.js", 3, 11), Frame("fetch", "lib/<x>.js", 1, 1)),
    "    throw new RangeError(`<script>alert(1)</script>`);\n          ^",
)


class Text(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_pretty_shows_name_message_place_and_source():
    headers, page = error_page(500, ERROR, "pretty")
    assert headers == "content-type\ntext/html;charset=UTF-8\ncache-control\nno-store"
    text = Text(page).text
    assert "RangeError" in text
    assert ERROR.message in text
    assert ERROR.excerpt in text
    assert "    at <anonymous> (fn.js:3:11)\n    at fetch (lib/<x>.js:1:1)" in text


def test_nothing_of_the_function_becomes_markup():
    tags = Text(error_page(500, ERROR, "pretty")[1]).tags
    assert not {"b", "x", "script", "anonymous"} & set(tags)
    hostile = FunctionError("</title><script>", "</style></pre><img>")
    assert not {"script", "img"} & set(Text(error_page(500, hostile, "pretty")[1]).tags)


def test_without_frames_there_is_no_empty_box():
    assert "pre" not in Text(error_page(503, CpuLimitExceeded("too much"), "pretty")[1]).tags


def test_any_text_can_be_shown():
    page = error_page(500, FunctionError("\ud800", "\0\udfff\U0001f642"), "pretty")[1]
    assert "\U0001f642" in page.decode()


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (500, b"Internal Server Error\n"),
        (503, b"Service Unavailable\n"),
        (504, b"Gateway Timeout\n"),
    ],
)
def test_json_mode_says_the_status_alone(status, phrase):
    assert error_page(status, ERROR, "json") == ("content-type\ntext/plain;charset=UTF-8", phrase)
