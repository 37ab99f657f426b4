"""Host half of TextEncoder and TextDecoder. Twin: runtime_js/encoding/encoding.js, text_decoder.js

https://encoding.spec.whatwg.org/

Calls keep no state: what a streaming decoder holds back between two chunks stays in the realm.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from edgehost.bindings.encoding.labels import encoding_of
from edgehost.errors import Failure

Check = Callable[[], None]  # raises when the turn has to stop
SLICE = 64 * 1024  # bytes between two looks at the limit: a tenth of a second at the worst

# Python's codecs for these do what the standard's decoders do, error for error.
_UNICODE = {"utf-8": "utf-8", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}


def encoding_name(label: str) -> str:
    """The name of an encoding that can be decoded. Raises Failure (RangeError)."""
    name = encoding_of(label)
    if name is None or name == "replacement":
        raise Failure("RangeError", f"TextDecoder: '{label}' is not the label of an encoding")
    return name


def decode_text(data: bytes, encoding: str, fatal: bool, check: Check) -> str:
    """A whole input in UTF-8 or UTF-16; a byte order mark stays.

    Raises Failure (TypeError) when fatal and the input is malformed.
    """
    codec = _UNICODE[encoding]
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        if fatal:
            raise _malformed(encoding, f"byte {error.start}") from None
    decoder = codecs.getincrementaldecoder(codec)("replace")
    pieces = [decoder.decode(piece) for piece in _slices(data, check)]
    return "".join([*pieces, decoder.decode(b"", final=True)])


def decode_legacy(
    data: bytes, encoding: str, fatal: bool, more: bool, state: int, check: Check
) -> str:
    """A chunk in any other encoding.

    more: a chunk will follow, which may complete the last character of this one.
    state: 0, or what the chunk before left behind.
    One character is added to the text: its lowest two bits say how many bytes at the end wait for the next
    chunk, the others are the state for it.

    Raises Failure (TypeError) when fatal and the input is malformed.
    """
    from edgehost.bindings.encoding import legacy

    if encoding_of(encoding) != encoding:
        raise Failure("RangeError", f"TextDecoder: '{encoding}' is not the name of an encoding")
    texts = []
    left, waiting = b"", 0
    try:
        for piece in _slices(data, check):
            piece = left + piece
            text, waiting, state = legacy.decode(piece, encoding, fatal, True, state)
            left = piece[len(piece) - waiting :]
            texts.append(text)
        if not more:
            text, waiting, state = legacy.decode(left, encoding, fatal, False, state)
            texts.append(text)
    except UnicodeError:
        raise _malformed(encoding, "the input") from None
    return "".join(texts) + chr(waiting | state << 2)


def _slices(data: bytes, check: Check) -> Iterator[bytes]:
    """Pieces of which none takes long, whatever is in it."""
    if len(data) <= SLICE:
        yield data
        return
    for at in range(0, len(data), SLICE):
        check()
        yield data[at : at + SLICE]


def _malformed(encoding: str, what: str) -> Failure:
    return Failure("TypeError", f"TextDecoder: {what} is not valid {encoding}")


def encode_utf8(text: str | bytes) -> bytes:
    """Long text comes out of the realm as UTF-8 already."""
    return text if isinstance(text, bytes) else text.encode()


def queries(check: Check) -> dict[str, Callable[..., Any]]:
    return {
        "encodingName": encoding_name,
        "decodeText": partial(decode_text, check=check),
        "decodeLegacy": partial(decode_legacy, check=check),
        "encodeUtf8": encode_utf8,
    }
