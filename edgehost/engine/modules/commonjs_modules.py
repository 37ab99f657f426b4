"""The modules that stand for a function's CommonJS files: see `commonjs`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from edgehost.engine.modules import commonjs, commonjs_scan, import_entries
from edgehost.engine.modules.commonjs import Kind, Required
from edgehost.engine.modules.files import Files, Format
from edgehost.engine.modules.resolver import REQUIRE, Resolver
from edgehost.engine.modules.root import ImportRefused
from edgehost.engine.runtime_files import PREFIX


class CommonJsModules:
    """Made with the first CommonJS file that a function imports."""

    def __init__(self, files: Files, production: bool) -> None:
        """production: whether packages shall take their code for production."""
        self._files = files
        self._production = production
        self._resolver = Resolver(files.root, files.packages, *REQUIRE)
        self._exports: dict[str, list[str]] = {}  # the names that a file exports by its text
        self._imports: dict[
            str, dict[str, set[str]]
        ] = {}  # those that an importer wants, by specifier

    def name_for(self, importer: str, specifier: str, file: str) -> str:
        """The name of the module that an importer gets for a file. Raises ImportRefused."""
        # What is an ES module to Node as well gets the `default` of CommonJS as Node gives it.
        kind = Kind.FACADE if self._files.is_declared_es(importer) else Kind.FACADE_OF_ES
        if importer not in self._imports:
            self._imports[importer] = import_entries.by_specifier(self._files.script(importer))
        wanted = self._imports[importer].get(specifier, set())
        return commonjs.module_name(kind, file, sorted(wanted.difference(self._exported(file))))

    def text(self, module: str) -> str:
        """What to compile for a module's name. Raises ImportRefused."""
        kind, asked, file = commonjs.parse_name(module)
        if kind is Kind.RECORD:
            return commonjs.record(file, dict(self._required(file)))
        return commonjs.facade(file, self._exported(file), asked, kind is Kind.FACADE_OF_ES)

    def factory(self, file: str) -> str:
        """What to compile for the file itself. Raises ImportRefused."""
        return commonjs.factory(self._files.script(file))

    def column_of(self, column: int) -> int:
        """A column in a file's first line, from that in its factory's."""
        return max(1, column - len(commonjs.HEAD))

    def _required(self, file: str) -> Iterator[tuple[str, Required]]:
        for specifier in commonjs_scan.required(self._live_code(file)):
            try:
                found = self._resolver.resolve(file, specifier)
                form = self._files.format(found)
            except ImportRefused as error:  # the file may catch it, or never ask
                yield specifier, Required("missing", str(error))
                continue
            if form is Format.COMMONJS:
                yield specifier, Required("name", found)
            elif form is Format.JSON or found.startswith(PREFIX):
                yield specifier, Required("value", found)
            else:
                yield specifier, Required("namespace", found)

    def _exported(self, file: str) -> list[str]:
        if file not in self._exports:
            self._exports[file] = list(dict.fromkeys(self._find_exported(file, set())))
        return self._exports[file]

    def _find_exported(self, file: str, seen: set[str]) -> Iterator[str]:
        seen.add(file)
        code = self._live_code(file)
        yield from commonjs_scan.exported(code)
        for specifier in commonjs_scan.passed_on(code):
            with suppress(ImportRefused):
                other = self._resolver.resolve(file, specifier)
                if other not in seen and self._files.is_commonjs(other):
                    yield from self._find_exported(other, seen)

    def _live_code(self, file: str) -> str:
        return commonjs_scan.without_dead_branch(self._files.script(file), self._production)
