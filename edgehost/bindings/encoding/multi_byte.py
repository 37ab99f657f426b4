"""The multi-byte encodings of the standard, but ISO-2022-JP, by Python's codecs.

https://encoding.spec.whatwg.org/#legacy-multi-byte-chinese-(simplified)-encodings and the sections after it

What a codec refuses goes to an error handler, which adds what the codec lacks and skips as much as the standard's
decoder would; what it understands otherwise is translated afterwards.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from edgehost.bindings.encoding.multi_byte_codecs import BY_NAME, CODECS, Codec

_WAITING = "\udc00"  # stands for a byte that waits for more: no decoder gives a lone surrogate
_ERROR = "\ufffd"


def decode(data: bytes, encoding: str, fatal: bool, more: bool) -> tuple[str, int]:
    """The text, and how many bytes at the end wait for more.

    Raises UnicodeError when fatal and the input is malformed.
    """
    codec = CODECS[encoding]
    handler = _HANDLERS[fatal, more]
    text = "".join(
        codec.replaced.get(piece) or _translate(piece.decode(codec.name, handler), codec, fatal)
        for piece in _pieces(data, codec)
    )
    whole = text.rstrip(_WAITING)
    return whole, len(text) - len(whole)


def _pieces(data: bytes, codec: Codec) -> list[bytes]:
    """Bytes that are to be replaced stand alone."""
    if not any(replaced in data for replaced in codec.replaced):
        return [data]
    replaced = b"|".join(map(re.escape, codec.replaced))
    pattern = rb"(?s)%b|(?:(?!%b)(?:%b))+" % (replaced, replaced, codec.character)
    return re.findall(pattern, data)


def _translate(text: str, codec: Codec, fatal: bool) -> str:
    found = [code for code in codec.translated if chr(code) in text]
    if not found:
        return text
    if fatal and any(codec.translated[code] == _ERROR for code in found):
        raise UnicodeError
    return text.translate(codec.translated)


def _handler(fatal: bool, more: bool) -> Callable[[UnicodeError], tuple[str | bytes, int]]:
    def handle(error: UnicodeError) -> tuple[str | bytes, int]:
        assert isinstance(error, UnicodeDecodeError)
        codec = BY_NAME[error.encoding]
        data, at = error.object, error.start
        if (found := codec.lacking(data[at : at + 2])) is not None:
            return found[0], at + found[1]
        malformed = codec.malformed.match(data, at)
        assert malformed is not None
        if more and malformed[1] is not None:
            return _WAITING * (len(data) - at), len(data)
        if fatal:
            raise error
        return _ERROR, malformed.end()

    return handle


_HANDLERS = {
    (fatal, more): f"edgehost-{'fatal' if fatal else 'replace'}-{'part' if more else 'whole'}"
    for fatal in (False, True)
    for more in (False, True)
}
for (_fatal, _more), _name in _HANDLERS.items():
    codecs.register_error(_name, _handler(_fatal, _more))
