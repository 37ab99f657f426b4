"""Response: what it is made of, how it is cloned and consumed."""

from __future__ import annotations

from typing import Any

import pytest

TEXT = "text/plain;charset=UTF-8"


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("'x'", TEXT, "x"),
        ("''", TEXT, ""),
        ("7", TEXT, "7"),
        ("{ toString: () => 'y' }", TEXT, "y"),
        ("new Uint8Array([120])", None, "x"),
        ("new Uint8Array([1, 120, 2]).subarray(1, 2)", None, "x"),
        ("new DataView(new Uint8Array([120]).buffer)", None, "x"),
        (
            "new URLSearchParams({ a: 'b c' })",
            "application/x-www-form-urlencoded;charset=UTF-8",
            "a=b+c",
        ),
        ("new Blob(['x'], { type: 'A/b' })", "a/b", "x"),
        ("ReadableStream.from([new Uint8Array([120])])", None, "x"),
        ("null", None, ""),
        ("undefined", None, ""),
    ],
)
def test_a_body_has_its_type_and_text(realm: Any, body: str, kind: str | None, text: str) -> None:
    assert realm.settle(f"""(async () => {{
        const response = new Response({body});
        return [response.headers.get('content-type'), await response.text()];
    }})()""") == [kind, text]


def test_a_type_that_is_given_wins(realm: Any) -> None:
    script = "new Response('x', { headers: { 'Content-Type': 'a/b' } }).headers.get('content-type')"
    assert realm.eval(script) == "a/b"


@pytest.mark.parametrize("status", [101, 103, 204, 205, 304])
def test_some_statuses_have_no_body(realm: Any, status: int) -> None:
    error = "(async () => { %s })().catch((error) => error.name)"
    made = f"new Response('', {{ status: {status} }})"
    assert realm.settle(error % made) == ("RangeError" if status < 200 else "TypeError")


@pytest.mark.parametrize(
    "body", ["'x'", "new Uint8Array([120])", "ReadableStream.from([new Uint8Array([120])])"]
)
def test_a_clone_has_its_own_body(realm: Any, body: str) -> None:
    assert realm.settle(f"""(async () => {{
        const response = new Response({body}, {{ status: 201, headers: {{ a: '1' }} }});
        const clone = response.clone();
        clone.headers.set('a', '2');
        new Uint8Array(await clone.arrayBuffer())[0] = 0;
        return [response.bodyUsed, await response.text(), response.headers.get('a'), clone.status];
    }})()""") == [False, "x", "1", 201]


@pytest.mark.parametrize("method", ["text", "json", "arrayBuffer", "bytes", "blob", "formData"])
def test_a_body_is_consumed_once(realm: Any, method: str) -> None:
    assert realm.settle(f"""(async () => {{
        const response = new Response('1');
        await response.{method}().catch(() => {{}});
        return [response.bodyUsed, await response.{method}().catch((error) => error.name)];
    }})()""") == [True, "TypeError"]


def test_a_locked_body_is_not_consumed(realm: Any) -> None:
    assert realm.settle("""(async () => {
        const response = new Response('x');
        const reader = response.body.getReader();
        const error = await response.text().catch((error) => error);
        reader.releaseLock();
        return [error.name, response.bodyUsed, await response.text()];
    })()""") == ["TypeError", False, "x"]


def test_the_byte_order_mark_is_no_text(realm: Any) -> None:
    assert realm.settle("new Response('\\ufeffx').text()") == "x"
    assert realm.settle("new Response('\\ufeff[1]').json()") == [1]


def test_lone_surrogates_are_replaced(realm: Any) -> None:
    assert realm.settle("new Response('a\\ud800').text()") == "a\ufffd"


def test_methods_of_another_object_reject(realm: Any) -> None:
    assert (
        realm.settle("Response.prototype.text.call({}).catch((error) => error.name)") == "TypeError"
    )
