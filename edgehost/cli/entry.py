"""The function's file where none is given: what the folder's azion.config.* or package.json names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from edgehost.engine.modules.exports import InvalidTarget, resolve_export
from edgehost.engine.modules.package import Packages
from edgehost.engine.modules.resolver import IMPORT, Resolver
from edgehost.engine.modules.root import ImportRefused, Root
from edgehost.errors import ConfigError

CONFIGS = [f"azion.config.{ending}" for ending in ("js", "mjs", "cjs", "ts", "mts", "cts", "json")]
_TOKEN = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)
    | (?P<word>[\w$]+)
    | (?P<mark>[^\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r"[^\\$\n]+")


def find_entry(folder: Path) -> Path:
    """The file that the folder's settings name. Raises ConfigError that says what was looked for."""
    root = Root(folder.resolve())
    packages = Packages(root)
    try:
        for place, path in _named(root, packages):
            return folder / _resolve(root, packages, place, path)
    except (ImportRefused, InvalidTarget) as error:
        raise ConfigError(str(error)) from error
    raise ConfigError(
        "which file? None was given, and in this folder neither azion.config.* has a build.entry in plain text "
        "nor package.json a path in exports or main"
    )


def _named(root: Root, packages: Packages) -> Iterator[tuple[str, str]]:
    """Where a path stands, and the path; the best first. Raises ImportRefused and InvalidTarget."""
    for name in filter(root.is_file, CONFIGS):
        if path := build_entry(root.read(name)):
            yield name, path
    if (package := packages.at("")) is not None:
        if path := resolve_export(package.exports, ".", IMPORT[0]) or "":
            yield "package.json", path
        for path in package.entry(("main",)):
            yield "package.json", path


def _resolve(root: Root, packages: Packages, place: str, path: str) -> str:
    """The name of the file. place: names it by that path. Raises ImportRefused."""
    relative = path if path.startswith(("./", "../")) else f"./{path}"
    try:
        return Resolver(root, packages, *IMPORT).resolve("package.json", relative)
    except ImportRefused as error:
        raise ImportRefused(f"{place} names '{path}' as the function: {error}") from error


def build_entry(source: str) -> str:
    """`build.entry` of a configuration, where it is a text without escapes; "" elsewhere.

    Nothing is run: the objects in the source are followed by their braces and keys.
    """
    keys: list[str] = []  # of the objects around
    key = before = ""
    tokens = [token for token in _TOKEN.finditer(source) if token.lastgroup != "comment"]
    for token, after in pairwise(tokens):
        written = token[0]
        if token.lastgroup == "text":
            written = written[1:-1]
            if before == ":" and key == "entry" and keys[-1:] == ["build"]:
                return written if after[0] in ",}" and _PLAIN.fullmatch(written) else ""
        elif written == ":":
            key = before
        elif written == "{":
            keys.append(key if before == ":" else "")
        elif written == "}" and keys:
            keys.pop()
        before = written
    return ""
