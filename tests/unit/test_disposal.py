"""Isolates leave nothing behind."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgehost.bindings import stateless_queries
from edgehost.config import Limits
from edgehost.engine import capi
from edgehost.engine.isolate import Isolate
from edgehost.errors import CpuLimitExceeded

KIB = 1024
SOURCE = """
    const cycle = { promise: new Promise(() => {}), timer: setTimeout(() => cycle, 1e6) };
    cycle.self = cycle;
    new FinalizationRegistry(() => {}).register(cycle, 1);
    addEventListener('x', () => cycle);
    globalThis.kept = [cycle, new Uint8Array(10_000), 'x'.repeat(10_000)];
"""


def resident() -> int:
    """Bytes of memory that this process has."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("no /proc here")
    return int(statm.read_text().split()[1]) * 4 * KIB


def make(**limits: int) -> Isolate:
    names = "clearTimer loadFailed loaded log setTimer uncaught"
    ops: dict[str, Callable[..., None]] = {name: lambda *_: None for name in names.split()}
    return Isolate(
        Limits(**limits), ops=ops, queries={**stateless_queries(), "consoleColors": lambda: 0}
    )


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    path = tmp_path / "fn.js"
    path.write_text(SOURCE)
    return path


def test_200_isolates_leave_no_memory(entry: Path) -> None:
    def live_and_die() -> None:
        isolate = make()
        isolate.load(entry)
        isolate.deliver("configure", '{"é": "\\ud800"}')
        isolate.close()

    for _ in range(20):  # the allocator finds its size
        live_and_die()
    gc.collect()
    before = resident()
    for _ in range(200):
        live_and_die()
    gc.collect()
    assert resident() - before < 200 * 8 * KIB  # one has 1.5 MiB


def test_no_object_of_a_closed_isolate_is_alive(entry: Path) -> None:
    gc.collect()
    contexts = count(capi.quickjs.Context)
    refs = []
    for _ in range(5):
        isolate = make()
        isolate.load(entry)
        isolate.close()
        refs += [weakref.ref(isolate), weakref.ref(isolate.modules)]
    del isolate
    gc.collect()
    assert [ref() for ref in refs] == [None] * 10
    assert count(capi.quickjs.Context) == contexts


def test_an_isolate_that_nobody_closed_is_collected(entry: Path) -> None:
    gc.collect()
    contexts = count(capi.quickjs.Context)
    isolate = make()
    isolate.load(entry)
    ref = weakref.ref(isolate)
    del isolate
    gc.collect()
    assert ref() is None
    assert count(capi.quickjs.Context) == contexts


def test_closing_frees_the_heap_without_the_collector(entry: Path) -> None:
    gc.collect()
    contexts = count(capi.quickjs.Context)
    gc.disable()
    try:
        for _ in range(3):
            isolate = make()
            isolate.load(entry)
            isolate.deliver("configure", "[" + "1," * 50_000 + "1]")  # crosses by a handle
            isolate.close()
            assert count(capi.quickjs.Context) == contexts
    finally:
        gc.enable()


def test_a_stopped_isolate_can_be_closed(tmp_path: Path) -> None:
    for number, source in enumerate(["for (;;);", "await (async () => { for (;;); })()"]):
        path = tmp_path / f"fn{number}.js"
        path.write_text(source)
        isolate = make(cpu_ms=20)
        with pytest.raises(CpuLimitExceeded):
            isolate.load(path)
        isolate.close()


def test_events_after_the_end_are_dropped(entry: Path) -> None:
    isolate = make()
    isolate.load(entry)
    isolate.close()
    isolate.deliver("timer", 1)
    isolate.deliver("bodyChunk", 1, b"bytes")
    isolate.deliver_plain("request", 1, "GET", "http://localhost/", "")
    isolate.deliver_texts(1, (True, "a"), [], lambda: None)
    assert not isolate.take_ops()


def count(kind: type[Any]) -> int:
    return sum(type(item) is kind for item in gc.get_objects())
