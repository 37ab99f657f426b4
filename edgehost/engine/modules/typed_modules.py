"""The modules of imports that say of which type a file is, by `with { type: '...' }`.

Such a file never runs: the type says how its content is given, or the import fails.

https://tc39.es/ecma262/#sec-hostloadimportedmodule and the proposals for texts and bytes
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from enum import StrEnum, auto

from edgehost.engine.modules.files import Files, Format
from edgehost.engine.modules.resolver import Resolver
from edgehost.engine.modules.root import EMPTY, ImportRefused
from edgehost.engine.runtime_files import PREFIX, TYPED


class Type(StrEnum):
    """What a file is asked for as."""

    JSON = auto()
    TEXT = auto()
    BYTES = auto()


# What lies in a project and is no part of its program: .env, .git/config. But package managers have
# stores of such names.
_HIDDEN = re.compile(r"(?<!node_modules/)(?<![^/])\.[^/]")


class TypedModules:
    """Made with the first import that has attributes."""

    def __init__(self, files: Files, resolver: Resolver) -> None:
        self._files = files
        self._resolver = resolver

    def name_for(self, importer: str, specifier: str, attributes: Mapping[str, str]) -> str:
        """The name of the module that an importer gets. Raises ImportRefused."""
        kind = _type_of(importer, specifier, attributes)
        file = self._resolver.resolve(importer, specifier)
        if file == EMPTY:
            return file
        if file.startswith(PREFIX):
            raise ImportRefused(f"'{importer}' imports '{specifier}' as {kind}: it is no file")
        if kind is not Type.JSON:
            if _HIDDEN.search(file):
                raise ImportRefused(f"'{file}' is a hidden file, which is not given as {kind}")
        elif self._files.format(file) is not Format.JSON:
            raise ImportRefused(
                f"'{importer}' imports '{specifier}' as json, and '{file}' is no .json file"
            )
        return f"{TYPED}{kind}/{file}"

    def text(self, module: str) -> str:
        """What to compile for a module's name. Raises ImportRefused."""
        kind, file = module.removeprefix(TYPED).split("/", 1)
        if kind == Type.JSON:  # the same object as for those who import it without a type
            return f"export{{default}}from{json.dumps(file)};"
        content = self._files.root.read_bytes(file)
        if kind == Type.TEXT:
            text = content.decode("utf-8-sig", "replace")
            return f"export default {json.dumps(text)};"
        encoded = base64.b64encode(content).decode()
        return f'import{{fromBase64}}from"{PREFIX}boundary/built_ins.js";export default fromBase64("{encoded}");'


def _type_of(importer: str, specifier: str, attributes: Mapping[str, str]) -> Type:
    for key, value in attributes.items():
        if key != "type":
            raise ImportRefused(
                f"'{importer}' imports '{specifier}' with '{key}': the only import attribute is 'type'"
            )
        if value not in list(Type):
            raise ImportRefused(
                f"'{importer}' imports '{specifier}' with the type '{value}': there are {', '.join(Type)}"
            )
    return Type(attributes["type"])
