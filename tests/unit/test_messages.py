"""Errors of the engine that name nothing: what is shown names what they are about."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from edgehost.engine import callee
from edgehost.engine.messages import clear_message
from tests.unit.conftest import Function

DEFINED = (
    "const kv = { a: {}, five: 5 }, foo = () => 5, items = [1], name = 'zip'; const f = (a, b) => b;"
    " let undefinedOne;\n"
)
INSTEAD = "export default { fetch(request) { ... } } instead"
CASES = {
    # calls
    "kv.get('x')": "kv.get is not a function",
    "kv?.get('x')": "kv.get is not a function",
    "kv.a.b(1).c": "kv.a.b is not a function",
    "kv['get']('x')": "kv.get is not a function",
    "kv['a-b']()": "kv['a-b'] is not a function",
    "kv[name](1)": "kv[name] is not a function",
    "kv.get`x`": "kv.get is not a function",
    "kv.get({ a: ')' }, (b) => { c(); })": "kv.get is not a function",
    "f(foo(), kv.zip())": "kv.zip or f is not a function",
    "foo(1).bar()": "foo(...).bar is not a function",
    "kv.get(name)": "kv.get is not a function",
    "kv.get(kv.five, 'x', 5)": "kv.get is not a function",
    "kv.get(foo(1))": "foo or kv.get is not a function",
    "new kv.Foo(name)": "kv.Foo is not a constructor",
    "kv[name](name)": "kv[name] is not a function",
    "if (kv.five) kv.get(kv.five);": "kv.get is not a function",
    "f(kv.zip(), name)": "kv.zip is not a function",
    "new (() => {})()": "not a constructor",
    "(0, kv.get)()": "kv.get is not a function",
    "undefinedOne(1)": "undefinedOne is not a function",
    "foo()()": "foo or foo(...) is not a function",
    "const { get } = kv; get(1)": "get is not a function",
    "if (!kv.get('x')) foo();": "kv.get is not a function",
    "await kv.get()": "kv.get is not a function",
    "kv\n  .get('x')": "kv.get is not a function",
    "[1].map(5)": "5 is not a function",
    "items.forEach(kv.each)": "kv.each is not a function",
    "items.map(kv.each, kv)": "kv.each is not a function",
    "items.map(foo(kv.each))": "foo(...) is not a function",
    "items.filter()": "undefined is not a function",
    "new Promise(kv.nothing)": "kv.nothing is not a function",
    "Array.from(items, 5)": "from: not a function",
    # new
    "new kv.Foo(1)": "kv.Foo is not a constructor",
    "new kv.Foo": "kv.Foo is not a constructor",
    "new (kv.Foo)(1)": "kv.Foo is not a constructor",
    "new undefinedOne()": "undefinedOne is not a constructor",
    # iteration and destructuring
    "for (const x of 5);": "5 is not iterable",
    "for (const x of kv.a);": "kv.a is not iterable",
    "f(...kv)": "kv is not iterable",
    "[...kv.five]": "kv.five is not iterable",
    "new Map(5)": "5 is not iterable",
    "new Set(kv)": "kv is not iterable",
    "const [x] = kv": "kv is not iterable",
    "const [x] = kv.list": "kv.list is not iterable",
    "[...function* () { yield* kv; }()]": "kv is not iterable",
    "const { x } = kv.nothing": "cannot destructure 'kv.nothing': it is undefined or null",
    "Object.keys(kv.nothing)": "keys: Cannot convert undefined or null to object",
    # members
    "kv.b.c": "cannot read property 'c' of undefined (kv.b)",
    "kv.list.map(foo).filter(foo)": "cannot read property 'map' of undefined (kv.list)",
    "kv.b.c = 1": "cannot set property 'c' of undefined (kv.b)",
    "kv.b['c']": "cannot read property 'c' of undefined (kv.b)",
    "kv.a.a.a": "cannot read property 'a' of undefined",
    # others
    "1n + 1": "cannot mix BigInt and other types, use explicit conversions",
    "kv.five * 2n": "cannot mix BigInt and other types, use explicit conversions",
    "Math.abs(1n)": "cannot convert BigInt to number",
    "[].reduce((a) => a)": "reduce of empty array with no initial value",
    "[].reduceRight((a) => a)": "reduceRight of empty array with no initial value",
    "Deno.serve(foo)": f"Deno.serve is not a function: {INSTEAD}",
    "Bun.serve({ fetch: foo })": f"Bun is not defined: {INSTEAD}",
    # the function's own
    "throw new TypeError('not a function')": "not a function",
    "throw TypeError(['not a', 'function'].join(' '))": "not a function",
    "class Mine extends Error { constructor() { super(['not a', 'function'].join(' ')); } } throw new Mine()": "not a function",
    "throw new Error('kv.get is no good')": "kv.get is no good",
}


@pytest.mark.parametrize(("code", "message"), CASES.items(), ids=CASES.keys())
def test_what_is_told_names_what_it_is_about(function: Function, code: str, message: str) -> None:
    ((op, _, told, _, shown),) = function.evaluate(DEFINED + code)
    assert op == "loadFailed"
    assert told == message
    assert message in shown


def test_the_console_names_it_too_and_the_error_stays_as_it_is(function: Function) -> None:
    got = function.value(
        "(() => { try { ({}).get(); } catch (error) { return error.message; } })()"
    )
    assert got == "not a function"


@pytest.mark.parametrize(
    "trace", ["", "    at map (native)\n", "    at f (other.js:1:1)\n", "    at f (fn.js:9:1)\n"]
)
def test_without_its_place_a_message_stays(trace: str) -> None:
    source = {"fn.js": "kv.get()"}
    assert clear_message("not a function", trace, lambda name: source.get(name, "")) == ""


@given(st.text("ab.()[]{}'\"`?/* \n#0=ofnew"), st.integers(0, 60))
def test_any_text_is_named_or_not(source: str, column: int) -> None:
    for message in ("not a function", "value is not iterable", "cannot read property 'a' of null"):
        trace = f"    at f (fn.js:1:{column})\n"
        assert isinstance(clear_message(message, trace, lambda _: source), str)


def test_long_texts_are_looked_at_near_the_place_only() -> None:
    assert callee.expression("a" * 1_000_000, 0)[:1] in ("", "a")
    assert callee.expression("(" * 100_000, 50_000) == ""
    assert callee.expression("a" + ".b()" * 100_000, 0).startswith("a.b(...)")
    assert callee.start_of_member("a" + ".b" * 100_000, 200_000) > 0
    assert callee.start_of_member("a" + ")" * 50_000 + ".b", 50_002) == 50_002
