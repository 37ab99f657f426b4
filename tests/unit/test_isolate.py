"""Turns, limits, and what a function can do to its isolate."""

from __future__ import annotations

import errno
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from edgehost.engine.meter import GC_THRESHOLD, HEAP_MARGIN
from edgehost.errors import (
    CpuLimitExceeded,
    LimitExceeded,
    MemoryLimitExceeded,
    ScriptError,
    WallLimitExceeded,
)
from tests.unit.conftest import Function

MakeFunction = Callable[..., Function]


def serves(function: Function) -> bool:
    """Whether it evaluates one more module, with some work in it."""
    return function.value("Array.from({ length: 20_000 }, (_, i) => i).length") == "20000"


# Turns


def test_ops_of_a_turn_keep_their_order(probe: Callable[..., Any]) -> None:
    host = probe(
        """
        on('go', () => {
          op.got(1);
          queueMicrotask(() => op.got(3));
          Promise.resolve().then(() => op.got(4)).then(() => op.got(5));
          op.got(2);
        });
        """
    )
    assert host.deliver("go") == [("got", number) for number in (1, 2, 3, 4, 5)]


def test_several_deliveries_may_share_one_take(probe: Callable[..., Any]) -> None:
    host = probe("on('go', (value) => op.got(value))")
    host.isolate.deliver("go", 1)
    host.isolate.deliver("go", "two")
    assert len(list(host.isolate.peek_ops())) == 2
    host.apply()
    assert host.take() == [("got", 1), ("got", "two")]
    assert not host.isolate.take_ops()


def test_a_job_that_throws_does_not_hold_up_the_others(probe: Callable[..., Any]) -> None:
    # A callback of a registry is a job that may throw.
    host = probe(
        """
        const registry = new FinalizationRegistry(() => { throw new Error('mine'); });

        on('go', () => {
          registry.register({}, 1);
          Promise.resolve().then(() => op.got(1)).then(() => op.got(2));
          Promise.reject(new Error('unhandled'));
        });
        """
    )
    with pytest.raises(ScriptError, match="mine"):
        host.deliver("go")
    got = host.take()
    assert [name for name, *_ in got] == ["got", "got", "uncaught"]


@pytest.mark.parametrize(
    "thrown", ["null", "undefined", "'text'", "1n", "Symbol('s')", "new Error('\\ud800\\0')"]
)
def test_a_job_may_throw_anything(probe: Callable[..., Any], thrown: str) -> None:
    host = probe(
        f"""
        const registry = new FinalizationRegistry(() => {{ throw {thrown}; }});

        on('go', () => registry.register({{}}, 1));
        on('fine', () => op.got(1));
        """
    )
    with pytest.raises(Exception):  # noqa: B017 (which one is the engine's choice)
        host.deliver("go")
    assert host.deliver("fine") == [("got", 1)]


def test_bytes_that_were_posted_are_read_from_the_outbox(probe: Callable[..., Any]) -> None:
    host = probe(
        "on('go', () => { const b = new Uint8Array([1, 2, 3]); op.got(post(b, 2), post(b, 3)); })"
    )
    ((_, first, second),) = host.deliver("go")
    assert host.isolate.posted(first, 2) == b"\1\2"
    assert host.isolate.posted(second, 3) == b"\1\2\3"
    assert host.deliver("go") == [("got", first, second)]  # it starts afresh after a take


def test_a_full_outbox_is_put_aside_and_filled_again(probe: Callable[..., Any]) -> None:
    host = probe(
        """
        on('go', (size) => {
          for (let i = 0; i < 30; i++) op.got(post(new Uint8Array(size).fill(i), size));
        });
        """
    )
    for size in (9000, 16_384, 65_507):
        for _ in range(2):
            places = [at for _, at in host.deliver("go", size)]
            assert [host.isolate.posted(at, size) for at in places] == [
                bytes([i]) * size for i in range(30)
            ]


def test_bytes_that_no_outbox_holds_are_not_posted(probe: Callable[..., Any]) -> None:
    host = probe("on('go', (size) => op.got(post(new Uint8Array(size), size)))")
    assert host.deliver("go", 65_512) == [("got", -1)]
    assert host.deliver("go", 10**6) == [("got", -1)]


