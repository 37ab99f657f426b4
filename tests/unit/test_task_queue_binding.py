"""The host half of the task queue: one pending call, and a turn for each task."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edgehost.bindings.task_queue import TaskQueue
from edgehost.pace import Pace


class Bench:
    """A task queue on a loop that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[Callable[[], None]] = []
        self.delivered = 0
        self.on_deliver: Callable[[], None] = lambda: None
        pace = Pace(self.calls.append, lambda: self.now)
        self.queue = TaskQueue(pace=pace, deliver=self._deliver)

    def _deliver(self) -> None:
        self.delivered += 1
        self.on_deliver()

    def add(self) -> None:
        self.queue.ops["queueTask"]()

    def turn(self) -> None:
        calls, self.calls[:] = self.calls[:], []
        for call in calls:
            call()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_task_runs_in_the_next_turn_of_the_loop(bench: Bench) -> None:
    bench.add()
    assert (bench.delivered, bench.queue.pending) == (0, 1)
    bench.turn()
    assert (bench.delivered, bench.queue.pending) == (1, 0)


def test_tasks_that_wait_share_one_call(bench: Bench) -> None:
    for _ in range(3):
        bench.add()
    assert len(bench.calls) == 1
    bench.turn()
    assert bench.delivered == 3


def test_what_a_task_queues_waits_until_the_loop_comes_round(bench: Bench) -> None:
    bench.on_deliver = bench.add
    bench.add()
    bench.turn()
    assert (bench.delivered, bench.queue.pending) == (1, 1)
    bench.turn()
    assert bench.delivered == 2


def test_expectations_are_counted_apart(bench: Bench) -> None:
    expect = bench.queue.ops["expectTasks"]
    expect(1)
    expect(1)
    expect(-1)
    assert (bench.queue.expected, bench.queue.pending) == (1, 0)


def test_close_forgets_everything(bench: Bench) -> None:
    bench.add()
    bench.queue.ops["expectTasks"](1)
    bench.queue.close()
    bench.turn()
    assert (bench.delivered, bench.queue.pending, bench.queue.expected) == (0, 0, 0)


def test_a_task_may_close_the_queue(bench: Bench) -> None:
    bench.on_deliver = bench.queue.close
    bench.add()
    bench.add()
    bench.turn()
    assert bench.delivered == 1


def test_tasks_that_take_long_give_others_a_pass(bench: Bench) -> None:
    def take_long() -> None:
        bench.now += 0.2

    bench.on_deliver = take_long
    for _ in range(3):
        bench.add()
    delivered = []
    while bench.calls:
        bench.turn()
        delivered.append(bench.delivered)
    assert sorted(set(delivered)) == [1, 2, 3]
    assert bench.queue.pending == 0
