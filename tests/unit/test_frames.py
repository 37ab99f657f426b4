"""Frames as a server sends them, the masks of those it receives, and the negotiation of compression."""

from __future__ import annotations

import os
import zlib

import pytest
from hypothesis import given, strategies as st
from websockets.frames import Frame, Opcode

from edgehost.sockets.frames import (
    BINARY,
    CLOSE,
    COMPRESSED,
    FIN,
    PING,
    TEXT,
    Deflate,
    FrameCheck,
    close_payload,
    head,
    negotiate,
)

TAIL = b"\0\0\xff\xff"


def client_frame(payload: bytes, *, masked: bool = True, opcode: Opcode = Opcode.TEXT) -> bytes:
    return Frame(opcode, payload).serialize(mask=masked)


# Heads


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536, 1 << 20, 1 << 40])
@pytest.mark.parametrize(
    "first", [FIN | TEXT, FIN | BINARY, FIN | TEXT | COMPRESSED, FIN | PING, TEXT]
)
def test_a_head_has_the_shortest_length_that_fits(first, length):
    made = head(first, length)
    assert made[0] == first
    if length < 126:
        assert made[1:] == bytes([length])
    elif length < 65536:
        assert made[1:] == b"\x7e" + length.to_bytes(2)
    else:
        assert made[1:] == b"\x7f" + length.to_bytes(8)


@given(st.binary(max_size=70_000), st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.CLOSE]))
def test_frames_are_the_ones_that_another_library_makes(payload, opcode):
    assert head(FIN | int(opcode), len(payload)) + payload == Frame(opcode, payload).serialize(
        mask=False
    )


def test_close_payloads():
    assert close_payload(None, "") == b""
    assert close_payload(1000, "") == b"\x03\xe8"
    assert close_payload(4999, "tschüß") == b"\x13\x87" + "tschüß".encode()
    assert head(FIN | CLOSE, 2) == b"\x88\x02"


# Masks


@st.composite
def pieces(draw: st.DrawFn) -> tuple[list[bytes], bytes]:
    """Masked frames, and the same bytes cut anywhere."""
    sizes = draw(
        st.lists(st.sampled_from([0, 1, 2, 125, 126, 127, 300, 65535, 65536, 70_000]), max_size=6)
    )
    data = b"".join(client_frame(bytes(size), opcode=Opcode.BINARY) for size in sizes)
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=8)))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)], data


@given(pieces())
def test_masked_frames_pass_however_they_are_cut(given_pieces):
    check = FrameCheck()
    for piece in given_pieces[0]:
        assert check.find_wrong(piece) == -1


@given(pieces(), st.integers(0, 200), st.integers(0, 20))
def test_an_unmasked_frame_is_found_where_it_begins(given_pieces, size, cut):
    cut_frames, good = given_pieces
    check = FrameCheck()
    for piece in cut_frames:
        check.find_wrong(piece)
    bare = client_frame(bytes(size), masked=False)
    assert check.find_wrong(bare[:cut] if cut < 2 else bare) == (-1 if cut < 2 else 0)
    if cut < 2:
        assert check.find_wrong(bare[cut:]) == 0
    assert FrameCheck().find_wrong(good + bare + b"rest") == len(good)


@given(st.lists(st.integers(0, 140), min_size=1, max_size=5), st.integers(0, 140))
def test_an_unmasked_frame_is_found_byte_by_byte(sizes, bare_size):
    good = b"".join(client_frame(os.urandom(size), opcode=Opcode.BINARY) for size in sizes)
    data = good + client_frame(bytes(bare_size), masked=False)
    check = FrameCheck()
    found = [check.find_wrong(data[i : i + 1]) for i in range(len(good) + 2)]
    assert found == [-1] * (len(good) + 1) + [0]


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CLOSE])
@given(pieces(), st.integers(0, 125))
def test_a_compressed_control_frame_is_found_where_it_begins(opcode, given_pieces, size):
    cut_frames, good = given_pieces
    wrong = bytearray(client_frame(bytes(size), opcode=opcode))
    assert FrameCheck().find_wrong(good + wrong) == -1
    wrong[0] |= 0x40
    assert FrameCheck().find_wrong(good + wrong) == len(good)
    check = FrameCheck()
    assert [check.find_wrong(piece) for piece in cut_frames] == [-1] * len(cut_frames)
    assert check.find_wrong(bytes(wrong)) == 0
    assert "control frame" in check.problem


