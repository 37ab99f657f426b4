// The user's module: which form it has, and its handler.

import { TypeError, defineProperty, globalObject, jsonParse, list, promiseThen } from '../boundary/built_ins.js';
import { dispatchOnGlobal, hasListener } from '../html/global_scope.js';
import { on, op, text } from '../boundary/host.js';
import { load } from '../boundary/lazy.js';
import { describeError } from '../html/report.js';

const FORMS = `export a handler in one of these forms:
    export default { async fetch(request, env, ctx) { return new Response('hello'); } };
    export async function fetch(request, env, ctx) { return new Response('hello'); }
    addEventListener('fetch', (event) => event.respondWith(new Response('hello')));`;

// Handlers of Azion's that nothing here calls. To serve the rest without them would let through what they refuse.
const MISSING = list(['firewall']);

/** Answers requests: fetch(request, env, context), a response or a promise of one. @type {{ fetch: Function } | null} */
export let handler = null;
/** The variables that the function was given. */
export let env = {};

on('configure', (json) => {
  env = jsonParse(json);
});

on('load', (name) => {
  evaluate(name, (module) => {
    handler = handlerOf(module);
  });
});

on('run', (name, args) => {
  // Nobody calls a script with them.
  define('scriptArgs', jsonParse(args));
  define('env', env);
  evaluate(name, () => {});
});

// The getter and the setter of `import.meta.resolve`, which the host gives to each of the function's modules.

on('import.meta.resolve', function () {
  return load('function/import_meta.js').createResolve(this);
});

on('import.meta.resolve=', function (value) {
  load('function/import_meta.js').settle(this, value);
});

function define(name, value) {
  defineProperty(globalObject, name, { value, writable: true, configurable: true });
}

function evaluate(name, use) {
  promiseThen(import(name), (module) => {
    try {
      use(module);
      op.loaded();
    } catch (error) {
      refuse(error);
    }
  }, refuse);
}

function refuse(error) {
  try {
    const { 0: name, 1: message, 2: stack, 3: shown } = describeError(error);

    op.loadFailed(text(name), text(message), text(stack), text(shown));
  } catch {
    op.loadFailed('InternalError', 'out of memory', '', '');
  }
}

function handlerOf(module) {
  const exported = module.default;

  MISSING.forEach((name) => refuseHandler(name, module, exported));

  if (typeof exported === 'object' && exported !== null && typeof exported.fetch === 'function') {
    return exported;
  }

  const { fetch } = module;

  // Called by itself: nothing shall be `this` there.
  if (typeof fetch === 'function') return { fetch: (request, variables, context) => fetch(request, variables, context) };

  if (hasListener('fetch')) return { fetch: respondByEvent };

  throw new TypeError(problemWith(exported) + '; ' + FORMS);
}

function refuseHandler(name, module, exported) {
  const form = hasMethod(exported, name) ? 'its default export has a method'
    : hasMethod(module, name) ? 'it exports a function'
      : hasListener(name) ? 'it listens for the event' : null;

  if (form !== null) {
    throw new TypeError('the function has a ' + name + ' handler (' + form + " '" + name + "'), which edgehost does not run yet: "
      + 'what it refuses on Azion would be answered here. To serve the rest, take it out');
  }
}

/** Whether an object says that it has a method. A router may be a Proxy that answers every name with a function. */
function hasMethod(object, name) {
  const canHave = (typeof object === 'object' && object !== null) || typeof object === 'function';

  return canHave && name in object && typeof object[name] === 'function';
}

function problemWith(exported) {
  if (exported === undefined) return 'the function exports no handler';

  if (typeof exported === 'function') return 'the default export is a function, which is no supported form';

  if (typeof exported !== 'object' || exported === null) return 'the default export is not an object';

  return exported.fetch === undefined
    ? 'the default export has no fetch method'
    : 'the default export has a fetch that is not a function';
}

function respondByEvent(request, variables, context) {
  const { createFetchEvent, responseOf } = load('function/fetch_event.js');
  const event = createFetchEvent(request, context);

  dispatchOnGlobal(event);

  const response = responseOf(event);

  if (response === undefined) throw new TypeError("no 'fetch' listener called event.respondWith()");

  return response;
}
