"""What scripts can do to the constructors of interfaces: whatever they are given is a script's own."""

from __future__ import annotations

from typing import Any

import pytest

# Each inherits; how one is made by a script (or by the runtime), whatever stands above it.
MADE = {
    "AbortSignal": "new AbortController().signal",
    "BroadcastChannel": "new BroadcastChannel('a')",
    "CloseEvent": "new CloseEvent('close')",
    "CustomEvent": "new CustomEvent('a')",
    "ErrorEvent": "new ErrorEvent('a')",
    "ExtendableEvent": "new ExtendableEvent('a')",
    "FetchEvent": "new FetchEvent('a', { request: 1 })",
    "File": "new File([], 'name')",
    "FileReader": "new FileReader()",
    "MessageEvent": "new MessageEvent('a')",
    "MessagePort": "new MessageChannel().port1",
    "PerformanceMark": "new PerformanceMark('a')",
    "PerformanceMeasure": "performance.measure('a')",
    "ProgressEvent": "new ProgressEvent('a')",
    "PromiseRejectionEvent": "new PromiseRejectionEvent('a', { promise: {} })",
    "QuotaExceededError": "new QuotaExceededError()",
}
CLOSED = [
    "AbortSignal",
    "Crypto",
    "ExecutionContext",
    "MessagePort",
    "Navigator",
    "Performance",
    "PerformanceEntry",
    "PerformanceMeasure",
    "PerformanceObserverEntryList",
    "ReadableByteStreamController",
    "ReadableStreamBYOBRequest",
    "ReadableStreamDefaultController",
    "TransformStreamDefaultController",
    "WritableStreamDefaultController",
]
# With values that scripts give, or that the runtime makes: those that make objects in two ways.
BOTH = {
    "Blob": "new Blob(['text'])",
    "File": "new File(['text'], 'name')",
    "Headers": "new Headers({ a: 'b' })",
    "ReadableStream": "new ReadableStream()",
    "Request": "new Request('http://a/')",
    "Response": "new Response('text')",
    "TransformStream": "new TransformStream()",
    "URLSearchParams": "new URLSearchParams('a=b')",
    "WritableStream": "new WritableStream()",
}


@pytest.mark.parametrize("name", MADE)
def test_a_function_in_the_place_of_the_parent_is_never_called(realm: Any, name: str) -> None:
    got = realm.eval(
        f"""
        const calls = [];
        Object.setPrototypeOf({name}, function (...given) {{ calls.push(given.length); return {{}}; }});
        const made = {MADE[name]};
        [calls.length, made instanceof {name}, made.constructor === {name}, made.constructor.name]
        """
    )
    assert got == [0, True, True, name]


@pytest.mark.parametrize("name", MADE)
def test_an_interface_inherits_from_its_parents_constructor(realm: Any, name: str) -> None:
    assert realm.eval(
        f"Object.getPrototypeOf({name}) === Object.getPrototypeOf({name}.prototype).constructor"
    )


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize(
    "made", ["new I()", "new I({})", "new (class extends I {})()", "Reflect.construct(I, [], Map)"]
)
def test_a_closed_constructor_makes_nothing(realm: Any, name: str, made: str) -> None:
    assert (
        realm.eval(
            f"{{ const I = {name}; let got; try {{ {made}; got = 'made'; }} catch (error) {{ got = `${{error}}`; }} got }}"
        )
        == "TypeError: Illegal constructor"
    )


@pytest.mark.parametrize("name", BOTH)
def test_a_constructor_is_a_class_to_scripts(realm: Any, name: str) -> None:
    got = realm.eval(
        f"""
        const {{ value, ...how }} = Object.getOwnPropertyDescriptor({name}, 'prototype');
        const mine = new (class Mine extends {name} {{ own = 1; }})({BOTH[name][BOTH[name].index("(") + 1 : -1]});
        let called;
        try {{ {name}(); }} catch (error) {{ called = error.name; }}
        [how, value.constructor === {name}, mine.own, mine.constructor.name, mine instanceof {name}, called]
        """
    )
    assert got == [
        {"writable": False, "enumerable": False, "configurable": False},
        True,
        1,
        "Mine",
        True,
        "TypeError",
    ]


