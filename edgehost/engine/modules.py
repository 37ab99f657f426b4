"""Resolving and loading ES modules.

Names are what stacks show. The runtime's own modules are `edgehost:<path>`; the user's are paths
relative to the function's root folder, which is as far as imports can reach. The engine calls
`normalize` for each import and `load` once for each name; both run inside a turn and answer at once.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Callable
from pathlib import Path

from edgehost.engine import bytecode, capi
from edgehost.engine.runtime_files import PREFIX
from edgehost.errors import ConfigError

ENTRY_BASE = "<input>"  # what the binding names the code that starts a graph
ROOT_MARKS = ("package.json", ".git", "azion.config.js", "azion.config.ts", "azion.config.mjs")


class ImportRefused(Exception):
    """An import that does not resolve; its text is the JavaScript error's message."""


def root_of(entry: Path) -> Path:
    """The folder that a function's imports may reach: its project's, or else its own.

    The nearest folder upwards that holds one of ROOT_MARKS is the project.
    """
    for folder in entry.parents:
        if any((folder / mark).exists() for mark in ROOT_MARKS):
            return folder
    return entry.parent


class ModuleMap:
    """The modules of one isolate: which names exist and what they contain."""

    def __init__(self) -> None:
        self.host_import = False  # true only while the host itself starts a graph
        self.sources: dict[str, str] = {}  # the user's files that were loaded, for excerpts
        self._root: Path | None = None

    def entry(self, path: Path) -> str:
        """Opens the function's root folder and returns its entry's module name.

        Raises ConfigError when there is no such file.
        """
        path = path.resolve()
        if not path.is_file():
            raise ConfigError(f"no such file: {path}")
        self._root = root_of(path)
        name = path.relative_to(self._root).as_posix()
        if name.startswith(PREFIX):
            raise ConfigError(f"the name of a function's file cannot begin with '{PREFIX}': {path}")
        return name

    def file_of(self, name: str) -> Path | None:
        """The file behind a user's module name."""
        return None if self._root is None else self._root / name

    def resolve(self, base: str, specifier: str) -> str:
        """HostResolveImportedModule: a specifier seen from a module, to a module's name.

        Raises ImportRefused with what to do about it.
        """
        if base.startswith(PREFIX) or (base == ENTRY_BASE and self.host_import):
            return self._resolve_in_runtime(base, specifier)
        if specifier.startswith(("./", "../", "/")):
            return self._resolve_file(base, specifier)
        if ":" in specifier:
            raise ImportRefused(
                f"there is no built-in module '{specifier}', and modules are not loaded by URL"
            )
        raise ImportRefused(
            f"'{specifier}' is a package, and packages are not resolved yet: import files by a relative path, "
            "such as './lib.js', or bundle the package into the function"
        )

    @staticmethod
    def _resolve_in_runtime(base: str, specifier: str) -> str:
        if specifier.startswith("."):
            folder = posixpath.dirname(base.removeprefix(PREFIX))
            return PREFIX + posixpath.normpath(posixpath.join(folder, specifier))
        return specifier  # a runtime module by its full name, or the user's entry

    def _resolve_file(self, base: str, specifier: str) -> str:
        folder = "" if specifier.startswith("/") else posixpath.dirname(base)
        name = posixpath.normpath(
            posixpath.join(folder, specifier.lstrip("/") if not folder else specifier)
        )
        if name == ".." or name.startswith("../"):
            raise ImportRefused(f"'{specifier}' is outside the function's folder")
        if name.startswith(PREFIX):
            raise ImportRefused(f"'{specifier}' has the name of a module of the runtime")
        return name

    def read(self, name: str) -> bytes:
        """The source of a user's module. Raises ImportRefused."""
        assert self._root is not None
        try:
            file = (self._root / name).resolve()
        except RuntimeError:  # Python 3.12 and older
            raise ImportRefused(
                f"'{name}' cannot be read: its symbolic links go in a circle"
            ) from None
        if not file.is_relative_to(self._root):
            raise ImportRefused(f"'{name}' is outside the function's folder")
        try:
            if not file.is_file():  # a folder, or a pipe, which would block
                raise FileNotFoundError
            data = file.read_bytes()
            text = data.decode()
        except FileNotFoundError:
            raise ImportRefused(f"there is no module '{name}'{self._similar(file)}") from None
        except UnicodeDecodeError as error:
            raise ImportRefused(f"'{name}' is not UTF-8 text (byte {error.start})") from None
        except OSError as error:
            raise ImportRefused(f"'{name}' cannot be read: {error.strerror}") from None
        self.sources[name] = text
        return self._json_module(name, text) if name.endswith(".json") else data

    @staticmethod
    def _similar(file: Path) -> str:
        for suffix in (".js", ".mjs", "/index.js"):
            if os.path.isfile(f"{file}{suffix}"):  # False too where the name is too long
                return f"; there is '{file.name}{suffix}': imports name the whole file"
        return ""

    @staticmethod
    def _json_module(name: str, text: str) -> bytes:
        try:
            json.loads(text)
        except RecursionError:
            raise ImportRefused(f"'{name}' is nested too deeply") from None
        except ValueError as error:
            raise ImportRefused(f"'{name}' is not JSON: {error}") from None
        # Parsed by the realm, so that "__proto__" stays an ordinary key.
        return f"export default JSON.parse({json.dumps(text)});".encode()

    # The two hooks

    def hooks(self, report: Callable[[BaseException], None]) -> tuple[object, object]:
        """The C callbacks for one context; they must live as long as it does.

        report: takes what should have been impossible.
        """

        def normalize(ctx: int, base: bytes, specifier: bytes, _opaque: int) -> int | None:
            try:
                name = self.resolve(base.decode(), specifier.decode()).encode()
                return capi.duplicate_chars(ctx, name, len(name))  # type: ignore[no-any-return]
            except ImportRefused as error:
                _throw(ctx, str(error))
            except UnicodeDecodeError:
                _throw(ctx, "a module's name cannot hold lone surrogates")
            except Exception as error:
                report(error)
                _throw(ctx, "the module cannot be resolved")
            return None

        def load(ctx: int, name: bytes, _opaque: int) -> int | None:
            try:
                return self._load(ctx, name.decode())
            except ImportRefused as error:
                _throw(ctx, str(error))
            except Exception as error:
                report(error)
                _throw(ctx, "the module cannot be loaded")
            return None

        return capi.Normalizer(normalize), capi.Loader(load)

    def _load(self, ctx: int, name: str) -> int | None:
        if name.startswith(PREFIX):
            return bytecode.load(ctx, name)
        value = capi.compile_module(ctx, name, self.read(name))
        if value.tag == capi.TAG_EXCEPTION:
            return None
        _set_import_meta(ctx, value.payload, name)
        capi.free_value(ctx, value)  # the context's list of modules keeps it
        return value.payload  # type: ignore[no-any-return]


def _set_import_meta(ctx: int, module: int, name: str) -> None:
    """import.meta.url: a file URL below the function's root, which says nothing of this machine."""
    meta = capi.get_import_meta(ctx, module)
    url = f"file:///{name}".encode()
    capi.define_property(
        ctx, meta, b"url", capi.new_string_utf8(ctx, url, len(url)), capi.ALL_ATTRIBUTES
    )
    capi.free_value(ctx, meta)


def _throw(ctx: int, message: str) -> None:
    # A format string without directives: nothing variadic is passed.
    capi.throw_type_error(ctx, message.replace("%", "%%").encode())
