"""What clients have not taken, of all connections together."""

from __future__ import annotations

from edgehost.sockets.unsent import Unsent


class Client:
    """A connection that takes nothing."""

    def __init__(self, unsent: int) -> None:
        self.unsent = unsent
        self.reasons: list[str] = []

    def cut(self, reason: str) -> None:
        self.reasons.append(reason)


def slow(unsent: Unsent, *sizes: int) -> list[Client]:
    clients = [Client(size) for size in sizes]
    for client in clients:
        unsent.add(client)
        unsent.written(client.unsent)
    return clients


def test_within_the_limit_nobody_is_cut() -> None:
    clients = slow(Unsent(100), 30, 40, 30)
    assert not any(client.reasons for client in clients)


def test_the_ones_with_the_most_are_cut_until_the_rest_is_within_the_limit() -> None:
    small, large, other, larger = slow(Unsent(100), 10, 45, 20, 50)
    assert [bool(client.reasons) for client in (small, large, other, larger)] == [
        False,
        False,
        False,
        True,
    ]
    (reason,) = larger.reasons
    assert "100 bytes (unsent_bytes)" in reason
    assert "50 bytes" in reason


def test_who_has_taken_everything_no_longer_counts() -> None:
    unsent = Unsent(100)
    first, second = slow(unsent, 60, 30)
    unsent.remove(first)
    third, *_ = slow(unsent, 65)
    assert not (first.reasons or second.reasons or third.reasons)


def test_no_limit_cuts_nobody() -> None:
    assert not any(client.reasons for client in slow(Unsent(0), 10**9, 10**9))
