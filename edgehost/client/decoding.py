"""Content codings of responses, undone piece by piece: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1

What comes out of one call is bounded, however little went in. An end that is missing is an error, which the
libraries do not make of it by themselves.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from edgehost.errors import PeerError

GZIP, ZLIB, RAW = 31, 15, -15  # for zlib's wbits
GZIP_MAGIC = 0x1F
MOST_CODINGS = 5  # in a row
BROTLI_EXTRA = "the response is encoded as br, which needs the extra: pip install 'edgehost[br]'"


class Coding(Protocol):
    """One of them."""

    @property
    def pending(self) -> object:
        """True where there is more to come without more input."""

    @property
    def is_complete(self) -> bool: ...

    def feed(self, data: bytes, limit: int) -> bytes:
        """About `limit` bytes at most. Raises PeerError for what is malformed."""


class Deflated:
    """gzip, of one member or several, or deflate, in zlib's wrapping or without as some servers send it."""

    def __init__(self, bits: int) -> None:
        self.pending = b""
        self.is_complete = False
        self._bits = bits
        self._inflate: Any = None  # between two members

    def feed(self, data: bytes, limit: int) -> bytes:
        data = self.pending + data
        out = b""
        while data and len(out) < limit:
            if self._inflate is None and not self._begin(data):
                data = b""
                break
            try:
                out += self._inflate.decompress(data, limit - len(out))
            except zlib.error as error:
                raise PeerError(f"the response is not encoded as it says: {error}") from None
            data = self._inflate.unconsumed_tail
            if self._inflate.eof:
                data, self._inflate, self.is_complete = self._inflate.unused_data, None, True
        self.pending = data
        return out

    def _begin(self, data: bytes) -> bool:
        """Whether one more member begins; what else follows the last one is nobody's."""
        if self.is_complete and (self._bits != GZIP or data[0] != GZIP_MAGIC):
            return False
        is_raw = self._bits == ZLIB and data[0] & 15 != 8  # RFC 1950, 2.2
        self._inflate = zlib.decompressobj(RAW if is_raw else self._bits)
        self.is_complete = False
        return True


class Brotli:
    """br."""

    def __init__(self) -> None:
        try:
            import brotli  # type: ignore[import-untyped, import-not-found, unused-ignore]
        except ImportError:
            raise PeerError(BROTLI_EXTRA) from None
        self._decompressor = brotli.Decompressor()
        self._error: type[Exception] = brotli.error
        self._held = b""  # while it takes no more
        self._is_cut = False  # the last piece filled its limit

    @property
    def pending(self) -> bool:
        is_full = self._is_cut or not self._decompressor.can_accept_more_data()
        return not self.is_complete and (bool(self._held) or is_full)

    def feed(self, data: bytes, limit: int) -> bytes:
        self._held += data
        taken = b""
        if self._decompressor.can_accept_more_data():
            taken, self._held = self._held, b""
        if self.is_complete:
            return b""
        try:
            out = bytes(self._decompressor.process(taken, output_buffer_limit=limit))
        except self._error as error:
            raise PeerError(f"the response is not encoded as it says: {error}") from None
        self._is_cut = len(out) >= limit
        return out

    @property
    def is_complete(self) -> bool:
        return bool(self._decompressor.is_finished())


class Decoder:
    """Several codings, the one that was applied last first."""

    def __init__(self, codings: Sequence[Coding]) -> None:
        self._codings = codings
        self._has_input = False

    @property
    def pending(self) -> bool:
        """Whether there is more to come without more input."""
        return any(coding.pending for coding in self._codings)

    def feed(self, data: bytes, limit: int) -> bytes:
        """About `limit` bytes at most: the rest comes with the next calls. Raises PeerError."""
        self._has_input = self._has_input or bool(data)
        for coding in self._codings:
            if data or coding.pending:
                data = coding.feed(data, limit)
        return data

    def finish(self) -> None:
        """Raises PeerError when something is missing. A body without a byte lacks nothing."""
        if self._has_input and not all(coding.is_complete for coding in self._codings):
            raise PeerError("the response ended in the middle of its encoding")


def decoder_of(content_encoding: str) -> Decoder | None:
    """content_encoding: the header's value.

    None where nothing is to be done, which is so for codings that nobody here knows too: the body then stays as
    it came. Raises PeerError when a library is missing, or for more codings than anybody needs.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if not names or not all(name in _CODINGS for name in names):
        return None
    if len(names) > MOST_CODINGS:
        raise PeerError(f"the response is encoded {len(names)} times, more than {MOST_CODINGS}")
    return Decoder([_CODINGS[name]() for name in reversed(names)])


_CODINGS: Mapping[str, Callable[[], Coding]] = {
    "gzip": lambda: Deflated(GZIP),
    "x-gzip": lambda: Deflated(GZIP),
    "deflate": lambda: Deflated(ZLIB),
    "br": Brotli,
}
