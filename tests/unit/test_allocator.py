"""Large buffers that come and go do not touch fresh pages each time."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from edgehost.engine import allocator

BUFFERS = """
import resource
from edgehost.engine.allocator import keep_freed_memory

keep_freed_memory()
for size in (1 << 20, 16 << 20):
    for turn in range(12):
        buffers = [bytearray(size), bytearray(size)]
        if turn == 1:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        del buffers
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="only glibc has mallopt")
def test_pages_of_freed_buffers_are_used_again() -> None:
    done = subprocess.run([sys.executable, "-c", BUFFERS], capture_output=True, text=True)
    faults = [int(line) for line in done.stdout.split()]
    assert len(faults) == 2, done.stderr
    assert max(faults) < 100  # the buffers of one turn alone have 512 pages and more


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator.c, "CDLL", lambda _name: object())
    allocator.keep_freed_memory()
