"""Expressions around a place in a source text, as far as a message needs them to name what it is about.

Nothing is parsed: a chain of names, members, indices and calls is read from its start on, or back from a member.
What is not plain is not named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MOST = 120  # characters of a name, and of what is looked at for the end of a bracket times ten
_NAME = re.compile(r"#?[A-Za-z_$\u0080-\uffff][\w$]*+")
_SPACE = re.compile(r"(?:\s|//[^\n]*+\n|/\*.*?\*/)*+", re.DOTALL)
_LITERAL = re.compile(r"""\d[\w.]*+|"[^"\n\\]*+"|'[^'\n\\]*+'""")
_QUOTED = re.compile(r"""\[\s*(["'])([A-Za-z_$][\w$]*+)\1\s*\]""")
_TOKEN = re.compile(
    r"""//[^\n]*+|/\*.*?\*/|"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])*+'|`(?:\\.|[^`\\])*+`|[()\[\]{}]""",
    re.DOTALL,
)
_BEFORE_MEMBER = re.compile(r"\?\.\s*$|(?<!\.)\.\s*$")
_NEW = re.compile(r"\bnew[\s(]*$")
_LINK_BEFORE = re.compile(r"(#?[A-Za-z_$\u0080-\uffff][\w$]*)\s*$")
_NO_CALLS = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "function",
        "return",
        "typeof",
        "await",
        "yield",
        "in",
        "of",
        "new",
    ]
)
_NO_NAMES = frozenset(
    [
        "return",
        "typeof",
        "await",
        "yield",
        "throw",
        "new",
        "in",
        "of",
        "case",
        "void",
        "delete",
        "else",
        "do",
    ]
)


def chain(source: str, at: int) -> Iterator[tuple[str, str, int]]:
    """The links from here on: a kind ("name", "member", "index", "call"), the text so far, and where it ends.

    Arguments are shown as `...`, an index that is a name as a member.
    """
    start = _NAME.match(source, at) or _LITERAL.match(source, at)
    if start is None or start[0] in _NO_NAMES:
        return
    text, at = start[0], start.end()
    yield "name", text, at
    while len(text) < _MOST:
        next_at = _SPACE.match(source, at).end()  # type: ignore[union-attr]
        member = re.compile(r"(?:\?\.|\.)\s*+(#?[A-Za-z_$\u0080-\uffff][\w$]*+)").match(
            source, next_at
        )
        if member:
            text, at, kind = f"{text}.{member[1]}", member.end(), "member"
        elif source.startswith(("(", "[", "?.(", "?.["), next_at):
            opening = next_at + (2 if source[next_at] == "?" else 0)
            end = _closing(source, opening)
            if end is None:
                return
            text, kind = _bracketed(source, opening, end, text)
            at = end
        elif source.startswith("`", next_at):
            yield "call", f"{text}(...)", next_at
            return
        else:
            return
        yield kind, text, at


def _bracketed(source: str, opening: int, end: int, text: str) -> tuple[str, str]:
    if source[opening] == "(":
        return f"{text}(...)", "call"
    if quoted := _QUOTED.fullmatch(source, opening, end):
        return f"{text}.{quoted[2]}", "index"
    return f"{text}{' '.join(source[opening:end].split())}", "index"


def _closing(source: str, at: int) -> int | None:
    """Behind the bracket that closes the one here."""
    depth = 0
    for token in _TOKEN.finditer(source, at, at + 10 * _MOST):
        depth += (token[0] in "([{") - (token[0] in ")]}")
        if not depth:
            return token.end()
    return None


def end_of_name(source: str, at: int) -> int:
    name = _NAME.match(source, at)
    return name.end() if name else at


def start_of_member(source: str, at: int) -> int:
    """Where the chain begins of which the name here is a member; the place itself where it is none."""
    for _ in range(_MOST):
        if not _BEFORE_MEMBER.search(source, max(0, at - _MOST), at):
            break
        before = source.rindex(".", 0, at)
        before -= source[before - 1 : before] == "?"
        start = _start_of_link(source, before)
        if start is None:
            break
        at = start
    return at


def calls_at(source: str, at: int) -> Iterator[tuple[int, str]]:
    """The calls whose place is the name here: where what is called begins, and its text."""
    start = start_of_member(source, at)
    is_new = _NEW.search(source, max(0, start - 20), start)
    before, kind_before = "", ""
    for kind, text, end in chain(source, start):
        # A member's call has its place at the member's name, all others at the chain's start.
        is_here = end > at if start != at else is_new or kind_before != "member"
        if kind == "call" and is_here:
            yield start, before
            if start != at or is_new:
                return
        before, kind_before = text, kind
    if is_new and before:
        yield start, before  # without arguments


def calls_around(source: str, at: int) -> Iterator[tuple[int, str]]:
    """The calls that end after the name here with nothing between that has a place of its own."""
    end = _end_of_chain(source, at)
    for opening in range(at - 1, max(0, at - 10 * _MOST), -1):
        closing = _closing(source, opening) if source[opening] in "([" else None
        if closing is None or closing <= at:
            continue
        if _NAME.search(_TOKEN.sub("", source[end : closing - 1])):
            return
        end = closing
        is_called = source.startswith("(", closing)
        start = _start_of_link(source, opening)
        if start is None or _is_keyword(source, start):
            if source[opening] == "(" and is_called:
                yield from _text_until(source, at, closing)
            return
        if source[opening] == "(" or is_called:
            yield from _text_until(source, start, closing if source[opening] == "[" else opening)


def _is_keyword(source: str, at: int) -> bool:
    name = _NAME.match(source, at)
    return name is not None and name[0] in _NO_CALLS


def _text_until(source: str, at: int, end: int) -> Iterator[tuple[int, str]]:
    start = start_of_member(source, at)
    texts = [text for _, text, at in chain(source, start) if at <= end]
    if texts:
        yield start, texts[-1]


def _end_of_chain(source: str, at: int) -> int:
    ends = [end for _, _, end in chain(source, start_of_member(source, at))]
    return max(ends, default=at)


def end_of_call(source: str, at: int) -> int:
    """Behind a call's arguments, from their start."""
    return _closing(source, source.rindex("(", 0, at)) or at


def _start_of_link(source: str, end: int) -> int | None:
    """Of a name with the brackets behind it, which ends here."""
    end = len(source[max(0, end - _MOST) : end].rstrip()) + max(0, end - _MOST)
    while end and source[end - 1] in ")]":
        opening = _opening(source, end)
        if opening is None:
            return None
        end = opening
    name = _LINK_BEFORE.search(source, max(0, end - _MOST), end)
    return name.start() if name else None


def _opening(source: str, end: int) -> int | None:
    """Of the bracket that closes just before the end: the last one that reaches exactly to there."""
    for at in range(end - 1, max(0, end - 10 * _MOST), -1):
        if source[at] in "([" and _closing(source, at) == end:
            return at
    return None


def expression(source: str, at: int) -> str:
    """The chain or the literal that begins here, all of it; "" where there is none."""
    texts = [text for _, text, _ in chain(source, start_of_member(source, at))]
    return texts[-1] if texts else ""
