"""How values are printed: as Node 20 does, and something for every value."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).with_name("inspected.txt")
HOSTILE = [
    "new Proxy({ a: 1 }, new Proxy({}, { get() { throw new Error('trap'); } }))",
    "Object.create(new Proxy({}, { getPrototypeOf() { throw 1; } }))",
    "Object.create((() => { const p = new Proxy({}, { getPrototypeOf: () => p }); return p; })())",
    "({ get [Symbol.toStringTag]() { throw 1; } })",
    "({ get constructor() { throw 1; } })",
    "({ get [Symbol.for('nodejs.util.inspect.custom')]() { throw 1; } })",
    "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw 1; } })",
    "({ [Symbol.for('nodejs.util.inspect.custom')]() { return { __proto__: this, more: 1 }; } })",
    "Object.defineProperty(new Error('x'), 'message', { get() { throw 1; } })",
    "Object.defineProperty(new Error('x'), 'cause', { get() { throw 1; } })",
    "Object.assign(new Error('x'), { name: { toString() { throw 1; } } })",
    "class { static get name() { throw 1; } }",
    "(() => { const m = new Map([[1, 2]]); m[Symbol.iterator] = () => { throw 1; }; return m; })()",
    "({ get a() { throw 1; }, toString() { throw 2; }, [Symbol.toPrimitive]() { throw 3; } })",
]


def cases() -> list[Any]:
    entries = re.split(r"^> ", CASES.read_text(encoding="utf-8"), flags=re.M)[1:]
    pairs = [entry.rstrip("\n").split("\n", 1) for entry in entries]
    assert len(pairs) > 150
    return [pytest.param(source, expected, id=source[:60]) for source, expected in pairs]


class Logged:
    """A realm, and what it logs."""

    def __init__(self, make_realm: Callable[..., Any], colors: int = 0, limit: int = 0) -> None:
        self.texts: list[str] = []
        from edgehost.bindings import stateless_queries

        self.realm = make_realm(
            ops={"log": lambda _level, text, _invocation: self.texts.append(text)},
            queries={
                **stateless_queries(),
                "consoleColors": lambda: colors,
                "consoleLimit": lambda: limit,
            },
        )

    def run(self, source: str) -> str:
        """The last text that the script logs."""
        self.texts.clear()
        self.realm.eval(source + "; undefined")
        for function, arguments in self.realm.isolate.take_ops():
            function(*arguments)
        return self.texts[-1]

    def show(self, source: str) -> str:
        # Within a list, so that a function does not get the variable's name.
        return self.run(f"console.log('%O', [({source})][0])")


@pytest.fixture
def logged(make_realm: Callable[..., Any]) -> Logged:
    return Logged(make_realm)


@pytest.fixture
def show(logged: Logged) -> Callable[[str], str]:
    return logged.show


def places(text: str) -> str:
    """Lines and columns of frames are the engine's affair."""
    return re.sub(r":\d+:\d+\)", ")", text)


@pytest.mark.parametrize(("source", "expected"), cases())
def test_a_value_prints_as_in_node(show: Callable[[str], str], source: str, expected: str) -> None:
    assert show(source) == expected


def test_a_module_prints_its_exports(logged: Logged) -> None:
    isolate = logged.realm.isolate
    isolate.modules.host_import = True
    isolate._context.module(
        'import * as ns from "edgehost:boundary/invocation.js"; globalThis.ns = ns;'
    )
    isolate.modules.host_import = False
    text = logged.show("ns")
    assert text.startswith("[Module: null prototype] { ")
    assert "enter: [Function: enter]" in text


# Errors


def test_an_error_prints_its_name_message_and_frames(show: Callable[[str], str]) -> None:
    text = show("(function work() { return new TypeError('no\\nway'); })()")
    assert places(text) == "TypeError: no\nway\n    at work (<input>)\n    at <eval> (<input>)"


def test_an_error_prints_its_cause_and_its_own_properties(show: Callable[[str], str]) -> None:
    text = show(
        "Object.assign(new Error('outer', { cause: new RangeError('inner') }), { code: 7 })"
    )
    assert places(text) == (
        "Error: outer\n    at <eval> (<input>) {\n  code: 7,\n"
        "  [cause]: RangeError: inner\n      at <eval> (<input>)\n}"
    )


