"""WeakRef: what one was made of, or gave, stays until the turn is over, and no longer."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "target", ["{ a: 1 }", "[1]", "() => 1", "new URL('http://a/')", "Symbol('s')"]
)
def test_a_target_stays_for_the_turn_and_goes_after_it(tasked: Any, target: str) -> None:
    tasked.eval(f"globalThis.ref = new WeakRef({target}); note(ref.deref() !== undefined); 0")
    assert tasked.after_tasks() == [True]
    tasked.eval("note(ref.deref() !== undefined); 0")
    assert tasked.after_tasks() == [True, False]


def test_it_stays_for_the_jobs_of_the_turn_too(tasked: Any) -> None:
    assert tasked.run(
        "const ref = new WeakRef({}); await 0; await new Promise((go) => queueMicrotask(go)); note(ref.deref() !== undefined)"
    ) == [True]


def test_what_deref_gave_stays_when_nothing_else_holds_it(tasked: Any) -> None:
    tasked.eval("globalThis.held = {}; globalThis.ref = new WeakRef(held); 0")
    tasked.after_tasks()
    tasked.eval("ref.deref(); held = null; note(ref.deref() !== undefined); 0")
    assert tasked.after_tasks() == [True]
    tasked.eval("note(ref.deref() !== undefined); 0")
    assert tasked.after_tasks() == [True, False]


def test_a_registry_hears_of_it_after_the_turn(tasked: Any) -> None:
    tasked.eval(
        "globalThis.registry = new FinalizationRegistry(note);"
        "(() => { const target = {}; registry.register(target, 'gone'); new WeakRef(target); })();"
        "Promise.resolve().then(() => note('the turn')); 0"
    )
    assert tasked.after_tasks() == ["the turn", "gone"]


def test_a_cache_that_is_filled_and_read_in_one_turn_hits(tasked: Any) -> None:
    script = """
      const cache = new Map();
      for (const key of ['a', 'b']) cache.set(key, new WeakRef({ key }));
      note(...[...cache.values()].map((ref) => ref.deref().key));
    """
    assert tasked.run(script) == ["a", "b"]


def test_it_looks_as_it_did(tasked: Any) -> None:
    script = """
      class Mine extends WeakRef { get mine() { return this.deref().a } }
      const ref = new Mine({ a: 1 });
      const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, 'WeakRef');
      note(ref.mine, ref instanceof WeakRef, WeakRef.name, WeakRef.length, WeakRef.prototype.deref.name,
        'prototype' in WeakRef.prototype.deref, Object.prototype.toString.call(ref), ref.constructor === Mine,
        WeakRef.prototype.constructor === WeakRef, writable, enumerable, configurable,
        Object.keys(WeakRef.prototype).length);
      for (const wrong of [() => WeakRef({}), () => new WeakRef(1), () => new WeakRef(), () => WeakRef.prototype.deref.call({})]) {
        try { wrong(); note('no error') } catch (error) { note(error.name) }
      }
    """
    assert tasked.run(script) == [
        1, True, "WeakRef", 1, "deref", False, "[object WeakRef]", True, True, True, False, True, 0,
        *["TypeError"] * 4,
    ]  # fmt: skip
