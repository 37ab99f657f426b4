"""What a CommonJS file requires and exports, seen from its text alone.

It is looked for by patterns, as Node does it, since a name must be known before the code runs. What
looks like a name and is none is harmless: it is exported as undefined, or loaded and never run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Each pattern passes over a text once, whatever it is: no repetition can give back what it took.
_NAME = r"[A-Za-z_$][\w$]*+"
_QUOTED = r"""(?:"([^"\\\n]++)"|'([^'\\\n]++)')"""  # two groups
_CALL = rf"require\s*+\(\s*+{_QUOTED}\s*+\)"
_EXPORTS = r"(?<![.$\w])(?:module\.)?exports"
_COMMENT = r"//[^\n]*+|/\*.*?(?:\*/|\Z)"

_REQUIRE = re.compile(rf"(?<![.$\w]){_CALL}")
_ASSIGNED = re.compile(rf"{_EXPORTS}(?:\.({_NAME})|\[{_QUOTED}\])\s*+=(?!=)")
_DEFINED = re.compile(
    rf"defineProperty\(\s*+{_EXPORTS}\s*+,\s*+{_QUOTED}"
)  # by TypeScript and Babel
_GETTERS = rf"__export\(\s*+{_NAME}\s*+,\s*+\{{"  # by esbuild
_LITERAL = re.compile(rf"{_EXPORTS}\s*+=\s*+\{{|{_GETTERS}")
_KEY = re.compile(
    rf"(?:\s|{_COMMENT})*+(?:(?:get|async)\s++(?=[\w$\"']))?({_NAME}|{_QUOTED})\s*+(?=[,:(}}/])",
    re.DOTALL,
)
_TOKEN = re.compile(
    rf""""(?:\\.|[^"\\])*+(?:"|\Z)|'(?:\\.|[^'\\])*+(?:'|\Z)|`(?:\\.|[^`\\])*+(?:`|\Z)|{_COMMENT}|[][{{}}(),]""",
    re.DOTALL,
)
_PASSED_ON = re.compile(
    rf"(?:{_EXPORTS}\s*+=|__exportStar\(|__export\(|__reExport\([^,()]*+,|\.\.\.)\s*+{_CALL}"
)
_COPIED = re.compile(rf"Object\.keys\(({_NAME})\)\.forEach\(")  # by Babel
_LOADED = re.compile(rf"(?<![.$\w])({_NAME})\s*+=\s*+(?:{_NAME}\()?{_CALL}")


def required(source: str) -> list[str]:
    """The specifiers of its `require` calls, once each."""
    return _unique(map(_text, _REQUIRE.finditer(source)))


def exported(source: str) -> list[str]:
    """The names it exports itself, but `default`."""
    names = [*map(_text, _ASSIGNED.finditer(source)), *map(_text, _DEFINED.finditer(source))]
    at = 0
    while literal := _LITERAL.search(source, at):
        keys, at = _keys(source, literal.end())
        names += keys
    return _unique(name for name in names if name != "default")


def passed_on(source: str) -> list[str]:
    """The specifiers of files all of whose exports are its own too."""
    loaded = {match[1]: match[2] or match[3] for match in _LOADED.finditer(source)}
    copied = (loaded.get(match[1], "") for match in _COPIED.finditer(source))
    return _unique(filter(None, (*map(_text, _PASSED_ON.finditer(source)), *copied)))


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
