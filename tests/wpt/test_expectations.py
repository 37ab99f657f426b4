"""Anything that is not as expected is told."""

from __future__ import annotations

from .expectations import Expectations, Group
from .result import HARNESS, Result

PASSED, FAILED = "", "FAIL: assert_equals"


def expecting(**failures: list[str]) -> Expectations:
    """Two subtests in the test `t`, of which some fail."""
    return Expectations({"t": 2}, [Group("why", {"t": names}) for names in failures.values()])


def test_what_is_expected_is_no_difference() -> None:
    assert not [*expecting(fail=["a"]).differences("t", Result({"a": FAILED, "b": PASSED}))]


def test_new_failure_is_told() -> None:
    result = Result({"a": PASSED, "b": FAILED})
    assert [*expecting().differences("t", result)] == ["fails: b: FAIL: assert_equals"]


def test_unexpected_pass_is_told() -> None:
    result = Result({"a": PASSED, "b": PASSED})
    assert [*expecting(fail=["a"]).differences("t", result)] == ["passes, but should fail: a"]


def test_subtest_that_is_gone_is_told() -> None:
    assert [*expecting().differences("t", Result({"a": PASSED}))] == [
        "shows 1 subtests instead of 2"
    ]


def test_file_that_ends_early_is_told() -> None:
    result = Result({"a": PASSED, "b": PASSED}, "TIMEOUT: ")
    assert [*expecting().differences("t", result)] == [f"fails: {HARNESS}: TIMEOUT: "]


def test_new_and_missing_tests_are_told() -> None:
    assert [*expecting().differences("u", Result())] == ["is new"]
    assert expecting().missing({"u": Result()}) == ["t"]


def test_update_keeps_the_reason_of_what_still_fails() -> None:
    expected = expecting(known=["a"], mended=["b"])
    expected.update({"t": Result({"a": FAILED, "b": PASSED, "c": FAILED})}, whole=True)
    assert expected.subtests == {"t": 3}
    assert expected.failures == [Group("why", {"t": ["a"]}), Group("", {"t": ["c"]})]


def test_update_of_some_tests_keeps_the_others() -> None:
    expected = expecting(known=["a"])
    expected.update({"u": Result({"a": PASSED})}, whole=False)
    assert expected.subtests == {"t": 2, "u": 1}
    assert expected.failures == [Group("why", {"t": ["a"]})]


def test_update_of_all_tests_drops_what_the_suite_has_lost() -> None:
    expected = expecting(known=["a"])
    expected.update({"u": Result({"a": PASSED})}, whole=True)
    assert expected == Expectations({"u": 1}, [])
