"""Variables from a file, by the rules of the npm package dotenv, with `${NAME}` in values.

Lines are K=V, with or without `export`; blank lines and lines that begin with # are skipped. A
value in quotes ("...", '...' or `...`) is taken as it is and may span lines; in double quotes \\n
and \\r are line ends. A value without quotes, or whose quotes do not pair up, ends with its line or
before a #, and loses the blanks around it and then the same quote at both of its ends.
Unlike there, a line that is none of these is an error.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path

from edgehost.cli.env_expansion import expand
from edgehost.errors import ConfigError

# White space and line ends of ECMAScript but \n: ends of lines are that when this is used.
_BLANKS = "\t\v\f \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SKIPPED = re.compile(rf"[{_BLANKS}]*(?:#[^\n]*)?(?:\n|\Z)")
_ASSIGNMENT = re.compile(
    rf"""
    [{_BLANKS}\n]*(?:export[{_BLANKS}\n]+)?(?P<name>[\w.-]+)
    (?:[{_BLANKS}]*=[{_BLANKS}]*|:[{_BLANKS}]+)
    (?P<value>
        '(?:\\'|[^'])*'
      | "(?:\\"|[^"])*"
      | `(?:\\`|[^`])*`
      | [^#\n]*
    )
    [{_BLANKS}]*(?:\#[^\n]*)?(?:\n|\Z)
    """,
    re.VERBOSE | re.ASCII,
)
_OUTER_BLANKS = re.compile(rf"\A[{_BLANKS}]+|[{_BLANKS}]+\Z")
_QUOTED = re.compile(r"\A(['\"`])(.*)\1\Z", re.DOTALL)
_LINE_ENDS = {"\\n": "\n", "\\r": "\r"}


def read_env_file(
    path: Path, outer: Mapping[str, str] | None = None, given: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The variables of a file; where a name comes twice, the last one. See `parse_env`.

    Raises ConfigError that names the line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start})") from error
    return parse_env(text, str(path), outer, given)


def parse_env(
    text: str,
    name: str,
    outer: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The variables of a text. Raises ConfigError that names the line of the file `name`.

    outer, given: what ${NAME} can be besides the variables above it; the latter win over these.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    pairs: dict[str, str] = {}
    known = ChainMap(dict(given or {}), pairs, dict(outer or {}))
    at = 0
    while at < len(text):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        assignment = _ASSIGNMENT.match(text, at)
        if assignment is None:
            line = text.count("\n", 0, at) + 1
            raise ConfigError(f"{name}:{line}: '{_line_at(text, at)}' is not of the form K=V")
        pairs[assignment["name"]] = _value(assignment["value"], known)
        at = assignment.end()
    return pairs


def _line_at(text: str, at: int) -> str:
    return text[at:].partition("\n")[0].strip()


def _value(written: str, known: Mapping[str, str]) -> str:
    """written: with its quotes. Its first character counts, whether its quotes pair up or not."""
    written = _OUTER_BLANKS.sub("", written)
    value = _QUOTED.sub(r"\2", written)
    if written.startswith("'"):
        return value
    if written.startswith('"'):
        value = re.sub(r"\\[nr]", lambda escape: _LINE_ENDS[escape[0]], value)
    return expand(value, known)
