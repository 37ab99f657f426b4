"""https://encoding.spec.whatwg.org/#legacy-single-byte-encodings, and x-user-defined."""

from __future__ import annotations

import codecs
from functools import cache

# Python's name for an encoding, where the standard's is not one of its aliases.
_CODECS = {
    "iso-8859-8-i": "iso-8859-8",
    "macintosh": "mac-roman",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
}
# Where Python's table differs from the standard's index.
_CORRECTIONS = {
    "koi8-u": {0xAE: "ў", 0xBE: "Ў"},
    "windows-1255": {0xCA: "\u05ba"},
}
_UNDEFINED = "\ufffe"  # as a charmap says it


def decode(data: bytes, encoding: str, fatal: bool) -> str:
    """Raises UnicodeError when fatal and a byte stands for nothing."""
    return codecs.charmap_decode(data, "strict" if fatal else "replace", _table(encoding))[0]


@cache
def _table(encoding: str) -> str:
    """The character of each byte."""
    if encoding == "x-user-defined":
        return "".join(chr(byte if byte < 0x80 else 0xF700 + byte) for byte in range(256))
    codec = _CODECS.get(encoding, encoding)
    characters = [bytes([byte]).decode(codec, "replace") for byte in range(256)]
    for byte, character in enumerate(characters):
        if character == "\ufffd":  # the standard has a control character there
            characters[byte] = chr(byte) if byte < 0xA0 else _UNDEFINED
    for byte, character in _CORRECTIONS.get(encoding, {}).items():
        characters[byte] = character
    return "".join(characters)
