"""Whether the imports of `runtime_js/` run one way: a file may import from its own room and from those before.

`python tools/rooms.py` says what does not, and ends with 1. Loading a file lazily counts as an import.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path

RUNTIME = Path(__file__).resolve().parent.parent / "runtime_js"

# From what knows nothing to what knows all. The files at the top, main.js and globals.js, come last.
ORDER = (
    "boundary",
    "webidl",
    "structured_data",
    "url",
    "dom",
    "streams",
    "inspect",
    "html",
    "messaging",
    "encoding",
    "performance",
    "crypto",
    "console",
    "file",
    "fetch",
    "websockets",
    "server_sent_events",
    "node",
    "function",
    "",
)

# What runs against the order: from a file to a room, and why.
EXCEPTIONS = {
    ("boundary/byte_parts.js", "encoding"): "pieces of a body may be texts",
    ("boundary/byte_parts.js", "webidl"): "bytes of a caller are taken as Web IDL does",
    ("boundary/error_text.js", "webidl"): "a DOMException is an error",
    ("boundary/stack_traces.js", "webidl"): "its CallSite has a hidden class",
    ("boundary/task_queue.js", "streams"): "tasks wait in the same kind of queue as chunks",
    ("boundary/weak_refs.js", "webidl"): "WeakRef has a constructor in front of the engine's",
    ("structured_data/structured_clone.js", "streams"): "streams are transferable",
    ("url/url.js", "file"): "createObjectURL, loaded lazily",
    ("dom/abort.js", "html"): "AbortSignal.timeout is a timer",
    ("dom/event.js", "performance"): "timeStamp is the performance clock's",
    ("dom/events.js", "performance"): "timeStamp is the performance clock's",
    ("streams/cross_realm.js", "messaging"): "a transferred stream is two ends of a channel",
    ("streams/transfer.js", "messaging"): "a transferred stream is two ends of a channel",
    ("inspect/platform.js", "fetch"): "shows the platform's objects",
    ("inspect/platform.js", "performance"): "shows the platform's objects",
    ("inspect/platform.js", "websockets"): "shows the platform's objects",
    ("file/file_reader.js", "fetch"): "a Blob's type is a MIME type, which Fetch is about",
}

_IMPORTED = re.compile(r"""^(?:import|export)\s(?:[^'"]*?from\s)?\s*'(\.[^']+)'""", re.MULTILINE)
_LOADED = re.compile(r"\b(?:load|ifLoaded)\('([^']+)'\)")


def room(file: str) -> str:
    """The folder of a file, "" for the top."""
    return file.partition("/")[0] if "/" in file else ""


def imports(runtime: Path) -> Iterator[tuple[str, str]]:
    """Which file imports or loads which."""
    for path in sorted(runtime.rglob("*.js")):
        file, source = path.relative_to(runtime).as_posix(), path.read_text("utf-8")
        for name in _IMPORTED.findall(source):
            yield file, posixpath.normpath(posixpath.join(posixpath.dirname(file), name))
        for name in _LOADED.findall(source):
            yield file, name


def faults(runtime: Path) -> list[str]:
    """What is against the order, a line each."""
    found = []
    used = set()
    at_top = {file.name for file in runtime.glob("*.js")}
    for stray in sorted(at_top - {"main.js", "globals.js"}):
        found.append(f"{stray}: only main.js and globals.js are at the top")
    for folder in sorted({file.parent for file in runtime.rglob("*.js")} - {runtime}):
        if room(f"{folder.relative_to(runtime)}/") not in ORDER:
            found.append(f"{folder.name}/: is no room that tools/rooms.py knows")
    if found:
        return found
    for file, imported in imports(runtime):
        if ORDER.index(room(imported)) <= ORDER.index(room(file)):
            continue
        arrow = file, room(imported)
        used.add(arrow)
        if arrow not in EXCEPTIONS:
            found.append(f"{file} imports {imported}: {room(imported)}/ comes after {room(file)}/")
    for file, above in sorted(EXCEPTIONS.keys() - used):
        found.append(f"{file} imports nothing from {above}/: the exception is not needed")
    return found


if __name__ == "__main__":
    lines = faults(RUNTIME)
    print("\n".join(lines) or "runtime_js: imports run one way")
    sys.exit(bool(lines))
