"""The console namespace: which text goes to the host, at which level."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from edgehost.bindings import stateless_queries

Lines = list[tuple[str, str]]


class ConsoleRealm:
    """A realm, and the records of its console."""

    def __init__(self, realm: Any, records: list[tuple[str, str, float]]) -> None:
        self.realm = realm
        self.records = records  # level, text, invocation

    def run(self, source: str) -> Lines:
        """Level and text of what the script logs."""
        self.records.clear()
        self.realm.eval(source + "; undefined")
        for function, arguments in self.realm.isolate.take_ops():
            function(*arguments)
        return [(level, text) for level, text, _ in self.records]

    def enter(self, invocation: int) -> None:
        """What runs from now on belongs to this invocation."""
        self.module(
            f'import {{ enter }} from "edgehost:boundary/invocation.js"; enter({invocation});'
        )

    def module(self, source: str) -> None:
        """Runs a module that may import those of the runtime."""
        isolate = self.realm.isolate
        isolate.modules.host_import = True
        isolate._context.module(source)
        isolate.modules.host_import = False


@pytest.fixture
def console(make_realm: Callable[..., Any]) -> ConsoleRealm:
    records: list[tuple[str, str, float]] = []
    realm = make_realm(
        ops={"log": lambda *record: records.append(record)},
        queries={**stateless_queries(), "consoleColors": lambda: 0},
    )
    return ConsoleRealm(realm, records)


def one(lines: Lines) -> str:
    ((_, text),) = lines
    return text


# The namespace


def test_it_is_a_namespace_object(console: ConsoleRealm) -> None:
    assert console.realm.eval(
        "const proto = Object.getPrototypeOf(console);"
        "[String(console), Object.getPrototypeOf(proto) === Object.prototype,"
        " Reflect.ownKeys(proto).length, 'Console' in globalThis,"
        " Object.getOwnPropertyDescriptor(globalThis, 'console').enumerable]"
    ) == ["[object console]", True, 0, False, False]


def test_its_members_are_those_of_the_standard(console: ConsoleRealm) -> None:
    assert console.realm.eval("Object.keys(console)") == [
        *(
            "assert",
            "clear",
            "debug",
            "error",
            "info",
            "log",
            "table",
            "trace",
            "warn",
            "dir",
            "dirxml",
        ),
        *(
            "count",
            "countReset",
            "group",
            "groupCollapsed",
            "groupEnd",
            "time",
            "timeLog",
            "timeEnd",
        ),
    ]


def test_its_methods_are_no_constructors_and_need_no_receiver(console: ConsoleRealm) -> None:
    assert console.realm.eval(
        "Object.values(console).every((method) => {"
        " try { new method(); return false; } catch { return method.length === 0; } })"
    )
    assert console.run("const { log } = console; log('alone')") == [("log", "alone")]


# Logging


@pytest.mark.parametrize("level", ["debug", "error", "info", "log", "warn"])
def test_a_logging_method_has_its_own_level(console: ConsoleRealm, level: str) -> None:
    assert console.run(f"console.{level}('a', 1)") == [(level, "a 1")]


def test_nothing_to_log_logs_nothing(console: ConsoleRealm) -> None:
    assert console.run("console.log(); console.error(); console.group(); console.groupEnd()") == []


def test_values_are_joined_by_spaces(console: ConsoleRealm) -> None:
    assert one(console.run("console.log('a', 'b', 1, { c: 'd' }, null)")) == "a b 1 { c: 'd' } null"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("'%s is %d, %i, %f', 'x', 42, '42.9', '1.5px'", "x is 42, 42, 1.5"),
        ("'%s %s', Symbol('a'), 5n", "Symbol(a) 5n"),
        ("'%s', -0", "-0"),
        ("'%s', { a: { b: 1 } }", "{ a: [Object] }"),
        ("'%s', { toString() { return 'mine'; } }", "mine"),
        ("'%s', { toString() { throw 1; } }", "{ toString: [Function: toString] }"),
        ("'%s', new URL('http://a/')", "http://a/"),
        ("'%s', new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("'%s', (a) => a", "(a) => a"),
        ("'%d %i %f', Symbol('x'), Symbol('x'), Symbol('x')", "NaN NaN NaN"),
        ("'%d', 42.9", "42"),
        ("'%d', 5n", "5n"),
        ("'%d', { valueOf() { throw 1; }, toString() { throw 1; } }", "NaN"),
        ("'%O', { a: { b: { c: { d: 1 } } } }", "{ a: { b: { c: [Object] } } }"),
        ("'%j and %s', { a: 1 }, 'b'", '{"a":1} and b'),
        ("'%j %j', 'text', [1, undefined]", '"text" [1,null]'),
        ("'%j|%j|%j', undefined, () => 1, Symbol('x')", "undefined|undefined|undefined"),
        ("'%j', { toJSON: () => ({ b: 2 }) }", '{"b":2}'),
        (
            "'%j', (() => { const circle = {}; circle.circle = circle; return circle; })()",
            "[Circular]",
        ),
        ("'%j%j', 1", "1%j"),
        ("'%j', '\\ud800'", '"\\ud800"'),
        ("'%o', { a: 1, b: [1, 2] }", "{ a: 1, b: [ 1, 2, [length]: 2 ] }"),
        ("'%c styled', 'color: red'", " styled"),
        ("'%% %s %%', 'x', 'y'", "% x % y"),
        ("'100%', 'x'", "100% x"),
        ("'%x %s', 1, 2", "%x 1 2"),
        ("'%s %s', 'only'", "only %s"),
        ("'%s%s', 'a', 'b', 'c'", "ab c"),
        ("'%s', '%s', 'x'", "%s x"),
        ("'%%'", "%%"),
        ("'%s'", "%s"),
        ("{ a: 1 }, '%s', 2", "{ a: 1 } %s 2"),
        ("''", ""),
    ],
)
def test_format_specifiers(console: ConsoleRealm, arguments: str, expected: str) -> None:
    assert one(console.run(f"console.log({arguments})")) == expected


@pytest.mark.parametrize(
    "text", ["nul \0 inside", "lone \ud83d", "emoji 😀", "é" * 600, "x" * 70_000]
)
def test_any_text_arrives_whole(console: ConsoleRealm, text: str) -> None:
    units = text.encode("utf-16-le", "surrogatepass")
    codes = [int.from_bytes(units[i : i + 2], "little") for i in range(0, len(units), 2)]
    source = f"String.fromCharCode(...{codes})" if len(codes) < 10_000 else "'x'.repeat(70_000)"
    assert one(console.run(f"console.log({source})")) == text


def test_a_text_that_was_concatenated_arrives(console: ConsoleRealm) -> None:
    assert (
        one(console.run("console.log('a'.repeat(600) + 'b'.repeat(600))")) == "a" * 600 + "b" * 600
    )


def test_dir_takes_options_and_no_custom_inspector(console: ConsoleRealm) -> None:
    custom = "{ [Symbol.for('nodejs.util.inspect.custom')]() { return 'custom'; }, a: { b: 1 } }"
    text = one(console.run(f"console.dir({custom}, {{ depth: 0 }})"))
    assert "a: [Object]" in text
    assert "custom)]: [Function" in text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{ depth: null }", "{\n  a: {\n    b: { c: { d: { e: {} } } }\n  }\n}"),
        ("{ breakLength: 10 }", "{\n  a: {\n    b: {\n      c: [Object]\n    }\n  }\n}"),
        ("{ get depth() { throw 1; } }", "<the value cannot be printed>"),
    ],
)
def test_dir_options(console: ConsoleRealm, options: str, expected: str) -> None:
    assert (
        one(
            console.run(
                f"console.dir({{ a: {{ b: {{ c: {{ d: {{ e: {{}} }} }} }} }} }}, {options})"
            )
        )
        == expected
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("true, 'never'", []),
        ("", [("assert", "Assertion failed")]),
        ("false", [("assert", "Assertion failed")]),
        ("false, 'of %s', 'it'", [("assert", "Assertion failed: of it")]),
        ("0, { a: 1 }, 'x'", [("assert", "Assertion failed { a: 1 } x")]),
    ],
)
def test_assert(console: ConsoleRealm, arguments: str, expected: Lines) -> None:
    assert console.run(f"console.assert({arguments})") == expected


def test_trace_prints_the_frames_of_the_caller(console: ConsoleRealm) -> None:
    ((level, text),) = console.run("(function caller() { console.trace('at %d', 1); })()")
    assert level == "trace"
    assert re.fullmatch(
        r"Trace: at 1\n    at caller \(<input>:1:\d+\)\n    at <eval> \(<input>:1:\d+\)", text
    )


# Tables


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            "[{ a: 1, b: 'x' }, { a: 2, c: true }]",
            """
