"""What a burst produced for a connection leaves in one system call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

WORTH_A_PIECE = 8 * 1024  # bytes, on average, from which a copy costs more than a longer call


def write_pieces(transport: asyncio.Transport, pieces: Sequence[bytes | memoryview]) -> int:
    """Writes them in a row, without a copy where they are large. Returns how many bytes they are."""
    if len(pieces) == 1:
        transport.write(pieces[0])
        return len(pieces[0])
    size = sum(map(len, pieces))
    if size < WORTH_A_PIECE * len(pieces):
        transport.write(b"".join(pieces))
    else:
        transport.writelines(pieces)
    return size
