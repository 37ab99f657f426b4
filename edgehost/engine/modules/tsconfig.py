"""The tsconfig.json files of a function: what they say to the compiler, and about names.

https://www.typescriptlang.org/tsconfig
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from typing import Any

from edgehost.engine.modules.package import scopes
from edgehost.engine.modules.root import ImportRefused, Root, folders_above

_TEXT = r'"(?:\\.|[^"\\])*+(?:"|\\?\Z)'
_COMMENTS = re.compile(rf"({_TEXT})|//[^\n]*+|/\*.*?(?:\*/|\Z)", re.DOTALL)
_COMMAS = re.compile(rf"({_TEXT})|,(?=\s*+[}}\]])", re.DOTALL)
_MOST = 100  # files that one may extend
_OWN_FOLDER = "${configDir}"  # that of the file which extends all others


class TsConfig:
    """One file, with those that it extends."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.options: dict[str, Any] = {}  # compilerOptions, but for those below
        self._base: str | None = None  # baseUrl, from the function's root
        self._paths: dict[str, list[str]] = {}  # from there too

    def add(self, folder: str, options: dict[str, Any]) -> None:
        """What a file in a folder says goes before what was said so far."""
        self.options |= options
        base, paths = self.options.pop("baseUrl", None), self.options.pop("paths", None)
        if isinstance(base, str):
            self._base = self._place(folder, base)
        if isinstance(paths, dict):
            start = folder if self._base is None else self._base
            self._paths = {
                pattern: [
                    self._place(start, target) for target in targets if isinstance(target, str)
                ]
                for pattern, targets in paths.items()
                if isinstance(targets, list)
            }

    def candidates(self, specifier: str) -> Iterator[str]:
        """The names that files may have which a specifier means, best first; it is no relative path."""
        if (pattern := self._match(specifier)) is not None:
            head, star, tail = pattern.partition("*")
            part = specifier[len(head) : len(specifier) - len(tail)] if star else ""
            for target in self._paths[pattern]:
                if not target.endswith(".d.ts"):  # types alone
                    yield posixpath.normpath(target.replace("*", part, 1))
        if self._base is not None:
            yield posixpath.normpath(posixpath.join(self._base, specifier))

    def _match(self, specifier: str) -> str | None:
        """The whole name, or else the pattern with the longest start."""
        if specifier in self._paths:
            return specifier
        fitting = (pattern for pattern in self._paths if _fits(pattern, specifier))
        return max(fitting, key=lambda pattern: pattern.index("*"), default=None)

    def _place(self, folder: str, path: str) -> str:
        if path.startswith(_OWN_FOLDER):
            folder, path = self._folder, f".{path[len(_OWN_FOLDER) :]}"
        return posixpath.join(folder, path)


def _fits(pattern: str, specifier: str) -> bool:
    head, star, tail = pattern.partition("*")
    return (
        bool(star)
        and len(specifier) >= len(head) + len(tail)
        and specifier.startswith(head)
        and specifier.endswith(tail)
    )


class TsConfigs:
    """Those of one function; each file is read once."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._read: dict[str, TsConfig] = {}

    def of(self, name: str) -> TsConfig | None:
        """The nearest one within a file's package. Raises ImportRefused where it is broken."""
        for folder in scopes(name):
            place = posixpath.join(folder, "tsconfig.json")
            if place in self._read:
                return self._read[place]
            if self._root.is_file(place):
                config = TsConfig(folder)
                self._add(config, place, [])
                self._read[place] = config
                return config
        return None

    def _add(self, config: TsConfig, place: str, added: list[str]) -> None:
        """added: the files that were looked at for this one, which may be the same again and again."""
        added.append(place)
        if len(added) > _MOST:
            raise ImportRefused(f"'{added[0]}' extends more than {_MOST} files, or itself")
        data = self._load(place)
        bases = data.get("extends")
        for base in bases if isinstance(bases, list) else [bases]:
            # What is not there is passed over, as esbuild does it: it may be made by a tool later.
            if isinstance(base, str) and (found := self._find_base(place, base)):
                self._add(config, found, added)
        options = data.get("compilerOptions")
        if isinstance(options, dict):
            config.add(posixpath.dirname(place), options)

    def _find_base(self, place: str, base: str) -> str | None:
        folder = posixpath.dirname(place)
        if base.startswith("."):
            folders = iter([folder])
        else:
            folders = (posixpath.join(above, "node_modules") for above in folders_above(place))
        for start in folders:
            name = posixpath.normpath(posixpath.join(start, base))
            for found in (name, f"{name}.json", f"{name}/tsconfig.json"):
                if not found.startswith("../") and self._root.is_file(found):
                    return found
        return None

    def _load(self, place: str) -> dict[str, Any]:
        text = self._root.read(place).removeprefix("\ufeff")
        plain = _COMMAS.sub(r"\1", _COMMENTS.sub(r"\1", text))
        try:
            data = json.loads(plain) if plain.strip() else {}
        except (ValueError, RecursionError) as error:
            raise ImportRefused(f"'{place}' is not JSON: {error}") from None
        if not isinstance(data, dict):
            raise ImportRefused(f"'{place}' is not a JSON object")
        return data