┌─────────┬───┬─────┬──────┐
│ (index) │ a │ b   │ c    │
├─────────┼───┼─────┼──────┤
│ 0       │ 1 │ 'x' │      │
│ 1       │ 2 │     │ true │
└─────────┴───┴─────┴──────┘""",
        ),
        (
            "[1, 'two', { three: 3 }]",
            """
┌─────────┬───────┬────────┐
│ (index) │ three │ Values │
├─────────┼───────┼────────┤
│ 0       │       │ 1      │
│ 1       │       │ 'two'  │
│ 2       │ 3     │        │
└─────────┴───────┴────────┘""",
        ),
        (
            "[{ a: 1, b: 2 }, { a: 3, b: 4 }], ['b']",
            """
┌─────────┬───┐
│ (index) │ b │
├─────────┼───┤
│ 0       │ 2 │
│ 1       │ 4 │
└─────────┴───┘""",
        ),
        (
            "new Map([['k', { v: 1 }]])",
            """
┌───────────────────┬─────┬──────────┐
│ (iteration index) │ Key │ Values   │
├───────────────────┼─────┼──────────┤
│ 0                 │ 'k' │ { v: 1 } │
└───────────────────┴─────┴──────────┘""",
        ),
        (
            "new Set(['s'])",
            """
┌───────────────────┬────────┐
│ (iteration index) │ Values │
├───────────────────┼────────┤
│ 0                 │ 's'    │
└───────────────────┴────────┘""",
        ),
        (
            "[{ name: '漢字' }, { name: '😀' }]",
            """
