"""Timers and microtasks in a realm, with the host's half and a clock that tests move by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgehost.bindings.timers import Timers
from edgehost.pace import Pace


class ManualClock:
    """A loop's `time` and `call_at`, where time passes only in `advance`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[list[Any]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> Any:
        call = [when, callback]
        self.calls.append(call)

        class Handle:
            @staticmethod
            def cancel() -> None:
                if call in self.calls:
                    self.calls.remove(call)

        return Handle

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self.calls and min(self.calls)[0] <= end:
            call = min(self.calls)
            self.calls.remove(call)
            self.now = max(self.now, call[0])
            call[1]()
        self.now = end


class TimedRealm:
    def __init__(self, make_realm: Callable[..., Any]) -> None:
        self.clock = ManualClock()
        self.uncaught: list[tuple[str, ...]] = []
        self.timers = Timers(
            time=self.clock.time,
            call_at=self.clock.call_at,
            deliver=self._deliver,
            pace=Pace(lambda run: None, self.clock.time),
        )
        ops = {**self.timers.ops, "uncaught": lambda *report: self.uncaught.append(report[:3])}
        self.realm = make_realm(ops=ops)
        self.eval(
            "globalThis.log = []; "
            "globalThis.note = (...all) => log.push(all.length > 1 ? all : all[0]); null"
        )

    def eval(self, source: str) -> Any:
        value = self.realm.eval(source)
        self._apply()
        return value

    def after(self, milliseconds: float) -> Any:
        """The log when this much more time has passed."""
        self.clock.advance(milliseconds / 1000)
        return self.realm.eval("log")

    def _deliver(self, timer: int) -> None:
        self.realm.isolate.deliver("timer", timer)
        self._apply()

    def _apply(self) -> None:
        for function, arguments in self.realm.isolate.take_ops():
            function(*arguments)


@pytest.fixture
def timed(make_realm: Callable[..., Any]) -> TimedRealm:
    return TimedRealm(make_realm)


def test_timers_run_by_time_then_by_order(timed: TimedRealm) -> None:
    timed.eval(
        "setTimeout(note, 2, 'c'); setTimeout(note, 1, 'a'); setTimeout(note, 1, 'b'); "
        "setTimeout(note, 0, 0)"
    )
    assert timed.after(0.5) == [0]
    assert timed.after(10) == [0, "a", "b", "c"]


def test_arguments_and_receiver(timed: TimedRealm) -> None:
    timed.eval("setTimeout(function (...all) { note(this === globalThis, ...all) }, 0, 1, 2)")
    assert timed.after(1) == [[True, 1, 2]]


def test_microtasks_of_a_timer_run_before_the_next_timer(timed: TimedRealm) -> None:
    timed.eval(
        "setTimeout(() => { note(1); Promise.resolve().then(() => note('job')) }, 1); "
        "setTimeout(note, 1, 2)"
    )
    assert timed.after(1) == [1, "job", 2]


def test_a_cleared_timer_does_not_run(timed: TimedRealm) -> None:
    timed.eval("const a = setTimeout(note, 1, 'a'); clearInterval(a); setTimeout(note, 1, 'b')")
    assert timed.after(5) == ["b"]


def test_a_timer_cleared_by_another_that_is_due_with_it_does_not_run(timed: TimedRealm) -> None:
    timed.eval("let b; setTimeout(() => clearTimeout(b), 1); b = setTimeout(note, 1, 'b'); null")
    assert timed.after(5) == []


def test_an_interval_repeats_until_it_is_cleared_from_its_own_callback(timed: TimedRealm) -> None:
    timed.eval(
        "let n = 0; const id = setInterval(() => { note(++n); if (n === 3) clearInterval(id) }, "
        "10); null"
    )
    assert timed.after(25) == [1, 2]
    assert timed.after(100) == [1, 2, 3]
    assert timed.timers.pending == 0


def test_an_interval_that_throws_goes_on(timed: TimedRealm) -> None:
    timed.eval("let n = 0; setInterval(() => { note(++n); throw new Error(`no ${n}`) }, 10)")
    assert timed.after(25) == [1, 2]
    assert timed.uncaught == [("error", "Error", "no 1"), ("error", "Error", "no 2")]


def test_deeply_nested_timers_are_held_back_to_one_millisecond(timed: TimedRealm) -> None:
    timed.eval("const again = () => { note(1); setTimeout(again, 0) }; setTimeout(again, 0)")
    assert len(timed.after(0)) == 6
    assert len(timed.after(1)) == 7
    assert len(timed.after(0.9)) == 7
    assert len(timed.after(0.1)) == 8


def test_an_interval_of_nothing_is_held_back_to_one_millisecond(timed: TimedRealm) -> None:
    timed.eval("setInterval(note, 0, 1)")
    assert len(timed.after(0)) == 6
    assert len(timed.after(5)) == 11


def test_nesting_is_not_inherited_by_what_follows_in_the_turn(timed: TimedRealm) -> None:
    timed.eval(
        "let n = 0; const again = () => { "
        "if (++n < 20) Promise.resolve().then(() => setTimeout(again, 0)) };"
        "setTimeout(again, 0)"
    )
    timed.after(0)
    assert timed.eval("n") == 20


@pytest.mark.parametrize("delay", ["-5", "2 ** 32", "NaN", "undefined", "'0'", "null"])
def test_delays_are_converted_to_a_32_bit_integer_and_never_negative(
    timed: TimedRealm, delay: str
) -> None:
    timed.eval(f"setTimeout(note, {delay}, 'x')")
    assert timed.after(0) == ["x"]


@pytest.mark.parametrize(
    "call",
    [
        "setTimeout('x')",
        "setInterval('x', 1)",
        "setTimeout()",
        "setTimeout({})",
        "queueMicrotask(1)",
    ],
)
def test_only_functions_are_handlers(timed: TimedRealm, call: str) -> None:
    assert timed.eval(f"try {{ {call} }} catch (e) {{ e.name }}") == "TypeError"


@pytest.mark.parametrize("id_", ["", "0", "-1", "12345", "NaN", "'x'"])
def test_clearing_what_is_no_timer_does_nothing(timed: TimedRealm, id_: str) -> None:
    timed.eval(f"AbortSignal.timeout(5); setTimeout(note, 1, 'kept'); clearTimeout({id_})")
    assert timed.after(1) == ["kept"]


def test_an_abort_timeout_fires_though_nothing_waits_for_it(timed: TimedRealm) -> None:
    timed.eval("AbortSignal.timeout(10).onabort = (e) => note(e.target.reason.name); null")
    assert timed.timers.pending == 0
    assert timed.after(9) == []
    timed.realm.isolate.collect()
    assert timed.after(2) == ["TimeoutError"]


def test_microtasks_run_in_order_without_receiver_and_arguments(timed: TimedRealm) -> None:
    timed.eval(
        "queueMicrotask(function () { 'use strict'; note(this === undefined, "
        "arguments.length) }); queueMicrotask(() => note(2))"
    )
    assert timed.after(0) == [[True, 0], 2]