# Compression


def inflate(data: bytes, inflater: zlib._Decompress | None = None) -> bytes:
    return (inflater or zlib.decompressobj(wbits=-15)).decompress(data + TAIL)


def test_short_messages_are_not_compressed():
    deflate = Deflate(15, no_context_takeover=False)
    assert deflate.compress(b"x" * 127) is None
    assert deflate.compress(b"x" * 128) is not None


@pytest.mark.parametrize("bits", range(9, 16))
def test_messages_can_be_inflated_within_the_window_that_was_agreed(bits):
    deflate = Deflate(bits, no_context_takeover=False)
    assert deflate.window_bits <= bits
    inflater = zlib.decompressobj(wbits=-deflate.window_bits)
    for i in range(20):
        message = os.urandom(50) * 20 + bytes([i]) * 3000
        compressed = deflate.compress(message)
        assert compressed is not None
        assert len(compressed) < len(message)
        assert inflate(compressed, inflater) == message


def test_with_context_the_same_message_costs_little_the_second_time():
    deflate = Deflate(15, no_context_takeover=False)
    message = os.urandom(1000)
    first, second = deflate.compress(message), deflate.compress(message)
    assert first is not None
    assert second is not None
    assert len(second) < 50 < len(first)


def test_without_context_every_message_stands_alone():
    deflate = Deflate(15, no_context_takeover=True)
    message = os.urandom(500) * 2
    for _ in range(3):
        compressed = deflate.compress(message)
        assert compressed is not None
        assert inflate(compressed) == message


@pytest.mark.parametrize(
    ("offers", "answer"),
    [
        (None, None),
        ("", None),
        ("permessage-deflate", "permessage-deflate; server_max_window_bits=12"),
        (
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_max_window_bits=12",
        ),
        (
            "permessage-deflate;server_no_context_takeover;client_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=12",
        ),
        (
            "permessage-deflate; server_max_window_bits=15",
            "permessage-deflate; server_max_window_bits=12",
        ),
        (
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; server_max_window_bits=10",
        ),
        (
            'permessage-deflate; server_max_window_bits="9"',
            "permessage-deflate; server_max_window_bits=9",
        ),
        ("permessage-deflate; server_max_window_bits=8", None),
        (
            "permessage-deflate; server_max_window_bits=8, permessage-deflate; client_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=12",
        ),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; server_max_window_bits=7", None),
        ("permessage-deflate; server_max_window_bits=16", None),
        ("permessage-deflate; server_max_window_bits=010", None),
        ("permessage-deflate; client_max_window_bits=7", None),
        ("permessage-deflate; client_max_window_bits=", None),
        ("permessage-deflate; server_no_context_takeover=1", None),
        ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", None),
        ("permessage-deflate; unknown", None),
        (
            "permessage-deflate; unknown=3, permessage-deflate",
            "permessage-deflate; server_max_window_bits=12",
        ),
        ("x-permessage-deflate", None),
        ("permessage-deflate-frame, x-webkit-deflate-frame", None),
        ("foo; bar=1, permessage-deflate", "permessage-deflate; server_max_window_bits=12"),
        (", ,", None),
    ],
)
def test_the_first_offer_that_can_be_kept_is_accepted(offers, answer):
    accepted = negotiate(offers)
    assert (accepted[1] if accepted else None) == answer


@given(st.text('permessage-deflate;,= "server_max_window_bits0123456789', max_size=80))
def test_no_offer_breaks_the_negotiation(offers):
    accepted = negotiate(offers)
    assert accepted is None or 9 <= accepted[0].window_bits <= 12
