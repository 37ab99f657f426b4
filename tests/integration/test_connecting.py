"""How a function's connections are made: TLS, permissions, proxies, names, content codings."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from backend import Client, backend

from edgehost.config import Network
from edgehost.server.authority import open_authority

FUNCTION = """
export default { async fetch(request, env) {
  try {
    const response = await fetch(env.URL);
    return Response.json([response.status, await response.text(), [...response.headers]]);
  } catch (error) {
    return Response.json({ code: error.cause?.code, message: error.message });
  }
} };
"""
OK = "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"


@pytest.fixture
def fetched(serve: Any) -> Callable[..., Any]:
    """`await fetched(url, **network)`: what a function got from there."""

    async def run(url: str, **network: Any) -> Any:
        server = await serve(FUNCTION, env={"URL": url}, network=Network(**network))
        return json.loads(await server.text())

    return run


@pytest.fixture
async def secure(serve: Any, authority_file: Path) -> AsyncIterator[str]:
    """An https address, of the development authority."""
    server = await serve("export default { fetch: () => new Response('safe') };", tls=True)
    yield f"https://localhost:{server.port}/"


async def test_an_authority_that_is_named_is_trusted(
    fetched: Any, secure: str, authority_file: Path
) -> None:
    status, text, _ = await fetched(secure, authorities=(authority_file,))
    assert (status, text) == (200, "safe")


async def test_another_one_is_not(fetched: Any, secure: str) -> None:
    found = await fetched(secure)
    assert found["code"] == "tls"
    assert "authority that is not known (--ca FILE names more)" in found["message"]


async def test_a_certificate_for_another_name_is_refused(
    fetched: Any, serve: Any, authority_file: Path
) -> None:
    server = await serve(
        "export default { fetch: () => new Response('safe') };",
        tls=True,
        cert=open_authority().leaf(["other.test"]),
    )
    found = await fetched(f"https://localhost:{server.port}/", authorities=(authority_file,))
    assert found["code"] == "tls"
    assert "its certificate is for another name" in found["message"]


async def test_who_does_not_speak_tls_is_said(fetched: Any) -> None:
    async def plain(client: Client) -> None:
        client.say("HTTP/1.1 400 Bad Request\n\n")

    async with backend(plain) as there:
        found = await fetched(there.url.replace("http:", "https:"))
    assert found["code"] == "tls"


async def test_an_address_is_refused_before_anything_is_sent(fetched: Any) -> None:
    async with backend(OK) as there:
        for network in ({"production": True}, {"deny": ("127.0.0.1",)}, {"allow": ("public",)}):
            found = await fetched(there.url, **network)
            assert found["code"] == "denied", network
        assert there.connections == 0


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "localhost", "[::ffff:127.0.0.1]"],
)
async def test_loopback_is_refused_however_it_is_written(fetched: Any, host: str) -> None:
    async with backend(OK) as there:
        found = await fetched(f"http://{host}:{there.port}/", production=True)
        assert found["code"] == "denied"
        assert there.connections == 0


async def test_a_redirect_is_held_against_the_rules_too(fetched: Any) -> None:
    async with backend(OK) as inner:
        said = f"HTTP/1.1 302 Found\nLocation: {inner.url}/\nContent-Length: 0\n\n"
        async with backend(said) as outer:
            found = await fetched(f"{outer.url}/", deny=(f"127.0.0.1:{inner.port}",))
            assert found["code"] == "denied"
            assert (outer.connections, inner.connections) == (1, 0)


async def test_the_address_of_the_very_connection_counts(
    fetched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere with each look-up is looked up once for each connection."""
    answers = iter(["192.0.2.1", "127.0.0.1"])
    looked_up: list[str] = []

    async def addresses(host: str, port: int) -> list[Any]:
        looked_up.append(host)
        address = next(answers) if host == "x.test" else host
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr("edgehost.client.connector._addresses", addresses)
    monkeypatch.setattr("edgehost.client.connector.CONNECT_SECONDS", 0.2)
    async with backend(OK) as there:
        url = f"http://x.test:{there.port}/"
        first = await fetched(url, production=True)
        second = await fetched(url, production=True)
        assert first["code"] in ("denied", "timeout", "unreachable")
        assert second["code"] == "denied"
        assert there.connections == 0
    assert looked_up == ["x.test", "x.test"]


