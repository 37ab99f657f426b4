"""What a package.json says under "exports" and "imports": pure functions on its data.

The algorithm is Node's, which every bundler follows:
https://nodejs.org/api/esm.html#resolution-algorithm-specification
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

# Part of a path that would lead out of the package, or into another one.
_ESCAPE = re.compile(r"(^|[/\\])((\.|%2e){1,2}|node_modules)([/\\]|$)", re.IGNORECASE)


class InvalidTarget(Exception):
    """The package.json names something that no package may."""


class InvalidSubpath(Exception):
    """The importer asks for a path that would lead out of the package."""


class _Missing(Enum):
    """`undefined` where the algorithm tells it from `null`."""

    MISSING = 0


Target = str | None | _Missing
MISSING = _Missing.MISSING


def resolve_export(exports: Any, subpath: str, conditions: frozenset[str]) -> str | None:
    """PACKAGE_EXPORTS_RESOLVE: a path from the package's folder, "./..."; None when there is none.

    subpath: "." or "./...".
    Raises InvalidTarget and InvalidSubpath.
    """
    table = _subpaths(exports)
    if subpath == ".":
        found = _target(table["."], None, False, conditions) if "." in table else None
    else:
        found = _match(table, subpath, False, conditions)
    return None if found is MISSING else found


def resolve_import(imports: Any, name: str, conditions: frozenset[str]) -> str | None:
    """PACKAGE_IMPORTS_RESOLVE: as `resolve_export`, or the name of a package; name begins with "#"."""
    found = _match(imports, name, True, conditions) if isinstance(imports, dict) else None
    return None if found is MISSING else found


def subpaths(exports: Any) -> list[str]:
    """What a package offers, for messages."""
    return [key for key, target in _subpaths(exports).items() if target is not None]


def _subpaths(exports: Any) -> dict[str, Any]:
    if not isinstance(exports, dict):
        return {".": exports}
    dotted = [key for key in exports if key.startswith(".")]
    if not dotted:
        return {".": exports} if exports else {}
    if len(dotted) < len(exports):
        raise InvalidTarget('its "exports" mix paths and conditions')
    return exports


def _match(table: dict[str, Any], key: str, internal: bool, conditions: frozenset[str]) -> Target:
    """PACKAGE_IMPORTS_EXPORTS_RESOLVE"""
    if key.endswith("/"):
        return None
    if key in table and "*" not in key:
        return _target(table[key], None, internal, conditions)
    for pattern in sorted((key for key in table if key.count("*") == 1), key=_specificity):
        before, _, after = pattern.partition("*")
        if key.startswith(before) and key != before and key.endswith(after):
            if len(key) < len(pattern):
                continue
            part = key[len(before) : len(key) - len(after)]
            return _target(table[pattern], part, internal, conditions)
    return None


def _specificity(pattern: str) -> tuple[int, int]:
    """PATTERN_KEY_COMPARE: the longest part before the star comes first, then the longest pattern."""
    return -pattern.index("*"), -len(pattern)


def _target(target: Any, part: str | None, internal: bool, conditions: frozenset[str]) -> Target:
    """PACKAGE_TARGET_RESOLVE. part: what the star of the pattern stands for."""
    if isinstance(target, str):
        return _path(target, part, internal)
    if isinstance(target, dict):
        for condition, inner in target.items():
            if condition == "default" or condition in conditions:
                found = _target(inner, part, internal, conditions)
                if found is not MISSING:
                    return found
        return MISSING
    if isinstance(target, list):
        return _first(_each(target, part, internal, conditions))
    if target is None:
        return None
    raise InvalidTarget(f"{target!r} is no path")


def _each(
    targets: list[Any], part: str | None, internal: bool, conditions: frozenset[str]
) -> Iterator[Target | InvalidTarget]:
    for target in targets:
        try:
            yield _target(target, part, internal, conditions)
        except InvalidTarget as error:
            yield error


def _first(results: Iterator[Target | InvalidTarget]) -> Target:
    """The first of an array that is anything; else the failure of the last."""
    last: Target | InvalidTarget = None
    for last in results:
        if isinstance(last, str):
            return last
    if isinstance(last, InvalidTarget):
        raise last
    return last


def _path(target: str, part: str | None, internal: bool) -> str:
    if not target.startswith("./"):
        if not internal or target.startswith(("../", "/", "#")) or ":" in target:
            raise InvalidTarget(f"'{target}' does not begin with './'")
    elif _ESCAPE.search(target[2:]):
        raise InvalidTarget(f"'{target}' leads out of the package")
    if part is None:
        return target
    if _ESCAPE.search(part):
        raise InvalidSubpath(part)
    return target.replace("*", part)
