"""The bytes behind a body: whose they are, and who may still change them."""

from __future__ import annotations

from typing import Any

import pytest

BYTES = "async (body) => [...new Uint8Array(await body.arrayBuffer())]"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("new Uint8Array([1, 2, 3]).buffer", [1, 2, 3]),
        ("new Uint8Array([1, 2, 3, 4]).subarray(1, 3)", [2, 3]),
        ("new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)", [2, 3]),
        ("new Uint16Array([0x0201, 0x0403]).subarray(1)", [3, 4]),
        ("new ArrayBuffer(0)", []),
        ("detached()", []),
        ("new Uint8Array(detached(), 0, 0)", None),
        ("viewOf(detached)", []),
        ("new ArrayBuffer(2, { maxByteLength: 8 })", [0, 0]),
        ("grown()", [0, 0, 0, 0, 0]),
        ("new Uint8Array(new SharedArrayBuffer(2))", None),
    ],
)
def test_a_body_has_the_bytes_of_its_source(
    realm: Any, body: str, expected: list[int] | None
) -> None:
    script = f"""(async () => {{
      const detached = () => {{ const buffer = new ArrayBuffer(3); buffer.transfer(); return buffer }};
      const viewOf = () => {{ const view = new Uint8Array(3); view.buffer.transfer(); return view }};
      const grown = () => {{
        const buffer = new ArrayBuffer(2, {{ maxByteLength: 8 }});
        const view = new Uint8Array(buffer);
        buffer.resize(5);
        return view;
      }};
      void [detached, viewOf, grown];
      try {{
        return await ({BYTES})(new Response({body}));
      }} catch (error) {{
        return error instanceof TypeError ? null : `${{error}}`;
      }}
    }})()"""
    assert realm.settle(script) == expected


@pytest.mark.parametrize("wrap", ["", ".buffer", ".subarray(0)"])
def test_a_source_that_changes_later_changes_no_body(realm: Any, wrap: str) -> None:
    script = f"""(async () => {{
      const bytes = new Uint8Array([1, 2, 3]);
      const response = new Response(bytes{wrap});
      bytes.fill(9);
      bytes.buffer.transfer();
      return ({BYTES})(response);
    }})()"""
    assert realm.settle(script) == [1, 2, 3]


@pytest.mark.parametrize("look", ["", "one.body;", "other.body;", "one.body; other.body;"])
def test_clones_share_no_memory(realm: Any, look: str) -> None:
    script = f"""(async () => {{
      const one = new Response(new Uint8Array([1, 2, 3]));
      const other = one.clone();
      {look}
      const bytes = await one.bytes();
      bytes.fill(9);
      return [bytes.buffer.byteLength, ...await ({BYTES})(other)];
    }})()"""
    assert realm.settle(script) == [3, 1, 2, 3]


def test_a_clone_of_a_body_with_a_stream_shares_no_memory(realm: Any) -> None:
    script = f"""(async () => {{
      const one = new Response(new Uint8Array([1, 2, 3]));
      one.body;
      const other = one.clone();
      (await one.bytes()).fill(9);
      return ({BYTES})(other);
    }})()"""
    assert realm.settle(script) == [1, 2, 3]


def test_a_chunk_of_a_clone_is_its_own(realm: Any) -> None:
    script = f"""(async () => {{
      const one = new Response(new Uint8Array([1, 2, 3]));
      const other = one.clone();
      for await (const chunk of one.body) chunk.fill(9);
      return ({BYTES})(other);
    }})()"""
    assert realm.settle(script) == [1, 2, 3]


@pytest.mark.parametrize("source", ["'abc'", "new Uint8Array([97, 98, 99])"])
@pytest.mark.parametrize("method", ["text", "json", "arrayBuffer", "bytes"])
def test_a_body_with_a_stream_is_consumed_without_reading_it(
    realm: Any, source: str, method: str
) -> None:
    script = f"""(async () => {{
      const response = new Response({source});
      const {{ body }} = response;
      await response.{method}().catch(() => 0);
      const again = await response.text().catch((error) => error.name);
      return [response.bodyUsed, response.body === body, body.locked, again];
    }})()"""
    assert realm.settle(script) == [True, True, True, "TypeError"]


