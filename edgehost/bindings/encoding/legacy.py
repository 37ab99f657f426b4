"""The decoders of every encoding but UTF-8 and UTF-16: imported when one is first used."""

from __future__ import annotations

from edgehost.bindings.encoding import iso_2022_jp, multi_byte, single_byte
from edgehost.bindings.encoding.multi_byte_codecs import CODECS


def decode(data: bytes, encoding: str, fatal: bool, more: bool, state: int) -> tuple[str, int, int]:
    """The text, how many bytes at the end wait for more (up to three), and the state for it.

    Raises UnicodeError when fatal and the input is malformed.
    """
    if encoding == "iso-2022-jp":
        return iso_2022_jp.decode(data, fatal, more, state)
    if encoding in CODECS:
        return *multi_byte.decode(data, encoding, fatal, more), 0
    return single_byte.decode(data, encoding, fatal), 0, 0
