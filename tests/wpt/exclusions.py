"""What is not run, from exclusions.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Patterns with their reasons."""

    paths: dict[str, str]
    scopes: dict[str, str]
    contents: dict[str, str]
    subtests: dict[str, dict[str, str]]

    @classmethod
    def load(cls) -> Exclusions:
        return cls(**tomllib.loads(Path(__file__).with_name("exclusions.toml").read_text("utf-8")))

    def reason(self, path: str, scopes: set[str], text: str) -> str | None:
        """Why a test is left out; None: it is not. scopes: where its META lets it run, if told."""
        for pattern, reason in self.paths.items():
            if fnmatch(path, pattern):
                return reason
        for names, reason in self.scopes.items():
            if scopes and scopes <= set(names.split(",")):
                return reason
        for pattern, reason in self.contents.items():
            if re.search(pattern, text):
                return reason
        return None

    def counts(self, path: str, subtest: str) -> bool:
        """Whether the subtest of this name counts."""
        rule = self.subtests.get(path)
        return rule is None or not re.search(rule["name"], subtest)