async def test_a_name_that_leads_nowhere_says_so(fetched: Any) -> None:
    found = await fetched("http://nowhere.invalid/")
    assert found["code"] == "dns"
    assert "nowhere.invalid" in found["message"]


# Proxies


@asynccontextmanager
async def proxy(answer: str = "") -> AsyncIterator[tuple[str, list[Any]]]:
    """A proxy that tunnels, and answers plain requests itself; its address and what it was asked."""
    asked: list[Any] = []

    async def serve(client: Client) -> None:
        head = await client.request()
        asked.append(head)
        if head.method != "CONNECT" or answer:
            client.say(answer or "HTTP/1.1 200 OK\nContent-Length: 9\n\nby proxy!")
            return
        host, _, port = head.target.rpartition(":")
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        client.say("HTTP/1.1 200 Connected\n\n")

        async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                target.write(data)
            target.close()

        try:
            await asyncio.gather(copy(client.reader, writer), copy(reader, client.writer))
        finally:
            writer.transport.abort()

    async with backend(serve) as there:
        yield there.url, asked


async def test_a_plain_request_goes_to_the_proxy_with_the_whole_target(
    fetched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy() as (url, asked):
        monkeypatch.setenv("http_proxy", url.replace("//", "//me:secret@"))
        status, text, _ = await fetched("http://example.test/a?b")
    assert (status, text) == (200, "by proxy!")
    assert asked[0].target == "http://example.test/a?b"
    assert asked[0].get("host") == "example.test"
    assert asked[0].get("proxy-authorization") == "Basic bWU6c2VjcmV0"


async def test_https_goes_through_a_tunnel_and_is_verified_behind_it(
    fetched: Any, secure: str, authority_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy() as (url, asked):
        monkeypatch.setenv("https_proxy", url)
        status, text, _ = await fetched(secure, authorities=(authority_file,))
        assert (status, text) == (200, "safe")
        assert asked[0].method == "CONNECT"
        assert asked[0].target == secure.removeprefix("https://").rstrip("/")
        refused = await fetched(secure)
        assert refused["code"] == "tls"


async def test_a_proxy_that_refuses_is_said(
    fetched: Any, secure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy("HTTP/1.1 407 Who are you\n\n") as (url, _):
        monkeypatch.setenv("https_proxy", url)
        found = await fetched(secure)
    assert found["code"] == "proxy"
    assert "407 Who are you" in found["message"]


async def test_a_proxy_is_no_way_round_the_rules(
    fetched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy() as (url, asked):
        monkeypatch.setenv("http_proxy", url)
        for host in ("169.254.169.254", "[::ffff:a9fe:a9fe]", "secret.test"):
            found = await fetched(f"http://{host}/", deny=("secret.test",))
            assert found["code"] == "denied", host
    assert asked == []


# Content codings


async def test_what_is_encoded_is_decoded_and_says_no_longer_that_it_is(fetched: Any) -> None:
    data = gzip.compress(b"text " * 1000)
    said = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
    async with backend(said % (len(data), data)) as there:
        _, text, headers = await fetched(there.url)
    assert text == "text " * 1000
    assert {"content-encoding", "content-length"}.isdisjoint(name for name, _ in headers)


@pytest.mark.parametrize("keep", [5, 15, -1])
async def test_an_encoding_that_is_cut_off_is_an_error(fetched: Any, keep: int) -> None:
    data = gzip.compress(b"text " * 1000)[:keep]
    said = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
    async with backend(said % (len(data), data)) as there:
        found = await fetched(there.url)
    assert "ended in the middle of its encoding" in found["message"]


async def test_an_encoding_that_nobody_knows_stays(fetched: Any) -> None:
    said = "HTTP/1.1 200 OK\nContent-Encoding: x-mine\nContent-Length: 3\n\nabc"
    async with backend(said) as there:
        _, text, headers = await fetched(there.url)
    assert text == "abc"
    assert ["content-encoding", "x-mine"] in headers


async def test_a_large_encoded_body_is_sent_on_whole(serve: Any) -> None:
    plain = bytes(range(256)) * 40_000  # 10 MB
    data = gzip.compress(plain, 1)
    said = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
    async with backend(said % (len(data), data)) as there:
        server = await serve(
            "export default { fetch: (request, env) => fetch(env.URL) };", env={"URL": there.url}
        )
        answer = await server.answer()
    assert answer.body == plain
    assert answer.get("content-encoding") is None
