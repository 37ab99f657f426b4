"""Host half of `integrity`: whether bytes are those that somebody expects. Twin: runtime_js/integrity.js

https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

_STRENGTH = {"sha256": 1, "sha384": 2, "sha512": 3}


def matches_integrity(data: bytes, metadata: str) -> bool:
    """Whether one of the strongest hashes fits. Metadata without a known hash asks for nothing."""
    expected = _parse(metadata)
    strongest = max((algorithm for algorithm, _ in expected), key=_STRENGTH.__getitem__, default="")
    if not strongest:
        return True
    actual = b64encode(hashlib.new(strongest, data).digest()).decode()
    return (strongest, actual) in expected


def _parse(metadata: str) -> list[tuple[str, str]]:
    """Pairs of an algorithm and a hash in base64."""
    items = (item.partition("?")[0].split("-") for item in re.split("[\t\n\f\r ]+", metadata))
    return [(item[0], item[1] if item[1:] else "") for item in items if item[0] in _STRENGTH]


QUERIES: dict[str, Callable[..., Any]] = {"matchesIntegrity": matches_integrity}
