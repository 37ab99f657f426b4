"""The runtime compiled once: a process parses each runtime module for its first isolate only.

Reading bytecode takes a tenth of the time that parsing takes, so an isolate that replaces a
retired one, or one of many in a test run, starts in a few milliseconds.
"""

from __future__ import annotations

import ctypes as c

from edgehost.engine import capi, runtime_files

_modules: dict[str, bytes] = {}  # by name; one process runs one version of the runtime


def load(ctx: int, name: str) -> int | None:
    """A runtime module's address in this context, or None with an exception pending there."""
    code = _modules.get(name)
    if code is None:
        return _compile(ctx, name)
    return _module(ctx, capi.read_object(ctx, code, len(code), capi.BYTECODE))


def _compile(ctx: int, name: str) -> int | None:
    source = runtime_files.read(name)
    value = capi.compile_module(ctx, name, source)
    if value.tag != capi.TAG_EXCEPTION and (code := _bytecode_of(ctx, value)):
        _modules[name] = code
    return _module(ctx, value)


def _bytecode_of(ctx: int, module: capi.JSValue) -> bytes:
    """Empty when the heap has no room for it."""
    size = c.c_size_t()
    address = capi.write_object(ctx, c.byref(size), module, capi.BYTECODE)
    try:
        return c.string_at(address, size.value)
    finally:
        capi.free_memory(ctx, address)


def _module(ctx: int, value: capi.JSValue) -> int | None:
    if value.tag == capi.TAG_EXCEPTION:
        return None
    # The context's list of modules keeps the module itself.
    capi.free_value(ctx, value)
    return value.payload  # type: ignore[no-any-return]
