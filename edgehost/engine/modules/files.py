"""The files of a function as the engine could take them: as JavaScript, and how each is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from edgehost.engine.bytecode import is_module
from edgehost.engine.modules.package import Packages
from edgehost.engine.modules.root import ImportRefused, Root
from edgehost.engine.runtime_files import PREFIX

if TYPE_CHECKING:
    from edgehost.engine.modules.source_map import SourceMap


class Format(Enum):
    """How a file is written."""

    ES = auto()
    COMMONJS = auto()
    JSON = auto()


_FORMATS = {
    ".mjs": Format.ES,
    ".mts": Format.ES,
    ".cjs": Format.COMMONJS,
    ".cts": Format.COMMONJS,
    ".json": Format.JSON,
}
_BY_CONTENT = (".js", ".ts", ".jsx", ".tsx")
_ES = (".mjs", ".mts")
_COMPILED = (".ts", ".mts", ".cts", ".tsx", ".jsx")
_COMMONJS_WORDS = ("exports", "require", "module")


class Files:
    """Those of one function. Each is read once."""

    def __init__(
        self, root: Root, entry: str, is_script: Callable[[str], bool], esbuild: str
    ) -> None:
        """entry: the function's file, which may be a script without an ending.

        is_script: whether a text parses as JavaScript that is no ES module.

        esbuild: the program that compiles TypeScript and JSX; "" for the project's own or the PATH's.
        """
        self.root = root
        self.entry = entry
        self.packages = Packages(root)
        self.sources: dict[str, str] = {}  # as they are
        self.maps: dict[str, SourceMap] = {}  # of the compiled ones
        self._is_script = is_script
        self._esbuild = esbuild
        self._scripts: dict[str, str] = {}
        self._formats: dict[str, Format] = {}

    def script(self, name: str) -> str:
        """A file as JavaScript, or as JSON. Raises ImportRefused."""
        if name not in self._scripts:
            source = self.sources[name] = self.root.read(name)
            self._scripts[name] = (
                self._compile(name, source) if name.endswith(_COMPILED) else source
            )
        return self._scripts[name]

    def has_read(self, name: str) -> bool:
        """Whether it is a file of which something was asked."""
        return name in self._scripts

    def _compile(self, name: str, source: str) -> str:
        from edgehost.engine.modules import typescript  # few functions need it

        tsconfig = self.packages.tsconfigs.of(name)
        program = typescript.find(self._esbuild, self.root, self.entry, name)
        compiled = typescript.compile_file(
            program, name, source, tsconfig.options if tsconfig else {}
        )
        self.maps[name] = compiled.map
        return compiled.text

    def format(self, name: str) -> Format:
        """How a file is written. Raises ImportRefused."""
        if name not in self._formats:
            self._formats[name] = self._find_format(name)
        return self._formats[name]

    def is_commonjs(self, name: str) -> bool:
        """Raises ImportRefused."""
        return self.format(name) is Format.COMMONJS

    def is_declared_es(self, name: str) -> bool:
        """Whether a file is an ES module by its name or its package."""
        if name.endswith(_ES):
            return True
        package = self.packages.of(name)
        return package is not None and package.is_es

    def _find_format(self, name: str) -> Format:
        """As Node finds it, but a package's "type": "commonjs" does not overrule what its file is."""
        if name.startswith(PREFIX):  # the runtime's own
            return Format.ES
        ending = os.path.splitext(name)[1]
        if known := _FORMATS.get(ending):
            return known
        if ending not in _BY_CONTENT and (ending or name != self.entry):
            raise ImportRefused(_why_no_module(name))
        script = "" if self.is_declared_es(name) else self.script(name)
        if any(map(script.__contains__, _COMMONJS_WORDS)) and self._looks_like_commonjs(script):
            return Format.COMMONJS
        return Format.ES

    def _looks_like_commonjs(self, script: str) -> bool:
        from edgehost.engine.modules.commonjs import factory, function_text

        if not self._is_script(function_text(script)):
            return False
        # `await (x)` calls a function in a script, and waits in a module.
        return "await" not in script or is_module(factory(script)) or not is_module(script)


def _why_no_module(name: str) -> str:
    endings = ", ".join((*_BY_CONTENT, *_FORMATS))
    return (
        f"'{name}' is no module by its name: files that end in {endings} can be imported, and all others "
        "with { type: 'text' } or { type: 'bytes' }"
    )
