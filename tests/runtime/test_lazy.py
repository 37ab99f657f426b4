"""Parts of the runtime that are evaluated when they are first touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

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
    assert realm.eval(f"({KIND})('structuredClone')") == "lazy"


@pytest.mark.parametrize(
    ("before", "use"),
    [
        ("", "globalThis[parts[used]]"),
        ("crypto", "crypto.getRandomValues(new Uint8Array(16))"),
    ],
    ids=["parts", "bytes of the host"],
)
def test_what_enters_the_engine_in_a_turn_gives_it_no_more_stack(
    make_realm: Callable[..., Any], before: str, use: str
) -> None:
    """Nor where the stack ends, time after time: a thread's own would end as well."""
    realm = make_realm(limits=Limits(stack_kb=128))
    plain, using = realm.eval(f"""
      const parts = Object.getOwnPropertyNames(globalThis).filter((name) => !name.startsWith('on'));
      let used = parts.length;
      let deepest = 0;

      function dive(depth) {{
        deepest = Math.max(deepest, depth);

        try {{
          dive(depth + 1);
        }} catch {{
          if (used === parts.length) return;

          try {{ {use} }} finally {{ used++ }}
          dive(depth + 1);
        }}
      }}

      {before};
      dive(0);

      const plain = deepest;

      used = 0;
      dive(0);

      [plain, deepest]
    """)
    assert plain <= using <= 1.1 * plain


def test_no_memory_for_a_part_fails_as_any_lack_of_memory(make_realm: Callable[..., Any]) -> None:
    realm = make_realm(limits=Limits(memory_mb=16))
    realm.isolate._context.set_memory_limit(realm.isolate.memory_bytes() + 4096)
    assert realm.eval("try { crypto } catch (error) { String(error?.name) }") in (
        "InternalError",
        "null",
        "undefined",
    )
    assert realm.isolate.retired


def test_a_part_is_evaluated_whatever_the_function_has_replaced(realm: Any) -> None:
    realm.eval("""
        for (const name of ['Map', 'Object', 'Reflect', 'TypeError', 'Uint8Array']) globalThis[name] = undefined;
        for (const name of ['apply', 'bind', 'call']) Function.prototype[name] = null;
        0""")
    assert realm.eval("crypto.randomUUID().length") == 36
    assert realm.eval("performance.mark('a').name") == "a"


def test_an_error_is_shown_whatever_the_function_has_replaced(
    make_realm: Callable[..., Any],
) -> None:
    realm = make_realm(ops={"uncaught": lambda *_: None})
    realm.eval(
        "Function.prototype.bind = Array.prototype.push = null; reportError(new RangeError('too far')), 0"
    )
    ((_, (kind, name, message, _, shown, _)),) = realm.isolate.take_ops()
    assert (kind, name, message) == ("error", "RangeError", "too far")
    assert shown.startswith("RangeError: too far\n")


LAZY = "const lazy = Object.getOwnPropertyNames(globalThis).filter((name) => Object.getOwnPropertyDescriptor(globalThis, name).get && !name.startsWith('on'));"


@pytest.mark.parametrize(
    "hardening",
    [
        "Object.freeze(globalThis)",
        "Object.seal(globalThis)",
        "Object.preventExtensions(globalThis)",
        "Object.freeze(Object.prototype)",
        "Object.freeze(Object.prototype), Object.freeze(Function.prototype), Object.freeze(globalThis)",
    ],
)
@pytest.mark.parametrize("touched", ["", "crypto;"])
def test_every_part_is_there_after_hardening(realm: Any, hardening: str, touched: str) -> None:
    got = realm.eval(
        f"{LAZY} {touched} {hardening}; for (let turn = 0; turn < 2; turn++) for (const name of lazy) "
        "if (globalThis[name] === undefined || globalThis[name] !== globalThis[name]) throw name;"
        "[lazy.length > 20, structuredClone({ a: 1 }).a, new Blob(['ab']).size, new MessageChannel().port1.constructor.name]"
    )
    assert got == [True, 1, 2, "MessagePort"]


HEIRS = {
    "an assignment": "heir[name] = false",
    "Reflect.set": "if (!Reflect.set(globalThis, name, false, heir)) throw name",
    "Object.assign": "Object.assign(heir, { [name]: false })",
    "a function": "(function () { 'use strict'; this[name] = false; }).call(heir)",
}


