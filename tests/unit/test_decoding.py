"""Content codings: what comes out, in bounded pieces, and what is wrong with them."""

from __future__ import annotations

import gzip
import sys
import zlib

import pytest
from hypothesis import given, strategies as st

from edgehost.client.decoding import Decoder, decoder_of
from edgehost.errors import PeerError

brotli = pytest.importorskip("brotli")


def raw(data: bytes) -> bytes:
    compress = zlib.compressobj(wbits=-15)
    return compress.compress(data) + compress.flush()


ENCODE = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
}


def decoded(decoder: Decoder, pieces: list[bytes], limit: int = 1 << 20) -> bytes:
    out = b""
    for piece in pieces:
        got = decoder.feed(piece, limit)
        out += got
        for _ in range(100_000):
            if not decoder.pending:
                break
            out += decoder.feed(b"", limit)
        assert not decoder.pending
    decoder.finish()
    return out


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(
    st.binary(max_size=3000),
    st.lists(st.sampled_from(sorted(ENCODE)), min_size=1, max_size=3),
    st.integers(1, 500),
    st.integers(1, 5000),
)
def test_what_was_encoded_comes_back_however_it_is_cut(
    data: bytes, codings: list[str], size: int, limit: int
) -> None:
    encoded = data
    for coding in codings:
        encoded = ENCODE[coding](encoded)
    decoder = decoder_of(", ".join(codings))
    assert decoder is not None
    assert decoded(decoder, cut(encoded, size), limit) == data


@pytest.mark.parametrize("coding", ENCODE)
def test_an_end_that_is_missing_is_an_error(coding: str) -> None:
    encoded = ENCODE[coding](b"some text " * 100)
    for length in range(1, len(encoded)):
        decoder = decoder_of(coding)
        assert decoder is not None
        with pytest.raises(PeerError):
            decoded(decoder, [encoded[:length]])


@pytest.mark.parametrize("coding", ENCODE)
def test_a_bomb_comes_out_in_bounded_pieces(coding: str) -> None:
    encoded = ENCODE[coding](b"\0" * 50_000_000)
    decoder = decoder_of(coding)
    assert decoder is not None
    size, largest = 0, 0
    got = decoder.feed(encoded, 65536)
    while True:
        size, largest = size + len(got), max(largest, len(got))
        if not decoder.pending:
            break
        got = decoder.feed(b"", 65536)
    decoder.finish()
    assert size == 50_000_000
    assert largest < 256 * 1024


def test_deflate_without_its_wrapping_is_taken_too() -> None:
    decoder = decoder_of("deflate")
    assert decoder is not None
    assert decoded(decoder, cut(raw(b"text" * 50), 1)) == b"text" * 50


def test_several_members_are_one_and_what_follows_them_is_nobodys() -> None:
    decoder = decoder_of("gzip")
    assert decoder is not None
    assert decoded(decoder, [gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0"]) == b"ab"


@pytest.mark.parametrize("coding", ENCODE)
def test_what_is_not_encoded_is_an_error_and_nothing_at_all_is_none(coding: str) -> None:
    decoder = decoder_of(coding)
    assert decoder is not None
    decoder.finish()
    with pytest.raises(PeerError, match="not encoded as it says"):
        decoder.feed(b"\xff\xff this is plain text, and more of it" * 10, 1000)


@pytest.mark.parametrize("value", ["", "identity", "zstd", "gzip, unknown", " , "])
def test_what_nobody_here_knows_stays_as_it_came(value: str) -> None:
    assert decoder_of(value) is None


def test_too_many_codings_are_refused() -> None:
    with pytest.raises(PeerError, match="encoded 6 times"):
        decoder_of("gzip," * 6)


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brotli", None)
    with pytest.raises(PeerError, match=r"pip install 'edgehost\[br\]'"):
        decoder_of("br")
