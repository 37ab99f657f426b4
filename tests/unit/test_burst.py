"""What arrives together is handled in a row, and answered in a row."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from edgehost.pace import Pace
from edgehost.server.burst import MOST_HELD, MOST_WORK, Burst


class Connection:
    """Notes what it is told."""

    took_long = False

    def __init__(self, name: str, happened: list[str]) -> None:
        self._name = name
        self._happened = happened

    def send(self) -> None:
        self._happened.append(f"answer {self._name}")

    def abort(self) -> None:
        self._happened.append(f"abort {self._name}")


class Pass:
    """A burst, an event loop that is driven by hand, and what happened, in order."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.bugs: list[BaseException] = []
        self._soon: list[Any] = []
        console: Any = SimpleNamespace(bug=self.bugs.append)
        self.now = 100.0
        self.pace = Pace(self._soon.append, lambda: self.now)
        self.burst = Burst(self.pace, console)

    def arrive(self, name: str, *, size: int = 0, then: str = "", fails: bool = False) -> None:
        """Work of a connection that answers with `size` bytes. then: work that follows from it."""
        connection = Connection(name, self.happened)

        def handle() -> None:
            self.happened.append(f"handle {name}")
            if then:
                self.arrive(then)
            if fails:
                raise ValueError(name)
            self.burst.hold(connection, size)

        self.burst.soon(connection, handle)

    def end(self) -> list[str]:
        """The loop's next pass. Returns what has happened."""
        soon, self._soon[:] = self._soon[:], []
        for callback in soon:
            callback()
        return self.happened


def test_what_arrives_together_is_handled_in_order_and_then_answered() -> None:
    loop = Pass()
    for name in "abc":
        loop.arrive(name)
    assert loop.happened == []
    assert loop.end() == [
        *("handle a", "handle b", "handle c"),
        *("answer a", "answer b", "answer c"),
    ]


def test_what_is_held_twice_is_sent_once() -> None:
    loop = Pass()
    connection = Connection("a", loop.happened)
    for _ in range(2):
        loop.burst.soon(connection, loop.burst.hold, connection, 1)
    assert loop.end() == ["answer a"]


def test_what_follows_from_the_work_waits_for_the_next_pass() -> None:
    loop = Pass()
    loop.arrive("a", then="b")
    assert loop.end() == ["handle a", "answer a"]
    assert loop.end() == ["handle a", "answer a", "handle b", "answer b"]


def test_a_failure_ends_only_its_own_connection() -> None:
    loop = Pass()
    loop.arrive("a")
    loop.arrive("b", fails=True)
    loop.arrive("c")
    assert loop.end() == ["handle a", "handle b", "abort b", "handle c", "answer a", "answer c"]
    assert [str(bug) for bug in loop.bugs] == ["b"]
    assert not loop.burst.is_open


def test_a_crowd_is_answered_in_parts() -> None:
    loop = Pass()
    for number in range(MOST_WORK + 1):
        loop.burst.make_room()
        loop.arrive(str(number))
    assert loop.happened[-1] == f"answer {MOST_WORK - 1}"
    assert loop.end()[-1] == f"answer {MOST_WORK}"


def test_large_answers_leave_at_once() -> None:
    loop = Pass()
    loop.arrive("a", size=MOST_HELD)
    loop.arrive("b", size=1)
    loop.arrive("c", size=1)
    assert loop.end() == [
        *("handle a", "handle b", "answer a", "answer b"),
        *("handle c", "answer c"),
    ]
