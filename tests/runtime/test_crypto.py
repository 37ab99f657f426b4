"""crypto.getRandomValues and crypto.randomUUID."""

from __future__ import annotations

import re
from typing import Any

import pytest

INTEGER_ARRAYS = [
    *("Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array"),
    *("Int32Array", "Uint32Array", "BigInt64Array", "BigUint64Array"),
]


@pytest.mark.parametrize("kind", INTEGER_ARRAYS)
def test_integer_arrays_are_filled_in_place(realm: Any, kind: str) -> None:
    assert realm.eval(
        f"(() => {{ const array = new {kind}(64); return crypto.getRandomValues(array) === array"
        " && new Set(Array.from(array, String)).size > 8 })()"
    )


def test_only_the_view_is_filled(realm: Any) -> None:
    assert realm.eval(
        "(() => { const all = new Uint8Array(96); crypto.getRandomValues(all.subarray(32, 64));"
        "const some = (from) => all.subarray(from, from + 32).some((x) => x !== 0);"
        "return [some(0), some(32), some(64)] })()"
    ) == [False, True, False]


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        ("new Float16Array(1)", "TypeMismatchError"),
        ("new Float64Array(1e6)", "TypeMismatchError"),
        ("new DataView(new ArrayBuffer(1))", "TypeMismatchError"),
        ("new Uint8Array(65537)", "QuotaExceededError"),
        ("new Uint32Array(16385)", "QuotaExceededError"),
        ("new ArrayBuffer(1)", "TypeError"),
        ("[1]", "TypeError"),
        ("", "TypeError"),
        ("new Uint8Array(new SharedArrayBuffer(1))", "TypeError"),
        ("new Uint8Array(new ArrayBuffer(1, { maxByteLength: 2 }))", "TypeError"),
    ],
)
def test_what_is_refused(realm: Any, argument: str, name: str) -> None:
    assert (
        realm.eval(f"try {{ crypto.getRandomValues({argument}) }} catch (e) {{ e.name }}") == name
    )


def test_the_quota_itself_and_nothing_are_allowed(realm: Any) -> None:
    assert realm.eval(
        "[65536, 0].map((size) => crypto.getRandomValues(new Uint8Array(size)).length)"
    ) == [65536, 0]


def test_uuids_are_of_version_4_and_differ(realm: Any) -> None:
    uuids = realm.eval("Array.from({ length: 100 }, () => crypto.randomUUID())")
    pattern = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert len(set(uuids)) == 100 and all(map(pattern.fullmatch, uuids))
