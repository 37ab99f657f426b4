"""What nobody caught: which events it becomes, and what reaches the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgehost.config import Limits
from edgehost.errors import CpuLimitExceeded

Uncaught = list[tuple[str, ...]]


class Reports:
    """A realm whose uncaught errors are collected as (kind, name, message)."""

    def __init__(self, make_realm: Callable[..., Any]) -> None:
        self.full: Uncaught = []
        self.realm = make_realm(ops={"uncaught": lambda *report: self.full.append(report)})

    def of(self, source: str) -> Uncaught:
        """What the script leaves uncaught."""
        self.full.clear()
        self.realm.eval(f"{source}; null")
        for function, arguments in self.realm.isolate.take_ops():
            function(*arguments)
        return [report[:3] for report in self.full]


@pytest.fixture
def reports(make_realm: Callable[..., Any]) -> Reports:
    return Reports(make_realm)


def test_a_reported_error_reaches_the_host_with_its_stack(reports: Reports) -> None:
    assert reports.of("reportError(new RangeError('boo'))") == [("error", "RangeError", "boo")]
    assert "<input>:1" in reports.full[0][3]
    assert "RangeError: boo" in reports.full[0][4]


def test_a_reported_error_carries_its_invocation(reports: Reports) -> None:
    isolate = reports.realm.isolate
    isolate.modules.host_import = True
    isolate._context.module('import { enter } from "edgehost:boundary/invocation.js"; enter(7);')
    isolate.modules.host_import = False
    reports.of("reportError(1); Promise.reject(2)")
    assert [report[5] for report in reports.full] == [7, 7]


def test_a_long_stack_of_the_runtime_keeps_the_frames_of_the_function(reports: Reports) -> None:
    reports.of(
        "const t = new EventTarget(); let depth = 0;"
        "t.addEventListener('x', function listener() {"
        " if (depth++ === 4) throw new Error('deep'); t.dispatchEvent(new Event('x')); });"
        "(function first() { t.dispatchEvent(new Event('x')); })()"
    )
    assert "at first (<input>" in reports.full[0][3]


def test_a_listener_that_throws_does_not_keep_the_next_from_running(reports: Reports) -> None:
    source = (
        "globalThis.ran = false; const t = new EventTarget();"
        "t.addEventListener('x', () => { throw new Error('first') });"
        "t.addEventListener('x', () => { ran = true }); t.dispatchEvent(new Event('x'))"
    )
    assert reports.of(source) == [("error", "Error", "first")]
    assert reports.realm.eval("ran") is True


def test_a_throwing_microtask_is_reported_and_the_next_runs(reports: Reports) -> None:
    source = (
        "queueMicrotask(() => { throw new Error('a') }); "
        "queueMicrotask(() => { throw new Error('b') })"
    )
    assert reports.of(source) == [("error", "Error", "a"), ("error", "Error", "b")]


@pytest.mark.parametrize(
    "thrown",
    [
        "null",
        "undefined",
        "Symbol('s')",
        "Object.create(null)",
        "() => {}",
        "10n",
        "new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 1 }, ownKeys() { throw 1 } })",
        "{ get name() { throw 1 }, get message() { throw 1 }, toString() { throw 1 } }",
        "Object.defineProperty(new Error(), 'message', { get() { throw 1 } })",
        "Object.assign(new Error(), { name: { toString() { throw 1 } } })",
        "Object.assign(new Error(), { message: Symbol() })",
        "Object.setPrototypeOf(new Error(), null)",
        r"'nul\0 and \ud800'",
    ],
)
def test_whatever_is_thrown_is_reported_once(reports: Reports, thrown: str) -> None:
    assert len(reports.of(f"reportError({thrown})")) == 1


def test_an_error_at_the_end_of_the_stack_is_reported(reports: Reports) -> None:
    source = (
        "(function deep() { const t = new EventTarget();"
        "t.addEventListener('x', deep); t.dispatchEvent(new Event('x')) })()"
    )
    assert reports.of(source)
    assert reports.of("reportError(new Error('after'))") == [("error", "Error", "after")]


def test_an_error_listener_sees_the_error_and_may_handle_it(reports: Reports) -> None:
    source = (
        "addEventListener('error', (e) => { globalThis.seen = [e instanceof ErrorEvent, "
        "e.isTrusted, e.message,"
        "e.lineno, e.filename, e.error === thrown]; e.preventDefault() });"
        "globalThis.thrown = new TypeError('x'); reportError(thrown)"
    )
    assert reports.of(source) == []
    assert reports.realm.eval("seen") == [True, True, "Uncaught TypeError: x", 1, "<input>", True]


def test_onerror_gets_five_arguments_and_handles_by_returning_true(reports: Reports) -> None:
    source = (
        "onerror = (...all) => { globalThis.seen = all.length; return true }; "
        "reportError(new Error('x'))"
    )
    assert reports.of(source) == []
    assert reports.realm.eval("seen") == 5


def test_onerror_gets_any_other_event_as_it_is(reports: Reports) -> None:
    source = (
        "onerror = (...all) => { globalThis.seen = [all.length, all[0].type]; return false };"
        "globalThis.result = dispatchEvent(new Event('error', { cancelable: true }))"
    )
    assert reports.of(source) == []
    assert reports.realm.eval("[seen, result]") == [[1, "error"], False]


def test_an_error_listener_that_throws_is_reported_without_asking_again(reports: Reports) -> None:
    source = (
        "addEventListener('error', () => { throw new Error('inner') }); "
        "reportError(new Error('outer'))"
    )
    assert reports.of(source) == [("error", "Error", "inner"), ("error", "Error", "outer")]


def test_report_error_reads_nothing_of_a_plain_object(reports: Reports) -> None:
    source = (
        "globalThis.asked = []; addEventListener('error', () => {});"
        "reportError({ get name() { asked.push('name') }, "
        "get message() { asked.push('message') } })"
    )
    assert len(reports.of(source)) == 1
    assert reports.realm.eval("asked") == []


def test_a_rejection_that_nobody_handles_is_reported(reports: Reports) -> None:
    assert reports.of("Promise.reject(new Error('r'))") == [("rejection", "Error", "r")]


def test_a_rejection_handled_in_the_same_turn_is_not_reported(reports: Reports) -> None:
    source = "const p = Promise.reject(1); queueMicrotask(() => p.catch(() => {}))"
    assert reports.of(source) == []


def test_unhandledrejection_has_promise_and_reason_and_may_handle_it(reports: Reports) -> None:
    source = (
        "globalThis.promise = Promise.reject('why'); onunhandledrejection = (e) => {"
        "globalThis.seen = [e instanceof PromiseRejectionEvent, e.promise === promise, e.reason];"
        "e.preventDefault() }"
    )
    assert reports.of(source) == []
    assert reports.realm.eval("seen") == [True, True, "why"]


def test_a_rejection_handled_late_fires_rejectionhandled(reports: Reports) -> None:
    reports.of(
        "onrejectionhandled = (e) => { globalThis.late = e.reason }; "
        "globalThis.p = Promise.reject(7)"
    )
    reports.of("p.catch(() => {})")
    assert reports.realm.eval("late") == 7


def test_a_rejection_handled_by_the_listener_of_another_is_not_reported(reports: Reports) -> None:
    source = (
        "const a = Promise.reject(1), b = Promise.reject(2); onunhandledrejection = (e) => {"
        "if (e.promise === a) b.catch(() => {}); }"
    )
    assert [report[0] for report in reports.of(source)] == ["rejection"]
    assert reports.realm.eval("1") == 1


def test_a_rejection_inside_the_listener_is_reported_in_its_turn(reports: Reports) -> None:
    source = (
        "let n = 0; onunhandledrejection = () => "
        "{ if (n++ < 3) Promise.reject(new Error(`again ${n}`)) };"
        "Promise.reject(new Error('first'))"
    )
    assert [report[2] for report in reports.of(source)] == [
        "first",
        "again 1",
        "again 2",
        "again 3",
    ]


def test_patched_built_ins_do_not_hide_an_error(reports: Reports) -> None:
    source = (
        "Array.prototype.map = Array.prototype[Symbol.iterator] = RegExp.prototype.exec = "
        "String.prototype.slice ="
        "  Promise.prototype.then = JSON.stringify = Error.prototype.toString = () => { throw 1 };"
        "reportError(new Error('x')); Promise.reject(new Error('y'))"
    )
    assert reports.of(source) == [("error", "Error", "x"), ("rejection", "Error", "y")]


def test_an_error_listener_that_a_limit_stopped_hears_of_the_next_error(
    make_realm: Callable[..., Any],
) -> None:
    ops = {name: lambda *_: None for name in ("uncaught", "setTimer")}
    realm = make_realm(ops=ops, limits=Limits(cpu_ms=30))
    realm.eval(
        "globalThis.heard = 0; addEventListener('error', () => { if (++heard === 1) for (;;); });"
        "setTimeout(() => { throw new Error('x') }, 0)"
    )
    with pytest.raises(CpuLimitExceeded):
        realm.isolate.deliver("timer", 1)
    realm.eval("1")
    assert realm.eval("reportError(new Error('y')); heard") == 2
