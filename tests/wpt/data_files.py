"""The data files that a test fetches, found by reading its scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .checkout import Checkout
from .substitution import ORIGIN

_FETCHED = re.compile(r"(?:fetch|fetch_json)\(\s*[\"'`]([^\"'`$\s]+)[\"'`]")
_IDL_TEST = re.compile(r"idl_test\(\s*\[([^\]]*)\]\s*,\s*\[([^\]]*)\]")
_SUFFIXES = {".json", ".txt", ".idl", ".js"}


def data_files(checkout: Checkout, test_path: str, scripts: Iterable[str]) -> dict[str, str]:
    """Text by address."""
    found: dict[str, str] = {}
    for reference in {name for script in scripts for name in _references(script)}:
        if re.match(r"[a-z]+:", reference):
            continue
        path = checkout.resolve(test_path, reference)
        if checkout.file(path).is_file() and checkout.file(path).suffix in _SUFFIXES:
            found[f"{ORIGIN}/{path}"] = checkout.read(path)
    return found


def _references(script: str) -> Iterator[str]:
    yield from _FETCHED.findall(script)
    for sources, dependencies in _IDL_TEST.findall(script):
        for name in re.findall(r"[\"']([^\"']+)[\"']", f"{sources},{dependencies}"):
            yield f"/interfaces/{name}.idl"
