"""Parts of the runtime that are evaluated when they are first touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgehost.config import Limits

KIND = "(name) => 'get' in Object.getOwnPropertyDescriptor(globalThis, name) ? 'lazy' : 'loaded'"


def test_a_part_is_evaluated_when_it_is_first_touched(realm: Any) -> None:
    assert realm.eval(f"({KIND})('crypto')") == "lazy"
    assert realm.eval("typeof crypto.randomUUID()") == "string"
    assert realm.eval(f"['crypto', 'Crypto', 'structuredClone'].map({KIND}).join()") == (
        "loaded,loaded,lazy"
    )


def test_every_part_is_evaluated_whatever_a_function_put_on_object_prototype(realm: Any) -> None:
    realm.eval(
        "const names = Object.getOwnPropertyNames(globalThis);"
        "for (const key of ['get', 'set', 'value', 'enumerable', 'then', 'name', 'type', 'length', '0'])"
        "Object.defineProperty(Object.prototype, key, { __proto__: null, configurable: true,"
        "get() { throw new Error(key) }, set() { throw new Error(key) } });"
        "for (let i = 0; i < names.length; i++) globalThis[names[i]]; 0"
    )
    assert (
        realm.eval(
            "names.filter((name) => !name.startsWith('on')"
            "&& !Object.hasOwn(Object.getOwnPropertyDescriptor(globalThis, name), 'value')).length"
        )
        == 0
    )


def test_looking_for_a_name_evaluates_nothing(realm: Any) -> None:
    assert realm.eval("'crypto' in globalThis && Object.keys(globalThis).includes('crypto')")
    assert realm.eval(f"({KIND})('crypto')") == "lazy"


def test_every_name_becomes_an_ordinary_property(realm: Any) -> None:
    names = "Object.getOwnPropertyNames(globalThis).filter((name) => !name.startsWith('on'))"
    realm.eval(f"{names}.forEach((name) => globalThis[name])")
    assert realm.eval(f"{names}.filter((name) => ({KIND})(name) === 'lazy').join()") == ""


def test_what_a_function_puts_in_the_place_of_a_name_stays(realm: Any) -> None:
    realm.eval(
        "globalThis.Crypto = 'mine'; Object.defineProperty(globalThis, 'structuredClone', { value: 'too' }), 0"
    )
    realm.eval("crypto, 0")
    assert realm.eval("[Crypto, structuredClone].join()") == "mine,too"


def test_a_part_can_be_touched_deep_in_the_stack(realm: Any) -> None:
    assert (
        realm.eval(
            "(function dive(n) { return n > 0 ? dive(n - 1) : crypto.randomUUID().length })(500)"
        )
        == 36
    )
    assert realm.eval(f"({KIND})('structuredClone')") == "loaded"  # the rest came with it


def test_touching_parts_does_not_raise_the_stack_limit_beyond_bounds(
    make_realm: Callable[..., Any],
) -> None:
    """Each use may give a turn more stack; a thread's own must hold it all."""
    realm = make_realm(limits=Limits(stack_kb=256))
    dive = """
      const names = Object.getOwnPropertyNames(globalThis);
      let deepest = 0;

      function dive(depth, touched) {
        deepest = Math.max(deepest, depth);
        if (touch && depth % 20 === 0 && touched < names.length) globalThis[names[touched++]];
        dive(depth + 1, touched);
      }

      try { dive(0, 0); } catch {}

      deepest
    """
    plain = realm.eval("{ const touch = false;" + dive + "}")
    touching = realm.eval("{ const touch = true;" + dive + "}")
    assert touching <= 3 * plain


def test_no_memory_for_a_part_fails_as_any_lack_of_memory(make_realm: Callable[..., Any]) -> None:
    realm = make_realm(limits=Limits(memory_mb=16))
    realm.isolate._context.set_memory_limit(realm.isolate.memory_bytes() + 4096)
    assert realm.eval("try { crypto } catch (error) { String(error?.name) }") in (
        "InternalError",
        "null",
        "undefined",
    )
    assert realm.isolate.retired


def test_a_part_that_needs_a_replaced_built_in_is_missing_and_nothing_else(
    make_realm: Callable[..., Any],
) -> None:
    told: list[Any] = []
    realm = make_realm(ops={"uncaught": lambda *what: told.append(what)})
    touch = "(() => { try { crypto } catch (error) { return error.message } })()"
    realm.eval("const { bind } = Function.prototype; Function.prototype.bind = null; 0")
    assert "crypto.js" in realm.eval(touch)
    assert "crypto.js" in realm.eval(touch)
    realm.eval("Function.prototype.bind = bind; 0")
    assert realm.eval("performance.mark('a').name") == "a"
    assert list(realm.isolate.take_ops()) == []
    assert told == []
    assert not realm.isolate.retired


def test_an_error_in_a_realm_that_cannot_show_values_is_told_plainly(
    make_realm: Callable[..., Any],
) -> None:
    realm = make_realm(ops={"uncaught": lambda *_: None})
    realm.eval("Function.prototype.bind = null; reportError(new RangeError('too far')), 0")
    ((_, (kind, name, message, _, shown, _)),) = realm.isolate.take_ops()
    assert (kind, name, message) == ("error", "RangeError", "too far")
    assert shown.startswith("RangeError: too far\n")