def test_an_aggregate_error_prints_its_errors(show: Callable[[str], str]) -> None:
    text = show("new AggregateError([new Error('one'), 'two'], 'many')")
    assert places(text) == (
        "AggregateError: many\n    at <eval> (<input>) {\n"
        "  [errors]: [\n    Error: one\n        at <eval> (<input>),\n    'two'\n  ]\n}"
    )


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("new (class NotFoundError extends Error {})('m')", "NotFoundError: m"),
        ("new (class Gone extends Error { name = 'GoneError' })('m')", "Gone [GoneError]: m"),
        ("Object.assign(new Error('m'), { name: 'plain' })", "plain: m"),
        ("new DOMException('m', 'AbortError')", "DOMException [AbortError]: m"),
        ("Object.setPrototypeOf(new Error('m'), null)", "[Error: null prototype]: m"),
        ("new Error()", "Error"),
        ("Object.assign(new Error('m'), { name: '' })", "m"),
        ("Object.assign(new Error('m'), { stack: 'Mine: m\\n    at here (x.js:1:1)' })", "Mine: m"),
        (
            "(() => { const e = new Error('m'); Error.captureStackTrace(e); e.name = 'LateError'; return e; })()",
            "Error [LateError]: m",
        ),
        (
            "(() => { const e = new Error('m'); e.stack; e.message = 'late'; return e; })()",
            "Error: late",
        ),
        (
            "(() => { const e = new Error('m'); e.stack = e.stack.replace('m', 'mine'); return e; })()",
            "Error: mine",
        ),
        (
            "(() => { const e = new DOMException('m', 'AbortError'); e.stack += '!'; return e; })()",
            "AbortError: m",
        ),
    ],
)
def test_the_title_of_an_error(show: Callable[[str], str], source: str, title: str) -> None:
    assert show(source).partition("\n")[0] == title


def test_an_error_without_frames_is_bracketed(show: Callable[[str], str]) -> None:
    assert show("Object.assign(new Error('m'), { stack: '' })") == "[Error: m]"


def test_frames_of_the_runtime_and_of_built_ins_are_left_out(show: Callable[[str], str]) -> None:
    text = show(
        "(() => { let error; const target = new EventTarget();"
        "target.addEventListener('x', function listener() {"
        " [1].forEach(function each() { error = new Error('m'); }); });"
        "target.dispatchEvent(new Event('x')); return error; })()"
    )
    assert places(text).split("\n")[1:4] == [
        "    at each (<input>)",
        "    at listener (<input>)",
        "    at <anonymous> (<input>)",
    ]
    assert "edgehost:" not in text
    assert "native" not in text


def test_frames_that_the_cause_has_too_are_cut(show: Callable[[str], str]) -> None:
    deep = "function d(n, f) { return n ? d(n - 1, f) : f(); }"
    text = show(
        f"(() => {{ {deep} return d(6, () => new Error('a', {{ cause: new Error('b') }})); }})()"
    )
    outer, _, cause = text.partition("[cause]")
    assert re.search(r"^Error: a\n    at [^\n]+\n    \.\.\. \d+ frames as in the cause \{\n", outer)
    assert "at d (" in cause
    assert "more like it" in cause


# Platform objects


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("new Headers([['a', '1'], ['B', '2']])", "Headers { a: '1', b: '2' }"),
        (
            "new Headers([['set-cookie', 'a=1'], ['set-cookie', 'b=2']])",
            "Headers { 'set-cookie': [ 'a=1', 'b=2' ] }",
        ),
        ("new Headers()", "Headers {}"),
        ("new URLSearchParams('a=1&a=2')", "URLSearchParams { 'a' => '1', 'a' => '2' }"),
        ("new URLSearchParams()", "URLSearchParams {}"),
        ("new AbortController()", "AbortController { signal: AbortSignal { aborted: false } }"),
        ("AbortSignal.abort('why')", "AbortSignal { aborted: true, reason: 'why' }"),
        ("new CustomEvent('x', { detail: 1 })", "CustomEvent { type: 'x', detail: 1 }"),
        ("{ a: { b: { c: new Headers() } } }", "{ a: { b: { c: Headers {} } } }"),
        ("{ a: { b: { c: new AbortController() } } }", "{ a: { b: { c: [AbortController] } } }"),
        ("Object.create(Headers.prototype)", "Headers {}"),
        (
            "Object.assign(new ReadableStream(), { mine: 1 })",
            "ReadableStream { locked: false, mine: 1 }",
        ),
        ("new (class Mine extends ReadableStream {})()", "Mine { locked: false }"),
        ("Headers", "[class Headers]"),
    ],
)
def test_platform_objects_show_their_attributes(
    show: Callable[[str], str], source: str, expected: str
) -> None:
    assert show(source) == expected


def test_a_response_shows_its_attributes(show: Callable[[str], str]) -> None:
    assert show("new Response(null, { status: 404, headers: { a: 'b' } })") == (
        "Response {\n  status: 404,\n  statusText: '',\n  headers: Headers { a: 'b' },\n"
        "  bodyUsed: false,\n  ok: false,\n  redirected: false,\n  type: 'default',\n  url: ''\n}"
    )


# Total, and bounded


@pytest.mark.parametrize("source", HOSTILE)
def test_a_hostile_value_is_printed_without_throwing(logged: Logged, source: str) -> None:
    for method in ("log", "dir", "table", "error", "trace"):
        assert logged.run(
            f"{{ const v = [({source})][0]; console.{method}(v); console.{method}([v, v]); }}"
        )
    assert logged.run(
        f"{{ const v = [({source})][0]; console.log('%s %d %i %f %o %O', v, v, v, v, v, v); }}"
    )


