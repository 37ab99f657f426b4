"""The decoders of the Encoding Standard: every character of its indexes, and what it says of malformed input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pytest
from hypothesis import assume, given, strategies as st

from edgehost.bindings.encoding import legacy
from edgehost.bindings.encoding.labels import encoding_of

# Of each index that the standard publishes as indexes.json: the first 16 digits of the SHA-256 of its code points
# in decimal, with "" for null, joined with ",".
INDEXES = {
    "big5": "2d6b64155de402ef",
    "euc-kr": "5136030f86c39046",
    "gb18030": "af2cba24f84fdcdc",
    "jis0208": "186cd02f900b3dc5",
    "jis0212": "06357de3c69d6722",
    "ibm866": "858e08300559a357",
    "iso-8859-2": "17dc7bdf9711cc4e",
    "iso-8859-3": "ba68c9971f5aa337",
    "iso-8859-4": "1992a85da2507d4c",
    "iso-8859-5": "f6c5a8c69a646e93",
    "iso-8859-6": "5768a7a73f3bd2aa",
    "iso-8859-7": "7ff9d2e809de5033",
    "iso-8859-8": "e02aab254c06d8f8",
    "iso-8859-10": "a06431199245c53f",
    "iso-8859-13": "9ca82b7ede1130a8",
    "iso-8859-14": "e54ae94a3d07f3fb",
    "iso-8859-15": "baf9b8e2ddf7e313",
    "iso-8859-16": "057c6f020260c5dd",
    "koi8-r": "b5d025c1a65c2d25",
    "koi8-u": "c42d9203ffeb911e",
    "macintosh": "af78e1311a10f189",
    "windows-874": "3f3aad7eec871b65",
    "windows-1250": "0fad4d451dab241c",
    "windows-1251": "7cc239adbe41bce2",
    "windows-1252": "670e3c71b115b4e7",
    "windows-1253": "69eca68bc0118cf1",
    "windows-1254": "9791de04863815b0",
    "windows-1255": "4184c41cb3e98040",
    "windows-1256": "b422c461e8653ec7",
    "windows-1257": "2a9f4500cb32d35e",
    "windows-1258": "3e147648c2924ed1",
    "x-mac-cyrillic": "e36bb62b7879eb08",
}
MULTI_BYTE = ("big5", "euc-jp", "euc-kr", "gb18030", "gbk", "iso-2022-jp", "shift_jis")


def decode(data: bytes, encoding: str) -> str:
    return legacy.decode(data, encoding, False, False, 0)[0]


def is_malformed(data: bytes, encoding: str) -> bool:
    try:
        legacy.decode(data, encoding, True, False, 0)
    except UnicodeError:
        return True
    return False


def code_points(encoding: str, characters: Iterable[bytes]) -> list[int | None]:
    """Of each, what it stands for if that is one code point."""
    decoded = (decode(data, encoding) for data in characters)
    return [ord(text) if len(text) == 1 and text != "\ufffd" else None for text in decoded]


def digest(index: list[int | None]) -> str:
    text = ",".join("" if code is None else str(code) for code in index)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def pairs(leads: Iterable[int], trails: Iterable[int], before: bytes = b"") -> Iterable[bytes]:
    return (before + bytes([lead, trail]) for lead in leads for trail in (*trails,))


LEADS = range(0x81, 0xFF)
GRAPHIC = range(0xA1, 0xFF)


@pytest.mark.parametrize(
    ("index", "encoding", "characters"),
    [
        ("big5", "big5", pairs(LEADS, (*range(0x40, 0x7F), *range(0xA1, 0xFF)))),
        ("euc-kr", "euc-kr", pairs(LEADS, range(0x41, 0xFF))),
        ("gb18030", "gbk", pairs(LEADS, (*range(0x40, 0x7F), *range(0x80, 0xFF)))),
        ("jis0212", "euc-jp", pairs(GRAPHIC, GRAPHIC, b"\x8f")),
    ],
)
def test_double_byte_characters_are_those_of_the_index(
    index: str, encoding: str, characters: Iterable[bytes]
) -> None:
    assert digest(code_points(encoding, characters)) == INDEXES[index]


def test_jis0208_is_the_same_in_its_three_encodings() -> None:
    leads = (*range(0x81, 0xA0), *range(0xE0, 0xFD))
    shift_jis = code_points("shift_jis", pairs(leads, (*range(0x40, 0x7F), *range(0x80, 0xFD))))
    for pointer in range(8836, 10716):  # not in the index
        assert shift_jis[pointer] == 0xE000 + pointer - 8836
        shift_jis[pointer] = None
    assert digest(shift_jis) == INDEXES["jis0208"]
    assert code_points("euc-jp", pairs(GRAPHIC, GRAPHIC)) == shift_jis[: 94 * 94]
    seven_bit = range(0x21, 0x7F)
    assert (
        code_points("iso-2022-jp", pairs(seven_bit, seven_bit, b"\x1b$B")) == (shift_jis[: 94 * 94])
    )


@pytest.mark.parametrize(
    "encoding", [name for name in INDEXES if name not in MULTI_BYTE and "jis" not in name]
)
def test_single_byte_characters_are_those_of_the_index(encoding: str) -> None:
    index = code_points(encoding, (bytes([byte]) for byte in range(0x80, 0x100)))
    assert digest(index) == INDEXES[encoding]
    assert decode(bytes(range(0x80)), encoding) == bytes(range(0x80)).decode()
    assert is_malformed(bytes(range(0x80, 0x100)), encoding) == (None in index)


def test_encodings_without_an_index_of_their_own() -> None:
    every = bytes(range(256))
    assert decode(every, "iso-8859-8-i") == decode(every, "iso-8859-8")
    assert decode(b"a\x80\xff", "x-user-defined") == "a\uf780\uf7ff"


@pytest.mark.parametrize(
    ("encoding", "data", "expected"),
    [
        ("gb18030", "81308130", "\x80"),
        ("gb18030", "90308130 e3329a35", "\U00010000\U0010ffff"),
        ("gb18030", "8135f437 a8bc", "\ue7c7ḿ"),
        ("gb18030", "84318236 a6d9", "\ufe10\ufe10"),
        ("gb18030", "8431a437", "\ufffd"),
        ("gbk", "80", "€"),
        ("big5", "8862 8864 88a3 88a5", "Ê̄Ê̌ê̄ê̌"),
        ("big5", "a241 a1fe a242 a240", "∕／﹨＼"),
        ("big5", "41 a241 a241", "A∕∕"),
        ("euc-jp", "8ea1 8fa2b7 7e", "｡～~"),
        ("shift_jis", "80 a1 f040", "\x80｡\ue000"),
        ("iso-2022-jp", "1b284a 5c7e 1b2842 5c7e", "¥‾\\~"),
        ("iso-2022-jp", "1b2849 21 5f", "｡ﾟ"),
    ],
)
def test_characters_beside_the_indexes(encoding: str, data: str, expected: str) -> None:
    assert decode(bytes.fromhex(data), encoding) == expected


@pytest.mark.parametrize(
    ("encoding", "data", "expected"),
    [
        # ASCII after a lead byte is read again, anything else is part of the error.
        ("gbk", "8120 81ff", "? ?"),
        ("big5", "8120 81ff 80 ff", "? ???"),
        ("euc-jp", "a120 a180 8e20 8ee0 8fa120 8fa180", "? ?? ?? ?"),
        ("euc-jp", "8f8f b0a1", "?亜"),
        ("euc-kr", "8120 81ff 80", "? ??"),
        ("shift_jis", "8120 81fd a0 fd fe ff", "? ?????"),
        # Four bytes: what follows the first is read again unless all four have their place.
        ("gb18030", "8130 20", "?0 "),
        ("gb18030", "813081 20", "?0? "),
        ("gb18030", "813081ff", "?0?"),
        ("gb18030", "fe39fe39", "?"),
        # What the end cuts off is one error.
        ("gb18030", "81", "?"),
        ("gb18030", "8130", "?"),
        ("gb18030", "813081", "?"),
        ("euc-jp", "8fa1", "?"),
        ("iso-2022-jp", "1b", "?"),
        ("iso-2022-jp", "1b2442 30", "?"),
        ("iso-2022-jp", "1b28", "?("),
        ("iso-2022-jp", "1b2442 1b28", "??"),
        # Shift and escape bytes that mean nothing; two escape sequences with nothing in between.
        ("iso-2022-jp", "0e 0f 80", "???"),
        ("iso-2022-jp", "1b2843", "?(C"),
        ("iso-2022-jp", "1b2842 1b2842 41", "?A"),
        ("iso-2022-jp", "1b2442 30 1b2842 41", "?A"),
        ("iso-2022-jp", "1b2442 300a 41", "??"),
    ],
)
def test_malformed_input(encoding: str, data: str, expected: str) -> None:
    assert decode(bytes.fromhex(data), encoding) == expected.replace("?", "\ufffd")
    assert is_malformed(bytes.fromhex(data), encoding)


def test_a_replacement_character_can_be_meant() -> None:
    assert not is_malformed(bytes.fromhex("8431a437"), "gb18030")


# Leads, trails, escape sequences and their beginnings, and the characters that are decoded apart.
TRICKY = st.lists(
    st.sampled_from(
        [
            r"A",
            r"0",
            r"~",
            r"\x7f",
            r"\x80",
            r"\x81",
            r"\x8e",
            r"\x8f",
            r"\xa1",
            r"\xa2",
            r"\xb7",
            r"\xfe",
            r"\xff",
            r"\x1b",
            r"\x1b$",
            r"\x1b(B",
            r"\x1b(J",
            r"\x1b(I",
            r"\x1b$B",
            r"\x8f\xa2\xb7",
            r"\xa2A",
            r"\x810\x810",
        ]
    ).map(lambda escaped: escaped.encode().decode("unicode_escape").encode("latin-1")),
    max_size=10,
).map(b"".join)


@given(
    data=TRICKY, encoding=st.sampled_from(MULTI_BYTE), sizes=st.lists(st.integers(0, 4), max_size=8)
)
def test_chunks_decode_as_the_whole_does(data: bytes, encoding: str, sizes: list[int]) -> None:
    text, state, held, rest = "", 0, b"", data
    for size in sizes:
        chunk, rest = held + rest[:size], rest[size:]
        part, waiting, state = legacy.decode(chunk, encoding, False, True, state)
        assert waiting <= 3
        held = chunk[len(chunk) - waiting :]
        text += part
    text += legacy.decode(held + rest, encoding, False, False, state)[0]
    assert text == decode(data, encoding)


@given(data=st.binary(max_size=30), encoding=st.sampled_from(MULTI_BYTE))
def test_fatal_refuses_what_is_replaced_otherwise(data: bytes, encoding: str) -> None:
    assume(b"\x84\x31\xa4\x37" not in data)  # U+FFFD itself, in gb18030
    assert is_malformed(data, encoding) == ("\ufffd" in decode(data, encoding))


def test_labels_are_found_whatever_their_case_and_the_space_around_them() -> None:
    assert encoding_of("\n Shift-JIS\t") == "shift_jis"
    assert encoding_of("latin1") == "windows-1252"
    assert encoding_of("\u212aoi8-r") is None  # the Kelvin sign is no "k"
    assert encoding_of("utf-7") is None
