"""A run over selected tests of a checkout."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from .checkout import Checkout
from .exclusions import Exclusions
from .module import build, file_seconds
from .pool import Runner, run_all
from .result import Result
from .selection import Test, select

MARGIN_SECONDS = 5  # what a module gets beyond its own limit, to report


class Session:
    """Tests of some suites, all or those whose id has `part` in it."""

    def __init__(self, checkout: Checkout, suites: Collection[str], part: str = "") -> None:
        self._checkout = checkout
        self._exclusions = Exclusions.load()
        self.tests = [
            test
            for test in select(checkout.root, self._exclusions)
            if test.suite.name in suites and part in test.id
        ]

    def module(self, test: Test) -> str:
        """The source that runs the test. Raises FileNotFoundError where the checkout lacks a script."""
        return build(self._checkout, test)

    def run(self, processes: int) -> Iterator[tuple[Test, Result]]:
        """Each test with its result, as soon as it and those before it have one."""
        with tempfile.TemporaryDirectory(prefix="wpt-") as folder:
            yield from run_all(
                self.tests, lambda runner, test: self._run(runner, test, Path(folder)), processes
            )

    def _run(self, runner: Runner, test: Test, folder: Path) -> Result:
        file = folder / f"{id(runner)}.js"
        try:
            file.write_text(self.module(test), "utf-8")
        except FileNotFoundError as error:
            return Result(harness=f"the checkout lacks {error.filename}")
        result = runner.run(file, file_seconds(test) + MARGIN_SECONDS)
        counted = {
            name: failure
            for name, failure in result.subtests.items()
            if self._exclusions.counts(test.path, name)
        }
        return Result(counted, result.harness)
