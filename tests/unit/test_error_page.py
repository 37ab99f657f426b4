"""What a client sees of a failed request: all of it for its author, nothing internal for strangers."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from edgehost.errors import CpuLimitExceeded, Frame, FunctionError, ScriptError
from edgehost.server.error_page import error_page, wanted_form

ERROR = ScriptError(
    "RangeError",
    'out <b>of</b> range & "quotes"',
    (Frame("<anonymous>", "fn.js", 3, 11), Frame("fetch", "lib/<x>.js", 1, 1)),
    "    throw new RangeError(`<script>alert(1)</script>`);\n          ^",
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


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


def page_of(error: FunctionError, status: int = 500) -> Text:
    return Text(error_page(status, error, BROWSER, details=True)[1])


def test_the_page_shows_name_message_place_and_source():
    headers, _ = error_page(500, ERROR, BROWSER, details=True)
    assert headers == "content-type\ntext/html;charset=UTF-8\ncache-control\nno-store"
    text = page_of(ERROR).text
    assert "RangeError" in text
    assert ERROR.message in text
    assert ERROR.excerpt in text
    assert "    at <anonymous> (fn.js:3:11)\n    at fetch (lib/<x>.js:1:1)" in text
    assert "500 Internal Server Error" in text


def test_nothing_of_the_function_becomes_markup():
    assert not {"b", "x", "script", "anonymous"} & set(page_of(ERROR).tags)
    hostile = FunctionError("</title><script>", "</style></pre><img>")
    assert not {"script", "img"} & set(page_of(hostile).tags)


def test_without_frames_there_is_no_empty_box():
    assert "pre" not in page_of(CpuLimitExceeded("too much"), 503).tags


@pytest.mark.parametrize("accept", [BROWSER, "application/json", "*/*"])
def test_any_text_can_be_shown(accept):
    headers, body = error_page(
        500, FunctionError("\ud800", "\0\udfff\U0001f642"), accept, details=True
    )
    text = body.decode()
    assert "\U0001f642" in (json.loads(text)["message"] if "json" in headers else text)


@pytest.mark.parametrize("accept", [BROWSER, "application/json", ""])
def test_a_recursion_without_end_is_a_handful_of_lines(accept):
    frames = tuple(Frame(name, "fn.js", 1, 1) for name in "ab" * 25)
    _, body = error_page(500, ScriptError("RangeError", "deep", frames), accept, details=True)
    assert body.count(b"fn.js") == 2
    assert b"more like the last 2" in body


def test_json_has_the_same_in_fields():
    headers, body = error_page(500, ERROR, "application/json", details=True)
    assert headers == "content-type\napplication/json\ncache-control\nno-store"
    assert json.loads(body) == {
        "status": 500,
        "error": "Internal Server Error",
        "name": "RangeError",
        "message": ERROR.message,
        "stack": ["<anonymous> (fn.js:3:11)", "fetch (lib/<x>.js:1:1)"],
        "source": ERROR.excerpt,
    }


def test_text_has_the_same_as_the_log():
    headers, body = error_page(500, ERROR, "", details=True)
    assert headers == "content-type\ntext/plain;charset=UTF-8\ncache-control\nno-store"
    assert body.decode() == f"{ERROR}\n"


@pytest.mark.parametrize(
    ("status", "phrase"),
    [(500, "Internal Server Error"), (503, "Service Unavailable"), (504, "Gateway Timeout")],
)
@pytest.mark.parametrize("accept", [BROWSER, "application/json", "*/*", ""])
def test_strangers_see_the_status_alone(status, phrase, accept):
    headers, body = error_page(status, ERROR, accept, details=False)
    if accept == "application/json":
        assert headers.startswith("content-type\napplication/json\n")
        assert json.loads(body) == {"status": status, "error": phrase}
    else:
        assert headers.startswith("content-type\ntext/plain;charset=UTF-8\n")
        assert body.decode() == f"{phrase}\n"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "text"),
        ("*/*", "text"),
        ("text/*", "text"),
        ("text/plain", "text"),
        ("image/png", "text"),
        ("text/html", "html"),
        ("TEXT/HTML ; charset=utf-8", "html"),
        (BROWSER, "html"),
        ("*/*, text/html", "html"),
        ("*/*, text/html;q=0.9", "text"),
        ("image/avif,image/webp,*/*;q=0.8", "text"),
        ("application/json", "json"),
        ("Application/JSON;charset=utf-8", "json"),
        ("application/json, text/plain, */*", "json"),
        ("application/*", "json"),
        ("text/json", "json"),
        ("application/problem+json", "json"),
        ("application/vnd.api+json", "json"),
        ("text/plain, application/json", "text"),
        ("text/html, application/json", "html"),
        ("application/json, text/html", "json"),
        ("text/html;q=0.5, application/json", "json"),
        ("application/json;q=0.5, text/html;level=1;q=0.6", "html"),
        ("application/json ; Q=0.1, text/html", "html"),
        ("text/html;q=0, application/json;q=0.000", "text"),
        ("text/html;q=0.001", "html"),
        ("text/html;q=much", "html"),
        (",,;q=1,/,", "text"),
    ],
)
def test_the_form_is_what_the_client_likes_best(accept, form):
    assert wanted_form(accept) == form
