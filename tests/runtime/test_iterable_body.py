"""Iterables as bodies: what they yield is the body, and their iteration ends with it."""

from __future__ import annotations

from typing import Any

import pytest

PARTS = """
const bytes = (text) => new TextEncoder().encode(text);
const ends = [];
async function* generator() {
  try {
    yield bytes('one ');
    yield bytes('two');
  } finally {
    ends.push('end');
  }
}
function* sync() {
  try {
    yield bytes('one ');
    yield Promise.resolve(bytes('two'));
  } finally {
    ends.push('end');
  }
}
async function* failing() {
  try {
    yield bytes('one');
    throw new RangeError('no more');
  } finally {
    ends.push('end');
  }
}
const byHand = () => {
  const parts = ['one ', 'two'];
  return { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: parts.length === 0, value: bytes(parts.shift()) }) }) };
};
class Source { async *[Symbol.asyncIterator]() { yield* generator(); } }
const response = (body, init) => new Response(body, init);
const request = (body, init) => new Request('http://x/', { method: 'POST', body, ...init });
"""
OWNERS = pytest.mark.parametrize("owner", ["response", "request"])


@pytest.fixture
def settle(realm: Any) -> Any:
    realm.eval(PARTS)
    return realm.settle


@OWNERS
@pytest.mark.parametrize(
    "body",
    [
        "generator()",
        "sync()",
        "byHand()",
        "new Source()",
        "[bytes('one '), bytes('two')]",
        "new Set([bytes('one '), bytes('two')])",
        "Object.assign(Object.create(null), { [Symbol.asyncIterator]: generator })",
        "new Proxy(generator(), { get: (target, key) => target[key]?.bind?.(target) ?? target[key] })",
    ],
)
def test_a_body_is_what_the_iterable_yields(settle: Any, owner: str, body: str) -> None:
    script = f"""(async () => {{
      const made = {owner}({body});
      return [made.headers.get('content-type'), made.body instanceof ReadableStream, await made.text(), made.bodyUsed];
    }})()"""
    assert settle(script) == [None, True, "one two", True]


@OWNERS
def test_nothing_is_iterated_before_somebody_reads(settle: Any, owner: str) -> None:
    script = f"""(async () => {{
      let started = false;
      const made = {owner}((async function* () {{ started = true; yield bytes('x'); }})());
      await 0;
      return [started, await made.text(), started];
    }})()"""
    assert settle(script) == [False, "x", True]


@OWNERS
@pytest.mark.parametrize("method", ["text", "arrayBuffer", "bytes", "json", "blob"])
def test_an_error_of_the_iteration_is_that_of_the_reading(
    settle: Any, owner: str, method: str
) -> None:
    script = f"""(async () => {{
      const error = await {owner}(failing()).{method}().catch((reason) => reason);
      return [error.name, error.message, ends];
    }})()"""
    assert settle(script) == ["RangeError", "no more", ["end"]]


@OWNERS
def test_a_body_that_is_cancelled_ends_the_iteration(settle: Any, owner: str) -> None:
    script = f"""(async () => {{
      const reader = {owner}(generator()).body.getReader();
      await reader.read();
      await reader.cancel();
      return ends;
    }})()"""
    assert settle(script) == ["end"]


@OWNERS
def test_a_clone_has_the_same_parts(settle: Any, owner: str) -> None:
    script = f"""(async () => {{
      const made = {owner}(generator());
      const clone = made.clone();
      return [await made.text(), await clone.text(), ends];
    }})()"""
    assert settle(script) == ["one two", "one two", ["end"]]


@OWNERS
@pytest.mark.parametrize("part", ["'text'", "new ArrayBuffer(1)", "1", "null", "{}"])
def test_parts_are_bytes_as_those_of_a_stream(settle: Any, owner: str, part: str) -> None:
    script = (
        f"{owner}((async function* () {{ yield {part}; }})()).text().catch((error) => error.name)"
    )
    assert settle(script) == "TypeError"


@OWNERS
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("new String('abc')", "abc"),
        ("Object.assign(() => 1, { [Symbol.asyncIterator]: generator })", "() => 1"),
        ("{ [Symbol.asyncIterator]: null }", "[object Object]"),
        ("{ [Symbol.iterator]: undefined, toString: () => 'shown' }", "shown"),
        ("new Date(NaN)", "Invalid Date"),
        ("new URLSearchParams({ a: 1 })", "a=1"),
    ],
)
def test_what_is_no_iterable_is_a_text(settle: Any, owner: str, body: str, text: str) -> None:
    assert settle(f"{owner}({body}).text()") == text


@pytest.mark.parametrize(
    "made",
    [
        "response({ [Symbol.asyncIterator]: 1 })",
        "response({ [Symbol.asyncIterator]: () => 1 })",
        "request(generator(), { keepalive: true })",
        "request(generator(), { method: 'GET' })",
        "response(generator(), { status: 204 })",
    ],
)
def test_what_cannot_be_a_body_throws_at_once(settle: Any, made: str) -> None:
    assert settle(f"(async () => {made})().catch((error) => error.name)") == "TypeError"
