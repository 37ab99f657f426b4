"""https://encoding.spec.whatwg.org/#iso-2022-jp-decoder

A state between two chunks is a number: the standard's "output state", and EMPTY for its "output" flag.
"""

from __future__ import annotations

import codecs
import re

from edgehost.bindings.encoding import multi_byte

_ESCAPES = {b"\x1b(B": 0, b"\x1b(J": 1, b"\x1b(I": 2, b"\x1b$@": 3, b"\x1b$B": 3}
_OUTPUT_STATE = 3  # bits of a state
_EMPTY = 4  # an escape sequence came, and nothing since

_PIECES = re.compile(rb"\x1b(?:\([BJI]|\$[@B])|\x1b|[^\x1b]+")
_CUT_OFF = re.compile(rb"\x1b[($]?\Z")
_GRAPHIC = bytes(range(0x21, 0x7F))
_RUNS = re.compile(rb"([\x21-\x7e]*)([^\x21-\x7e]?)")
_TO_EUC = bytes(byte | 0x80 for byte in range(256))

_UNDEFINED = "\ufffe"  # as a charmap says it
_ASCII = "".join(_UNDEFINED if code in (0x0E, 0x0F) else chr(code) for code in range(0x80))
_ROMAN = _ASCII.replace("\\", "¥").replace("~", "‾")
_KATAKANA = _UNDEFINED * 0x21 + "".join(map(chr, range(0xFF61, 0xFFA0)))
_SINGLE = (_ASCII, _ROMAN, _KATAKANA)  # by output state


def decode(data: bytes, fatal: bool, more: bool, state: int) -> tuple[str, int, int]:
    """The text, how many bytes at the end wait for more, and the state for it.

    Raises UnicodeError when fatal and the input is malformed.
    """
    output_state, empty = state & _OUTPUT_STATE, bool(state & _EMPTY)
    cut_off = _CUT_OFF.search(data) if more else None
    end = cut_off.start() if cut_off else len(data)
    waiting = len(data) - end
    text = []
    for match in _PIECES.finditer(data, 0, end):
        piece = match[0]
        if piece in _ESCAPES:
            if empty:
                text.append(_error(fatal))
            output_state, empty = _ESCAPES[piece], True
            continue
        empty = False
        if piece == b"\x1b":
            text.append(_error(fatal))
        elif output_state < len(_SINGLE):
            errors = "strict" if fatal else "replace"
            text.append(codecs.charmap_decode(piece, errors, _SINGLE[output_state])[0])
        else:
            if more and match.end() == len(data) and _ends_in_lead(piece):
                piece, waiting = piece[:-1], 1
            text.append(_decode_pairs(piece, fatal))
    return "".join(text), waiting, output_state | (_EMPTY if empty else 0)


def _decode_pairs(data: bytes, fatal: bool) -> str:
    text = []
    for run, other in _RUNS.findall(data):
        odd = len(run) % 2  # a lead byte, with which the other byte makes one error
        pairs = run[: len(run) - odd].translate(_TO_EUC)
        text.append(multi_byte.decode(pairs, "euc-jp", fatal, False)[0])
        if odd or other:
            text.append(_error(fatal))
    return "".join(text)


def _ends_in_lead(data: bytes) -> bool:
    return (len(data) - len(data.rstrip(_GRAPHIC))) % 2 == 1


def _error(fatal: bool) -> str:
    if fatal:
        raise UnicodeError
    return "\ufffd"
