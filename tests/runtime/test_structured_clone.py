"""structuredClone: what it keeps, what it leaves out, what it refuses, and what transfer does."""

from __future__ import annotations

from typing import Any

import pytest


def clone(realm: Any, value: str, look: str, options: str = "undefined") -> Any:
    """What `look` sees, where `a` is the value and `b` its clone."""
    return realm.eval(
        f"(() => {{ const a = {value}; const b = structuredClone(a, {options}); return {look} }})()"
    )


@pytest.mark.parametrize(
    "value", ["undefined", "null", "true", "-0", "NaN", "''", r"'\ud800\0'", "2n ** 70n"]
)
def test_primitives_stay_themselves(realm: Any, value: str) -> None:
    assert clone(realm, value, "Object.is(a, b) || (typeof a === 'bigint' && a === b)") is True


@pytest.mark.parametrize(
    "value", ["new Boolean(false)", "new Number(-0)", "new String('x')", "Object(5n)"]
)
def test_boxed_primitives_stay_boxed(realm: Any, value: str) -> None:
    assert clone(
        realm,
        value,
        (
            "typeof b === 'object' && Object.is(a.valueOf(), b.valueOf()) && "
            "a.constructor === b.constructor"
        ),
    )


def test_identity_and_cycles_are_kept(realm: Any) -> None:
    look = "[b !== a, b.self === b, b.list[0] === b.list[1], b.map.get('me') === b, b.set.has(b)]"
    value = (
        "(() => { const o = { x: {} }; o.self = o; o.list = [o.x, o.x]; o.map = new Map([['me', "
        "o]]); o.set = new Set([o]); return o })()"
    )
    assert clone(realm, value, look) == [True] * 5


def test_holes_length_and_extra_properties_of_arrays_are_kept(realm: Any) -> None:
    assert clone(
        realm,
        "Object.assign([1, , 3, ,], { extra: 1 })",
        "[b.length, 1 in b, 3 in b, b.extra, Object.keys(b)]",
    ) == [4, False, False, 1, ["0", "2", "extra"]]


def test_properties_keep_their_order_and_getters_become_values(realm: Any) -> None:
    assert clone(
        realm,
        "{ z: 1, get y() { return this.z + 1 }, 1: 0, [Symbol()]: 1, __proto__: null }",
        "[Object.entries(b), Object.getOwnPropertySymbols(b).length, "
        "Object.getPrototypeOf(b) === Object.prototype,"
        "Object.getOwnPropertyDescriptor(b, 'y').writable]",
    ) == [[["1", 0], ["z", 1], ["y", 2]], 0, True, True]


def test_what_a_getter_deletes_is_left_out(realm: Any) -> None:
    assert clone(
        realm, "{ get first() { delete this.second; return 1 }, second: 2 }", "Object.keys(b)"
    ) == ["first"]


def test_an_own_proto_property_and_inherited_setters_do_not_interfere(realm: Any) -> None:
    assert clone(
        realm,
        "(Object.defineProperty(Object.prototype, 'trap', { set() { throw 1 } }),"
        "Object.defineProperty(JSON.parse('{\"__proto__\":{\"x\":1}}'), 'trap',"
        "{ value: 2, enumerable: true }))",
        "[Object.hasOwn(b, '__proto__'), b.x, b.trap]",
    ) == [True, None, 2]


def test_members_added_while_a_map_is_cloned_are_left_out(realm: Any) -> None:
    value = (
        "(() => { const m = new Map(); m.set({ get x() { m.set('late', 1); return 1 } }, 1); "
        "return m })()"
    )
    assert clone(realm, value, "[b.size, [...b.keys()][0].x]") == [1, 1]


def test_class_instances_become_plain_objects(realm: Any) -> None:
    assert clone(
        realm,
        "new (class A { #p = 1; x = 1 })()",
        "[Object.getPrototypeOf(b) === Object.prototype, b.x]",
    ) == [True, 1]


@pytest.mark.parametrize(
    "name",
    ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"],
)
def test_errors_keep_class_message_stack_and_cause(realm: Any, name: str) -> None:
    assert clone(
        realm,
        f"new {name}('m', {{ cause: {{ n: 1 }} }})",
        (
            f"[b.constructor === {name}, Error.isError(b), b.message, b.stack === a.stack, "
            f"b.cause.n, Object.keys(b)]"
        ),
    ) == [True, True, "m", True, 1, []]


