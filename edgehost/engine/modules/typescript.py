"""TypeScript and JSX to JavaScript, a file at a time, by the program esbuild.

Types are taken away, not checked. What was compiled is kept in the user's cache folder, never in
the function's: by the text, the settings and the program, so that nothing old is ever used.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import posixpath
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from edgehost import folders
from edgehost.engine.modules.root import ImportRefused, Root, SyntaxRefused, folders_above
from edgehost.engine.modules.source_map import SourceMap

_LOADERS = {".ts": "ts", ".mts": "ts", ".cts": "ts", ".tsx": "tsx", ".jsx": "jsx"}
TARGET = "es2024"  # what the engine runs; decorators and `using` become what it knows
SECONDS = 30.0  # for one file; far more than any needs
KEPT_DAYS = 30

_ERROR = re.compile(
    r"\[ERROR\] (?P<message>[^\n]*)\n\n {4}(?P<file>[^\n]*):(?P<line>\d+):(?P<column>\d+):"
)
_WHY_NONE = (
    "is compiled by the program esbuild: there is none in node_modules/.bin from the function "
    "up to its project's folder, nor on the PATH. Run npm install --save-dev esbuild, or name one by --esbuild"
)
_MAP = "\n//# sourceMappingURL=data:application/json;base64,"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A file as JavaScript."""

    text: str
    map: SourceMap


class Program(NamedTuple):
    """The esbuild that compiles."""

    path: str
    shown: str  # in messages, which the function can see


def find(wanted: str, root: Root, entry: str, name: str) -> Program:
    """The one that is wanted; where none is, the project's own, and then the one on the PATH.

    wanted: a path, a name on the PATH, or "".
    entry: the function's file, from which the project's is looked for upwards.
    name: the file that is to be compiled.
    Raises ImportRefused.
    """
    for folder in () if wanted else folders_above(entry):
        own = posixpath.join(folder, "node_modules/.bin/esbuild")
        if root.is_file(own) and (path := shutil.which(root.path(own))):
            return Program(path, own)
    if path := shutil.which(wanted or "esbuild"):
        return Program(path, wanted or "esbuild")
    if wanted:
        raise ImportRefused(f"'{name}' is compiled by the program '{wanted}', which is not there")
    raise ImportRefused(f"'{name}' {_WHY_NONE}")


def compile_file(program: Program, name: str, source: str, settings: dict[str, Any]) -> Compiled:
    """name: of the file, in messages and for its kind.

    settings: the compilerOptions of the project's tsconfig.json.
    Raises SyntaxRefused, and ImportRefused where the program fails.
    """
    options = [
        f"--loader={_LOADERS[os.path.splitext(name)[1]]}",
        f"--sourcefile={name}",
        f"--target={TARGET}",
        "--sourcemap=inline",
        "--sources-content=false",
        "--log-level=error",
        "--color=false",
    ]
    if settings:
        options.append(f"--tsconfig-raw={json.dumps({'compilerOptions': settings})}")
    if "@jsxImportSource" in source:  # says it all to TypeScript, but not to esbuild
        options.append("--jsx=automatic")
    if "with" in source:  # the engine knows import attributes, which came after ES2024
        options.append("--supported:import-attributes=true")
    stored = folders.cache() / "compiled" / _key(program.path, options, source)
    output = _read(stored)
    if output is None:
        output = _run(program, name, options, source)
        _store(stored, output)
    text, _, encoded = output.rpartition(_MAP)
    return Compiled(text, SourceMap(json.loads(base64.b64decode(encoded))["mappings"]))


def _run(program: Program, name: str, options: list[str], source: str) -> str:
    failed = f"'{name}' cannot be compiled by {program.shown}"
    try:
        done = subprocess.run(
            [program.path, *options], input=source.encode(), capture_output=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ImportRefused(f"{failed}: it took more than {SECONDS:.0f} s") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImportRefused(f"{failed}: {reason}") from None
    output, problems = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    if done.returncode == 0 and _MAP in output:
        return output
    said = _ERROR.search(problems)
    if said and said["file"] == name:
        raise SyntaxRefused(said["message"], name, int(said["line"]), int(said["column"]) + 1)
    silent = f"it ended with {done.returncode} and {'no source map' if output else 'no output'}"
    raise ImportRefused(f"{failed}: {problems.strip() or silent}")


# The cache


def _key(path: str, options: list[str], source: str) -> str:
    parts = (*_stamp(path), *options, source)
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


@cache
def _stamp(path: str) -> tuple[str, int, int]:
    status = os.stat(path)
    return os.path.realpath(path), status.st_mtime_ns, status.st_size


def _read(file: Path) -> str | None:
    try:
        output = file.read_text()
    except (OSError, UnicodeDecodeError):
        return None
    return output if _MAP in output else None


def _store(file: Path, output: str) -> None:
    part = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _forget_old(file.parent)
        part.write_text(output)
        part.replace(file)
    except OSError:
        pass  # it is compiled again at the next start


@cache  # once in a process
def _forget_old(folder: Path) -> None:
    for file in folder.iterdir():
        if time.time() - file.stat().st_mtime > KEPT_DAYS * 24 * 3600:
            file.unlink()
