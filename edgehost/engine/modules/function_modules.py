"""The modules that a function's files are: what each import means, and the text to compile for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING

from edgehost.engine.modules import commonjs
from edgehost.engine.modules.commonjs import Kind
from edgehost.engine.modules.package import Packages
from edgehost.engine.modules.root import EMPTY, ImportRefused, Root
from edgehost.errors import Frame

if TYPE_CHECKING:
    from edgehost.engine.modules.resolver import Resolver
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
_COMPILED = (".ts", ".mts", ".cts", ".tsx", ".jsx")
_COMMONJS_WORDS = ("exports", "require", "module")


class FunctionModules:
    """Those of one function in one isolate."""

    def __init__(
        self, root: Root, is_script: Callable[[str], bool], esbuild: str, production: bool
    ) -> None:
        """is_script: whether a text parses as JavaScript that is no ES module.

        esbuild: the program that compiles TypeScript and JSX.
        production: whether packages shall take their code for production.
        """
        self.sources: dict[str, str] = {}  # the files that were looked into, as they are
        self._scripts: dict[str, str] = {}  # and as JavaScript
        self._maps: dict[str, SourceMap] = {}  # from the latter to the former, where they differ
        self._root = root
        self._esbuild = esbuild
        self._production = production
        self._is_script = is_script
        self._packages = Packages(root)
        self._formats: dict[str, Format] = {}
        self._names: dict[str, list[str]] = {}  # what CommonJS files export
        self._wanted: dict[str, dict[str, set[str]]] = {}  # what ES modules import, by specifier

    def resolve(self, importer: str, specifier: str) -> str:
        """The name of the module that an import gets. Raises ImportRefused."""
        name = self._imports.resolve(importer, specifier)
        if name == EMPTY or self._format(name) is not Format.COMMONJS:
            return name
        # What is an ES module to Node as well gets the `default` of CommonJS as Node gives it.
        kind = Kind.FACADE if self._is_declared_es(importer) else Kind.FACADE_OF_ES
        asked = self._imported(importer).get(specifier, set()).difference(self._exported(name))
        return commonjs.module_name(kind, name, sorted(asked))

    def entry(self, name: str) -> str:
        """The name of the module that the function's file is. Raises ImportRefused."""
        if self._format(name) is Format.COMMONJS:
            return commonjs.module_name(Kind.FACADE_OF_ES, name)
        return name

    def text(self, module: str) -> str:
        """What to compile for a module's name. Raises ImportRefused."""
        if generated := commonjs.parse_name(module):
            kind, asked, name = generated
            if kind is Kind.RECORD:
                return commonjs.record(name, dict(self._required(name)))
            return commonjs.facade(name, self._exported(name), asked, kind is Kind.FACADE_OF_ES)
        source = self._script(module)
        match self._format(module):
            case Format.JSON:
                return _json_module(module, source)
            case Format.COMMONJS:
                return commonjs.factory(source)
            case Format.ES:
                return source

    def original(self, frame: Frame) -> Frame:
        """A place in a file, from the place in the text that the engine has of it."""
        line, column = frame.line, frame.column
        if line == 1 and self._formats.get(frame.file) is Format.COMMONJS:
            column = max(1, column - len(commonjs.HEAD))
        if frame.file in self._maps:
            line, column = self._maps[frame.file].original(line, column)
        return replace(frame, line=line, column=column)

    @cached_property
    def _imports(self) -> Resolver:
        from edgehost.engine.modules.resolver import IMPORT, Resolver  # a lone file needs none

        return Resolver(self._root, self._packages, *IMPORT)

    @cached_property
    def _requires(self) -> Resolver:
        from edgehost.engine.modules.resolver import REQUIRE, Resolver

        return Resolver(self._root, self._packages, *REQUIRE)

    def _script(self, name: str) -> str:
        """A file as JavaScript. Raises ImportRefused."""
        if name not in self._scripts:
            source = self.sources[name] = self._root.read(name)
            self._scripts[name] = (
                self._compile(name, source) if name.endswith(_COMPILED) else source
            )
        return self._scripts[name]

    def _compile(self, name: str, source: str) -> str:
        from edgehost.engine.modules import typescript

        tsconfig = self._packages.settings(name, "tsconfig.json")
        compiled = typescript.compile_file(self._esbuild, name, source, tsconfig)
        self._maps[name] = compiled.map
        return compiled.text

    def _format(self, name: str) -> Format:
        if name not in self._formats:
            self._formats[name] = self._find_format(name)
        return self._formats[name]

    def _find_format(self, name: str) -> Format:
        """As Node finds it, but a package's "type": "commonjs" does not overrule what its file is."""
        if known := _FORMATS.get(name[name.rfind(".") :]):
            return known
        if self._is_declared_es(name):
            return Format.ES
        source = self._script(name)
        if any(map(source.__contains__, _COMMONJS_WORDS)):
            return Format.COMMONJS if self._is_script(commonjs.function_text(source)) else Format.ES
        return Format.ES

    def _is_declared_es(self, name: str) -> bool:
        """Whether a file is an ES module by its name or its package."""
        if name.endswith((".mjs", ".mts")):
            return True
        package = self._packages.of(name)
        return package is not None and package.is_es

    # CommonJS

    def _required(self, name: str) -> Iterator[tuple[str, commonjs.Required]]:
        from edgehost.engine.modules import commonjs_scan  # few functions need its patterns

        source = commonjs_scan.without_dead_branch(self._script(name), self._production)
        for specifier in commonjs_scan.required(source):
            try:
                found = self._requires.resolve(name, specifier)
                kind = Format.JSON if found == EMPTY else self._format(found)
                yield (
                    specifier,
                    commonjs.Required(found, kind is Format.COMMONJS, kind is Format.JSON),
                )
            except ImportRefused as error:  # the file may catch it, or never ask
                yield specifier, commonjs.Required(missing=str(error))

    def _exported(self, name: str) -> list[str]:
        """The names that a CommonJS file exports by its text, with those that it passes on."""
        if name not in self._names:
            self._names[name] = list(dict.fromkeys(self._find_exported(name, set())))
        return self._names[name]

    def _find_exported(self, name: str, seen: set[str]) -> Iterator[str]:
        from edgehost.engine.modules import commonjs_scan

        seen.add(name)
        source = commonjs_scan.without_dead_branch(self._script(name), self._production)
        yield from commonjs_scan.exported(source)
        for specifier in commonjs_scan.passed_on(source):
            with suppress(ImportRefused):
                other = self._requires.resolve(name, specifier)
                if other not in seen and other != EMPTY and self._format(other) is Format.COMMONJS:
                    yield from self._find_exported(other, seen)

    def _imported(self, name: str) -> dict[str, set[str]]:
        """By specifier: the names that an ES module imports."""
        from edgehost.engine.modules import commonjs_scan

        if name not in self._wanted:
            self._wanted[name] = commonjs_scan.imported(self._script(name))
        return self._wanted[name]


def _json_module(name: str, text: str) -> str:
    try:
        json.loads(text)
    except RecursionError:
        raise ImportRefused(f"'{name}' is nested too deeply") from None
    except ValueError as error:
        raise ImportRefused(f"'{name}' is not JSON: {error}") from None
    # Parsed by the realm, so that "__proto__" stays an ordinary key.
    return f"export default JSON.parse({json.dumps(text)});"
