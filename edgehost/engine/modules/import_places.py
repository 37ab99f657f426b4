"""Where errors of loading lie: the engine and a resolver know what is missing, not who asked for it.

All places are in the text that the engine was given, as in the stacks that it makes.
"""

from __future__ import annotations

import re

from edgehost.engine import bytecode, capi, stack

Place = tuple[int, int]  # line and column, from 1

_MOST = 1_000_000  # characters of a file that is parsed some twenty times to find a place: a second

_LINK_ERRORS = re.compile(
    r"(?:Could not find export|circular reference when looking for export|export) '(?P<name>.+)' "
    r"in module '(?P<module>.+?)'(?: is ambiguous)?",
    re.DOTALL,
)
_NO_EXPORT = re.compile("'(?P<module>.+)' exports no '(?P<name>.+)'", re.DOTALL)  # of CommonJS
_NO_VARIABLE = re.compile("exported variable '(.+)' does not exist", re.DOTALL)
_QUIET = r"""//[^\n]*+|/\*.*?\*/|"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])*+'"""
_CLAUSE = re.compile(r"\b(?:import|export)\b")
_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")


def link_error(message: str) -> tuple[str, str] | None:
    """The export that the engine did not find, and the module that lacks it."""
    match = _LINK_ERRORS.fullmatch(message) or _NO_EXPORT.fullmatch(message)
    return (match["name"], match["module"]) if match else None


def place_of_import(source: str, specifier: str, name: str = "") -> Place | None:
    """Where a file imports what a specifier means, or a name from there. None where its text does not say."""
    asked = rf"(?:\bfrom|\bimport|\brequire)\s*+\(?\s*+(?P<quoted>(['\"`]){re.escape(specifier)}\2)"
    for match in re.finditer(rf"{asked}|{_QUIET}", source, re.DOTALL):
        if match["quoted"]:
            at = match.start("quoted")
            return _place(source, _start_of_name(source, match.start(), name) if name else at)
    return None


def _start_of_name(source: str, end: int, name: str) -> int:
    """Of what a clause takes from a module, whose specifier comes next."""
    start = max((match.end() for match in _CLAUSE.finditer(source, 0, end)), default=end)
    wanted = r"[\w$]+" if name == "default" else rf"(?<![\w$]){re.escape(name)}(?![\w$])"
    match = re.compile(wanted).search(source, start, end)
    return match.start() if match else start


def placeless_error(source: str) -> tuple[str, Place] | None:
    """Why a file does not parse, and where, if the engine itself does not say where."""
    message, place = _error_of(source)
    if not message or place is not None or len(source) > _MOST:
        return None
    variable = _NO_VARIABLE.fullmatch(message)
    found = (
        _place_of_export(source, variable[1]) if variable else _place_of_pattern(source, message)
    )
    return (message, found) if found else None


def _place_of_export(source: str, name: str) -> Place | None:
    pattern = rf"\bexport\s*+\{{[^{{}}]*?(?P<name>(?<![\w$]){re.escape(name)}(?![\w$]))|{_QUIET}"
    for match in re.finditer(pattern, source, re.DOTALL):
        if match["name"]:
            return _place(source, match.start("name"))
    return None


def _place_of_pattern(source: str, message: str) -> Place | None:
    """The parser goes from the start to the first mistake.

    So of all beginnings of the file those that hold the whole expression fail as the file does. The shortest is
    looked for, and then cut within the expression.
    """
    shortest, length = 0, len(source)
    while shortest < length:
        half = (shortest + length) // 2
        if _error_of(source[:half]) == (message, None):
            length = half
        else:
            shortest = half + 1
    within = source.rfind("/", 0, length)
    return _error_of(source[:within])[1] if within >= 0 else None


def _error_of(source: str) -> tuple[str, Place | None]:
    """The message of a module that does not parse, and its place; "" for one that does."""
    context = capi.quickjs.Context()  # of its own: a module that parses stays in it
    runtime, ctx = capi.pointers(context)
    capi.set_module_loader(runtime, None, bytecode.empty_modules, None)
    value = capi.compile_module(ctx, "module.js", source.encode(errors="replace"))
    if value.tag != capi.TAG_EXCEPTION:
        capi.free_value(ctx, value)
        return "", None
    message, trace = capi.take_error(ctx)
    frames = stack.frames_of(trace)
    return message, (frames[0].line, frames[0].column) if frames else None


def _place(source: str, at: int) -> Place:
    ends = [match.end() for match in _LINE_END.finditer(source, 0, at)]
    return len(ends) + 1, at - (ends[-1] if ends else 0) + 1
