"""How many records a second a function may log."""

from __future__ import annotations

import asyncio
import io

import pytest

from edgehost.bindings.console import Console, records
from edgehost.bindings.console.record_rate import BURST_SECONDS, RecordRate
from edgehost.config import LogLimits


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(rate: RecordRate, *, reserved: bool = False, tries: int = 1000) -> int:
    return sum(rate.take(reserved) for _ in range(tries))


def test_a_burst_is_followed_by_the_rate() -> None:
    clock = Clock()
    rate = RecordRate(10, clock)
    assert taken(rate) == 10 * BURST_SECONDS
    clock.now += 2.0
    assert taken(rate) == 20


def test_one_that_ran_dry_waits_for_a_second_of_records() -> None:
    clock = Clock()
    rate = RecordRate(10, clock)
    taken(rate)
    clock.now += 0.5
    assert taken(rate) == 0
    clock.now += 0.75
    assert taken(rate) > 10


def test_it_never_holds_more_than_a_burst() -> None:
    clock = Clock()
    rate = RecordRate(10, clock)
    taken(rate)
    clock.now += 1_000_000.0
    assert taken(rate) == 10 * BURST_SECONDS


def test_a_flood_leaves_a_second_of_records_for_the_host() -> None:
    rate = RecordRate(10, Clock())
    taken(rate)
    assert taken(rate, reserved=True) == 10


def test_zero_is_no_limit() -> None:
    assert taken(RecordRate(0, Clock())) == 1000


def flooded(**options: object) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    limits = LogLimits(records_per_second=10)
    console = Console("f", stdout=out, stderr=out, limits=limits, environment={}, **options)  # type: ignore[arg-type]
    for number in range(1000):
        console.log("log", f"{number}")
    return console, out


def test_what_is_over_is_counted_and_told_at_the_end() -> None:
    console, out = flooded()
    console.uncaught("error", "Error", "x", "", "")
    console.close()
    *lines, error, told = out.getvalue().splitlines()
    assert lines[: 10 * BURST_SECONDS] == [f"f │ {number}" for number in range(10 * BURST_SECONDS)]
    assert error == "f │ Uncaught Error: x"
    count = 1000 - len(lines)
    assert told == f"f │ {count} records dropped: more than 10 a second (records_per_second)"


async def test_it_is_told_while_the_function_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "TELL_SECONDS", 0)
    _, out = flooded()
    while "records dropped" not in out.getvalue():
        await asyncio.sleep(0)


def test_quiet_takes_nothing_from_the_rate() -> None:
    console, out = flooded(quiet=True)
    console.log("error", "seen")
    assert out.getvalue() == "f │ seen\n"


@pytest.mark.parametrize("log_format", ["pretty", "json"])
def test_a_text_that_is_too_long_is_cut(log_format: str) -> None:
    out = io.StringIO()
    limits = LogLimits(record_characters=100)
    console = Console("f", stdout=out, stderr=out, limits=limits, log_format=log_format)  # type: ignore[arg-type]
    console.uncaught("error", "Error", "x" * 1000, "", "")
    assert "x... 916 more characters" in out.getvalue()
    assert len(out.getvalue()) < 400
