"""The head of a response: what of a function's headers is sent, and what only decides the framing."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from edgehost.server import response
from edgehost.server.response import date_line, head_of


@pytest.fixture(autouse=True)
def fresh_cache(monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    cache: dict[Any, Any] = {}
    monkeypatch.setattr(response, "_heads", cache)
    return cache


def test_the_status_line_has_the_usual_reason_unless_the_function_has_its_own():
    assert head_of(200, "", "").data == b"HTTP/1.1 200 OK\r\n"
    assert head_of(200, "Fine", "").data == b"HTTP/1.1 200 Fine\r\n"
    assert head_of(599, "", "").data == b"HTTP/1.1 599 \r\n"  # RFC 9112, 4: the space stays


def test_headers_keep_their_order_and_repeat():
    head = head_of(200, "", "set-cookie\na=1\nx\ny\nset-cookie\nb=2")
    assert head.data == b"HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nx: y\r\nset-cookie: b=2\r\n"


def test_values_are_latin_1_and_may_be_empty():
    assert (
        head_of(200, "M\xfcde", "x\n\xff\ny\n").data
        == b"HTTP/1.1 200 M\xfcde\r\nx: \xff\r\ny: \r\n"
    )


@pytest.mark.parametrize(
    "name",
    [
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ],
)
def test_what_belongs_to_the_connection_is_the_servers(name):
    head = head_of(200, "", f"a\nb\n{name}\nx")
    assert head.data == b"HTTP/1.1 200 OK\r\na: b\r\n"


@pytest.mark.parametrize(
    ("value", "closes"),
    [
        ("close", True),
        ("Close", True),
        ("x, close", True),
        ("keep-alive", False),
        ("", False),
        ("enclosed", False),
    ],
)
def test_a_function_may_ask_to_close(value, closes):
    assert head_of(200, "", f"connection\n{value}").close is closes


@pytest.mark.parametrize(
    ("value", "length"),
    [
        ("0", 0),
        ("12", 12),
        ("007", 7),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        ("", None),
        ("1, 1", None),
        ("\xb2", None),
    ],
)
def test_a_length_is_digits(value, length):
    head = head_of(200, "", f"content-length\n{value}")
    assert (head.length, head.data) == (length, b"HTTP/1.1 200 OK\r\n")


def test_a_length_of_thousands_of_digits_is_none():
    assert head_of(200, "", f"content-length\n{'9' * 5000}").length is None


def test_a_second_length_that_disagrees_makes_none():
    assert head_of(200, "", "content-length\n1\ncontent-length\n2").length is None


@pytest.mark.parametrize(
    ("status", "bodiless"),
    [(101, True), (200, False), (204, True), (205, False), (304, True), (404, False)],
)
def test_which_statuses_have_no_body(status, bodiless):
    assert head_of(status, "", "").bodiless is bodiless


def test_a_date_of_the_function_is_noticed():
    assert head_of(200, "", "date\nx").dated
    assert not head_of(200, "", "x\ndate").dated


def test_a_head_is_built_once(fresh_cache):
    assert head_of(200, "", "x\ny") is head_of(200, "", "x\ny")
    assert head_of(200, "", "x\ny") is not head_of(201, "", "x\ny")
    assert len(fresh_cache) == 2


def test_what_is_kept_is_bounded(fresh_cache):
    head_of(200, "", "x\n" + "y" * 10_000)
    head_of(200, "y" * 10_000, "")
    assert not fresh_cache
    for number in range(5000):
        head_of(200, "", f"x\n{number}")
    assert len(fresh_cache) <= 512


def test_the_date_line_is_this_second(monkeypatch):
    monkeypatch.setattr(response.time, "time", lambda: 784_887_151.9)
    assert date_line() == b"date: Tue, 15 Nov 1994 08:12:31 GMT\r\n"
    assert date_line() is date_line()
    monkeypatch.setattr(response.time, "time", lambda: 784_887_152.0)
    assert parsedate_to_datetime(date_line()[6:].decode().strip()).second == 32
