"""What a test showed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

HARNESS = "(harness)"  # stands beside the subtests' names for the file itself

_SUBTEST_STATUS = ("PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED")
_HARNESS_STATUS = {0: "", 1: "ERROR", 2: "TIMEOUT", 3: "PRECONDITION_FAILED", -1: "not completed"}


@dataclass(frozen=True)
class Result:
    """The outcome of one test."""

    subtests: dict[str, str] = field(default_factory=dict)  # why each failed; "": passed
    harness: str = ""  # what was wrong with the file as a whole, or ""

    @classmethod
    def parse(cls, body: bytes) -> Result:
        """From the answer of the generated module. Raises ValueError for anything else."""
        answer = json.loads(body)
        subtests: dict[str, str] = {}
        seen: Counter[str] = Counter()
        for subtest in answer["subtests"]:
            name, status = subtest["name"], subtest["status"]
            seen[name] += 1
            unique = name if seen[name] == 1 else f"{name} #{seen[name]}"
            failure = f"{_SUBTEST_STATUS[status]}: {subtest['message']}" if status else ""
            subtests[unique] = failure
        if answer["scriptError"]:
            return cls(subtests, f"its script ended early: {answer['scriptError']}")
        status = _HARNESS_STATUS[answer["harness"]]
        return cls(subtests, f"{status}: {answer['message']}" if status else "")

    @property
    def failures(self) -> dict[str, str]:
        """Why, by name; the file itself is HARNESS."""
        failed = {name: why for name, why in self.subtests.items() if why}
        return {**failed, HARNESS: self.harness} if self.harness else failed
