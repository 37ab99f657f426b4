"""Many turns that are due at once give others a pass of the loop."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edgehost.pace import PASSES, SECONDS, Pace

SHORT, LONG = SECONDS / 10, SECONDS * 40


class Loop:
    """A loop that is turned by hand, on a clock that only turns move."""

    def __init__(self) -> None:
        self.now = 100.0
        self.happened: list[str] = []
        self._soon: list[Callable[[], None]] = []
        self.pace = Pace(self._soon.append, lambda: self.now)

    def run(self, name: str, *took: float, add: Callable[[Callable[[], None]], None]) -> None:
        """Somebody who has turns to run, each of which takes so long, and puts off what is too much."""
        turns = list(took)

        def run() -> None:
            while turns:
                self.now += turns.pop(0)
                self.happened.append(name)
                if turns and self.pace.is_over():
                    self.pace.later(run)
                    return

        add(run)

    def turn(self) -> list[str]:
        """One pass. Returns what happened in it."""
        self.happened.clear()
        soon, self._soon[:] = self._soon[:], []
        for callback in soon:
            callback()
        return self.happened.copy()

    def passes(self, count: int) -> list[list[str]]:
        return [self.turn() for _ in range(count)]

    @property
    def is_idle(self) -> bool:
        return not self._soon


@pytest.fixture
def loop() -> Loop:
    return Loop()


def test_short_turns_run_in_one_pass(loop: Loop) -> None:
    loop.run("a", *[SHORT] * 4, add=loop.pace.soon)
    loop.run("b", *[SHORT] * 4, add=loop.pace.later)
    assert loop.turn() == 4 * ["a"] + 4 * ["b"]
    assert loop.is_idle


def test_many_short_turns_are_too_long_together(loop: Loop) -> None:
    loop.run("a", *[SHORT] * 50, add=loop.pace.later)
    assert 10 <= len(loop.turn()) <= 11
    assert not loop.is_idle


@pytest.mark.parametrize("kinds", [1, 3])
def test_a_pass_has_one_long_turn_whoever_has_more(loop: Loop, kinds: int) -> None:
    for kind in range(kinds):
        loop.run(str(kind), *[LONG] * 4, add=loop.pace.later)
    counts = [len(loop.turn()) for _ in range(200)]
    assert max(counts) == 1
    assert sum(counts) == 4 * kinds
    assert loop.is_idle


def test_those_that_were_put_off_take_turns(loop: Loop) -> None:
    for name in "abc":
        loop.run(name, LONG, LONG, add=loop.pace.later)
    order = [name for turn in loop.passes(100) for name in turn]
    assert order == [*"abcabc"]


def test_after_a_long_turn_clients_have_some_passes_for_themselves(loop: Loop) -> None:
    loop.run("timers", LONG, LONG, add=loop.pace.later)
    assert loop.turn() == ["timers"]
    for _ in range(PASSES):
        loop.run("client", SHORT, add=loop.pace.soon)
        assert loop.turn() == ["client"]
    assert loop.turn() == ["timers"]


def test_clients_go_first(loop: Loop) -> None:
    loop.run("timers", SHORT, add=loop.pace.later)
    loop.run("client", SHORT, add=loop.pace.soon)
    assert loop.turn() == ["client", "timers"]


def test_clients_without_end_leave_every_other_pass_to_the_rest(loop: Loop) -> None:
    loop.run("timers", *[LONG] * 3, add=loop.pace.later)
    order = []
    for _ in range(6):
        loop.run("client", LONG, add=loop.pace.soon)
        order += loop.turn()
    assert order == ["client", "timers"] * 3


def test_what_is_asked_for_twice_runs_once(loop: Loop) -> None:
    def run() -> None:
        loop.happened.append("a")

    for add in (loop.pace.soon, loop.pace.soon):
        add(run)
    assert loop.passes(2) == [["a"], []]


def test_a_failure_takes_nothing_from_the_others(loop: Loop) -> None:
    def fail() -> None:
        raise ValueError

    loop.pace.soon(fail)
    loop.run("a", SHORT, add=loop.pace.soon)
    loop.run("b", SHORT, add=loop.pace.later)
    with pytest.raises(ValueError):
        loop.turn()
    assert loop.turn() == ["a", "b"]
