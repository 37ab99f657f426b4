"""Host half of Web Crypto: random bytes, digests, HMAC. Twin: the files of runtime_js/crypto/

https://w3c.github.io/webcrypto/

Answered in the turn: small data takes a microsecond, and long data is worked through in slices. The host
keeps no keys: their bytes come with each call, from where no script can read them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

Check = Callable[[], None]  # raises when the turn has to stop
SLICE = 1024 * 1024  # bytes between two looks at the limit: some milliseconds

# By the names that Web Crypto has for them.
_HASHES = {"SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class _Hash(Protocol):
    def update(self, data: memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


def _random_uuid() -> str:
    return str(uuid.uuid4())


def digest(data: bytes, algorithm: str, check: Check) -> bytes:
    name = _HASHES[algorithm]
    if len(data) <= SLICE:
        return hashlib.new(name, data).digest()
    return _digest_in_slices(hashlib.new(name), data, check)


def hmac_of(key: bytes, data: bytes, algorithm: str, check: Check) -> bytes:
    name = _HASHES[algorithm]
    if len(data) <= SLICE:
        return hmac.digest(key, data, name)
    return _digest_in_slices(hmac.new(key, digestmod=name), data, check)


def hmac_matches(key: bytes, data: bytes, signature: bytes, algorithm: str, check: Check) -> bool:
    """Whether that is the signature. How long this takes says nothing about where it differs."""
    return hmac.compare_digest(hmac_of(key, data, algorithm, check), signature)


def _digest_in_slices(state: _Hash, data: bytes, check: Check) -> bytes:
    view = memoryview(data)
    for at in range(0, len(view), SLICE):
        check()
        state.update(view[at : at + SLICE])
    return state.digest()


def queries(check: Check) -> dict[str, Callable[..., Any]]:
    return {
        "randomBytes": os.urandom,  # how many bytes
        "randomUUID": _random_uuid,  # a version 4 UUID
        "digest": partial(digest, check=check),
        "hmac": partial(hmac_of, check=check),
        "hmacMatches": partial(hmac_matches, check=check),
    }
