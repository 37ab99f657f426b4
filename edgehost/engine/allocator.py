"""How the C library's allocator treats the buffers of bodies and messages, which come and go.

By default glibc gives large ones back to the system as soon as they are freed. The next body then
touches fresh pages, and the page faults cost twice what all copies of its bytes do.
"""

from __future__ import annotations

import ctypes as c

from edgehost.config import MIB

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
LARGEST = 32 * MIB  # buffers up to this size are kept for the next; glibc allows no more
KEPT = 64 * MIB  # that stay with the process when nothing uses them, at most


def keep_freed_memory() -> None:
    """For the whole process, so for a program that serves and not for a library. Only glibc has it."""
    mallopt = getattr(c.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGEST)
        mallopt(_TRIM_THRESHOLD, KEPT)
