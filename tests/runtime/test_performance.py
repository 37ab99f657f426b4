"""performance: the clock, marks and measures."""

from __future__ import annotations

from typing import Any

import pytest


def thrown_by(realm: Any, call: str) -> Any:
    return realm.eval(
        f"(() => {{ try {{ {call} }} catch (error) {{ return error.name }} return null }})()"
    )


def test_the_clock_counts_from_the_time_origin(realm: Any) -> None:
    origin, now, date = realm.eval("[performance.timeOrigin, performance.now(), Date.now()]")
    assert now >= 0
    assert abs(origin + now - date) < 1000


def test_performance_is_an_event_target_that_nobody_else_can_make(realm: Any) -> None:
    assert realm.eval("performance instanceof EventTarget") is True
    assert thrown_by(realm, "new Performance()") == "TypeError"


def test_a_mark_stands_in_the_timeline_until_it_is_cleared(realm: Any) -> None:
    assert realm.eval(
        "(() => { const mark = performance.mark('a'); performance.mark('b'); performance.mark('a');"
        "const found = performance.getEntriesByName('a');"
        "performance.clearMarks('a');"
        "return [mark instanceof PerformanceMark, mark.entryType, mark.duration, found.length, found[0] === mark,"
        "performance.getEntries().map((entry) => entry.name)] })()"
    ) == [True, "mark", 0, 2, True, ["b"]]


def test_clearing_marks_keeps_measures(realm: Any) -> None:
    assert realm.eval(
        "(() => { performance.mark('a'); performance.measure('m', 'a'); performance.clearMarks();"
        "const kept = performance.getEntries().map((entry) => entry.entryType);"
        "performance.clearMeasures('another'); performance.clearMeasures('m');"
        "return [kept, performance.getEntries().length] })()"
    ) == [["measure"], 0]


def test_entries_come_by_start_time(realm: Any) -> None:
    assert realm.eval(
        "(() => { for (const startTime of [3, 1, 2]) performance.mark(`at ${startTime}`, { startTime });"
        "return performance.getEntriesByType('mark').map((entry) => entry.startTime) })()"
    ) == [1, 2, 3]


def test_the_detail_is_a_copy(realm: Any) -> None:
    assert realm.eval(
        "(() => { const detail = { list: [1] }; const mark = performance.mark('a', { detail }); detail.list.push(2);"
        "return [mark.detail, performance.mark('b').detail] })()"
    ) == [{"list": [1]}, None]
    assert thrown_by(realm, "performance.mark('a', { detail() {} })") == "DataCloneError"


@pytest.mark.parametrize(
    ("arguments", "start", "duration"),
    [
        ("'m', 'one', 'three'", 1, 2),
        ("'m', { start: 'one', end: 'three' }", 1, 2),
        ("'m', { start: 1, end: 4 }", 1, 3),
        ("'m', { start: 'one', duration: 5 }", 1, 5),
        ("'m', { end: 'three', duration: 1 }", 2, 1),
        ("'m', {}, 'three'", 0, 3),
        ("'m', undefined, 'three'", 0, 3),
        ("'m', { end: 3 }", 0, 3),
    ],
)
def test_a_measure_spans_marks_and_times(
    realm: Any, arguments: str, start: int, duration: int
) -> None:
    realm.eval(
        "performance.mark('one', { startTime: 9 }); performance.mark('one', { startTime: 1 });"
    )
    realm.eval("performance.mark('three', { startTime: 3 });")
    assert realm.eval(
        f"(() => {{ const {{ startTime, duration }} = performance.measure({arguments}); return [startTime, duration] }})()"
    ) == [start, duration]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("performance.mark()", "TypeError"),
        ("performance.mark('a', { startTime: -1 })", "TypeError"),
        ("performance.mark('a', { startTime: NaN })", "TypeError"),
        ("performance.measure('m', 'no such mark')", "SyntaxError"),
        ("performance.measure('m', { detail: 1 })", "TypeError"),
        ("performance.measure('m', { start: 1, end: 2, duration: 1 })", "TypeError"),
        ("performance.measure('m', { start: 1 }, 'a')", "TypeError"),
        ("performance.measure('m', { start: -1 })", "TypeError"),
        ("new PerformanceEntry()", "TypeError"),
        ("new PerformanceMeasure()", "TypeError"),
    ],
)
def test_what_makes_no_entry_throws_and_leaves_the_timeline(
    realm: Any, call: str, error: str
) -> None:
    assert thrown_by(realm, call) == error
    assert realm.eval("performance.getEntries().length") == 0


def test_an_entry_becomes_json(realm: Any) -> None:
    assert realm.eval("JSON.stringify(performance.mark('a', { startTime: 2 }))") == (
        '{"name":"a","entryType":"mark","startTime":2,"duration":0}'
    )


def test_a_constructed_mark_is_not_in_the_timeline(realm: Any) -> None:
    assert realm.eval("[new PerformanceMark('a').name, performance.getEntries().length]") == [
        "a",
        0,
    ]
