"""Digests of long data: in slices, between which the limit is looked at."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from edgehost.bindings.crypto import SLICE, digest, hmac_of
from edgehost.errors import Failure

LONG = bytes(range(256)) * (SLICE // 256 * 3) + b"rest"


class Limit:
    """Counts the looks, and stops the work at one of them."""

    def __init__(self, last: int = 1000) -> None:
        self.looks = 0
        self.last = last

    def __call__(self) -> None:
        self.looks += 1
        if self.looks > self.last:
            raise Failure("InternalError", "interrupted")


def test_slices_make_the_same_digest() -> None:
    limit = Limit()
    assert digest(LONG, "SHA-384", limit) == hashlib.sha384(LONG).digest()
    assert hmac_of(b"key", LONG, "SHA-1", limit) == hmac.digest(b"key", LONG, "sha1")
    assert limit.looks == 8


def test_short_data_is_not_worth_a_look() -> None:
    limit = Limit(last=0)
    assert digest(b"abc", "SHA-256", limit) == hashlib.sha256(b"abc").digest()


def test_the_work_ends_where_the_limit_trips() -> None:
    limit = Limit(last=1)
    with pytest.raises(Failure, match="interrupted"):
        digest(LONG, "SHA-256", limit)
    assert limit.looks == 2
