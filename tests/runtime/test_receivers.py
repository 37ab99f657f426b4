"""A member that is called on what is no object of its class says which member it was, and what `this` has to be."""

from __future__ import annotations

from typing import Any

import pytest

RECEIVERS = [
    "undefined",
    "null",
    "1",
    "'text'",
    "{}",
    "() => 1",
    "Object.create(Class.prototype)",
    "Class.prototype",
    "new (class { #x })()",
]

# Every member of every interface that the runtime defines. Those of EventTarget can be called on nothing, which is the global object.
ALL = """(async () => {
  const ofTheEngine = /^(Array|Async|BigInt|DataView|Disposable|DOMException|Finalization|Iterator|Map|Promise|Set|Shared|Symbol|Uint8|Weak)/;
  const faults = [];
  let count = 0;

  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const Class = globalThis[name];

    if (typeof Class !== 'function' || ofTheEngine.test(name) || !Object.hasOwn(Class.prototype ?? {}, Symbol.toStringTag)) continue;

    const receiver = RECEIVER;
    const isLent = name === 'EventTarget' && (receiver ?? null) === null;

    for (const key of Object.getOwnPropertyNames(Class.prototype)) {
      const descriptor = Object.getOwnPropertyDescriptor(Class.prototype, key);

      for (const kind of ['get', 'set', 'value']) {
        const member = descriptor[kind];

        if (key === 'constructor' || typeof member !== 'function' || isLent) continue;

        const error = await (async () => member.call(receiver, 'a', 'b', 'c'))().then(() => 'none', (reason) => reason);

        count++;

        if (!(error instanceof TypeError) || error.message !== `${name}.${key}: 'this' is no ${name}`) {
          faults.push(`${name}.${key} (${kind}): ${error}`);
        }
      }
    }
  }

  return [count > 300, faults];
})()"""


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_every_member_names_itself_and_its_class(realm: Any, receiver: str) -> None:
    assert realm.settle(ALL.replace("RECEIVER", f"({receiver})")) == [True, []]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("const { get } = new Headers(); get('a')", "Headers.get: 'this' is no Headers"),
        ("const { send } = WebSocket.prototype; send('a')", "WebSocket.send: 'this' is no WebSocket"),
        ("const { getRandomValues } = crypto; getRandomValues(new Uint8Array(1))", "Crypto.getRandomValues: 'this' is no Crypto"),
        ("ExecutionContext.prototype.waitUntil.call({}, 1)", "ExecutionContext.waitUntil: 'this' is no ExecutionContext"),
        ("new URL('http://x/').searchParams.keys().next.call({})", "URLSearchParams Iterator.next: 'this' is no URLSearchParams Iterator"),
        ("new Headers().entries().next.call(new FormData().entries())", "Headers Iterator.next: 'this' is no Headers Iterator"),
        ("Object.getOwnPropertyDescriptor(globalThis, 'onerror').get.call({})", "global.onerror: 'this' is no global"),
    ],
)  # fmt: skip
def test_a_method_that_was_taken_off_its_object(realm: Any, use: str, message: str) -> None:
    script = (
        f"(() => {{ try {{ {use} }} catch (error) {{ return [error.name, error.message] }} }})()"
    )
    assert realm.eval(script) == ["TypeError", message]


@pytest.mark.parametrize(
    "use",
    [
        "new Headers({ a: 'b' }).forEach(() => { throw thrown })",
        "new Headers().append({ toString() { throw thrown } }, 'x')",
        "new EventTarget().addEventListener('x', () => {}, { get once() { throw thrown } })",
        "new URL('http://x/').href = { toString() { throw thrown } }",
    ],
)
def test_what_else_is_thrown_within_a_member_stays_what_it_is(realm: Any, use: str) -> None:
    script = f"(() => {{ const thrown = new TypeError('mine'); try {{ {use} }} catch (error) {{ return error === thrown }} }})()"
    assert realm.eval(script) is True


def test_a_stack_has_the_place_of_the_call(realm: Any) -> None:
    script = "(() => { try { Headers.prototype.get.call(1, 'a') } catch (error) { return error.stack } })()"
    assert "edgehost:" not in realm.eval(script)
