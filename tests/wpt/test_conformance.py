"""The Web Platform Tests show what `expected/` says, and the summary says it too."""

from __future__ import annotations

import pytest

from . import summary
from .checkout import Checkout, NoCheckout
from .expectations import Expectations
from .session import Session
from .suites import SUITES

NAMES = [suite.name for suite in SUITES]


@pytest.fixture(scope="module")
def checkout() -> Checkout:
    try:
        return Checkout.find()
    except NoCheckout as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("suite", NAMES)
def test_suite_shows_what_is_expected(checkout: Checkout, suite: str) -> None:
    expected = Expectations.load(suite)
    session = Session(checkout, [suite])
    results = {test.id: result for test, result in session.run(processes=2)}
    assert not expected.missing(results), "the checkout lacks these"
    # Many have time limits: what surprises runs once more, alone.
    session.tests = [
        test for test in session.tests if [*expected.differences(test.id, results[test.id])]
    ]
    again = {
        test.id: [*expected.differences(test.id, result)]
        for test, result in session.run(processes=1)
    }
    assert not {test: differences for test, differences in again.items() if differences}


def test_summary_is_up_to_date() -> None:
    written = summary.DOCUMENT.read_text("utf-8")
    assert written == summary.render(), "run python -m tests.wpt --summary"
