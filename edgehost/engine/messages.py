"""The engine's messages that name nothing, with what they are about, from the source.

Whatever cannot be told for certain stays as the engine says it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from edgehost.engine import callee, stack
from edgehost.errors import Frame

_READ = re.compile(r"cannot (?:read|set) property '(.+)' of (?:null|undefined)", re.DOTALL)
_NATIVE = re.compile(r"    at (?:new )?([\w$]+) \(native\)\n")
_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")
# What stands before an error that the function made itself, whose place is within the arguments.
_MADE = re.compile(r"(?:\bthrow\b|\bsuper\b|Error\b|Exception\b)[^;{}]*$")
_NEW = re.compile(r"\bnew[\s(]*$")
_ITERATED = re.compile(r"\]\s*=(?![=>])\s*|\bof\s+|\.\.\.\s*|\byield\s*\*\s*")
_TAKEN_APART = re.compile(r"\}\s*=(?![=>])\s*")
_NEAR = 200  # characters behind the place
_USES_FIRST_ARGUMENT = frozenset(
    (
        *(
            "map",
            "forEach",
            "filter",
            "find",
            "findIndex",
            "findLast",
            "findLastIndex",
            "some",
            "every",
        ),
        *("reduce", "reduceRight", "flatMap", "sort", "toSorted", "groupBy", "fromEntries"),
        *("all", "allSettled", "any", "race", "Promise", "Map", "Set", "WeakMap", "WeakSet"),
    )
)
_SERVERS = {
    "Deno.serve": "export default { fetch(request) { ... } }",
    "Bun.serve": "export default { fetch(request) { ... } }",
}


def clear_message(message: str, trace: str, source_of: Callable[[str], str]) -> str:
    """The message that names what it is about, or "" where the engine's own does, or where nothing can be told.

    trace: the error's frames, in the texts that the engine was given.
    source_of: such a text by its file's name, "" for none.
    """
    frames = stack.frames_of(trace)
    source = source_of(frames[0].file) if frames else ""
    at = _offset(source, frames[0]) if source else None
    if at is None:
        return ""
    line_end = _LINE_END.search(source, at)
    statement = source[max(0, at - _NEAR) : line_end.start() if line_end else None]
    if message in statement or _MADE.search(
        source, max(0, at - _NEAR), callee.end_of_name(source, at)
    ):
        return ""  # the function made it itself
    native = _NATIVE.match(trace)
    return _cleared(message, source, at, native[1] if native else "")


def _cleared(message: str, source: str, at: int, native: str) -> str:
    match message:
        case "not a function" | "not a constructor":
            if not native:
                return _called(source, at)
            name = _argument(source, at, native)
            return f"{name} is not a function" if name else _in_built_in(message, native)
        case "value is not iterable" | "cannot read property 'Symbol.iterator' of undefined":
            name = _iterated(source, at, native)
            return f"{name} is not iterable" if name else _in_built_in(message, native)
        case "Cannot convert undefined or null to object":
            name = "" if native else _after(_TAKEN_APART, source, at)
            if name:
                return f"cannot destructure '{name}': it is undefined or null"
            return _in_built_in(message, native)
        case "empty array":
            return f"{native or 'reduce'} of empty array with no initial value"
        case "cannot convert BigInt to number" if not native:
            return "cannot mix BigInt and other types, use explicit conversions"
        case "Bun is not defined":
            name = callee.expression(source, at).removesuffix("(...)")
            return f"{message}{_hint(name)}" if name in _SERVERS else ""
    read = _READ.fullmatch(message)
    return _read(message, read[1], source, at) if read else ""


def _hint(name: str) -> str:
    return f": {_SERVERS[name]} instead" if name in _SERVERS else ""


def _in_built_in(message: str, native: str) -> str:
    return f"{native}: {message}" if native else ""


def _offset(source: str, frame: Frame) -> int | None:
    starts = [0, *(match.end() for match in _LINE_END.finditer(source))]
    if not 0 < frame.line <= len(starts):
        return None
    return min(starts[frame.line - 1] + frame.column - 1, len(source))


def _called(source: str, at: int) -> str:
    """That what is called is no function; "" where it cannot be told what that is.

    A call has the place of the last name before its end: of what is called, or of an argument. Where
    both are calls it can be either.
    """
    calls = [*callee.calls_at(source, at), *callee.calls_around(source, at)]
    names = list(dict.fromkeys(name for _, name in calls))
    if not 0 < len(names) <= 2:
        return ""
    is_new = all(_NEW.search(source, max(0, start - 20), start) for start, _ in calls)
    kind = "constructor" if is_new else "function"
    return f"{' or '.join(names)} is not a {kind}{_hint(names[0])}"


def _argument(source: str, at: int, native: str) -> str:
    """What a built-in function was given first, where it is that which is wrong. The place is within its call."""
    if native not in _USES_FIRST_ARGUMENT:
        return ""
    calls = re.compile(rf"(?<![\w$]){re.escape(native)}\s*\(\s*")
    for call in reversed(list(calls.finditer(source, max(0, at - _NEAR), at + _NEAR))):
        if call.start() <= at < callee.end_of_call(source, call.end()):
            if source.startswith(")", call.end()):
                return "undefined"
            return callee.expression(source, call.end())
    return ""


def _iterated(source: str, at: int, native: str) -> str:
    if native:
        return _argument(source, at, native)
    start = callee.start_of_member(source, at)
    before = source[max(0, start - 40) : start]
    if any(match.end() == len(before) for match in _ITERATED.finditer(before)):
        return callee.expression(source, start)
    return _after(_ITERATED, source, at)


def _after(pattern: re.Pattern[str], source: str, at: int) -> str:
    """What stands behind a sign, where there is only one near: such code has the place of what ran before it."""
    signs = list(pattern.finditer(source, at, at + _NEAR))
    return callee.expression(source, signs[0].end()) if len(signs) == 1 else ""


def _read(message: str, name: str, source: str, at: int) -> str:
    """With the object, where the chain at the place reads that property once."""
    objects = []
    before = ""
    for _, text, _ in callee.chain(source, callee.start_of_member(source, at)):
        if text == f"{before}.{name}" and before not in ("null", "undefined"):
            objects.append(before)
        before = text
    return f"{message} ({objects[0]})" if len(objects) == 1 else ""
