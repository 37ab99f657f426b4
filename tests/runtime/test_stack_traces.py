"""What a function sees of a stack: its own frames, wherever the runtime calls out to it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from wired import Exchange, Function, Request

# Each calls look() below the runtime. `done` is called when that happens later.
CALLS = {
    "a listener": "addEventListener('x', look); dispatchEvent(new Event('x'))",
    "a handler attribute": "const p = new AbortController(); p.signal.onabort = look; p.abort()",
    "handleEvent": "addEventListener('x', { get handleEvent() { look(); return look; } }); dispatchEvent(new Event('x'))",
    "a timer": "setTimeout(look)",
    "a microtask": "queueMicrotask(look)",
    "a thenable of a source": "new ReadableStream({ pull: () => ({ get then() { look(); return (done) => { look(); done(); }; } }) })",
    "a source": "new ReadableStream({ start: look, pull: look, cancel: look }).cancel()",
    "a byte source": "new ReadableStream({ type: 'bytes', start: look, pull: look }).getReader().read()",
    "a sink": "const w = new WritableStream({ start: look, write: look, close: look }).getWriter(); w.write(1); w.close()",
    "a sink that is aborted": "new WritableStream({ abort: look }).abort()",
    "a transformer": "const t = new TransformStream({ start: look, transform: look, flush: look });"
    " t.readable.getReader().read(); const w = t.writable.getWriter(); w.write(1); w.close()",
    "a size": "new ReadableStream({ start(c) { c.enqueue(1); } }, { size() { look(); return 1; } })",
    "a strategy": "new ReadableStream({}, { get highWaterMark() { look(); return 1; } })",
    "an iterator": "ReadableStream.from({ [Symbol.iterator]() { look(); return { next: () => { look(); return { done: true }; } }; } }).getReader().read()",
    "toString": "new URL({ toString() { look(); return 'http://a/'; } })",
    "valueOf": "new CloseEvent('x', { code: { valueOf() { look(); return 1; } } })",
    "toPrimitive": "new Headers().append({ [Symbol.toPrimitive]() { look(); return 'a'; } }, 'b')",
    "a dictionary": "new Response('', { get status() { look(); return 200; }, get headers() { look(); return {}; } })",
    "a request's dictionary": "new Request('http://a/', { get method() { look(); return 'GET'; } })",
    "pairs": "new URLSearchParams([{ [Symbol.iterator]: function* () { look(); yield 'a'; yield 'b'; } }])",
    "a record": "new Headers({ get a() { look(); return 'b'; } })",
    "Blob parts": "new Blob([{ toString() { look(); return ''; } }], { get type() { look(); return ''; } })",
    "File": "new File([], { toString() { look(); return ''; } }, { get lastModified() { look(); return 1; } })",
    "forEach": "new Headers({ a: 'b' }).forEach(look)",
    "a form": "const f = new FormData(); f.append('a', { toString() { look(); return ''; } }); f.forEach(look)",
    "structuredClone": "structuredClone({ get a() { look(); return 1; } })",
    "JSON": "Response.json({ toJSON() { look(); return 1; } })",
    "console": "console.log({ get a() { look(); return 1; }, [Symbol.for('nodejs.util.inspect.custom')]() { look(); return ''; } })",
    "console's format": "console.log('%s %d', { toString() { look(); return ''; } }, { valueOf() { look(); return 1; } })",
    "console.table": "console.table([{ get a() { look(); return 1; } }])",
    "a proxy in the console": "console.log(new Proxy(new (class { constructor() { look(); } })(), {}))",
    "reportError": "addEventListener('error', (event) => { look(); event.preventDefault(); }); reportError(new Error('x'))",
    "what is uncaught": "addEventListener('error', (event) => { look(); event.preventDefault(); }); setTimeout(() => { throw new Error('x'); })",
    "a rejection": "addEventListener('unhandledrejection', (event) => { look(); event.preventDefault(); }); Promise.reject(1)",
    "an error's getters": "reportError(Object.defineProperty(new Error(''), 'message', { get() { look(); return ''; } }))",
    "waitUntil": "context.waitUntil({ get then() { look(); return (done) => done(); } })",
    "a new target": "Reflect.construct(Response, [], new Proxy(function () {}, { get(...given) { look(); return Reflect.get(...given); } }))",
    "a port": "const c = new MessageChannel(); c.port1.onmessage = look; c.port2.postMessage({ get a() { look(); return 1; } })",
    "an observer": "new PerformanceObserver(look).observe({ type: 'mark' }); performance.mark('a', { get detail() { look(); return 1; } })",
    "a reader": "const r = new FileReader(); r.onload = look; r.readAsText(new Blob())",
    "AbortSignal.any": "AbortSignal.any({ *[Symbol.iterator]() { look(); } })",
    "addEventListener": "addEventListener('x', () => {}, { get once() { look(); return false; } })",
}

FUNCTION = """
  const problems = new Set();
  let context;

  const isOurs = (text) => /edgehost:|\\(missing\\)/.test(text);

  function seen(stack) {{
    if (typeof stack !== 'string') problems.add('no text: ' + typeof stack);
    else if (isOurs(stack)) problems.add(stack);
    else if (!stack.includes('look')) problems.add('own frame missing: ' + stack);
  }}

  function look() {{
    const target = {{}};
    Error.captureStackTrace(target);
    const caught = (() => {{ try {{ null.x; }} catch (error) {{ return error.stack; }} }})();

    for (const stack of [new Error('a').stack, new TypeError('b').stack, new DOMException('c').stack, target.stack, caught]) seen(stack);

    Error.prepareStackTrace = (error, sites) => sites;
    const {{ stack: sites }} = new Error('d');
    Error.prepareStackTrace = undefined;

    for (const site of sites) {{
      const name = site.getFunctionName();
      const text = String(site);
      if (site.getFunction() !== undefined || site.getThis() !== undefined) problems.add('a function of ' + text);
      if (isOurs(text) || isOurs(site.getFileName() ?? '') || !text.includes(name ?? '')) problems.add('a site ' + text);
    }}

    if (!sites.some((site) => site.getFunctionName() === 'look')) problems.add('own site missing');
    looks++;
  }}

  let looks = 0;

  export default {{
    async fetch(request, env, ctx) {{
      context = ctx;

      if (request.url.endsWith('/look')) {{
        {{ {call} }}

        return new Response('called');
      }}

      return Response.json([looks > 0, [...problems]]);
    }},
  }};