def test_no_trap_and_no_getter_runs(logged: Logged) -> None:
    logged.run(
        "globalThis.touched = 0; const note = () => { touched++; };"
        "console.log({ get a() { note(); } }, new Proxy({ a: 1 }, new Proxy({}, { get: note })))"
    )
    assert logged.texts == ["{ a: [Getter] } { a: 1 }"]
    assert logged.realm.eval("touched") == 0


def test_a_long_string_is_cut(make_realm: Callable[..., Any]) -> None:
    text = Logged(make_realm, limit=64 * 1024).run("console.log('x'.repeat(10_000_000))")
    assert text == "x" * 65_536 + "... 9934464 more characters"


def test_a_very_large_array_shows_a_hundred_items(show: Callable[[str], str]) -> None:
    text = show("Object.assign(new Array(3_000_000).fill(7), { extra: 1 })")
    assert text.count("7") == 100
    assert "... 2999900 more items" in text


def test_an_object_with_very_many_properties_shows_a_thousand(show: Callable[[str], str]) -> None:
    text = show("Object.fromEntries(Array.from({ length: 5000 }, (_, i) => ['k' + i, i]))")
    assert "k999: 999,\n  ... 4000 more properties\n" in text
    assert "k1000" not in text


def test_a_wide_and_deep_value_stays_within_a_budget(logged: Logged) -> None:
    text = logged.run(
        "{ const row = Array(100).fill({ text: 'some text' });"
        "console.log(Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => row))); }"
    )
    assert len(text) < 1024 * 1024
    assert "[Array]" in text


def test_any_depth_can_be_asked_for(logged: Logged) -> None:
    text = logged.run(
        "{ let v = []; for (let i = 0; i < 1e5; i++) v = [v]; console.dir(v, { depth: null }); }"
    )
    assert text.startswith("[\n")
    assert "<Inspection threw" in text


def test_built_ins_that_the_function_replaced_break_no_plain_text(logged: Logged) -> None:
    logged.run(
        "Array.prototype.push = Array.prototype[Symbol.iterator] = Map.prototype.get ="
        "String.prototype.includes = String.prototype.replace = RegExp.prototype.exec ="
        "() => { throw new Error('patched'); };"
        "console.log({ a: [1] }); console.log('%s', {}); console.log('plain')"
    )
    assert len(logged.texts) == 3
    assert logged.texts[2] == "plain"


# Colours


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1", "\ufdd41\ufdd0"),
        ("null", "\ufdd6null\ufdd1"),
        ("[undefined]", "[ \ufdd5undefined\ufdd0 ]"),
        (
            "{ a: 'x', 'b-c': Symbol('s') }",
            "{ a: \ufdd7'x'\ufdd0, \ufdd7'b-c'\ufdd0: \ufdd7Symbol(s)\ufdd0 }",
        ),
        ("new Date(0)", "\ufdd81970-01-01T00:00:00.000Z\ufdd0"),
        ("/x/", "\ufdd9/x/\ufdd0"),
        ("() => {}", "\ufdd3[Function (anonymous)]\ufdd0"),
    ],
)
def test_styles_are_marked_when_the_stream_is_coloured(
    make_realm: Callable[..., Any], source: str, expected: str
) -> None:
    assert Logged(make_realm, colors=1).show(source) == expected


def test_colours_do_not_change_the_layout(make_realm: Callable[..., Any]) -> None:
    source = "Array.from({ length: 40 }, (_, i) => ({ i, s: 'text'.repeat(i % 5) }))"
    plain, colored = Logged(make_realm).show(source), Logged(make_realm, colors=1).show(source)
    assert re.sub("[\ufdd0-\ufdef]", "", colored) == plain != colored


@pytest.mark.parametrize(
    ("names", "notes"),
    [
        ("f" * 50, ["f", "... at least 49 more like it"]),
        ("abcabcabcab", ["a", "b", "c", "... at least 8 more like the last 3"]),
        ("xabababy", ["x", "a", "b", "... 4 more like the last 2", "y"]),
        ("abcdefghijklm", [*"abcdefghij", "... 3 more"]),
    ],
)
def test_frames_that_come_again_are_shown_once(
    show: Callable[[str], str], names: str, notes: list[str]
) -> None:
    stack = "".join(f"\\n    at {name} (x.js:1:1)" for name in names)
    _, *lines = show(f"Object.assign(new Error('m'), {{ stack: 'Error: m{stack}' }})").split("\n")
    assert [re.sub(r"at (\w) .*", r"\1", line).strip() for line in lines] == notes


def test_a_recursion_without_end_is_a_handful_of_lines(show: Callable[[str], str]) -> None:
    text = show(
        "(() => { const even = (n) => odd(n) + 1, odd = (n) => even(n) + 1; try { even(0); } catch (e) { return e; } })()"
    )
    assert "RangeError: " in text
    assert "more like the last 2" in text
    assert len(text.split("\n")) < 8
