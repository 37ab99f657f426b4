"""A request's URL is what the URL standard makes of its target and its Host header."""

from __future__ import annotations

import string
from types import SimpleNamespace
from typing import Any

import ada_url
import pytest
from hypothesis import given, strategies as st

from edgehost.errors import PeerError
from edgehost.server.url import origin_of, request_url


def message(target: str, host: str | None) -> Any:
    return SimpleNamespace(path=target, headers={} if host is None else {"Host": host})


def url_of(target: str, host: str | None = "example.com", *, secure: bool = False) -> str:
    return request_url(secure, message(target, host))


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "/"),
        ("/a/b?c=d&e", "/a/b?c=d&e"),
        ("/index.html", "/index.html"),
        ("/a//b", "/a//b"),
        ("//other.com/a", "//other.com/a"),
        ("/\\other.com", "//other.com"),
        ("/a/../b/./c", "/b/c"),
        ("/..", "/"),
        ("/a/..", "/"),
        ("/a/.", "/a/"),
        ("/...", "/..."),
        ("/.well-known/x", "/.well-known/x"),
        ("/a/%2e%2E/b", "/b"),
        ("/a/%2E/b", "/a/b"),
        ("/a/.%2e/b", "/b"),
        ("/a%2fb%zz%", "/a%2fb%zz%"),
        ('/a|b^c{d}`"<>', "/a|b%5Ec%7Bd%7D%60%22%3C%3E"),
        ("/a?b'c\"d<e>", "/a?b%27c%22d%3Ce%3E"),
        ("/a?b?c/../d", "/a?b?c/../d"),
        ("/a?", "/a?"),
        ("/?", "/?"),
        ("/a#b", "/a"),
        ("/a?b#c", "/a?b"),
        ("/\u00e9?\u00e9", "/%C3%A9?%C3%A9"),
        ("/\U0001f642", "/%F0%9F%99%82"),
        ("/\udcff?\udc80", "/%FF?%80"),  # bytes that are not UTF-8, as aiohttp hands them over
    ],
)
def test_an_ordinary_target(target, path):
    assert url_of(target) == f"http://example.com{path}"


@pytest.mark.parametrize("target", ["/", "/a", "/a/", "/a.b/", "/a/b.c?d=/e/", "/%20/", "/a?"])
def test_a_plain_target_is_not_parsed(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url_of("/")  # the origin is known from here on
    monkeypatch.setattr(ada_url, "URL", None)
    assert url_of(target) == f"http://example.com{target}"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("example.com", "http://example.com"),
        ("EXAMPLE.com", "http://example.com"),
        ("example.com:80", "http://example.com"),
        ("example.com:", "http://example.com"),
        ("example.com:443", "http://example.com:443"),
        ("example.com:08080", "http://example.com:8080"),
        ("localhost:8080", "http://localhost:8080"),
        ("[::1]", "http://[::1]"),
        ("[::1]:80", "http://[::1]"),
        ("[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080"),
        ("127.1", "http://127.0.0.1"),
        ("a_b.example", "http://a_b.example"),
        ("xn--mnchen-3ya.de", "http://xn--mnchen-3ya.de"),
        ("", "http://localhost"),
        (None, "http://localhost"),
    ],
)
def test_a_host(host, origin):
    assert url_of("/", host) == f"{origin}/"


def test_https():
    assert url_of("/", "example.com:443", secure=True) == "https://example.com/"
    assert url_of("/", "example.com:80", secure=True) == "https://example.com:80/"


@pytest.mark.parametrize(
    "host",
    [
        "a b",
        "a/b",
        "a?b",
        "a#b",
        "a@b",
        "a:b@c",
        "a:b",
        "a:99999",
        "a:-1",
        "a\\b",
        "[::1",
        "::1",
        "[::g]",
        "[v1.x]",
        "\u00e9",
        "a%",
        "a%00",
        "a\n",
        "<a>",
        "1.2.3.256",
    ],
)
def test_what_is_no_host(host):
    with pytest.raises(PeerError):
        url_of("/", host)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("http://other.com/a/../b?c#d", "http://other.com/b?c"),
        ("HTTP://OTHER.com:80", "http://other.com/"),
        ("https://other.com", "https://other.com/"),
    ],
)
def test_an_absolute_target_is_the_url(target, expected):
    assert url_of(target) == expected


@pytest.mark.parametrize(
    "target",
    [
        "ftp://a/",
        "javascript:1",
        "http://user:pw@a/",
        "http://user@a/",
        "example.com:443",
        "http://",
        "http://a b/",
        "a",
    ],
)
def test_a_target_that_makes_no_url(target):
    with pytest.raises(PeerError):
        url_of(target)


def test_options_asterisk():
    assert url_of("*", "Example.com:8080") == "http://example.com:8080/"


@given(st.text(alphabet=string.printable.strip() + "\u00e9", max_size=30))
def test_the_short_cut_makes_no_difference(rest):
    target = f"/{rest}"
    expected = ada_url.URL(f"http://example.com{target}")
    expected.hash = ""
    assert url_of(target) == expected.href


@given(st.text(alphabet="./%2eEaA?-_", max_size=20))
def test_the_short_cut_makes_no_difference_to_dots(rest):
    target = f"/{rest}"
    assert url_of(target) == ada_url.URL(f"http://example.com{target}").href


def test_what_is_kept_is_bounded():
    for number in range(1000):
        origin_of(False, f"h{number}")
    assert origin_of.cache_info().currsize <= 256
    assert origin_of(False, "h999") is origin_of(False, "h999")
