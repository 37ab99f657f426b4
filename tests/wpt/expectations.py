"""What a suite is expected to show: a JSON file for each in `expected/`.

    {"subtests": {"<test>": 7}, "failures": [{"reason": "...", "tests": {"<test>": ["<subtest>"]}}]}

`subtests` counts what each test shows. A failure of the file as a whole is the subtest "(harness)".
A group without a reason is one that nobody has looked at yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .result import HARNESS, Result

FOLDER = Path(__file__).parent / "expected"
REASONLESS = ""


@dataclass
class Group:
    """Failures that share a reason."""

    reason: str
    tests: dict[str, list[str]]

    def __len__(self) -> int:
        return sum(name != HARNESS for names in self.tests.values() for name in names)


@dataclass
class Expectations:
    """Of one suite."""

    subtests: dict[str, int] = field(default_factory=dict)
    failures: list[Group] = field(default_factory=list)

    @classmethod
    def load(cls, suite: str) -> Expectations:
        """Nothing is expected of a suite without a file."""
        file = FOLDER / f"{suite}.json"
        if not file.is_file():
            return cls()
        stored = json.loads(file.read_text("utf-8"))
        return cls(stored["subtests"], [Group(**group) for group in stored["failures"]])

    def save(self, suite: str) -> None:
        groups = [{"reason": group.reason, "tests": group.tests} for group in self.failures]
        stored = {"subtests": self.subtests, "failures": groups}
        text = json.dumps(stored, indent=1, ensure_ascii=False)
        (FOLDER / f"{suite}.json").write_text(text + "\n", "utf-8")

    @property
    def total(self) -> int:
        return sum(self.subtests.values())

    @property
    def failed(self) -> int:
        return sum(map(len, self.failures))

    @property
    def unexplained(self) -> list[Group]:
        return [group for group in self.failures if group.reason == REASONLESS]

    def expected_failures(self, test: str) -> set[str]:
        return {name for group in self.failures for name in group.tests.get(test, ())}

    def differences(self, test: str, result: Result) -> Iterator[str]:
        """What is not as expected, a sentence each."""
        expected, failures = self.expected_failures(test), result.failures
        for name in failures.keys() - expected:
            yield f"fails: {name}: {failures[name]}"
        for name in expected - failures.keys():
            yield f"passes, but should fail: {name}"
        if test not in self.subtests:
            yield "is new"
        elif self.subtests[test] != len(result.subtests):
            yield f"shows {len(result.subtests)} subtests instead of {self.subtests[test]}"

    def missing(self, results: Mapping[str, Result]) -> list[str]:
        """The tests that a run of the whole suite should have had."""
        return sorted(self.subtests.keys() - results.keys())

    def update(self, results: Mapping[str, Result], whole: bool) -> None:
        """Makes what was seen the expectation. A failure that was known keeps its reason.

        whole: the results are all that the suite has.
        """
        seen = {test: len(result.subtests) for test, result in results.items()}
        self.subtests = dict(sorted((seen if whole else {**self.subtests, **seen}).items()))
        new = Group(REASONLESS, {})
        for test, result in results.items():
            if unknown := sorted(result.failures.keys() - self.expected_failures(test)):
                new.tests[test] = unknown
        for group in self.failures:
            group.tests = {
                test: still
                for test, names in group.tests.items()
                if (still := _still_failing(names, results.get(test))) and test in self.subtests
            }
        groups = [*self.failures, new]
        self.failures = [group for group in groups if group.tests]


def _still_failing(names: list[str], result: Result | None) -> list[str]:
    return names if result is None else [name for name in names if name in result.failures]
