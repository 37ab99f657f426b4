"""Host half of searching a long text in a long text, in linear time. Twin: runtime_js/boundary/long_search.js

Places are counted in UTF-16 code units, as JavaScript does.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any


def find_text(whole: str, part: str, start: int, backwards: bool) -> int:
    """The first place of a part from `start` on, or the last one up to there; -1 for none."""
    whole, part = _units(whole), _units(part)
    if not backwards:
        return whole.find(part, start)
    # Python searches in linear time forwards only.
    end = min(start + len(part), len(whole))
    found = whole[:end][::-1].find(part[::-1])
    return end - found - len(part) if found >= 0 else -1


def find_all_text(whole: str, part: str) -> bytes:
    """All places of a part that do not overlap, as 32-bit integers. part: not empty."""
    whole, part = _units(whole), _units(part)
    places = array("i")
    at = whole.find(part) if part else -1
    while at >= 0:
        places.append(at)
        at = whole.find(part, at + len(part))
    return places.tobytes()


def _units(text: str) -> str:
    """One character for each code unit."""
    if not text or max(text) < "\U00010000":
        return text
    units = array("H", text.encode("utf-16-le", "surrogatepass"))
    return array("I", units).tobytes().decode("utf-32-le", "surrogatepass")


QUERIES: dict[str, Callable[..., Any]] = {"findText": find_text, "findAllText": find_all_text}