@pytest.mark.parametrize("write", HEIRS.values(), ids=HEIRS.keys())
@pytest.mark.parametrize("heir", ["Object.create(globalThis)", "new (Heir)()"])
@pytest.mark.parametrize("touched", ["", "for (const name of lazy) globalThis[name];"])
def test_what_is_written_to_an_heir_of_the_global_object_stays_with_it(
    realm: Any, write: str, heir: str, touched: str
) -> None:
    got = realm.eval(
        f"""
        {LAZY}
        {touched}
        function Heir() {{}}
        Heir.prototype = globalThis;
        const wrong = [];
        for (const name of lazy) {{
          const heir = {heir};
          {write};
          const {{ value, ...how }} = Object.getOwnPropertyDescriptor(heir, name);
          if (value !== false || !how.writable || !how.enumerable || !how.configurable) wrong.push(name);
          heir[name] = true;
          if (heir[name] !== true || globalThis[name] === true || globalThis[name] === false) wrong.push(name);
        }}
        [lazy.length > 20, wrong]
        """
    )
    assert got == [True, []]


def test_a_frozen_name_is_read_only_and_a_sealed_one_is_not(realm: Any) -> None:
    attempt = "(() => { 'use strict'; try { globalThis.Blob = 1; return Blob; } catch (error) { return error.name; } })()"
    assert realm.eval(f"Object.seal(globalThis); [{attempt}, Blob]") == [1, 1]


@pytest.mark.parametrize("touched", ["", "Blob;"])
def test_a_name_of_a_frozen_global_object_cannot_be_written(realm: Any, touched: str) -> None:
    got = realm.eval(
        f"""
        {touched}
        Object.freeze(globalThis);
        'use strict';
        const failing = (write) => {{ try {{ return write(); }} catch (error) {{ return error.name; }} }};
        [(() => {{ 'use strict'; return failing(() => {{ globalThis.Blob = 1; }}); }})(),
          (() => {{ 'use strict'; return failing(() => {{ Object.create(globalThis).Blob = 1; }}); }})(),
          typeof Blob]
        """
    )
    assert got == ["TypeError", "TypeError", "function"]


@pytest.mark.parametrize("touched", ["", "Blob;"])
def test_a_name_is_written_as_a_data_property_is(realm: Any, touched: str) -> None:
    got = realm.eval(
        f"""
        {touched}
        const strict = (write) => {{ try {{ write(); return 'written'; }} catch (error) {{ return error.name; }} }};
        const closed = Object.preventExtensions(Object.create(globalThis));
        const fixed = Object.create(globalThis, {{ Blob: {{ value: 1 }} }});
        const computed = Object.create(globalThis, {{ Blob: {{ set() {{ throw new Error('called') }}, get: () => 5 }} }});
        const first = [closed, fixed].map((object) => strict(() => {{ 'use strict'; object.Blob = 2; }}));
        const receiver = strict(() => {{ if (!Reflect.set(globalThis, 'Blob', 2, computed)) throw new TypeError(); }});
        const proxy = new Proxy(globalThis, {{}});
        proxy.File = 3;
        [first, receiver, typeof Blob, File, Object.hasOwn(globalThis, 'File')]
        """
    )
    assert got == [["TypeError", "TypeError"], "TypeError", "function", 3, True]


def test_no_name_of_a_part_is_in_the_way_of_a_function(realm: Any) -> None:
    """What a part wants of the host is not said by way of the global object."""
    realm.eval(
        "for (const name of ['task', 'timer', 'body'])"
        "Object.defineProperty(globalThis, `edgehost:on:${name}`, { value: 1 });"
        "const seen = []; for (const proto of [Object.prototype, Array.prototype])"
        "for (let i = 0; i < 64; i++) Object.defineProperty(proto, i, { configurable: true,"
        "set(value) { seen.push(typeof value) } }); 0"
    )
    got = realm.eval(
        "structuredClone(1); void BroadcastChannel; for (let i = 0; i < 64; i++) delete Array.prototype[i]; seen.length"
    )
    assert got == 0


def test_a_part_that_has_no_stack_left_says_so(realm: Any) -> None:
    got = realm.eval(
        """
        const messages = new Set();
        const dive = () => { try { dive(); } catch { } try { void crypto; } catch (error) { messages.add(error.message); } };
        try { dive(); } catch {}
        [...messages].some((message) => message.includes('built-in'))
        """
    )
    assert got is False
