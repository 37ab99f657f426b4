"""Resolving and loading ES modules.

Names are what stacks show. The runtime's own modules are `edgehost:<path>`; the user's are paths
relative to the function's root folder. The engine calls `normalize` for each import and `load` once
for each name; both run inside a turn and answer at once.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from edgehost.engine import bytecode, capi, stack
from edgehost.engine.crossing import HeapFull
from edgehost.engine.lazy import UNREADABLE
from edgehost.engine.modules.files import Files
from edgehost.engine.modules.function_modules import HERE, FunctionModules, url_of
from edgehost.engine.modules.root import ImportRefused, Root, Stamp, SyntaxRefused, root_of
from edgehost.engine.runtime_files import COMMONJS, PREFIX, TYPED
from edgehost.errors import ConfigError, Failure, Frame

ENTRY_BASE = "<input>"  # what the binding names the code that starts a graph
# What the realm calls the getter and the setter of that property.
META_RESOLVE = ("import.meta.resolve", "import.meta.resolve=")
# Files that import one another in a row: loading one goes through Python, which goes no deeper at some point.
MOST_NESTED = 200


class ModuleMap:
    """The modules of one isolate: which names exist and what they contain."""

    def __init__(self, esbuild: str, production: bool) -> None:
        """esbuild: the program that compiles TypeScript and JSX; "" for the project's own or the PATH's.

        production: whether packages shall take their code for production.
        """
        self._esbuild = esbuild
        self._production = production
        self.accessor: list[Any] = []  # the functions that META_RESOLVE names
        self.host_import = False  # true only while the host itself starts a graph
        self._ctx = 0
        self._importers: dict[str, dict[tuple[str, str], None]] = {}  # and specifiers, by module
        self._nested = 0  # files whose loading is under way
        self._entry = ""
        self._function: FunctionModules | None = None

    def entry(self, path: Path) -> str:
        """Opens the function's root folder and returns its entry's module name.

        Raises ConfigError when there is no such file.
        """
        path = path.resolve()
        if not path.is_file():
            raise ConfigError(f"no such file: {path}")
        root = root_of(path)
        name = path.relative_to(root).as_posix()
        if name.startswith(PREFIX):
            raise ConfigError(f"the name of a function's file cannot begin with '{PREFIX}': {path}")
        files = Files(Root(root), name, self._is_script, self._esbuild)
        self._function = FunctionModules(files, self._production)
        self._entry = name
        return name

    def resolve(self, base: str, specifier: str, attributes: Mapping[str, str]) -> str:
        """HostLoadImportedModule: a specifier seen from a module, to a module's name.

        attributes: what stands behind `with`.
        Raises ImportRefused with what to do about it.
        """
        if not base.startswith(PREFIX) and not (base == ENTRY_BASE and self.host_import):
            return self._of_function.resolve(base, specifier, attributes)
        if specifier.startswith(("./", "../")):
            folder = posixpath.dirname(base.removeprefix(PREFIX))
            return PREFIX + posixpath.normpath(posixpath.join(folder, specifier))
        if specifier == self._entry and not base.startswith(COMMONJS):
            return self._of_function.entry(specifier)
        return specifier

    def resolve_package(self, base: str, specifier: str) -> str:
        """The URL of what is no path, for `import.meta.resolve`. Raises Failure.

        base: the module's URL.
        """
        try:
            importer = unquote(base.removeprefix(HERE))
            return self._of_function.resolve_package(importer, specifier)
        except ImportRefused as error:
            raise Failure("TypeError", str(error)) from None

    @property
    def _of_function(self) -> FunctionModules:
        assert self._function is not None  # the entry is opened first
        return self._function

    @property
    def seen(self) -> dict[str, Stamp | None]:
        """What the modules depend on, by path: as it was when it was looked at, None for nothing."""
        return {} if self._function is None else self._function.files.root.seen

    def place(self, trace: str) -> tuple[tuple[Frame, ...], str]:
        """The user's frames of a JavaScript stack, and the source line of the innermost."""
        if self._function is None:
            return (), ""
        frames = tuple(map(self._function.original, stack.frames_of(trace)))
        return frames, stack.excerpt(frames, self._function.files.sources)

    def original_stack(self, trace: str) -> str:
        """A stack with the places in the user's files as these are, or "" where it says them already."""
        if self._function is None:
            return ""
        original = stack.with_places(trace, self._function.original)
        return "" if original == trace else original

    def link_place(self, message: str) -> str:
        """The frame of the import for which the engine found no export, or "" for other messages."""
        from edgehost.engine.modules import import_places

        wanted = import_places.link_error(message)
        if wanted is None or self._function is None:
            return ""
        name, module = wanted
        for importer, specifier in self._importers_of(module):
            frame = self._import_frame(importer, specifier, name)
            if frame is not None:
                return f"    at {frame.file}:{frame.line}:{frame.column}\n"
        return ""

    def clear_message(self, message: str, trace: str) -> str:
        """A message that names what an error is about, or "" where the engine's is all there is to say."""
        from edgehost.engine.messages import (
            clear_message,
        )  # a function without mistakes does without

        return clear_message(message, trace, self._given)

    def _given(self, name: str) -> str:
        """The text that the engine has of a file."""
        if self._function is None or not self._function.files.has_read(name):
            return ""
        return self._function.text(name)

    def _importers_of(self, module: str) -> list[tuple[str, str]]:
        """module: a name or a CommonJS file's, cut off where the engine has no room for all of it."""

        def is_it(name: str) -> bool:
            if len(module) >= _CUT_NAME and name.startswith(module):
                return True
            return name == module or (name.startswith(COMMONJS) and name.endswith(f"/{module}"))

        return [one for name in filter(is_it, self._importers) for one in self._importers[name]]

    def _import_frame(self, importer: str, specifier: str, name: str = "") -> Frame | None:
        """Where a file of the function imports something, in the text that the engine has of it."""
        from edgehost.engine.modules import import_places

        place = import_places.place_of_import(self._given(importer), specifier, name)
        return Frame("", importer, *place) if place else None

    # The two hooks

    def hooks(self, ctx: int, report: Callable[[BaseException], None]) -> tuple[object, object]:
        """The C callbacks for one context; they must live as long as it does.

        report: takes what should have been impossible.
        """
        self._ctx = ctx

        def normalize(
            ctx: int, base: bytes, specifier: bytes, payload: int, tag: int, _opaque: int
        ) -> int | None:
            try:
                attributes = _NO_ATTRIBUTES
                if tag != capi.TAG_UNDEFINED:
                    attributes = _read(ctx, capi.JSValue(payload, tag))
                name = self._resolve_for_engine(base.decode(), specifier.decode(), attributes)
                return capi.duplicate_chars(ctx, name, len(name))  # type: ignore[no-any-return]
            except ImportRefused as error:
                self._refuse_import(ctx, error, base.decode(), specifier.decode())
            except UnicodeDecodeError:
                _throw(ctx, "a module's name cannot hold lone surrogates")
            except OSError as error:  # no descriptor is left, say
                _throw(ctx, f"the module cannot be resolved: {error.strerror}")
            except RecursionError:  # in what a package.json says
                _throw(ctx, "the module cannot be resolved: something is nested too deeply")
            except Exception as error:
                report(error)
                _throw(ctx, "the module cannot be resolved")
            return None

        def load(ctx: int, name: bytes, _opaque: int) -> int | None:
            self._nested += 1
            try:
                return self._load(ctx, name.decode())
            except ImportRefused as error:
                _refuse(ctx, error)
            except OSError as error:
                _throw(ctx, f"{UNREADABLE}{error.strerror}")
            except RecursionError:
                _throw(ctx, "the module cannot be loaded: something is nested too deeply")
            except Exception as error:
                report(error)
                _throw(ctx, "the module cannot be loaded")
            finally:
                self._nested -= 1
            return None

        return capi.Normalizer(normalize), capi.Loader(load)

    def _refuse_import(self, ctx: int, error: ImportRefused, importer: str, specifier: str) -> None:
        """With the place of the import; of one that the text does not show, with the file."""
        frame = self._import_frame(importer, specifier)
        if (
            isinstance(error, SyntaxRefused)
            or importer == ENTRY_BASE
            or importer.startswith(PREFIX)
        ):
            _refuse(ctx, error)
        elif frame is None:
            _throw(ctx, f"{error}, imported by '{importer}'")
        else:
            _throw(ctx, str(error))
            refused = capi.get_exception(ctx)
            capi.throw_at(ctx, refused, str(error), frame.file, frame.line, frame.column)

    def _resolve_for_engine(
        self, base: str, specifier: str, attributes: Mapping[str, str]
    ) -> bytes:
        name = self.resolve(base, specifier, attributes)
        if not base.startswith(PREFIX):
            self._importers.setdefault(name, {})[base, specifier] = None
        return name.encode()

    def _is_script(self, text: str) -> bool:
        return capi.is_script(self._ctx, text.encode())

    def _load(self, ctx: int, name: str) -> int | None:
        if self._nested > MOST_NESTED:
            raise ImportRefused(
                f"'{name}' is nested too deeply: more than {MOST_NESTED} files import one another in a row"
            )
        if name.startswith(PREFIX) and not name.startswith((COMMONJS, TYPED)):
            return bytecode.load(ctx, name)
        text = self._of_function.text(name)
        value = capi.compile_module(ctx, name, text.encode())
        if value.tag == capi.TAG_EXCEPTION:
            _give_place(ctx, name, text)
            return None
        if not name.startswith(PREFIX):
            self._set_import_meta(ctx, value.payload, name)
        capi.free_value(ctx, value)  # the context's list of modules keeps it
        return value.payload  # type: ignore[no-any-return]

    def _set_import_meta(self, ctx: int, module: int, name: str) -> None:
        """Names are from the function's root, and say nothing of this machine."""
        meta = capi.get_import_meta(ctx, module)
        path = f"/{name}"
        for key, text in (
            (b"url", url_of(name)),
            (b"filename", path),
            (b"dirname", posixpath.dirname(path)),
        ):
            data = text.encode()
            value = capi.new_string_utf8(ctx, data, len(data))
            capi.define_property(ctx, meta, key, value, capi.ALL_ATTRIBUTES)
        main = capi.JSValue(int(name == self._entry), capi.TAG_BOOL)
        capi.define_property(ctx, meta, b"main", main, capi.ALL_ATTRIBUTES)
        getter, setter = (capi.dup_value(ctx, capi.value_of(handle)) for handle in self.accessor)
        atom = capi.new_atom(ctx, b"resolve")
        flags = capi.CONFIGURABLE | capi.ENUMERABLE
        capi.define_accessor(ctx, meta, atom, getter, setter, flags)
        capi.free_atom(ctx, atom)
        capi.free_value(ctx, meta)


_NO_ATTRIBUTES: Mapping[str, str] = {}
_CUT_NAME = 50  # characters: from there on a name may be cut in a message


def _read(ctx: int, attributes: capi.JSValue) -> Mapping[str, str]:
    text = capi.json_of(ctx, attributes)
    if not text:
        raise HeapFull
    return json.loads(text)  # type: ignore[no-any-return]


def _give_place(ctx: int, name: str, text: str) -> None:
    """The SyntaxError that is pending gets a place where the engine gave it none."""
    from edgehost.engine.modules import import_places  # a function without mistakes does without

    if wrong := import_places.placeless_error(text):
        message, place = wrong
        capi.free_value(ctx, capi.get_exception(ctx))
        capi.throw_syntax_error(ctx, message, name, *place)


def _refuse(ctx: int, error: ImportRefused) -> None:
    if isinstance(error, SyntaxRefused):
        capi.throw_syntax_error(ctx, str(error), error.file, error.line, error.column)
    else:
        _throw(ctx, str(error))


def _throw(ctx: int, message: str) -> None:
    # A format string without directives: nothing variadic is passed. An attribute may hold lone surrogates.
    capi.throw_type_error(ctx, message.replace("%", "%%").encode(errors="backslashreplace"))
