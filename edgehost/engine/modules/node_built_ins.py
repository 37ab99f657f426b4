"""The modules of Node.js: their names, and which of them there are, as files of the runtime."""

from __future__ import annotations

from edgehost.engine.runtime_files import PREFIX

_NAMES = (
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns "
    "domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring "
    "readline repl stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib"
)
NAMES = frozenset(_NAMES.split())

_FILES = {
    "path": f"{PREFIX}node/path.js",
    "path/posix": f"{PREFIX}node/path.js",
    "path/win32": f"{PREFIX}node/path_win32.js",
}
THERE = ", ".join(f"'node:{name}'" for name in _FILES)  # for messages


def file_of(specifier: str) -> str | None:
    """The runtime's file for a module of Node.js, with or without "node:" before its name."""
    return _FILES.get(specifier.removeprefix("node:"))


def name_of(file: str) -> str:
    """What Node.js calls the module that a runtime's file is."""
    return next(f"node:{name}" for name, found in _FILES.items() if found == file)


def is_name(specifier: str) -> bool:
    """Whether Node.js has a module of that name, or one below it."""
    return specifier.removeprefix("node:").partition("/")[0] in NAMES