"""


async def ask(function: Function, path: str) -> str:
    """The body of a response that is there after some passes of the loop."""
    exchange = Exchange(Request("GET", f"http://a{path}", (), b""))
    function.worker.begin(exchange)
    await asyncio.sleep(0)  # what is answered at once shall not keep timers from running
    while not exchange.response.body:
        await asyncio.sleep(0)
    return exchange.response.body.decode()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_nothing_of_the_runtime_is_in_a_stack(tmp_path: Path, call: str) -> None:
    async with asyncio.timeout(20):
        function = await Function.load(tmp_path, FUNCTION.format(call=call))
        await ask(function, "/look")
        while (seen := await ask(function, "/")) == "[false,[]]":
            pass
    assert seen == "[true,[]]"


TITLES = {
    "new Error('what')": "Error: what",
    "new Error()": "Error",
    "new Error('')": "Error",
    "new Error('two\\nlines')": "Error: two\nlines",
    "new (class Mine extends TypeError {})('what')": "TypeError: what",
    "new (class Mine extends Error { name = 'Mine'; })('what')": "Mine: what",
    "new (class Mine extends Error { get name() { return 'Mine'; } })()": "Mine",
    "Object.assign(new Error('what'), { name: '' })": "what",
    "Object.assign(new Error('what'), { name: undefined, message: undefined })": "Error",
    "new AggregateError([new Error('one')], 'all')": "AggregateError: all",
    "new DOMException('gone', 'NotFoundError')": "NotFoundError: gone",
    "new DOMException('gone')": "Error: gone",
    "new DOMException()": "Error",
    "caught(() => null.x)": "TypeError: cannot read property 'x' of null",
    "caught(() => missing)": "ReferenceError: missing is not defined",
    "caught(() => atob('?'))": "InvalidCharacterError: ",
    "caught(() => structuredClone(() => {}))": "DataCloneError: ",
    "caught(() => JSON.parse('{'))": "SyntaxError: ",
    "captured({ name: 'Mine', message: 'what' })": "Mine: what",
    "captured({})": "Error",
    "captured(function named() {})": "named",
    "captured(Object.assign(new Error('what'), { name: 'Mine' }))": "Mine: what",
    "Object.defineProperty(new Error('what'), 'name', { get() { throw 1; } })": "Error",
    "structuredClone(new RangeError('what'))": "RangeError: what",
}


@pytest.mark.parametrize(("error", "title"), TITLES.items(), ids=TITLES.keys())
def test_a_stack_begins_with_name_and_message(realm: Any, error: str, title: str) -> None:
    got = realm.eval(
        f"""
        const caught = (attempt) => {{ try {{ attempt(); }} catch (error) {{ return error; }} }};
        const captured = (object) => {{ Error.captureStackTrace(object); return object; }};
        ({error}).stack
        """
    )
    first, _, frames = got.partition("\n    at ")
    assert first.startswith(title) if title.endswith(": ") else first == title
    assert frames
    assert not got.endswith("\n")


def test_a_stack_without_frames_is_its_first_line(realm: Any) -> None:
    got = realm.eval(
        """
        Error.stackTraceLimit = 0;
        const error = new Error('what');
        Error.stackTraceLimit = 50;
        [error.stack, Object.create(Error.prototype).stack === undefined]
        """
    )
    assert got == ["Error: what", True]


def test_a_stack_says_what_its_error_says_when_it_is_read(realm: Any) -> None:
    got = realm.eval(
        """
        const error = new Error('before');
        error.message = 'after';
        const itself = new Error('');
        Object.defineProperty(itself, 'message', { get() { return this.stack; } });
        [error.stack.split('\\n')[0], typeof itself.stack]
        """
    )
    assert got == ["Error: after", "string"]


async def test_a_hook_gets_sites_of_the_function_only_and_answers_for_the_stack(realm: Any) -> None:
    got = realm.eval(
        """
        Error.prepareStackTrace = function (error, sites) { return { self: this === Error, error, sites }; };
        const error = new RangeError('m');
        const { stack } = error;
        const target = {};
        Error.captureStackTrace(target);
        Error.prepareStackTrace = undefined;
        [stack.self, stack.error === error, Array.isArray(stack.sites), target.stack.error === target, typeof new Error().stack]
        """
    )
    assert got == [True, True, True, True, "string"]


def test_the_hook_is_what_was_set_and_belongs_to_error_alone(realm: Any) -> None:
    got = realm.eval(
        """
        const before = Error.prepareStackTrace;
        class Mine extends Error {}
        Mine.prepareStackTrace = () => 'mine';
        const untouched = Error.prepareStackTrace;
        const hook = () => 'hooked';
        Error.prepareStackTrace = hook;
        [before === undefined, untouched === undefined, Object.hasOwn(Mine, 'prepareStackTrace'),
          Error.prepareStackTrace === hook, new Mine('a').stack, new DOMException('a').stack]
        """
    )
    assert got == [True, True, True, True, "hooked", "hooked"]


def test_a_call_site_says_what_v8_says_of_strict_code(realm: Any) -> None:
    got = realm.eval(
        """
        Error.prepareStackTrace = (error, sites) => sites;
        class Made { constructor() { this.sites = new Error().stack; } }
        const [site] = new Made().sites;
        const [native] = [1].map(function each() { return new Error().stack[1]; });
        Error.prepareStackTrace = undefined;
        [/^new Made \\(.+:\\d+:\\d+\\)$/.test(`${site}`), `${native}`, typeof site.getFunction(), typeof site.getThis(), site.getTypeName(),
          site.isConstructor(), site.isNative(), native.isNative(), site.isEval(), site.isToplevel(),
          typeof Object.getPrototypeOf(site).getFunction.call(site)]
        """
    )
    assert got == [
        *[True, "map (native)", "undefined", "undefined", None],
        *[True, False, True, False, True, "undefined"],
    ]


def test_captured_frames_begin_above_the_constructor_that_is_named(realm: Any) -> None:
    got = realm.eval(
        """
        class Mine extends Error { constructor() { super('m'); Error.captureStackTrace(this, Mine); } }
        function outer() { return new Mine(); }
        const first = (object) => object.stack.split('\\n')[1].trim().split(' ')[1];
        const all = {};
        (function inner() { Error.captureStackTrace(all); })();
        const { enumerable, writable, configurable } = Object.getOwnPropertyDescriptor(all, 'stack');
        const refused = [() => Error.captureStackTrace(1), () => Error.captureStackTrace(Object.freeze({}))]
          .map((attempt) => { try { attempt(); } catch (error) { return error.name; } });
        [first(outer()), first(all), enumerable, writable, configurable, refused]
        """
    )
    assert got == ["outer", "inner", False, True, True, ["TypeError", "TypeError"]]


def test_a_proxy_whose_stack_is_captured_is_handed_the_functions_frames_only(realm: Any) -> None:
    got = realm.eval(
        """
        const handed = [];
        addEventListener('x', () => Error.captureStackTrace(new Proxy({}, {
          defineProperty(target, key, { value }) { handed.push(value); return true; },
        })));
        dispatchEvent(new Event('x'));
        [handed.length, handed.some((stack) => stack.includes('edgehost:'))]
        """
    )
    assert got == [1, False]


def test_a_dom_exception_is_shaped_by_its_standard(realm: Any) -> None:
    got = realm.eval(
        """
        class Mine extends DOMException { constructor() { super('m', 'AbortError'); } }
        const thrown = (() => { try { DOMException(); } catch (error) { return error.name; } })();
        const missing = (() => { try { atob('?'); } catch (error) { return error; } })();
        const { value, ...how } = Object.getOwnPropertyDescriptor(globalThis, 'DOMException');
        [DOMException.length, DOMException.name, DOMException.ABORT_ERR, new Mine().code, new Mine() instanceof Mine,
          DOMException.prototype.constructor === DOMException, new DOMException().constructor.name, thrown, how,
          missing instanceof DOMException, missing.stack.includes('edgehost:'), Error.isError(missing)]
        """
    )
    how = {"writable": True, "enumerable": False, "configurable": True}
    assert got == [
        *[0, "DOMException", 20, 20, True],
        *[True, "DOMException", "TypeError", how],
        *[True, False, True],
    ]


HOOKS = {
    "sites": "(error, sites) => sites",
    "nothing": "() => {}",
    "a failure": "() => { throw new Error('of the hook'); }",
    "an object": "() => ({})",
    "a text without the message": "() => 'something else'",
    "a long text": "() => 'x'.repeat(100000)",
}


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS.keys())
@pytest.mark.parametrize(
    "throw",
    [
        "throw new RangeError('what went wrong')",
        "setTimeout(() => { throw new RangeError('what went wrong'); })",
        "Promise.reject(new RangeError('what went wrong'))",
        "console.error(new RangeError('what went wrong'))",
        "reportError(new DOMException('what went wrong', 'RangeError'))",
    ],
)
async def test_whatever_a_hook_answers_the_log_says_what_went_wrong_and_where(
    tmp_path: Path, hook: str, throw: str
) -> None:
    source = f"Error.prepareStackTrace = {hook};\nexport default {{ fetch() {{ {throw}; return new Response('x'); }} }};"
    async with asyncio.timeout(20):
        function = await Function.load(tmp_path, source)
        exchange = Exchange(Request("GET", "http://a/", (), b""))
        function.worker.begin(exchange)
        while "what went wrong" not in function.errors + str(exchange.error):
            await asyncio.sleep(0)
        error = exchange.error
    if error is None:
        assert "RangeError" in function.errors
        assert "fn.js:2:" in function.errors
    else:
        assert str(error.name) == "RangeError"
        assert error.frames[0].line == 2
