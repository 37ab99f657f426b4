"""Which request an error was in."""

from __future__ import annotations

from edgehost.request_names import LATE, RequestNames


def noted(*ids: int) -> RequestNames:
    names = RequestNames()
    for number in ids:
        names.note((number, "GET", f"http://x/{number}"))
    return names


def test_requests_of_late_are_known():
    names = noted(1, 2)
    assert names.find(1) == ("GET", "http://x/1")
    assert names.find(2) == ("GET", "http://x/2")
    assert names.find(3) is None
    assert names.find(0) is None


def test_those_long_ago_are_forgotten():
    names = noted(*range(1, LATE + 2))
    assert names.find(1) is None
    assert names.find(2) is not None


def test_those_that_go_on_are_kept_until_all_that_keeps_them_has_let_go():
    names = noted(1)
    names.keep(1)
    names.keep(1)
    for number in range(2, LATE + 3):
        names.note((number, "GET", "http://x/"))
    names.let_go(1)
    assert names.find(1) == ("GET", "http://x/1")
    names.let_go(1)
    assert names.find(1) == ("GET", "http://x/1")  # for what comes right after its end
    for number in range(LATE):
        names.note((1000 + number, "GET", "http://x/"))
    assert names.find(1) is None


def test_letting_go_of_what_is_not_kept_is_no_matter():
    names = noted(1)
    names.let_go(1)
    names.keep(9)
    names.let_go(9)
    assert names.find(1) is not None
    assert names.find(9) is None
