"""The thread that looks at what runs in the engine: how it makes the engine ask, and whom it tells of a call that does not return."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace
from typing import Any

import pytest

from edgehost.config import MIB, Limits
from edgehost.engine import watchdog
from edgehost.engine.watchdog import PATIENCE, Watched


class Turn:
    """An isolate as the watchdog sees it, and its thread's clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
        self.cpu = self.wall = 100.0
        self.told: list[float] = []
        self.meter: Any = SimpleNamespace(
            limits=Limits(**limits),
            turn=0,
            heap_limit=Limits(**limits).memory_mb * MIB,
            peak=(0, 0),
            counter=ctypes.c_int32(9000),
            heap=ctypes.c_size_t(1000),
        )
        monkeypatch.setattr(watchdog, "_clock_of_this_thread", lambda: lambda: self.cpu)
        monkeypatch.setattr(watchdog.time, "monotonic", lambda: self.wall)
        self.watched = Watched(self.meter, self.told.append)

    def look_after(self, seconds: float) -> None:
        self.cpu += seconds
        self.wall += seconds
        self.watched.look()


def test_the_engine_is_made_to_ask_while_a_turn_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn(monkeypatch)
    turn.look_after(1)
    assert turn.meter.counter.value == 9000
    turn.meter.turn += 1
    turn.look_after(1)
    assert turn.meter.counter.value == 1


def test_a_call_that_does_not_come_back_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn(monkeypatch, cpu_ms=2000)
    turn.meter.turn = 1
    turn.look_after(0.01)
    turn.look_after(2 + PATIENCE - 0.1)
    assert not turn.told
    turn.look_after(0.2)
    assert turn.told == [pytest.approx(2 + PATIENCE + 0.1)]
    turn.look_after(0.2)
    assert len(turn.told) == 1


def test_who_answers_is_not_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn(monkeypatch, cpu_ms=2000)
    turn.meter.turn = 1
    for _ in range(5):
        turn.look_after(1.5)
        turn.meter.turn += 2  # it was asked, and another turn runs
    assert not turn.told


def test_a_turn_that_only_waits_is_held_against_the_wall_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn = Turn(monkeypatch, cpu_ms=100, wall_ms=5000)
    turn.meter.turn = 1
    turn.look_after(0.01)
    turn.wall += 4
    turn.look_after(0)
    assert not turn.told
    turn.wall += 2.1
    turn.look_after(0)
    assert turn.told


def test_without_limits_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn(monkeypatch, cpu_ms=0, wall_ms=0)
    turn.meter.turn = 1
    for _ in range(5):
        turn.look_after(1000)
    assert not turn.told


def test_the_most_that_a_turn_held_is_remembered_for_that_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn = Turn(monkeypatch)
    turn.meter.turn = 1
    turn.meter.heap.value = 5000
    turn.look_after(0.01)
    turn.meter.heap.value = 100
    turn.look_after(0.01)
    assert turn.meter.peak == (1, 5000)
    turn.meter.turn = 3
    turn.look_after(0.01)
    assert turn.meter.peak == (3, 100)


def test_a_heap_that_fills_is_looked_at_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn(monkeypatch, memory_mb=32)
    turn.meter.turn = 1
    for size, is_filling in [(15, False), (17, True), (15, False)]:
        turn.meter.heap.value = size * MIB
        turn.look_after(0.01)
        assert turn.watched.is_filling == is_filling
    turn.meter.heap.value = 40 * MIB
    turn.meter.turn = 2
    turn.look_after(0.01)
    assert not turn.watched.is_filling
