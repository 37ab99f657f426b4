"""Where the runtime's JavaScript files are: beside the package, or inside it in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from edgehost.errors import HostBug

PREFIX = "edgehost:"  # module names of the runtime; user code cannot import them
COMMONJS = f"{PREFIX}commonjs/"  # those that are no files, but made for the user's CommonJS files
TYPED = f"{PREFIX}typed/"  # those that are made where an import says of which type a file is


@cache
def folder() -> Path:
    package = Path(__file__).resolve().parent.parent
    for candidate in (package / "_runtime_js", package.parent / "runtime_js"):
        if (candidate / "main.js").is_file():
            return candidate
    raise HostBug("the runtime's JavaScript files are missing from this installation")


@cache
def names() -> frozenset[str]:
    """Of all runtime files, as they lie in their folder."""
    return frozenset(file.relative_to(folder()).as_posix() for file in folder().rglob("*.js"))


def path(name: str) -> str:
    """The file of a runtime module, by its name with the prefix."""
    return f"{folder()}/{name.removeprefix(PREFIX)}"


def read(name: str) -> bytes:
    """Its source."""
    return Path(path(name)).read_bytes()
