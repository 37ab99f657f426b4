"""What a CommonJS file requires and exports, seen from its text alone.

It is looked for by patterns, as Node does it, since a name must be known before the code runs. What
looks like a name and is none is harmless: it is exported as undefined, or loaded and never run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Each pattern passes over a text once, whatever it is: no repetition can give back what it took. And each
# begins with letters, for which Python searches ten times faster than for anything else.
_NAME = r"[A-Za-z_$][\w$]*+"
_QUOTED = r"""(?:"([^"\\\n]++)"|'([^'\\\n]++)')"""  # two groups
_COMMENT = r"//[^\n]*+|/\*.*?(?:\*/|\Z)"
_EXPORTS = r"exports(?:(?<![.$\w]exports)|(?<=module\.exports)(?<![.$\w]module\.exports))"

_REQUIRE = re.compile(rf"require(?:(?<![.$\w]require)|(?<=\.\.\.require))\s*+\(\s*+{_QUOTED}\s*+\)")
_ASSIGNED = re.compile(rf"{_EXPORTS}(?:\.({_NAME})|\[{_QUOTED}\])\s*+=(?!=)")
# By TypeScript and Babel.
_DEFINED = re.compile(rf"defineProperty\(\s*+(?:module\.)?exports\s*+,\s*+{_QUOTED}")
_LITERALS = (
    re.compile(rf"{_EXPORTS}\s*+=\s*+\{{"),
    re.compile(rf"__export\(\s*+{_NAME}\s*+,\s*+\{{"),  # by esbuild
)
_KEY = re.compile(
    rf"(?:\s|{_COMMENT})*+(?:(?:get|async)\s++(?=[\w$\"']))?({_NAME}|{_QUOTED})\s*+(?=[,:(}}/])",
    re.DOTALL,
)
_TOKEN = re.compile(
    rf""""(?:\\.|[^"\\])*+(?:"|\\?\Z)|'(?:\\.|[^'\\])*+(?:'|\\?\Z)|`(?:\\.|[^`\\])*+(?:`|\\?\Z)|{_COMMENT}|[][{{}}(),]""",
    re.DOTALL,
)

# What stands before a call of `require`.
_BEFORE = 100  # characters
_PASSING_ON = re.compile(
    r"(?:\bexports\s*=|\b__exportStar\(|\b__export\(|\b__reExport\([^,()]*,|\.\.\.)\s*$"
)
_ASSIGNING = re.compile(rf"(?<![.$\w])({_NAME})\s*=\s*(?:{_NAME}\()?$")
_BRANCHES = re.compile(
    r"process\.env\.NODE_ENV\s*+(===?|!==?)\s*+[\"']production[\"']\s*+\)\s*+\{([^{}]*+)\}\s*+else\s*+\{([^{}]*+)\}"
)
_COPIED = re.compile(rf"Object\.keys\(({_NAME})\)\.forEach\(")  # by Babel


def without_dead_branch(source: str, production: bool) -> str:
    """Without what a package requires only in production, or only elsewhere."""

    def live(branches: re.Match[str]) -> str:
        return branches[2] if (branches[1][0] == "=") == production else branches[3]

    return _BRANCHES.sub(live, source)


def required(source: str) -> list[str]:
    """The specifiers of its `require` calls, once each."""
    return _unique(map(_text, _REQUIRE.finditer(source)))


def exported(source: str) -> list[str]:
    """The names it exports itself, but `default`."""
    names = [*map(_text, _ASSIGNED.finditer(source)), *map(_text, _DEFINED.finditer(source))]
    for literal in _LITERALS:
        at = 0
        while match := literal.search(source, at):
            keys, at = _keys(source, match.end())
            names += keys
    return _unique(name for name in names if name != "default")


def passed_on(source: str) -> list[str]:
    """The specifiers of files all of whose exports are its own too."""
    copied = {match[1] for match in _COPIED.finditer(source)}
    specifiers = []
    for call in _REQUIRE.finditer(source):
        before = source[max(0, call.start() - _BEFORE) : call.start()]
        variable = _ASSIGNING.search(before) if copied else None
        if _PASSING_ON.search(before) or (variable and variable[1] in copied):
            specifiers.append(_text(call))
    return _unique(specifiers)


def _keys(source: str, at: int) -> tuple[list[str], int]:
    """Those of an object literal, from behind its brace, and where it ends."""
    names, depth, separated = [], 1, True
    while depth:
        if depth == 1 and separated and (key := _KEY.match(source, at)):
            names.append(key[2] or key[3] or key[1])
            at = key.end()
        if (token := _TOKEN.search(source, at)) is None:
            return names, len(source)
        at = token.end()
        depth += (token[0] in "{[(") - (token[0] in "}])")
        separated = token[0] == ","
    return names, at


def _text(match: re.Match[str]) -> str:
    """The one group that took part."""
    return match[match.lastindex or 0]


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
