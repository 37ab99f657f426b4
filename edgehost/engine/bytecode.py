"""The runtime compiled once, and kept beside its source as Python keeps its own bytecode.

Reading bytecode takes a tenth of the time that parsing takes. A process reads each runtime module
for its first isolate only, and parses one only where its file changed since some process did. The
store is trusted as a .pyc file is: whoever can write there can change the source as well.
"""

from __future__ import annotations

import ctypes as c
import marshal
import os
import sys
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from edgehost.engine import capi, runtime_files

Stamp = tuple[int, int]  # of a file: when it was changed, in nanoseconds, and its size

_modules: dict[str, bytes] = {}  # by name; one process runs one version of the runtime
_unsaved: dict[str, Stamp] = {}  # modules that this process compiled


def load(ctx: int, name: str) -> int | None:
    """A runtime module's address in this context, or None with an exception pending there."""
    code = _modules.get(name) or _stored(name)
    if code is None:
        return _compile(ctx, name)
    return _module(ctx, capi.read_object(ctx, code, len(code), capi.BYTECODE))


def save() -> None:
    """Keeps what was compiled for the next process, where this one may write."""
    if not _unsaved or sys.dont_write_bytecode:
        return
    entries = _store() | {name: (stamp, _modules[name]) for name, stamp in _unsaved.items()}
    _unsaved.clear()
    file = _store_file()
    part = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(marshal.dumps((_engine(), entries)))
        part.replace(file)
    except OSError:
        pass  # installed by someone else: it starts as fast as it can


def _compile(ctx: int, name: str) -> int | None:
    stamp = _stamp(name)
    from edgehost.engine import receivers  # patterns that a process with a store does not need

    source = receivers.explained(name, runtime_files.read(name))
    # In a context of its own, since the one at hand could not load it a second time.
    code = compile_alone(capi.quickjs.Context(), name, source)
    if not code:  # once more, for the error that the context is to have
        return _module(ctx, capi.compile_module(ctx, name, source))
    _modules[name] = code
    _unsaved[name] = stamp
    return _module(ctx, capi.read_object(ctx, code, len(code), capi.BYTECODE))


def compile_alone(context: Any, name: str, source: bytes) -> bytes:
    """A module's bytecode, whatever it imports; empty where the source is not valid.

    Without the source: functions of the runtime show themselves as `[native code]`.
    context: a new one, which nothing else is done with.
    """
    runtime, ctx = capi.pointers(context)
    capi.set_module_loader(runtime, None, empty_modules, None)
    module = capi.compile_module(ctx, name, source)
    if module.tag == capi.TAG_EXCEPTION:
        return b""
    size = c.c_size_t()
    flags = capi.BYTECODE | capi.STRIP_SOURCE
    address = capi.write_object(ctx, c.byref(size), module, flags)
    try:
        return c.string_at(address, size.value)
    finally:
        capi.free_memory(ctx, address)
        capi.free_value(ctx, module)


def is_module(source: str) -> bool:
    """Whether a text parses as a module."""
    return bool(compile_alone(capi.quickjs.Context(), "<module>", source.encode()))


def _empty_module(ctx: int, name: bytes, _opaque: object) -> int | None:
    """Stands for what a module imports, which compiling looks up but does not use."""
    return _module(ctx, capi.compile_module(ctx, name.decode(), b""))


empty_modules = capi.Loader(_empty_module)


def _module(ctx: int, value: capi.JSValue) -> int | None:
    if value.tag == capi.TAG_EXCEPTION:
        return None
    # The context's list of modules keeps the module itself.
    capi.free_value(ctx, value)
    return value.payload  # type: ignore[no-any-return]


# The store


def _stored(name: str) -> bytes | None:
    stamp, code = _store().get(name, (None, None))
    if code is None or stamp != _stamp(name):
        return None
    _modules[name] = code
    return code


@cache
def _store() -> dict[str, tuple[Stamp, bytes]]:
    try:
        engine, entries = marshal.loads(_store_file().read_bytes())
    except (OSError, EOFError, ValueError, TypeError):
        return {}
    return entries if engine == _engine() else {}


def _store_file() -> Path:
    source = runtime_files.folder() / "runtime.js"
    return Path(cache_from_source(str(source))).with_suffix(".bytecode")


def _engine() -> tuple[str, Stamp, Stamp]:
    """Bytecode belongs to one build of the engine, and to what is done with the source before."""
    return (
        capi.get_version().decode(),
        _stamp_of(capi.library._name),
        _stamp_of(str(Path(__file__).with_name("receivers.py"))),
    )


def _stamp(name: str) -> Stamp:
    return _stamp_of(runtime_files.path(name))


def _stamp_of(path: str) -> Stamp:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size
