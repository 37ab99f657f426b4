"""A checkout of the Web Platform Tests."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from .substitution import substitute

_ALIASES = {"/resources/WebIDLParser.js": "/resources/webidl2/lib/webidl2.js"}  # WPT's own routes


VARIABLE = "WPT_DIR"


class NoCheckout(Exception):
    """There is none, and why."""


class Checkout:
    """Files by their path from its root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def find(cls, root: str = "") -> Checkout:
        """The one at root, or where WPT_DIR says. Raises NoCheckout."""
        root = root or os.environ.get(VARIABLE, "")
        if not root:
            raise NoCheckout(f"{VARIABLE} does not name a checkout of web-platform-tests/wpt")
        if not Path(root, "resources", "testharness.js").is_file():
            raise NoCheckout(f"{root} is not a checkout of web-platform-tests/wpt")
        return cls(Path(root))

    def file(self, path: str) -> Path:
        return self.root / path

    def read(self, path: str) -> str:
        """The text as WPT's server would send it. Raises FileNotFoundError."""
        text = self.file(path).read_text("utf-8", "replace")
        return substitute(text, "/" + path) if ".sub." in path else text

    @staticmethod
    def resolve(test_path: str, reference: str) -> str:
        """The path of what a test refers to."""
        reference = reference.partition("?")[0].partition("#")[0]
        reference = _ALIASES.get(reference, reference)
        if reference.startswith("/"):
            return reference.lstrip("/")
        return posixpath.normpath(posixpath.join(posixpath.dirname(test_path), reference))