def test_a_stream_that_was_given_on_has_the_same_bytes(realm: Any) -> None:
    script = """(async () => {
      const one = new Response('abc');
      const other = new Response(one.body, { status: 201 });
      const before = [one.bodyUsed, other.bodyUsed, other.headers.get('content-type')];
      const text = await other.text();
      return [...before, text, one.bodyUsed, one.body.locked, await one.text().catch((e) => e.name)];
    })()"""
    assert realm.settle(script) == [False, False, None, "abc", True, True, "TypeError"]


def test_of_two_owners_of_a_stream_one_gets_it(realm: Any) -> None:
    script = """(async () => {
      const first = new Response(new Uint8Array([97]));
      const second = new Response(first.body);
      const third = new Response(first.body);
      const reader = second.body.getReader();
      const { value } = await reader.read();
      value.fill(98);
      return [await third.text().catch((e) => e.name), first.bodyUsed, third.bodyUsed];
    })()"""
    assert realm.settle(script) == ["TypeError", True, True]


def test_a_body_whose_stream_was_read_is_not_given_again(realm: Any) -> None:
    script = """(async () => {
      const response = new Response('abc');
      const chunks = [];
      for await (const chunk of response.body) chunks.push(String.fromCharCode(...chunk));
      return [chunks, response.bodyUsed, await response.text().catch((e) => e.name)];
    })()"""
    assert realm.settle(script) == [["abc"], True, "TypeError"]


def test_a_body_whose_stream_was_cancelled_is_used(realm: Any) -> None:
    script = """(async () => {
      const response = new Response('abc');
      await response.body.cancel();
      return [response.bodyUsed, await response.text().catch((e) => e.name)];
    })()"""
    assert realm.settle(script) == [True, "TypeError"]


@pytest.mark.parametrize("read", ["pipeTo(new WritableStream())", "getReader({ mode: 'byob' })"])
def test_the_stream_of_a_body_is_a_byte_stream_in_all_its_uses(realm: Any, read: str) -> None:
    script = f"""(async () => {{
      const response = new Response('abc');
      await response.body.{read};
      return [response.body.locked || response.bodyUsed, String(response.body)];
    }})()"""
    assert realm.settle(script) == [True, "[object ReadableStream]"]


def test_a_body_is_teed_from_its_stream(realm: Any) -> None:
    script = """(async () => {
      const [one, other] = new Response('abc').body.tee();
      return [await new Response(one).text(), await new Response(other).text()];
    })()"""
    assert realm.settle(script) == ["abc", "abc"]


@pytest.mark.parametrize("duplex", ["", ", duplex: 'half'", ", duplex: undefined"])
def test_a_request_may_say_that_its_body_is_a_stream_and_need_not(realm: Any, duplex: str) -> None:
    script = f"""(async () => {{
      const request = new Request('http://x/', {{ method: 'POST', body: new Response('abc').body{duplex} }});
      return [request.duplex, await request.text()];
    }})()"""
    assert realm.settle(script) == ["half", "abc"]


def test_there_is_no_other_duplex(realm: Any) -> None:
    script = "try { new Request('http://x/', { method: 'POST', body: 'x', duplex: 'full' }) } catch (error) { error.name }"
    assert realm.eval(script) == "TypeError"


def test_a_list_of_parameters_is_sent_as_it_is_whatever_its_class_prints(realm: Any) -> None:
    assert (
        realm.settle(
            """(() => {
          class Printed extends URLSearchParams { toString() { return 'printed' } }

          return new Response(new Printed('a=1&b=2')).text();
        })()"""
        )
        == "a=1&b=2"
    )
