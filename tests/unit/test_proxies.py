"""Which connection goes through which proxy."""

from __future__ import annotations

import pytest

from edgehost.client.origin import Origin
from edgehost.client.proxies import Proxies
from edgehost.client.request import target_of
from edgehost.errors import ConfigError

HTTP = Origin("http", "example.com", 80)
HTTPS = Origin("https", "example.com", 443)


def test_each_scheme_has_its_own() -> None:
    proxies = Proxies({"http_proxy": "http://a:1", "HTTPS_PROXY": "b:2"})
    plain, secure = proxies.of(HTTP), proxies.of(HTTPS)
    assert plain is not None and plain.origin == Origin("http", "a", 1)
    assert secure is not None and secure.origin == Origin("http", "b", 2)
    assert Proxies({}).of(HTTP) is None


@pytest.mark.parametrize(
    ("spared", "host", "port", "is_spared"),
    [
        ("*", "x.test", 80, True),
        ("x.test", "x.test", 80, True),
        ("x.test", "a.x.test", 80, True),
        (".x.test", "a.x.test", 80, True),
        ("*.x.test", "a.x.test", 80, True),
        ("x.test", "yx.test", 80, False),
        ("x.test:81", "x.test", 80, False),
        ("x.test:80", "x.test", 80, True),
        ("10.0.0.0/8", "10.1.1.1", 80, True),
        ("10.0.0.0/8", "11.1.1.1", 80, False),
        ("::1", "[::1]", 80, True),
        ("a, x.test", "x.test", 80, True),
        ("", "x.test", 80, False),
    ],
)
def test_no_proxy_spares(spared: str, host: str, port: int, is_spared: bool) -> None:
    proxies = Proxies({"http_proxy": "http://a:1", "no_proxy": spared})
    assert (proxies.of(Origin("http", host, port)) is None) is is_spared


def test_a_plain_request_names_the_whole_target_and_who_asks() -> None:
    proxy = Proxies({"http_proxy": "http://me:p%40ss@a:1"}).of(HTTP)
    assert proxy is not None
    assert proxy.lines(target_of("http://example.com:81/a?b")) == (
        "http://example.com:81/a?b",
        "proxy-authorization: Basic bWU6cEBzcw==\r\n",
    )


@pytest.mark.parametrize("value", ["socks5://a:1", "https://a:1", "http://"])
def test_what_is_not_spoken_to_is_said(value: str) -> None:
    with pytest.raises(ConfigError, match="HTTP_PROXY: only http:// proxies"):
        Proxies({"HTTP_PROXY": value})