def test_an_error_of_another_name_becomes_an_error(realm: Any) -> None:
    value = (
        "Object.assign(new (class MyError extends TypeError {})('m'), { name: 'MyError', code: 7 })"
    )
    assert clone(realm, value, "[b.constructor === Error, b.name, b.message, 'code' in b]") == [
        True,
        "Error",
        "m",
        False,
    ]


def test_an_error_that_is_its_own_cause(realm: Any) -> None:
    assert clone(
        realm, "(() => { const e = new Error('x'); e.cause = e; return e })()", "b.cause === b"
    )


def test_dom_exceptions_are_cloned(realm: Any) -> None:
    assert clone(
        realm,
        "new DOMException('m', 'DataCloneError')",
        "[b instanceof DOMException, b.name, b.message, b.code, b.stack === a.stack]",
    ) == [True, "DataCloneError", "m", 25, True]
    assert clone(
        realm,
        "new QuotaExceededError('m', { quota: 3, requested: 4 })",
        "[b.name, b.quota, b.requested]",
    ) == ["QuotaExceededError", 3, 4]


def test_regular_expressions_lose_their_position(realm: Any) -> None:
    assert clone(
        realm, "Object.assign(/a\\/b/giu, { lastIndex: 3 })", "[b.source, b.flags, b.lastIndex]"
    ) == ["a\\/b", "giu", 0]


def test_views_of_one_buffer_share_its_copy(realm: Any) -> None:
    value = (
        "(() => { const buffer = new ArrayBuffer(8); return [new Uint8Array(buffer, 1, 4), "
        "new DataView(buffer, 2), new Float16Array(buffer)] })()"
    )
    look = (
        "[b[0].buffer === b[1].buffer, b[0].buffer === b[2].buffer, b[0].buffer !== a[0].buffer, "
        "b[0].byteOffset, b[0].length, b[1].byteLength, b[2].constructor === Float16Array]"
    )
    assert clone(realm, value, look) == [True, True, True, 1, 4, 6, True]


@pytest.mark.parametrize(
    ("view", "tracks"),
    [
        ("new Uint8Array(buffer)", True),
        ("new Uint8Array(buffer, 0, size)", False),
        ("new Uint8Array(buffer, 2, 3)", False),
        ("new Uint16Array(buffer, 2)", True),
        ("new Uint16Array(buffer, size - 2, 1)", False),
        ("new Uint32Array(buffer, size - size % 4)", True),
        ("new Uint32Array(buffer, size - size % 4, 0)", False),
        ("new DataView(buffer, 1)", True),
        ("new DataView(buffer, 1, size - 1)", False),
        ("new DataView(buffer, size)", True),
        ("new DataView(buffer, size, 0)", False),
    ],
)
@pytest.mark.parametrize("size", [8, 10])
def test_views_of_a_resizable_buffer_go_on_tracking_its_length(
    realm: Any, view: str, tracks: bool, size: int
) -> None:
    value = (
        f"(() => {{ const size = {size}, buffer = new ArrayBuffer(size, {{ "
        f"maxByteLength: 32 }}); return {view} }})()"
    )
    look = (
        "(() => { const bytes = new Uint8Array(a.buffer).fill(7), c = structuredClone(a);"
        "const before = c.byteLength; c.buffer.resize(32);"
        "return [c.byteLength !== before, bytes.length, bytes.every((x) => x === 7)] })()"
    )
    assert clone(realm, value, look) == [tracks, size, True]


def test_a_view_that_fills_its_buffer_at_the_maximum_is_left_intact(realm: Any) -> None:
    value = "new Uint16Array(new ArrayBuffer(8, { maxByteLength: 8 })).fill(0x0102)"
    look = "(() => { b.buffer.resize(4); return [a.length, [...a], b.length] })()"
    assert clone(realm, value, look) == [4, [0x0102] * 4, 2]


def test_shared_memory_is_shared(realm: Any) -> None:
    assert clone(realm, "new Uint8Array(new SharedArrayBuffer(2))", "(b[0] = 9, a[0])") == 9