@pytest.mark.parametrize("name", BOTH)
def test_nothing_that_a_prototype_does_while_an_object_is_made_changes_another(
    realm: Any, name: str
) -> None:
    """The prototype of a new target is asked for in the middle of a construction."""
    got = realm.eval(
        f"""
        const others = [];
        const NewTarget = new Proxy(function () {{}}, {{
          get() {{ others.push({BOTH[name]}); throw new RangeError('asked'); }},
        }});
        let error;
        try {{ Reflect.construct({name}, [{BOTH[name][BOTH[name].index("(") + 1 : -1]}], NewTarget); }} catch (e) {{ error = e; }}
        const after = {BOTH[name]};
        [error.message, others.length > 0, others.every((one) => one instanceof {name} && one !== after)]
        """
    )
    assert got == ["asked", True, True]


def test_an_object_that_the_stack_has_no_room_for_leaves_nothing_behind(realm: Any) -> None:
    got = realm.eval(
        """
        const answers = new Set();
        const blob = new Blob(['secret']);
        const dive = () => { try { dive(); } finally { try { new Response(blob).clone(); blob.slice(); } catch {} } };
        try { dive(); } catch {}
        [new Response().status, new Response().body, new Blob().size, [...new Headers()].length,
          new URLSearchParams().size, new MessageEvent('a').data]
        """
    )
    assert got == [200, None, 0, 0, 0, None]


EVENTS = {
    "a script's": "new Event('a')",
    "a script's message": "new MessageEvent('a', { data: 1 })",
    "the runtime's": "(() => { let got; const c = new AbortController(); c.signal.onabort = (e) => { got = e; };"
    " c.abort(); return got; })()",
    "an error": "new ErrorEvent('a')",
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_the_state_of_an_event_is_not_to_be_found(realm: Any, event: str) -> None:
    got = realm.eval(
        f"""
        const event = {event};
        const asked = [];
        const trap = (name) => (target, key, ...rest) => {{
          asked.push(typeof key);
          return Reflect[name](target, key, ...rest);
        }};
        const proxy = new Proxy(event, {{
          get: trap('get'), has: trap('has'), set: trap('set'), defineProperty: trap('defineProperty'),
          getOwnPropertyDescriptor: trap('getOwnPropertyDescriptor'),
        }});
        const errors = [() => dispatchEvent(proxy), () => proxy.type, () => Event.prototype.preventDefault.call(proxy)]
          .map((attempt) => {{ try {{ return attempt(); }} catch (error) {{ return error.name; }} }});
        [Object.getOwnPropertySymbols(event).length, asked.filter((kind) => kind === 'symbol').length, errors]
        """
    )
    assert got == [0, 0, ["TypeError"] * 3]


def test_a_walk_over_all_that_scripts_find_meets_no_hidden_class_and_no_symbol(realm: Any) -> None:
    got = realm.eval(
        """
        const kept = {};
        new ReadableStream({ start(controller) { kept.readable = controller; } });
        new ReadableStream({ type: 'bytes', start(controller) { kept.bytes = controller; } });
        new WritableStream({ start(controller) { kept.writable = controller; } });
        new TransformStream({ start(controller) { kept.transform = controller; } });
        const made = [
          kept, globalThis, new Headers({ a: 'b' }).entries(), new ReadableStream().values(), new Response('text').body,
          new AbortController().signal, new MessageChannel().port1, new MessageEvent('a'), new CustomEvent('a'),
          new File([], 'a'), performance.measure('a'), new FormData().entries(), new DOMException(), new TextDecoderStream(),
        ];
        const known = new Set(Object.getOwnPropertyNames(Symbol).map((name) => Symbol[name]));
        const builtIn = /^(?:AsyncFunction|TypedArray|zip|zipKeyed)$/;
        const seen = new Set();
        const found = [];
        while (made.length > 0) {
          const object = made.pop();
          if (Object(object) !== object || seen.has(object)) continue;
          seen.add(object);
          made.push(Object.getPrototypeOf(object));
          for (const key of Reflect.ownKeys(object)) {
            const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
            made.push(value, get, set);
            if (typeof key === 'symbol' && !known.has(key)) found.push(String(key));
            if (key === 'constructor' && typeof value === 'function' && !(value.name in globalThis) && !builtIn.test(value.name)) found.push(value.name);
          }
        }
        [seen.size > 900, found]
        """
    )
    assert got == [True, []]
