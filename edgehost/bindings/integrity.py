"""Host half of `integrity`: whether bytes are those that somebody expects. Twin: runtime_js/fetch/integrity.js

https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from typing import Any

MOST_ITEMS = 10_000  # between two looks at the limit
_ITEM = re.compile("[^\t\n\f\r ]+")
_STRENGTH = {"sha256": 1, "sha384": 2, "sha512": 3}


def matches_integrity(data: bytes, metadata: str, check: Callable[[], None]) -> bool:
    """Whether one of the strongest hashes fits. Metadata without a known hash asks for nothing."""
    expected: dict[str, set[str]] = {}
    for index, match in enumerate(_ITEM.finditer(metadata)):
        if index % MOST_ITEMS == 0:
            check()
        algorithm, value = _parse(match[0])
        if algorithm in _STRENGTH:
            expected.setdefault(algorithm, set()).add(value)
    strongest = max(expected, key=_STRENGTH.__getitem__, default="")
    if not strongest:
        return True
    return b64encode(hashlib.new(strongest, data).digest()).decode() in expected[strongest]


def _parse(item: str) -> tuple[str, str]:
    """An algorithm and a hash in base64."""
    parts = item.partition("?")[0].split("-")
    return parts[0], parts[1] if parts[1:] else ""


def queries(check: Callable[[], None]) -> dict[str, Callable[..., Any]]:
    return {"matchesIntegrity": partial(matches_integrity, check=check)}
