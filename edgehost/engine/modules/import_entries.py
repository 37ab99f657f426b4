"""What a module imports by name, as the engine's own parser sees it.

No pattern can tell a clause from what looks like one in a comment, a text or a regular expression. So
the module is compiled once more, alone, and its entries are read from the head of its bytecode.

https://tc39.es/ecma262/#sec-source-text-module-records
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from edgehost.engine import bytecode, capi
from edgehost.errors import HostBug

_NAME = "edgehost:module"  # nothing that the engine knows by itself
_MODULE = 13  # the tag of one in bytecode
_UTF_16 = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"
_LOCAL = 0  # the kind of an export that is no import too


def by_specifier(source: str) -> dict[str, set[str]]:
    """The names that a module imports or passes on, but `default`. Nothing where the text is no module."""
    context = capi.quickjs.Context()
    code = bytecode.compile_alone(context, _NAME, source.encode())
    names: dict[str, set[str]] = {}
    for specifier, name in _Reader(code, capi.pointers(context)[1]).entries() if code else ():
        names.setdefault(specifier, set()).add(name)
    return {specifier: found - {"default", "*"} for specifier, found in names.items()}


class _Reader:
    """Of a module's bytecode, from its first byte on."""

    def __init__(self, code: bytes, ctx: int) -> None:
        """ctx: any context, for the names that the engine knows by itself."""
        self._code = code
        self._ctx = ctx
        self._at = 1 + 4  # behind the version and the checksum
        self._texts = [self._text() for _ in range(self._number())]
        self._first = 0  # what the first of these texts is called

    def entries(self) -> Iterator[tuple[str, str]]:
        """Specifier and name. Those of namespaces have the name "*"."""
        if self._byte() != _MODULE:
            raise HostBug("the engine's bytecode is written differently than edgehost expects")
        self._first = self._number() >> 1  # the module's own name is the first that is written
        specifiers = [self._name() for _ in range(self._number())]
        for _ in range(self._number()):
            if self._byte() == _LOCAL:
                self._number()
            else:
                yield specifiers[self._number()], self._name()
            self._name()
        for _ in range(self._number()):  # of `export * from`
            self._number()
        for _ in range(self._number()):
            self._number()
            name = self._name()
            yield specifiers[self._number()], name

    def _byte(self) -> int:
        self._at += 1
        return self._code[self._at - 1]

    def _number(self) -> int:
        """LEB128"""
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def _text(self) -> str:
        self._byte()  # its kind
        length, is_wide = divmod(self._number(), 2)
        start, self._at = self._at, self._at + (length << is_wide)
        text = self._code[start : self._at]
        return text.decode(_UTF_16, "surrogatepass") if is_wide else text.decode("latin-1")

    def _name(self) -> str:
        number, is_index = divmod(self._number(), 2)
        if is_index:
            return str(number)
        if number >= self._first:
            return self._texts[number - self._first]
        return capi.text_of_atom(self._ctx, number)
