"""The tests of a suite, found in a checkout."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .exclusions import Exclusions
from .suites import SUITES, Suite

_META = re.compile(r"^//\s*META:\s*([a-z]+)=(.*)$")


@dataclass(frozen=True)
class Test:
    """One file, or one variant of it."""

    suite: Suite
    path: str
    variant: str  # the query that the file is opened with, or ""
    meta: Mapping[str, list[str]]

    @property
    def id(self) -> str:
        return self.path + self.variant

    @property
    def is_long(self) -> bool:
        return "long" in self.meta["timeout"]


def select(checkout: Path, exclusions: Exclusions) -> Iterator[Test]:
    """Every test of every suite that is not left out, in order."""
    claimed: set[str] = set()
    for suite in SUITES:
        files = {path for glob in suite.paths for path in checkout.glob(glob)}
        names = sorted({str(file.relative_to(checkout)) for file in files} - claimed)
        claimed.update(names)
        for name in names:
            yield from _tests_in(checkout, suite, name, exclusions)


def _tests_in(checkout: Path, suite: Suite, path: str, exclusions: Exclusions) -> Iterator[Test]:
    text = (checkout / path).read_text("utf-8", "replace")
    meta = read_meta(text)
    scopes = {scope.strip() for names in meta["global"] for scope in names.split(",")}
    if exclusions.reason(path, scopes, text) is None:
        for variant in meta["variant"] or [""]:
            yield Test(suite, path, variant, meta)


def read_meta(text: str) -> defaultdict[str, list[str]]:
    """The `// META: key=value` lines at the head of a test."""
    meta: defaultdict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        if found := _META.match(line.strip()):
            meta[found[1]].append(found[2].strip())
        elif line.strip() and not line.strip().startswith("//"):
            break
    return meta
