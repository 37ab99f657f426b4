"""fetch() of data: and blob: URLs; what it refuses; how it is aborted."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

SHOW = "(async (response) => [response.status, response.headers.get('content-type'), await response.text()])"


def show(realm: Any, arguments: str) -> Any:
    return realm.settle(f"{SHOW}(await fetch({arguments}))")


def rejection(realm: Any, arguments: str) -> str:
    text: str = realm.settle(f"fetch({arguments}).then(() => 'fulfilled', String)")
    return text


def test_the_public_data_of_data_urls(realm: Any, vectors: Callable[[str], str]) -> None:
    for url, *expected in json.loads(vectors("data-urls.json")):
        script = (
            f"fetch({json.dumps(url)}).then(async (response) => [response.headers.get('content-type'), "
            "[...await response.bytes()]], (error) => [error instanceof TypeError && null])"
        )
        assert realm.settle(script) == expected[:2], url


def test_the_public_data_of_base64(realm: Any, vectors: Callable[[str], str]) -> None:
    for text, expected in json.loads(vectors("base64.json")):
        script = (
            f"fetch({json.dumps('data:;base64,' + text)}).then(async (response) => "
            "[...await response.bytes()], () => null)"
        )
        assert realm.settle(script) == expected, text


def test_percent_signs_in_a_data_url(realm: Any) -> None:
    assert show(realm, "'data:,%u0041%%75%4%zz%C3%A9#%41'")[2] == "%u0041%u%4%zzé"


def test_what_a_response_says_of_itself(realm: Any) -> None:
    assert realm.settle(
        "fetch('data:text/x,a#b').then((response) => [response.ok, response.statusText, response.type, "
        "response.url, response.redirected])"
    ) == [True, "OK", "basic", "data:text/x,a", False]


def test_its_headers_are_immutable(realm: Any) -> None:
    assert (
        realm.settle(
            "fetch('data:,').then((response) => { try { response.headers.set('a', 'b') } "
            "catch (error) { return error.name } })"
        )
        == "TypeError"
    )


def test_a_head_request_has_no_body(realm: Any) -> None:
    assert realm.settle("(await fetch('data:,abc', { method: 'HEAD' })).body === null") is True


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "the scheme 'file:' cannot be fetched"),
        ("ftp://localhost/", "the scheme 'ftp:' cannot be fetched"),
        ("about:blank", "the scheme 'about:' cannot be fetched"),
        ("data:text/plain", "has no comma"),
        ("blob:null/x", "stands for no Blob"),
        ("no url", "is not a URL"),
    ],
)
def test_what_cannot_be_fetched_is_a_type_error_that_says_why(
    realm: Any, url: str, why: str
) -> None:
    error = rejection(realm, json.dumps(url))
    assert error.startswith("TypeError: ")
    assert why in error


def test_a_blob_url_stands_for_its_blob_until_it_is_revoked(realm: Any) -> None:
    realm.eval("globalThis.url = URL.createObjectURL(new Blob(['abc'], { type: 'a/b' })), 0")
    assert show(realm, "url") == [200, "a/b", "abc"]
    assert show(realm, "url + '#part'") == [200, "a/b", "abc"]
    assert "stands for no Blob" in rejection(realm, "url + '?'")
    assert "know only GET" in rejection(realm, "url, { method: 'POST' }")
    realm.eval("URL.revokeObjectURL(url)")
    assert "stands for no Blob" in rejection(realm, "url")


def test_a_request_keeps_the_blob_that_its_url_stood_for(realm: Any) -> None:
    script = """(async () => {
      const url = URL.createObjectURL(new Blob(['abc']));
      const request = new Request(url, { headers: { a: 'b' } });

      URL.revokeObjectURL(url);

      return Promise.all([request.clone(), new Request(request, { cache: 'no-store' })]
        .map(async (each) => (await fetch(each)).text()));
    })()"""
    assert realm.settle(script) == ["abc", "abc"]


def test_only_a_blob_gets_a_url(realm: Any) -> None:
    assert realm.eval("try { URL.createObjectURL({}) } catch (error) { error.name }") == "TypeError"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("bytes=2-4", ["bytes 2-4/10", "234"]),
        ("bytes=5-", ["bytes 5-9/10", "56789"]),
        ("bytes=-3", ["bytes 7-9/10", "789"]),
        ("bytes=-99", ["bytes 0-9/10", "0123456789"]),
        ("bytes \t= 8 - 99", ["bytes 8-9/10", "89"]),
        *[
            (bad, None)
            for bad in ("bytes=-", "bytes=5-2", "bytes=10-", "bytes=-0", "bytes=1-2,4-5", "x=1-")
        ],
    ],
)
def test_a_range_of_a_blob(realm: Any, given: str, expected: list[str] | None) -> None:
    script = f"""(async () => {{
      const url = URL.createObjectURL(new Blob(['01234', '56789']));
      const response = await fetch(url, {{ headers: {{ range: {json.dumps(given)} }} }});

      return [response.status, response.headers.get('content-range'), await response.text()];
    }})().catch(String)"""
    answer = realm.settle(script)
    if expected is None:
        assert answer.startswith("TypeError: fetch: ")
    else:
        assert answer == [206, *expected]


@pytest.mark.parametrize(
    ("integrity", "fits"),
    [
        ("{256}", True),
        ("{512}", True),
        ("{384}?option", True),
        ("\t sha256-AAAA {256}\n", True),
        ("sha256-AAAA {512}", True),
        ("md5-AAAA nonsense sha999-x", True),
        ("sha256-AAAA", False),
        ("sha256", False),
        ("{256} sha384-AAAA", False),
    ],
)
def test_integrity(realm: Any, integrity: str, fits: bool) -> None:
    hashes = {
        size: f"sha{size}-{b64encode(hashlib.new(f'sha{size}', b'abc').digest()).decode()}"
        for size in (256, 384, 512)
    }
    for size, text in hashes.items():
        integrity = integrity.replace(f"{{{size}}}", text)
    options = json.dumps({"integrity": integrity})
    script = (
        f"fetch('data:,abc', {options}).then((response) => response.text(), (error) => error.name)"
    )
    assert realm.settle(script) == ("abc" if fits else "TypeError")


def test_integrity_needs_a_body(realm: Any) -> None:
    options = "{ method: 'HEAD', integrity: 'sha256-AAAA' }"
    assert "does not match" in rejection(realm, f"'data:,abc', {options}")


def test_an_abort_before_the_response_rejects_with_its_reason(realm: Any) -> None:
    script = """(async (controller) => {
      const promise = fetch('data:,abc', { signal: controller.signal });

      controller.abort('why');

      return [await promise.catch((reason) => reason),
        await fetch('data:,', { signal: controller.signal }).catch((reason) => reason)];
    })(new AbortController())"""
    assert realm.settle(script) == ["why", "why"]


def test_an_abort_after_the_response_fails_what_is_not_read_yet(realm: Any) -> None:
    script = """(async (controller) => {
      const [unread, read] = [await fetch('data:,abc', { signal: controller.signal }), await fetch('data:,abc')];
      const text = await read.text();

      controller.abort('why');

      return [text, await unread.text().catch((reason) => reason)];
    })(new AbortController())"""
    assert realm.settle(script) == ["abc", "why"]


def test_an_abort_cancels_the_stream_of_the_request(realm: Any) -> None:
    script = """(async () => {
      let reason;
      const body = new ReadableStream({ cancel(given) { reason = given } });

      await fetch('data:,', { method: 'POST', body, duplex: 'half', signal: AbortSignal.abort('why') }).catch(() => {});

      return reason;
    })()"""
    assert realm.settle(script) == "why"


def test_a_signal_that_outlives_responses_keeps_none_of_them(realm: Any) -> None:
    script = """(async (signal) => {
      for (let i = 0; i < 300; i++) await (await fetch('data:,' + 'x'.repeat(100000), { signal })).text();
    })(globalThis.signal = new AbortController().signal)"""
    realm.settle(script)
    before = realm.isolate.memory_bytes()
    realm.settle(script)
    assert realm.isolate.memory_bytes() < before + 5_000_000
