"""Variables from a file, by the rules of the npm package dotenv.

Lines are K=V, with or without `export`; blank lines and lines that begin with # are skipped. A
value in quotes ("...", '...' or `...`) is taken as it is and may span lines; in double quotes \\n
and \\r are line ends. A value without quotes ends before a # and loses the blanks around it.
Unlike there, a line that is none of these is an error.
"""

from __future__ import annotations

import re
from pathlib import Path

from edgehost.errors import ConfigError

_SKIPPED = re.compile(r"[^\S\n]*(?:#[^\n]*)?(?:\n|\Z)")
_ASSIGNMENT = re.compile(
    r"""
    \s*(?:export\s+)?(?P<name>[\w.-]+)
    (?:[^\S\n]*=[^\S\n]*|:[^\S\n]+)
    (?: '(?P<single>(?:\\'|[^'])*)'
      | "(?P<double>(?:\\"|[^"])*)"
      | `(?P<back>(?:\\`|[^`])*)`
      | (?P<plain>[^#\n]*)
    )
    [^\S\n]*(?:\#[^\n]*)?(?:\n|\Z)
    """,
    re.VERBOSE | re.ASCII,
)
_LINE_ENDS = {"\\n": "\n", "\\r": "\r"}


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a file; where a name comes twice, the last one.

    Raises ConfigError that names the line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"--env-file: {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"--env-file: {path} is not UTF-8 text (byte {error.start})") from error
    return parse_env(text, str(path))


def parse_env(text: str, name: str) -> dict[str, str]:
    """The variables of a text. Raises ConfigError that names the line of the file `name`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    pairs = {}
    at = 0
    while at < len(text):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        assignment = _ASSIGNMENT.match(text, at)
        if assignment is None:
            line = text.count("\n", 0, at) + 1
            raise ConfigError(f"{name}:{line}: '{_line_at(text, at)}' is not of the form K=V")
        pairs[assignment["name"]] = _value(assignment)
        at = assignment.end()
    return pairs


def _line_at(text: str, at: int) -> str:
    return text[at:].partition("\n")[0].strip()


def _value(assignment: re.Match[str]) -> str:
    if (quoted := assignment["double"]) is not None:
        return re.sub(r"\\[nr]", lambda escape: _LINE_ENDS[escape[0]], quoted)
    for literal in ("single", "back"):
        if (quoted := assignment[literal]) is not None:
            return quoted
    return str(assignment["plain"]).strip()
