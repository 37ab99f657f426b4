"""Host half of Crypto: random bytes. Twin: runtime_js/crypto/crypto.js

https://w3c.github.io/webcrypto/#crypto-interface
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from typing import Any


def _random_uuid() -> str:
    return str(uuid.uuid4())


QUERIES: dict[str, Callable[..., Any]] = {
    "randomBytes": os.urandom,  # how many bytes
    "randomUUID": _random_uuid,  # a version 4 UUID
}
