"""A stack for people: a recursion without end is a handful of lines.

Twin: runtime_js/inspect/frames.js
"""

from __future__ import annotations

from collections.abc import Sequence

_MOST = 10  # as V8 has
_LONGEST_CYCLE = _MOST // 2


def stack_lines(frames: Sequence[object]) -> list[str]:
    """The first frames, those that come again and again only once, with notes of what is left out."""
    lines: list[str] = []
    at = shown = 0
    while at < len(frames) and shown < _MOST:
        period, again = _cycle(frames, at)
        lines += [f"    at {frame}" for frame in frames[at : at + period]]
        at += period + again
        shown += period
        if again:
            least = "at least " if at == len(frames) else ""
            lines.append(
                f"    ... {least}{again} more like {'it' if period == 1 else f'the last {period}'}"
            )
    if at < len(frames):
        lines.append(f"    ... {len(frames) - at} more")
    return lines


def _cycle(frames: Sequence[object], at: int) -> tuple[int, int]:
    """How many frames from here on are followed by themselves, and by how many frames."""
    for period in range(1, _LONGEST_CYCLE + 1):
        end = at + period
        while end < len(frames) and frames[end] == frames[end - period]:
            end += 1
        if (again := end - at - period) >= 2 * period:
            return period, again
    return 1, 0
