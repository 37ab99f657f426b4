"""What docs/reference.md says of the language: what the engine has, and what it lacks."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "use",
    [
        "Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0)",
        "new SharedArrayBuffer(1, { maxByteLength: 2 })",
        "new RegExp('/a-b/', 'v')",
        "Intl.NumberFormat",
        "WebAssembly.Module",
    ],
)
def test_what_is_said_to_be_missing_is_missing(realm: Any, use: str) -> None:
    assert realm.eval(f"try {{ {use}; 'there' }} catch (error) {{ 'missing' }}") == "missing"


@pytest.mark.parametrize(
    "use",
    [
        "Object.groupBy([1], () => 'a').a[0] === 1",
        "typeof Promise.withResolvers().resolve === 'function'",
        "new ArrayBuffer(1).transfer(2).byteLength === 2",
        "'\\ud800'.isWellFormed() === false",
        "/[\\p{L}--[a-z]]/v.test('A')",
        "Iterator.from([1, 2]).map((x) => x * 2).toArray().length === 2",
        "new Set([1]).union(new Set([2])).size === 2",
        "/(?i:a)b/.test('Ab')",
        "RegExp.escape('a.b').includes('\\\\.')",
        "typeof Promise.try(() => 1).then === 'function'",
        "new Float16Array([1.5])[0] === 1.5",
        "/(?<a>x)|(?<a>y)/.exec('y').groups.a === 'y'",
    ],
)
def test_the_rest_of_es2024_and_es2025_is_there(realm: Any, use: str) -> None:
    assert realm.eval(use) is True