REFUSED = [
    "() => {}",
    "Symbol()",
    "Object(Symbol())",
    "Promise.resolve()",
    "new WeakMap()",
    "new WeakRef({})",
    "(function* () {})()",
    "new Map().entries()",
    "new Proxy({}, {})",
    "new Proxy([], {})",
    "globalThis",
    "new EventTarget()",
    "new Event('x')",
    "new (class extends AbortController {})()",
    "Object.setPrototypeOf(Promise.resolve(), null)",
    "(() => { const b = new ArrayBuffer(1); b.transfer(); return b })()",
    "(() => { const b = new ArrayBuffer(1), v = new Uint8Array(b); b.transfer(); return v })()",
    (
        "(() => { const b = new ArrayBuffer(2, { maxByteLength: 4 }), v = new DataView(b, 1, 1); "
        "b.resize(1); return v })()"
    ),
]


@pytest.mark.parametrize("value", REFUSED)
@pytest.mark.parametrize(
    "around", ["%s", "[%s]", "new Map([[1, %s]])", "new Error('x', { cause: %s })"]
)
def test_what_cannot_be_cloned_is_a_data_clone_error(realm: Any, value: str, around: str) -> None:
    source = around % f"({value})"
    assert (
        realm.eval(f"try {{ structuredClone({source}); 'cloned' }} catch (e) {{ e.name + e.code }}")
        == "DataCloneError25"
    )


@pytest.mark.parametrize(
    "value",
    [
        "new Map([[1, 2]])",
        "new Set([1])",
        "new Date(7)",
        "/x/g",
        "new Error('m')",
        "new ArrayBuffer(3)",
    ],
)
def test_the_class_does_not_depend_on_the_prototype(realm: Any, value: str) -> None:
    assert clone(
        realm,
        f"Object.setPrototypeOf({value}, null)",
        f"Object.getPrototypeOf(b) === ({value}).constructor.prototype",
    )


def test_an_object_that_only_inherits_from_a_built_in_is_plain(realm: Any) -> None:
    assert clone(
        realm,
        "Object.assign(Object.create(Map.prototype), { x: 1 })",
        "[Object.getPrototypeOf(b) === Object.prototype, b.x]",
    ) == [True, 1]


def test_a_transferred_buffer_is_moved(realm: Any) -> None:
    look = "[a.buffer.detached, a.length, [...b], b.buffer.resizable, b.buffer.maxByteLength]"
    value = "new Uint8Array(new ArrayBuffer(2, { maxByteLength: 9 })).fill(5)"
    assert clone(realm, value, look, "{ transfer: [a.buffer] }") == [True, 0, [5, 5], True, 9]


def test_a_buffer_is_transferred_even_where_the_value_does_not_hold_it(realm: Any) -> None:
    assert realm.eval(
        "(() => { const x = new ArrayBuffer(1); structuredClone(0, { transfer: [x] }); "
        "return x.detached })()"
    )


def test_nothing_is_transferred_when_cloning_fails(realm: Any) -> None:
    assert (
        realm.eval(
            "(() => { const x = new ArrayBuffer(1); try { structuredClone([x, () => {}], { "
            "transfer: [x] }) } catch {} return x.detached })()"
        )
        is False
    )


@pytest.mark.parametrize(
    ("transfer", "name"),
    [
        ("[1]", "TypeError"),
        ("null", "TypeError"),
        ("[{}]", "DataCloneError"),
        ("[x, x]", "DataCloneError"),
        ("[new SharedArrayBuffer(1)]", "DataCloneError"),
        ("[(x.transfer(), x)]", "DataCloneError"),
        ("[new Uint8Array(x)]", "DataCloneError"),
    ],
)
def test_what_cannot_be_transferred(realm: Any, transfer: str, name: str) -> None:
    assert (
        realm.eval(
            f"(() => {{ const x = new ArrayBuffer(1); try {{ structuredClone(0, {{ "
            f"transfer: {transfer} }}) }} catch (e) {{ return e.name }} }})()"
        )
        == name
    )


def test_endless_nesting_is_a_range_error(realm: Any) -> None:
    assert (
        realm.eval(
            "(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; try { "
            "structuredClone(a) } catch (e) { return e.name } })()"
        )
        == "RangeError"
    )