def test_a_run_is_cut_where_the_outbox_is_full(probe: Callable[..., Any]) -> None:
    host = probe(
        """
        import { endRun, postInRun } from './boundary/host.js';

        on('go', (size) => {
          for (let i = 0; i < 100; i++) postInRun(op.got, 1, new Uint8Array(size).fill(i), size);

          postInRun(op.got, 2, new Uint8Array(1), 1);
        });
        """
    )
    for size in (1000, 1024, 16_380):
        runs = [
            (number, host.isolate.posted(at, length))
            for _, number, at, length in host.deliver("go", size)
        ]
        assert runs.pop() == (2, b"\0")
        assert {number for number, _ in runs} == {1}
        assert b"".join(data for _, data in runs) == b"".join(bytes([i]) * size for i in range(100))
        assert len(runs) == -(-100 // (65_507 // size))


# Deadlines

ENDLESS = {
    "a loop": "for (;;);",
    "a loop in try": "try { for (;;); } catch {}",
    "a loop in finally": "try { throw 1; } finally { for (;;); }",
    "a loop around try": "for (;;) { try { for (;;); } catch {} finally { continue; } }",
    "a regular expression": "/(a+)+b/.test('a'.repeat(40))",
    "a regular expression in replace": "'a'.repeat(40).replace(/(a|a)*b/, '')",
    "an async function": "await (async () => { for (;;); })()",
    "an async function after await": "await (async () => { await null; for (;;); })()",
    "an async function nobody awaits": "(async () => { for (;;); })()",
    "an async function with a catch": "await (async () => { for (;;); })().catch(() => {})",
    "await": "for (;;) await null",
    "a promise's executor": "new Promise(() => { for (;;); })",
    "a thenable": "await { then() { for (;;); } }",
    "a chain of microtasks": "const next = () => queueMicrotask(next); next(); await new Promise(() => {})",
    "a chain of long microtasks": "const next = () => { queueMicrotask(next); for (let i = 0; i < 1e5; i++); }; next()",
    "a chain of promises": "const next = () => { Promise.resolve().then(next); }; next(); await new Promise(() => {})",
    "a catch callback": "await Promise.reject(1).catch(() => { for (;;); })",
    "a getter": "({ get a() { for (;;); } }).a",
    "toString": "`${{ toString() { for (;;); } }}`",
    "toJSON": "JSON.stringify({ toJSON() { for (;;); } })",
    "a reviver": "JSON.parse('[1]', () => { for (;;); })",
    "a proxy's trap": "new Proxy({}, { get() { for (;;); } }).a",
    "ownKeys of a proxy": "Object.keys(new Proxy({}, { ownKeys() { for (;;); } }))",
    "a comparator": "[3, 2, 1].sort(() => { for (;;); })",
    "a replacer": "'a'.replace(/a/, () => { for (;;); })",
    "an iterator": "const [a] = { [Symbol.iterator]() { for (;;); } }",
    "a generator": "for (const x of (function* () { for (;;) yield 1; })());",
    "an async generator": "for await (const x of (async function* () { for (;;) yield 1; })());",
    "a constructor": "class A { constructor() { for (;;); } } new A()",
    "a static block": "class A { static { for (;;); } }",
    "a default argument": "((a = (() => { for (;;); })()) => {})()",
    "Symbol.hasInstance": "1 instanceof { [Symbol.hasInstance]() { for (;;); } }",
    "an event listener": "addEventListener('x', () => { for (;;); }); dispatchEvent(new Event('x'))",
    "an error listener": "addEventListener('error', () => { for (;;); }); reportError(1)",
    "a rejection listener": "addEventListener('unhandledrejection', () => { for (;;); }); Promise.reject(1)",
    "prepareStackTrace": "Error.prepareStackTrace = () => { Error.prepareStackTrace = undefined; for (;;); }; new Error().stack",
    "a registry": "globalThis.kept = new FinalizationRegistry(() => { for (;;); }); kept.register({}, 1)",
    "an import": "await import('data:,').catch(() => { for (;;); })",
    "a sparse array": "new Array(4e9).indexOf(1)",
    "rejections": "for (;;) Promise.reject(1).catch(() => {})",
    "console.log": "for (;;) console.log('x')",
    "an object that console.log shows": "console.log({ get [Symbol.toStringTag]() { for (;;); } })",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS.keys())
def test_endless_code_exceeds_the_cpu_limit(make_function: MakeFunction, source: str) -> None:
    function = make_function(cpu_ms=50)
    began = time.thread_time()
    with pytest.raises(
        CpuLimitExceeded, match=r"more CPU time in one turn than the limit of 50 ms \(cpu_ms\)"
    ):
        function.evaluate(source)
    assert time.thread_time() - began < 1
    function.take()
    assert function.isolate.retired or serves(function)


@pytest.mark.parametrize("source", ["for (;;);", "await (async () => { for (;;); })()"])
def test_endless_code_exceeds_the_wall_clock_limit(
    make_function: MakeFunction, source: str
) -> None:
    function = make_function(cpu_ms=0, wall_ms=50)
    with pytest.raises(
        WallLimitExceeded, match=r"blocked for longer than the limit of 50 ms \(wall_ms\)"
    ):
        function.evaluate(source)
    function.take()
    assert serves(function)


@pytest.mark.parametrize(
    "source",
    [
        "function spin() { for (;;); }\nspin()",
        "async function spin() { for (;;); }\nspin()",
        "async function spin() { await null; for (;;); }\nawait spin()",
        "function spin() { for (;;); }\nawait { then() { spin(); } }",
    ],
)
def test_a_limit_says_where_it_stopped_the_function(
    make_function: MakeFunction, source: str
) -> None:
    function = make_function(cpu_ms=100)
    with pytest.raises(CpuLimitExceeded) as caught:
        function.evaluate(source)
    frame = caught.value.frames[0]
    assert (frame.function, frame.file, frame.line) == ("spin", "entry1.js", 1)
    assert caught.value.excerpt.startswith("1 | ")
    assert not function.isolate.retired


@pytest.mark.parametrize("source", ["for (;;);", "await { then() { for (;;); } }"])
def test_the_runtime_is_asked_while_it_tells_of_what_was_stopped_and_goes_on(
    make_function: MakeFunction, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    function = make_function(cpu_ms=100)
    isolate = function.isolate
    asked = []
    question = isolate._meter.question

    def ask_again() -> bool:
        asked.append(question())
        if asked[-1]:
            isolate._meter.counter.value = 1
        return asked[-1]

    monkeypatch.setattr(isolate._meter, "question", ask_again)
    with pytest.raises(CpuLimitExceeded) as caught:
        function.evaluate(source)
    assert asked.count(True) > 1
    assert caught.value.frames
    assert not isolate.retired


def test_a_limit_that_the_function_swallows_does_not_hit_the_next_turn(
    make_function: MakeFunction,
) -> None:
    function = make_function(cpu_ms=30)
    with pytest.raises(CpuLimitExceeded):
        function.evaluate("await (async () => { for (;;); })().catch(() => {})")
    function.take()
    for _ in range(3):
        assert serves(function)


def test_each_turn_has_its_own_time(make_function: MakeFunction) -> None:
    function = make_function(cpu_ms=200)
    for _ in range(6):  # 60 ms each
        function.evaluate(
            "const until = performance.now() + 60; while (performance.now() < until);"
        )
    assert serves(function)


def test_a_limit_of_0_is_none(make_function: MakeFunction) -> None:
    function = make_function(cpu_ms=0, wall_ms=0, memory_mb=0)
    function.evaluate("const until = Date.now() + 100; while (Date.now() < until);")
    assert serves(function)


def test_what_a_stopped_turn_asked_for_before_is_kept(probe: Callable[..., Any]) -> None:
    host = probe("on('go', () => { op.got(1); for (;;); })", cpu_ms=30)
    with pytest.raises(CpuLimitExceeded):
        host.deliver("go")
    assert host.take() == [("got", 1)]


def test_runtime_code_that_is_cut_short_retires_the_isolate(probe: Callable[..., Any]) -> None:
    host = probe("on('go', async () => { for (;;); }); on('fine', () => op.got(1));", cpu_ms=30)
    with pytest.raises(CpuLimitExceeded):
        host.deliver("go")
    assert host.isolate.retired


def test_jobs_that_trip_again_retire_the_isolate(make_function: MakeFunction) -> None:
    function = make_function(cpu_ms=30)
    with pytest.raises(CpuLimitExceeded):
        function.evaluate(
            "const next = () => { queueMicrotask(next); for (let i = 0; i < 1e5; i++); }; next()"
        )
    assert function.isolate.retired


def test_jobs_of_others_run_after_a_stopped_one(probe: Callable[..., Any]) -> None:
    host = probe(
        """
        const registry = new FinalizationRegistry(() => { for (;;); });

        on('go', () => {
          registry.register({}, 1);
          Promise.resolve().then(() => op.got(1)).then(() => op.got(2));
        });
        """,
        cpu_ms=30,
    )
    with pytest.raises(CpuLimitExceeded):
        host.deliver("go")
    assert host.take() == [("got", 1), ("got", 2)]


def test_short_turns_read_no_clock(
    probe: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    host = probe("on('go', () => op.got(1))", cpu_ms=1000)
    monkeypatch.setattr("edgehost.engine.meter.time.thread_time", lambda: asked.append(1) or 0.0)
    for _ in range(1000):
        host.deliver("go")
    assert len(asked) < 20


def test_ctrl_c_stops_a_loop(make_function: MakeFunction, monkeypatch: pytest.MonkeyPatch) -> None:
    function = make_function()

    def pressed() -> float:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("edgehost.engine.meter.time.thread_time", pressed)
        with pytest.raises(KeyboardInterrupt):
            function.evaluate("for (;;);")
    function.take()
    assert serves(function)


# Memory

HUNGRY = {
    "an array": "const a = []; while (1) a.push({});",
    "numbers": "const a = []; while (1) a.push(1.5);",
    "strings": "const a = []; for (let i = 0; ; i++) a.push('x'.repeat(1000) + i);",
    "a large string": "globalThis.s = 'x'.repeat(2 ** 29)",
    "buffers": "const a = []; while (1) a.push(new ArrayBuffer(2 ** 20));",
    "one buffer": "new Uint8Array(2 ** 30)",
    "a map": "const m = new Map(); for (let i = 0; ; i++) m.set(i, i);",
    "a generator": "[...(function* () { while (1) yield 1; })()]",
    "in an async function": "await (async () => { const a = []; await null; while (1) a.push([]); })()",
    "Array.from": "Array.from({ length: 1e9 })",
    "fill": "new Array(4294967295).fill(0)",
    "split": "'a'.repeat(1e7).split('')",
    "a list": "globalThis.o = null; for (;;) o = { o };",
    "a list in a catch": "globalThis.o = null; for (;;) try { o = { o }; } catch { o = { o }; }",
    "closures": "globalThis.f = null; for (;;) { const g = f; f = () => g; }",
}


@pytest.mark.parametrize("source", HUNGRY.values(), ids=HUNGRY.keys())
def test_hungry_code_ends_and_frees_its_memory(make_function: MakeFunction, source: str) -> None:
    """Of the rest, the worker makes a MemoryLimitExceeded when the realm reports it (test_worker.py)."""
    function = make_function(memory_mb=16, cpu_ms=5000)
    try:
        function.evaluate(source)
    except LimitExceeded as error:
        assert isinstance(error, MemoryLimitExceeded)
    assert function.isolate.memory_bytes() <= 16 * 1024 * 1024 + HEAP_MARGIN


def test_too_little_memory_to_start_is_said(make_function: MakeFunction) -> None:
    with pytest.raises(MemoryLimitExceeded, match=r"limit of 1 MB \(memory_mb\)"):
        make_function(memory_mb=1)


def test_an_isolate_without_memory_does_not_spoil_the_next(make_function: MakeFunction) -> None:
    code = (
        "from edgehost.config import Limits; from edgehost.engine.isolate import Isolate\n"
        "from edgehost.engine import bytecode; from edgehost.errors import MemoryLimitExceeded\n"
        "bytecode._stored = lambda name: None; bytecode.save = lambda: None\n"
        "try: Isolate(Limits(memory_mb=1), ops={}, queries={})\n"
        "except MemoryLimitExceeded: print('refused')\n"
        "Isolate(Limits(), ops={}, queries={}).close(); print('fine')"
    )
    assert run(code) == ["refused", "fine"]


def test_a_full_heap_cannot_be_caught(make_function: MakeFunction) -> None:
    function = make_function(memory_mb=16, cpu_ms=5000)
    with pytest.raises(
        MemoryLimitExceeded, match=r"more memory than the limit of 16 MB \(memory_mb\)"
    ) as caught:
        function.evaluate("globalThis.a = [];\nfor (;;) try { for (;;) a.push({}); } catch {}")
    assert function.isolate.retired
    function.take()
    assert caught.value.args[0] == "MemoryLimitExceeded"


def test_cycles_of_a_small_heap_are_not_collected_often(probe: Callable[..., Any]) -> None:
    host = probe(
        """
        on('go', () => {
          for (let i = 0; i < 1000; i++) {
            const cycle = {};
            cycle.self = cycle;
          }
        });
        """
    )
    sizes = []
    for _ in range(500):
        host.deliver("go")
        sizes.append(host.isolate.memory_bytes())
    before_collections = [a for a, b in itertools.pairwise(sizes) if a > b]
    assert len(before_collections) > 2
    assert min(before_collections) > 0.9 * GC_THRESHOLD
    assert max(sizes) < 1.1 * GC_THRESHOLD


def test_garbage_does_not_count(make_function: MakeFunction) -> None:
    function = make_function(memory_mb=20, cpu_ms=0)
    # Cycles, which the engine would let grow to 24 MB between two collections.
    source = "globalThis.kept = new Uint8Array(14_000_000); for (let i = 0; i < 300_000; i++) { const o = {}; o.o = [o]; }"
    function.evaluate(source)
    assert not function.isolate.retired


# The stack: in a process of its own, since a crash would end the tests

DEEP = {
    "recursion": "const f = () => f(); f()",
    "mutual recursion": "const f = (n) => [n].map(() => g(n)), g = (n) => f(n + 1); f(0)",
    "recursion by apply": "function f() { Reflect.apply(f, null, []); } f()",
    "a getter": "const o = { get a() { return this.a; } }; o.a",
    "toString": "const o = { toString() { return `${o}`; } }; `${o}`",
    "a proxy": "const p = new Proxy({}, { get: (t, k) => p[k] }); p.a",
    "a chain of proxies": "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.a",
    "a proxy's own prototype": "const p = new Proxy({}, {}); Object.setPrototypeOf(p, p); p.a; throw new RangeError()",
    "a chain of bound functions": "let f = () => 1; for (let i = 0; i < 1e4; i++) f = f.bind(null); f()",
    "nested arrays to JSON": "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)",
    "nested arrays from JSON": "JSON.parse('['.repeat(1e6))",
    "nested arrays to text": "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; String(a)",
    "nested arrays flattened": "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity)",
    "a nested pattern": "new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5))",
    "new": "class A { constructor() { new A(); } } new A()",
    "sort": "const f = () => [2, 1].sort(f); f()",
    "replace": "const f = () => 'a'.replace(/a/, f); f()",
    "an iterator": "const f = () => { [...{ [Symbol.iterator]: f }]; }; f()",
    "a generator": "function* f() { yield* f(); } f().next()",
    "an event listener": "addEventListener('x', () => dispatchEvent(new Event('x'))); dispatchEvent(new Event('x')); throw new RangeError()",
    "prepareStackTrace": "Error.prepareStackTrace = () => new Error().stack; const f = () => f(); f()",
    "structuredClone": "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; structuredClone(a); throw new RangeError()",
    "console.log": "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; console.log(a); throw new RangeError()",
}

IN_A_PROCESS = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.unit.conftest import Function
from edgehost.config import Limits
function = Function(Path(tempfile.mkdtemp()), Limits(cpu_ms=10_000))
(name, kind, message, *_), = [got for got in function.evaluate({source!r}) if got[0] == "loadFailed"]
print(kind)
print(function.value("1 + 1"))
function.isolate.close()
"""


def run(code: str) -> list[str]:
    root = __file__.rpartition("/tests/")[0]
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP.keys())
def test_too_deep_is_an_error_that_can_be_caught(source: str) -> None:
    root = __file__.rpartition("/tests/")[0]
    assert run(IN_A_PROCESS.format(root=root, source=source)) in (
        ["RangeError", "2"],
        ["SyntaxError", "2"],
        ["InternalError", "2"],
    )


@pytest.mark.parametrize("what", ["bytecode.load", "runtime_files.names"])
def test_a_part_of_the_runtime_that_cannot_be_read_now_is_read_later(
    make_function: MakeFunction, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    function = make_function()

    def refused(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(f"edgehost.engine.{what}", refused)
        assert "cannot be read: Too many open files" in function.value("new FormData()")
    assert function.value("new FormData()") == "[object FormData]"
    assert not function.isolate.retired


def test_a_part_of_the_runtime_for_which_there_was_no_memory_retires_the_isolate(
    make_function: MakeFunction,
) -> None:
    """Whatever the function makes of it: the part would be missing for every request from then on."""
    function = make_function(memory_mb=32)
    function.evaluate("globalThis.touch = () => { try { structuredClone } catch {} }")
    isolate = function.isolate
    isolate._context.set_memory_limit(isolate.memory_bytes() + 12288)
    with pytest.raises(MemoryLimitExceeded):
        function.evaluate("touch()")
    assert isolate.retired
