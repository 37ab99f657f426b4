"""PerformanceObserver: https://w3c.github.io/performance-timeline/#the-performanceobserver-interface"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasked import TaskedRealm

OBSERVER = """
const names = (list) => list.map((entry) => entry.name).join();
const observer = new PerformanceObserver((list, self, options) => note(names(list.getEntries())));
"""


@pytest.fixture
def tasked(make_realm: Callable[..., Any]) -> TaskedRealm:
    return TaskedRealm(make_realm)


def test_entries_of_a_turn_are_told_together_in_a_task_of_their_own(tasked: TaskedRealm) -> None:
    source = """
    observer.observe({ entryTypes: ['mark', 'measure'] });
    performance.mark('b', { startTime: 2 });
    performance.measure('m', { start: 1, end: 2 });
    await null;
    note('before');
    """
    assert tasked.run(OBSERVER + source) == ["before", "m,b"]


def test_only_types_that_are_observed_are_told(tasked: TaskedRealm) -> None:
    source = """
    observer.observe({ entryTypes: ['measure', 'unknown'] });
    performance.mark('a');
    performance.measure('m');
    """
    assert tasked.run(OBSERVER + source) == ["m"]


def test_types_add_up_one_by_one(tasked: TaskedRealm) -> None:
    source = """
    observer.observe({ type: 'mark' });
    observer.observe({ type: 'measure' });
    performance.mark('a', { startTime: 1 });
    performance.measure('m', { start: 2, end: 3 });
    """
    assert tasked.run(OBSERVER + source) == ["a,m"]


def test_the_past_is_told_when_it_is_asked_for(tasked: TaskedRealm) -> None:
    source = """
    performance.mark('past');
    observer.observe({ type: 'mark', buffered: true });
    """
    assert tasked.run(OBSERVER + source) == ["past"]


def test_a_disconnected_observer_is_told_nothing(tasked: TaskedRealm) -> None:
    source = """
    observer.observe({ type: 'mark' });
    performance.mark('a');
    observer.disconnect();
    performance.mark('b');
    """
    assert tasked.run(OBSERVER + source) == []


def test_records_that_were_taken_are_not_told(tasked: TaskedRealm) -> None:
    source = """
    observer.observe({ type: 'mark' });
    performance.mark('a');
    note('taken ' + names(observer.takeRecords()));
    """
    assert tasked.run(OBSERVER + source) == ["taken a"]


def test_a_callback_that_throws_is_reported_and_the_next_is_called(tasked: TaskedRealm) -> None:
    source = """
    new PerformanceObserver(() => { throw new RangeError('mine'); }).observe({ type: 'mark' });
    observer.observe({ type: 'mark' });
    performance.mark('a');
    """
    assert tasked.run(OBSERVER + source) == ["a"]
    assert [report[:3] for report in tasked.uncaught] == [("error", "RangeError", "mine")]


@pytest.mark.parametrize(
    ("calls", "error"),
    [
        ("observer.observe()", "TypeError"),
        ("observer.observe({ type: 'mark', entryTypes: ['mark'] })", "TypeError"),
        ("observer.observe({ entryTypes: 'mark'.length })", "TypeError"),
        (
            "observer.observe({ type: 'mark' }); observer.observe({ entryTypes: ['mark'] })",
            "InvalidModificationError",
        ),
        (
            "observer.observe({ entryTypes: ['mark'] }); observer.observe({ type: 'mark' })",
            "InvalidModificationError",
        ),
        ("new PerformanceObserver({})", "TypeError"),
        ("new PerformanceObserverEntryList()", "TypeError"),
    ],
)
def test_what_cannot_be_observed_throws(tasked: TaskedRealm, calls: str, error: str) -> None:
    source = f"try {{ {calls}; note('done') }} catch (error) {{ note(error.name) }}"
    assert tasked.run(OBSERVER + source) == [error]
