"""The package.json files of a function: which package a file belongs to, and what it says."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from edgehost.engine.modules.root import ImportRefused, Root

if TYPE_CHECKING:
    from edgehost.engine.modules.tsconfig import TsConfigs


class Package:
    """A folder with a package.json."""

    def __init__(self, folder: str, manifest: dict[str, Any]) -> None:
        """folder: its name; "" is the function's root."""
        self.folder = folder
        self.manifest = manifest

    @property
    def name(self) -> str:
        name = self.manifest.get("name")
        return name if isinstance(name, str) else ""

    @property
    def title(self) -> str:
        """For messages."""
        version = self.manifest.get("version")
        return f"{self.name or self.folder}{f'@{version}' if isinstance(version, str) else ''}"

    @property
    def exports(self) -> Any:
        return self.manifest.get("exports")

    @property
    def for_browsers(self) -> dict[str, Any] | None:
        """By path or package: what stands in its place for browsers; False for nothing."""
        table = self.manifest.get("browser")
        return table if isinstance(table, dict) else None

    @property
    def is_es(self) -> bool:
        """Whether its .js files are ES modules."""
        return self.manifest.get("type") == "module"

    def entry(self, fields: tuple[str, ...]) -> list[str]:
        """The paths under the fields that name the package's main file, best first."""
        return [
            path for name in fields if isinstance(path := self.manifest.get(name), str) and path
        ]


class Packages:
    """Those of one function; each file is read once."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._read: dict[str, Package | None] = {}

    @cached_property
    def tsconfigs(self) -> TsConfigs:
        from edgehost.engine.modules.tsconfig import TsConfigs  # a lone file does without

        return TsConfigs(self._root)

    def at(self, folder: str) -> Package | None:
        """The package of exactly that folder. Raises ImportRefused where its file is broken."""
        if folder not in self._read:
            self._read[folder] = self._load(folder)
        return self._read[folder]

    def of(self, name: str) -> Package | None:
        """LOOKUP_PACKAGE_SCOPE: the package that a file belongs to."""
        return next(filter(None, map(self.at, scopes(name))), None)

    def _load(self, folder: str) -> Package | None:
        name = posixpath.join(folder, "package.json")
        if not self._root.is_file(name):
            return None
        text = self._root.read(name)
        if not text.strip():  # a mark of the function's folder
            return Package(folder, {})
        try:
            manifest = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ImportRefused(f"'{name}' is not JSON: {error}") from None
        if not isinstance(manifest, dict):
            raise ImportRefused(f"'{name}' is not a JSON object")
        return Package(folder, manifest)


def scopes(name: str) -> Iterator[str]:
    """The folders above a file, as far as one package can reach."""
    folder = posixpath.dirname(name)
    while posixpath.basename(folder) != "node_modules":
        yield folder
        if not folder:
            return
        folder = posixpath.dirname(folder)
