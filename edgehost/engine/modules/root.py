"""The folder of a function's files: what its imports can reach, and nothing else.

Files go by their names: paths from that folder, with slashes.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from edgehost.engine.runtime_files import PREFIX

MARKS = ("package.json", ".git", "azion.config.js", "azion.config.ts", "azion.config.mjs")

EMPTY = f"{PREFIX}boundary/empty.js"  # the module in the place of what a package leaves out for browsers


class ImportRefused(Exception):
    """An import that does not resolve; its text is the JavaScript error's message."""


class SyntaxRefused(ImportRefused):
    """A file that cannot be compiled, and where in it that shows; line and column count from 1."""

    def __init__(self, message: str, file: str, line: int, column: int) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.column = column


def root_of(entry: Path) -> Path:
    """The folder that a function's imports may reach: its project's, or else its own.

    The nearest folder upwards that holds one of MARKS is the project; where it is a package of a
    workspace in the same repository, the workspace is.
    """
    project = next((folder for folder in entry.parents if _has(folder, *MARKS)), entry.parent)
    for folder in (project, *project.parents):
        if folder != project and _is_workspace(folder):
            return folder
        if _has(folder, ".git"):
            break
    return project


def _has(folder: Path, *names: str) -> bool:
    return any((folder / name).exists() for name in names)


def _is_workspace(folder: Path) -> bool:
    """Whether packages below share its node_modules: npm's and its like, or pnpm's."""
    if _has(folder, "pnpm-workspace.yaml"):
        return True
    try:
        return "workspaces" in json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def folders_above(name: str) -> Iterator[str]:
    """Those that may hold a node_modules folder for a file."""
    folder = posixpath.dirname(name)
    while True:
        if posixpath.basename(folder) != "node_modules":
            yield folder
        if not folder:
            return
        folder = posixpath.dirname(folder)


Stamp = tuple[int, ...]


def stamp(path: str | Path) -> Stamp | None:
    """Is another once a file was written or replaced; of a folder, once it is another folder.

    None where there is nothing.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # also where the name is impossible
        return None
    if S_ISDIR(status.st_mode):
        return status.st_mode, status.st_dev, status.st_ino
    return (
        status.st_mode,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
    )


class Root:
    """Looks at the files of one function."""

    def __init__(self, folder: Path) -> None:
        """folder: without symbolic links in its path."""
        self._prefix = f"{folder}/".replace("//", "/")
        # Of all that was looked at, or for, as it was then: what the modules depend on.
        self._seen: dict[str, Stamp | None] = {}
        # By name: a function has few folders and many files.
        self._real_folders: dict[str, str] = {}

    def path(self, name: str) -> str:
        """Of a file or a folder, on this machine."""
        return self._prefix + name

    @property
    def seen(self) -> dict[str, Stamp | None]:
        """By path: what there was when it was looked at first."""
        return {self._prefix + name: seen for name, seen in self._seen.items()}

    def is_file(self, name: str) -> bool:
        found = self._look(name)
        return found is not None and S_ISREG(found[0])

    def is_folder(self, name: str) -> bool:
        found = self._look(name)
        return found is not None and S_ISDIR(found[0])

    def _look(self, name: str) -> Stamp | None:
        found = stamp(self._prefix + name)
        self._seen.setdefault(name, found)
        return found

    def real_name(self, name: str) -> str:
        """The name of a file that exists, without symbolic links. Raises ImportRefused."""
        folder, file = os.path.split(name)
        if folder not in self._real_folders:
            self._real_folders[folder] = os.path.realpath(self._prefix + folder)
        path = os.path.join(self._real_folders[folder], file)
        if os.path.islink(path):
            path = os.path.realpath(path)
        if not path.startswith(self._prefix):
            raise ImportRefused(f"'{name}' is outside the function's folder")
        real = path.removeprefix(self._prefix).replace(os.sep, "/")
        if real.startswith(PREFIX):
            raise ImportRefused(f"'{name}' has the name of a module of the runtime")
        return real

    def read(self, name: str) -> str:
        """A file's text. Raises ImportRefused."""
        try:
            return self.read_bytes(name).decode()
        except UnicodeDecodeError as error:
            raise ImportRefused(f"'{name}' is not UTF-8 text (byte {error.start})") from None

    def read_bytes(self, name: str) -> bytes:
        """Raises ImportRefused."""
        try:
            if not self.is_file(self.real_name(name)):  # a folder, or a pipe, which would block
                raise ImportRefused(f"there is no module '{name}'")
            with open(self._prefix + name, "rb") as file:
                return file.read()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ImportRefused(f"'{name}' cannot be read: {reason}") from None
