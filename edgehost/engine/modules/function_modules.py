"""The modules that a function's files are: what each import means, and the text to compile for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from edgehost.engine.modules.files import Files, Format
from edgehost.engine.modules.root import EMPTY, ImportRefused, SyntaxRefused
from edgehost.engine.runtime_files import COMMONJS, PREFIX, TYPED
from edgehost.errors import Frame

if TYPE_CHECKING:
    from edgehost.engine.modules.commonjs_modules import CommonJsModules
    from edgehost.engine.modules.resolver import Resolver
    from edgehost.engine.modules.typed_modules import TypedModules


HERE = "file:///"  # the function's root, in URLs
_UNQUOTED = "/:@!$&'()*+,;=~[]|"  # in the path of a URL


class FunctionModules:
    """Those of one function in one isolate."""

    def __init__(self, files: Files, production: bool) -> None:
        """production: whether packages shall take their code for production."""
        self.files = files
        self._production = production
        self._factories: set[str] = set()  # files that were given to the engine as such

    # What a lone file does without is imported with the first that needs it.

    @cached_property
    def _resolver(self) -> Resolver:
        from edgehost.engine.modules.resolver import IMPORT, Resolver

        return Resolver(self.files.root, self.files.packages, *IMPORT)

    @cached_property
    def _commonjs(self) -> CommonJsModules:
        from edgehost.engine.modules.commonjs_modules import CommonJsModules

        return CommonJsModules(self.files, self._production)

    @cached_property
    def _typed(self) -> TypedModules:
        from edgehost.engine.modules.typed_modules import TypedModules

        return TypedModules(self.files, self._resolver)

    def resolve(self, importer: str, specifier: str, attributes: Mapping[str, str]) -> str:
        """The name of the module that an import gets. Raises ImportRefused."""
        if attributes:
            return self._typed.name_for(importer, specifier, attributes)
        file = self._resolver.resolve(importer, specifier)
        if self.files.is_commonjs(file):
            return self._commonjs.name_for(importer, specifier, file)
        return file

    def resolve_package(self, importer: str, specifier: str) -> str:
        """The URL of the file that a specifier means. Raises ImportRefused."""
        if not self.files.has_read(importer):  # its folders are looked at
            raise ImportRefused(f"there is no module '{importer}' that could import '{specifier}'")
        file = self._resolver.resolve(importer, specifier)
        if file == EMPTY:
            raise ImportRefused(f"'{specifier}' is nothing for browsers, by the package.json")
        if not file.startswith(PREFIX):
            return url_of(file)
        from edgehost.engine.modules import node_built_ins

        return node_built_ins.name_of(file)

    def entry(self, file: str) -> str:
        """The name of the module that the function's file is. Raises ImportRefused."""
        return self._commonjs.name_for(file, "", file) if self.files.is_commonjs(file) else file

    def text(self, module: str) -> str:
        """What to compile for a module's name. Raises ImportRefused."""
        if module.startswith(COMMONJS):
            return self._commonjs.text(module)
        if module.startswith(TYPED):
            return self._typed.text(module)
        script = self.files.script(module)
        match self.files.format(module):
            case Format.JSON:
                return _json_module(module, script)
            case Format.COMMONJS:
                self._factories.add(module)
                return self._commonjs.factory(module)
            case Format.ES:
                return script

    def original(self, frame: Frame) -> Frame:
        """A place in a file, from the place in the text that was compiled for it."""
        line, column = frame.line, frame.column
        if line == 1 and frame.file in self._factories:
            column = self._commonjs.column_of(column)
        if frame.file in self.files.maps:
            line, column = self.files.maps[frame.file].original(line, column)
        return replace(frame, line=line, column=column)


def url_of(name: str) -> str:
    """A file URL below the function's root."""
    return HERE + quote(name, _UNQUOTED)


def _json_module(name: str, text: str) -> str:
    text = text.removeprefix("\ufeff")
    try:
        json.loads(text)
    except RecursionError:
        raise ImportRefused(f"'{name}' is nested too deeply") from None
    except ValueError as error:
        raise SyntaxRefused(f"'{name}' is not JSON: {error}", name, *_place_of(error)) from None
    # Parsed by the realm, so that "__proto__" stays an ordinary key.
    return f"export default JSON.parse({json.dumps(text)});"


def _place_of(error: ValueError) -> tuple[int, int]:
    """Line and column. A number that is too long is told without one."""
    return (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (1, 1)
