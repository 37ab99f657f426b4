"""Request: what it takes from another one, and from its init."""

from __future__ import annotations

from typing import Any

import pytest

POST = "new Request('http://a/', { method: 'POST', body: 'x' })"
STREAM = "new Response('x').body"
POST_STREAM = f"new Request('http://a/', {{ method: 'POST', body: {STREAM}, duplex: 'half' }})"


@pytest.mark.parametrize("first", [POST, POST_STREAM])
@pytest.mark.parametrize("touch", ["first", "first.body"])
def test_a_request_made_of_another_takes_its_body(realm: Any, first: str, touch: str) -> None:
    assert realm.settle(f"""(async () => {{
        const first = {first};
        {touch};
        const second = new Request(first);
        return [first.bodyUsed, first.body.locked, second.bodyUsed, await second.text()];
    }})()""") == [True, True, False, "x"]


def test_a_used_body_is_not_taken(realm: Any) -> None:
    used = f"(() => {{ const first = {POST}; first.text(); return new Request(first); }})()"
    assert realm.settle(f"(async () => {used})().catch((error) => error.name)") == "TypeError"


def test_init_is_read_in_the_order_of_its_members(realm: Any) -> None:
    read = realm.eval("""(() => {
        const read = [];
        new Request('http://a/', new Proxy({}, { get: (_, name) => { read.push(name); } }));
        return read;
    })()""")
    assert read == sorted(read)
    assert {"body", "headers", "method", "signal"} <= {*read}


def test_an_init_resets_the_referrer(realm: Any) -> None:
    assert realm.eval("""(() => {
        const first = new Request('http://a/', { referrer: 'http://b', referrerPolicy: 'origin' });
        return [first, new Request(first), new Request(first, {}), new Request(first, { cache: 'reload' })]
            .map(({ referrer, referrerPolicy }) => `${referrer} ${referrerPolicy}`);
    })()""") == ["http://b/ origin", "http://b/ origin", "http://b/ origin", "about:client "]


def test_no_referrer_is_the_empty_string(realm: Any) -> None:
    assert realm.eval("new Request('http://a/', { referrer: '' }).referrer") == ""


def test_a_patched_url_class_changes_nothing(realm: Any) -> None:
    realm.eval("globalThis.URL = class { constructor() { throw new Error('patched') } }; null")
    assert realm.eval("new Request('http://a').url") == "http://a/"
    assert realm.eval("Response.redirect('http://a').headers.get('location')") == "http://a/"


def test_a_body_stream_of_anything_but_bytes_is_refused(realm: Any) -> None:
    assert (
        realm.settle(
            "new Response(ReadableStream.from(['text', new Uint8Array(1)])).text()"
            ".catch((error) => error.name)"
        )
        == "TypeError"
    )


@pytest.mark.parametrize("url", ["http://user:pass@x/a", "http://user@x/a", "http://:pass@x/a"])
def test_a_url_keeps_its_user_and_password(realm: Any, url: str) -> None:
    script = f"[new Request('{url}'), new Request(new Request('{url}')), new Request('{url}').clone()].map(({{ url }}) => url)"
    assert realm.eval(script) == [url] * 3
