"""The host half of timers: one pending call, order, and what is forgotten."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from edgehost.bindings.timers import Timers
from edgehost.pace import Pace


class Call:
    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when, self.callback, self.cancelled = when, callback, False

    def cancel(self) -> None:
        self.cancelled = True


class Bench:
    """Timers on a clock that is moved by hand; `fired` has the ids in order."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[Call] = []
        self.fired: list[int] = []
        self.on_fire: Callable[[int], None] = lambda timer: None
        self.turns = 0.0  # what the turns took
        self.soon: list[Callable[[], None]] = []
        self.timers = Timers(
            time=lambda: self.now,
            call_at=self._call_at,
            deliver=self._deliver,
            pace=Pace(self.soon.append, lambda: self.turns),
        )

    def _call_at(self, when: float, callback: Callable[[], None]) -> Call:
        self.calls.append(Call(when, callback))
        return self.calls[-1]

    def _deliver(self, timer: int) -> None:
        self.fired.append(timer)
        self.on_fire(timer)

    def set(self, timer: int, delay_ms: float, background: bool = False) -> None:
        self.timers.ops["setTimer"](timer, delay_ms, background)

    def clear(self, timer: int) -> None:
        self.timers.ops["clearTimer"](timer)

    @property
    def waiting(self) -> list[Call]:
        self.calls = [call for call in self.calls if not call.cancelled]
        return self.calls

    def advance_to(self, now: float) -> None:
        while self.waiting and min(call.when for call in self.calls) <= now:
            call = min(self.calls, key=lambda call: call.when)
            self.calls.remove(call)
            self.now = max(self.now, call.when)
            call.callback()
        self.now = now


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_one_call_is_pending_whatever_the_number_of_timers(bench: Bench) -> None:
    for timer in range(100):
        bench.set(timer, 1000 - timer)
    assert [call.when for call in bench.waiting] == [pytest.approx(100.901)]


def test_a_later_timer_does_not_touch_the_pending_call(bench: Bench) -> None:
    bench.set(1, 10)
    before = bench.waiting[0]
    bench.set(2, 20)
    assert bench.waiting == [before]


def test_no_call_is_pending_once_all_timers_are_cleared(bench: Bench) -> None:
    bench.set(1, 10)
    bench.set(2, 20)
    bench.clear(1)
    bench.clear(2)
    assert bench.waiting == [] and bench.timers.pending == 0


def test_all_that_are_due_fire_in_one_call(bench: Bench) -> None:
    for timer, delay in enumerate([30, 10, 20, 10]):
        bench.set(timer, delay)
    call = bench.waiting[0]
    bench.calls.clear()
    bench.now += 0.025
    call.callback()
    assert bench.fired == [1, 3, 2]
    assert bench.timers.pending == 1


def test_a_timer_set_while_others_fire_waits_for_a_call_of_its_own(bench: Bench) -> None:
    bench.on_fire = lambda timer: bench.set(timer + 1, 0) if timer < 3 else None
    bench.set(1, 0)
    call = bench.waiting[0]
    bench.calls.clear()
    call.callback()
    assert bench.fired == [1]
    bench.advance_to(100.0)
    assert bench.fired == [1, 2, 3]


def test_those_that_take_long_give_others_a_pass_and_keep_their_order(bench: Bench) -> None:
    def take_long(timer: int) -> None:
        bench.turns += 0.2
        if timer == 1:
            bench.clear(3)

    bench.on_fire = take_long
    for timer in range(1, 6):
        bench.set(timer, 10)
    bench.advance_to(100.05)
    passes = []
    while bench.soon:
        before = len(bench.fired)
        bench.soon.pop(0)()
        passes.append(len(bench.fired) - before)
    assert bench.fired == [1, 2, 4, 5]
    assert max(passes) == 1
    assert bench.timers.pending == 0


def test_a_timer_cleared_by_one_that_fires_with_it_stays_silent(bench: Bench) -> None:
    bench.on_fire = lambda timer: bench.clear(2)
    bench.set(1, 5)
    bench.set(2, 5)
    bench.advance_to(200)
    assert bench.fired == [1]


def test_an_id_set_again_fires_at_its_new_time_only(bench: Bench) -> None:
    bench.set(1, 5)
    bench.clear(1)
    bench.set(1, 50)
    bench.advance_to(100.02)
    assert bench.fired == []
    bench.advance_to(100.06)
    assert bench.fired == [1]


def test_timers_in_the_background_fire_but_are_not_pending(bench: Bench) -> None:
    bench.set(-1, 5, background=True)
    assert bench.timers.pending == 0
    bench.advance_to(101)
    assert bench.fired == [-1]


def test_a_call_that_comes_a_little_early_still_fires(bench: Bench) -> None:
    # A loop rounds to the resolution of its clock.
    bench.set(1, 5)
    call = bench.waiting[0]
    bench.calls.clear()
    bench.now = call.when - 1e-9
    call.callback()
    assert bench.fired == [1]


def test_close_forgets_everything(bench: Bench) -> None:
    bench.set(1, 5)
    bench.timers.close()
    bench.advance_to(200)
    assert bench.fired == [] and bench.waiting == []


def test_cleared_timers_do_not_pile_up(bench: Bench) -> None:
    bench.set(0, 10_000)
    for timer in range(1, 10_000):
        bench.set(timer, 5000)
        bench.clear(timer)
    assert len(bench.timers._heap) < 100


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=80), st.randoms())
def test_what_is_not_cleared_fires_by_time_then_by_order(
    timers: list[tuple[int, int]], rng: random.Random
) -> None:
    bench = Bench()
    expected: list[tuple[int, int]] = []
    for timer, (delay, _) in enumerate(timers, 1):
        bench.set(timer, delay)
        heapq.heappush(expected, (delay, timer))
    cleared = {timer for timer, (_, dice) in enumerate(timers, 1) if dice < 3}
    for timer in rng.sample(sorted(cleared), len(cleared)):
        bench.clear(timer)
    bench.advance_to(200)
    assert bench.fired == [t for _, t in sorted(expected) if t not in cleared]
    assert bench.waiting == []
