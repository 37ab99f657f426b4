"""What Python's multi-byte codecs lack, or do otherwise than the standard's decoders.

https://encoding.spec.whatwg.org/#indexes
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

Found = tuple[str, int] | None  # a character, and how many bytes it takes


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec of Python, and what makes an encoding of the standard of it."""

    name: str
    # Matches where the codec refuses to go on. First group: a character that the end of the input cuts off.
    # Else as much as makes one error: ASCII that follows a lead byte is left to be read again.
    malformed: re.Pattern[bytes]
    # What the standard has there, from the next two bytes.
    lacking: Callable[[bytes], Found] = lambda two: None
    # What the standard has for a character that the codec gives; U+FFFD is an error.
    translated: dict[int, str] = field(default_factory=dict)
    # The same by the bytes, where the codec gives the character for others too; and how to find whole characters.
    replaced: dict[bytes, str] = field(default_factory=dict)
    character: bytes = b""


def _malformed(cut_off: bytes, whole: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?s)((?:%b)\Z)|%b|." % (cut_off, whole))


def _to(ours: str, standard: str) -> dict[int, str]:
    return dict(zip(map(ord, ours), standard, strict=True))


def _euro(two: bytes) -> Found:
    return ("€", 1) if two[0] == 0x80 else None


def _jis0208(two: bytes) -> Found:
    """Python's EUC-JP is without the extensions of NEC and IBM, which its Shift_JIS has."""
    if len(two) < 2 or min(two) < 0xA1 or max(two) > 0xFE:
        return None
    lead, trail = divmod((two[0] - 0xA1) * 94 + two[1] - 0xA1, 188)
    lead += 0x81 if lead < 0x1F else 0xC1
    trail += 0x40 if trail < 0x3F else 0x41
    try:
        return bytes([lead, trail]).decode("cp932"), 2
    except UnicodeDecodeError:
        return None


def _big5(two: bytes) -> Found:
    character = _big5_characters().get(two)
    return None if character is None else (character, 2)


@cache
def _big5_characters() -> dict[bytes, str]:
    found = {}
    for run in _BIG5.split():
        lead, trail = bytes.fromhex(run[:4])
        for character in run[4:]:
            found[bytes([lead, trail])] = character
            trail = 0xA1 if trail == 0x7E else trail + 1
    return found


# Runs of characters from two bytes on. The trail bytes are 40 to 7E and A1 to FE.
_BIG5 = """
877a㡵𡵓𣚞𦀡㻬𥣞㫵竼龗𤅡𨤍𣇪𠪊𣉞䌊蒄龖鐯䤰蘓墖靊鈘秐稲晠権袝瑌篅枂稬剏遆㓦珄𥶹瓆鿇垳
87c4䤯呌䄱𣚎堘穲𧭥讏䚮𦺈䆁𥶙箮𢒼鿈𢓁𢓉𢓌鿉蔄𣖻䂴鿊䓡𪷿拁灮鿋 8e69箸 8e6f簆 8e7e糎 8eab緒 8eb4縝
8ecd者 8ed0耨 8f57菁 8f69蒨 8f6e萏 8fcb覦覩 8ffe起 906d都 907a銹 90dc靜 90f1響 91bf鼖 9244蔃
92af兙兛兝兞 92c8鍮 92d1瑹 9447浧 94ca禛 95d9邗 9644靝 96ed瀞 96fc嬨 9b76爁 9b78矗 9b7b纇 9bc6駖
9bde釔 9bec惞 9bf6澶 9c42輶 9c53侻 9c62營 9c68鄄 9c6b鷰 9c77菏 9cbc尐秣 9cd0婧 9d57輋 9d5a筑
9dc4拐 9ea9恢 9eef痹 9efd汊 9f60鬮 9f66鼗 9fcb僭 9fd8弌 a063蠏 a077拎 a0d5瑨 a0df煢 a0e4牐
a3c0␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟␡€ c6cf廴 c6d3无 c6d5癶 c6d7隶 c6de〃仝 fa5f倩 fa66偽 fabd包
fac5卄 fad5卿 fb48嘅 fbb8婷 fbf3幵 fbf9廐 fc4f彘 fc6c悤 fcb9撐 fce2晴 fcf1杞 fdb7沜渝 fdbb港
fdf1煮 fe52猪 fe6f瑜 feaa瓩 fedd砉
"""

_GB18030 = Codec(
    "gb18030",
    _malformed(
        rb"[\x81-\xfe](?:[0-9][\x81-\xfe]?)?",
        rb"[\x81-\xfe](?:[0-9][\x81-\xfe][0-9]|[\x80-\xff])",
    ),
    lacking=_euro,
    # Python has the edition of 2000, the standard that of 2022, which uses less of the private area.
    translated=_to(
        "\ue5e5\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796"
        "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864\ue7c7\u1e3f",
        "\u3000\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"
        "\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb\u1e3f\ue7c7",
    ),
)
CODECS = {
    "gb18030": _GB18030,
    "gbk": _GB18030,
    "big5": Codec(
        "big5hkscs",
        _malformed(rb"[\x81-\xfe]", rb"[\x81-\xfe][\x80-\xff]"),
        lacking=_big5,
        translated=_to("•､‾∼♁☉¥¢£", "‧﹑¯～⊕⊙￥￠￡"),
        replaced={b"\xa2\x41": "∕", b"\xa2\x42": "﹨"},
        character=rb"[\x81-\xfe].|.",
    ),
    "euc-jp": Codec(
        "euc_jp",
        _malformed(
            rb"[\x8e\xa1-\xfe]|\x8f[\xa1-\xfe]?",
            rb"\x8f[\xa1-\xfe][\x80-\xff]?|[\x8e\x8f\xa1-\xfe][\x80-\xff]",
        ),
        lacking=_jis0208,
        translated=_to("〜‖−¢£¬", "～∥－￠￡￢"),
        replaced={b"\x8f\xa2\xb7": "～"},
        character=rb"\x8f[\xa1-\xfe].|[\x8e\x8f\xa1-\xfe].|.",
    ),
    "shift_jis": Codec(
        "cp932",
        _malformed(rb"[\x81-\x9f\xe0-\xfc]", rb"[\x81-\x9f\xe0-\xfc][\x80-\xff]"),
        translated=_to("\uf8f0\uf8f1\uf8f2\uf8f3", "\ufffd" * 4),
    ),
    "euc-kr": Codec("cp949", _malformed(rb"[\x81-\xfe]", rb"[\x81-\xfe][\x80-\xff]")),
}
BY_NAME = {codec.name: codec for codec in CODECS.values()}