┌─────────┬────────┐
│ (index) │ name   │
├─────────┼────────┤
│ 0       │ '漢字' │
│ 1       │ '😀'   │
└─────────┴────────┘""",
        ),
    ],
)
def test_table(console: ConsoleRealm, arguments: str, expected: str) -> None:
    assert console.run(f"console.table({arguments})") == [("log", expected.removeprefix("\n"))]


@pytest.mark.parametrize(
    ("value", "expected"), [("5", "5"), ("'s'", "s"), ("null", "null"), ("", "undefined")]
)
def test_a_table_of_no_object_is_logged(console: ConsoleRealm, value: str, expected: str) -> None:
    assert console.run(f"console.table({value})") == [("log", expected)]


def test_a_table_whose_getters_throw_is_logged(console: ConsoleRealm) -> None:
    assert console.run("console.table({ get row() { throw 1; } })") == [
        ("log", "{ row: [Getter] }")
    ]


def test_a_long_table_is_cut(console: ConsoleRealm) -> None:
    text = one(console.run("console.table(Array.from({ length: 2000 }, (_, i) => [i]))"))
    assert text.endswith("┘\n... 1000 more rows")
    assert len(text.split("\n")) == 1005


# Counting


def test_counts(console: ConsoleRealm) -> None:
    assert console.run(
        "console.count(); console.count('x'); console.count(undefined); console.countReset();"
        "console.count('default'); console.countReset('y')"
    ) == [
        ("info", "default: 1"),
        ("info", "x: 1"),
        ("info", "default: 2"),
        ("info", "default: 1"),
        ("warn", "no count has the label 'y'"),
    ]


# Groups


def test_groups_indent_every_line(console: ConsoleRealm) -> None:
    assert console.run(
        "console.group('G'); console.log('a\\nb');"
        "console.groupCollapsed('%s', 'H'); console.error('c'); console.groupEnd();"
        "console.info('d'); console.groupEnd(); console.groupEnd(); console.log('e')"
    ) == [
        ("log", "G"),
        ("log", "  a\n  b"),
        ("log", "  H"),
        ("error", "    c"),
        ("info", "  d"),
        ("log", "e"),
    ]


def test_clear_leaves_all_groups(console: ConsoleRealm) -> None:
    assert console.run("console.group(); console.group(); console.clear(); console.log('x')") == [
        ("log", "x")
    ]


def test_an_open_group_of_one_invocation_does_not_indent_another(console: ConsoleRealm) -> None:
    console.enter(1)
    console.run("console.group()")
    console.enter(2)
    assert console.run("console.log('two')") == [("log", "two")]
    console.enter(1)
    assert console.run("console.log('one')") == [("log", "  one")]


def test_a_record_carries_its_invocation(console: ConsoleRealm) -> None:
    console.enter(7)
    console.run("console.log('x')")
    assert console.records == [("log", "x", 7)]


# Timers


def test_timers(console: ConsoleRealm) -> None:
    (level, running), (end_level, ended) = console.run(
        "console.time('t'); console.timeLog('t', 'data', 1); console.timeEnd('t')"
    )
    assert (level, end_level) == ("log", "info")
    assert re.fullmatch(r"t: \d+(\.\d{1,3})?ms data 1", running)
    assert re.fullmatch(r"t: \d+(\.\d{1,3})?ms", ended)


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0.25, "0.25ms"),
        (999, "999ms"),
        (1500, "1.500s"),
        (62_500, "1m 2.500s"),
        (3_723_000, "1h 2m 3.000s"),
    ],
)
def test_a_time_is_shown_in_the_units_that_read_best(
    console: ConsoleRealm, milliseconds: float, shown: str
) -> None:
    console.module(
        'import { duration } from "edgehost:console/format.js";'
        f"globalThis.shown = duration({milliseconds});"
    )
    assert console.realm.eval("shown") == shown


def test_a_timer_that_is_not_there_warns(console: ConsoleRealm) -> None:
    assert console.run("console.timeEnd(); console.timeLog('%s')") == [
        ("warn", "no timer has the label 'default'"),
        ("warn", "no timer has the label '%s'"),
    ]


def test_a_timer_is_not_started_twice_and_ends_once(console: ConsoleRealm) -> None:
    lines = console.run(
        "console.time('t'); console.time('t'); console.timeEnd('t'); console.timeEnd('t')"
    )
    assert [level for level, _ in lines] == ["warn", "info", "warn"]
    assert lines[0] == ("warn", "a timer with the label 't' is running")


# Errors


@pytest.mark.parametrize("method", ["count", "countReset", "time", "timeLog", "timeEnd"])
def test_a_label_that_cannot_be_text_throws(console: ConsoleRealm, method: str) -> None:
    assert console.realm.eval(
        f"(() => {{ try {{ console.{method}(Symbol()); return false; }}"
        " catch (error) { return error instanceof TypeError; } })()"
    )


def test_logging_deep_in_a_recursion_leaves_the_recursion_its_error(console: ConsoleRealm) -> None:
    assert (
        console.realm.eval(
            "(() => { function f(n) { console.log({ n }); return f(n + 1) + 1; }"
            " try { f(0); } catch (e) { return e.name; } })()"
        )
        == "RangeError"
    )


def test_a_realm_without_a_console_binding_logs_nothing(make_realm: Callable[..., Any]) -> None:
    realm = make_realm()
    assert realm.eval("console.log({ a: 1 }); console.error('x'); 'done'") == "done"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("{ toJSON() { throw new RangeError('no') } }", "RangeError: no"),
        ("{ toJSON() { throw { get message() { throw 1 }, toString: () => 'odd' } } }", "odd"),
        ("{ get a() { throw 'text' } }", "text"),
        ("5n", "TypeError"),
    ],
)
@pytest.mark.parametrize("method", ["log", "error", "trace", "group", "assert"])
def test_what_json_cannot_be_made_of_throws_as_in_node(
    console: ConsoleRealm, method: str, value: str, error: str
) -> None:
    first = "false, " if method == "assert" else ""
    call = f"console.{method}({first}'%j', {value})"
    lines = console.run(f"try {{ {call} }} catch (error) {{ console.log(String(error)) }}")
    assert one(lines).startswith(error)
