"""What arrives together is handled in a row, and answered in a row."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from edgehost.pace import Pace
from edgehost.sockets.burst import MOST_HELD, MOST_WORK, Burst


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

    def arrive(
        self,
        name: str,
        *,
        size: int = 0,
        then: str = "",
        fails: bool = False,
        takes: float = 0,
        on: Connection | None = None,
    ) -> Connection:
        """Work of a connection that answers with `size` bytes. then: work that follows from it."""
        connection = on or Connection(name, self.happened)

        def handle() -> None:
            self.happened.append(f"handle {name}")
            self.now += takes
            if then:
                self.arrive(then)
            if fails:
                raise ValueError(name)
            self.burst.hold(connection, size)

        self.burst.soon(connection, handle)
        return connection

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


LONG = 0.2


def handled(loop: Pass) -> list[str]:
    return [entry.split()[1] for entry in loop.happened if entry.startswith("handle")]


def test_long_turns_give_others_a_pass_and_send_what_is_held_before() -> None:
    loop = Pass()
    for name in "abc":
        loop.arrive(name, takes=LONG)
    assert loop.end() == ["handle a", "answer a"]
    loop.arrive("new")
    assert loop.end()[2:] == ["handle new", "answer new"]
    while len(handled(loop)) < 4:
        before = len(handled(loop))
        assert len(loop.end()) and len(handled(loop)) <= before + 1
    assert handled(loop) == ["a", "new", "b", "c"]


def test_what_arrives_on_a_connection_stays_in_order() -> None:
    loop = Pass()
    loop.arrive("long", takes=LONG)
    connection = loop.arrive("1")
    loop.end()
    for name in "23":
        loop.arrive(name, on=connection)
    assert loop.burst.is_busy_with(connection)
    while loop.burst.is_busy_with(connection):
        loop.end()
    assert handled(loop) == ["long", "1", "2", "3"]


def test_what_follows_goes_before_what_has_arrived_since() -> None:
    loop = Pass()
    connection = Connection("", loop.happened)
    loop.burst.later(connection, lambda: loop.happened.append("handle rest"))
    loop.arrive("new", on=connection)
    loop.end()
    assert handled(loop) == ["rest", "new"]


def test_a_connection_that_took_long_goes_behind_those_that_wait() -> None:
    loop = Pass()
    first = loop.arrive("first", takes=LONG)
    loop.arrive("second", takes=LONG)
    loop.end()
    loop.arrive("again", on=first)
    loop.arrive("new")
    while len(handled(loop)) < 4:
        loop.end()
    assert handled(loop) == ["first", "new", "second", "again"]


def test_a_crowd_that_takes_long_waits() -> None:
    loop = Pass()
    for number in range(2 * MOST_WORK):
        loop.burst.make_room()
        loop.arrive(str(number), takes=LONG)
    assert len(handled(loop)) == 1
