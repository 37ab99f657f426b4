// What a script sees of a stack: its own frames. https://v8.dev/docs/stack-trace-api, as far as the engine has it.
//
// The engine notes all frames, and hands a hook the functions in them. Nothing costs anything when an error is made:
// its text is cut when somebody reads it, and gets its first line then, from the name and message of that moment. The
// engine gets a hook only while the function has set one.
// This file is evaluated before built_ins.js, which then takes what it puts in the place of built-ins.

import { asConstructorOf } from '../webidl/constructor.js';

const { DOMException: NativeException, Error, String, TypeError: NativeTypeError } = globalThis;
const { apply, construct, set: setOn } = Reflect;
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const { call } = Function.prototype;
const callFunction = call.bind(call);
const indexOf = call.bind(String.prototype.indexOf);
const lastIndexOf = call.bind(String.prototype.lastIndexOf);
const slice = call.bind(String.prototype.slice);
const startsWith = call.bind(String.prototype.startsWith);
const { get: nativeStack, set: setNativeStack } = getOwnPropertyDescriptor(Error.prototype, 'stack');
const { set: setNativeHook } = getOwnPropertyDescriptor(Error, 'prepareStackTrace');
const nativeCapture = Error.captureStackTrace;

const OURS = 'edgehost:';
const START = '    at ';

const none = [];

// Frames as text

/** A stack without the runtime's frames, nor those of built-ins that the runtime called. @param {string} text */
function withoutRuntime(text) {
  if (indexOf(text, OURS) < 0) return text;

  let kept = '';
  let end = text.length;
  let isOurs = false; // the caller of the frame at hand: the outermost is looked at first

  while (end > 0) {
    const start = lastIndexOf(text, '\n', end - 2) + 1;
    const line = slice(text, start, end);

    isOurs = isOurFile(fileIn(line), isOurs);

    if (!isOurs) kept = line + kept;

    end = start;
  }

  return kept;
}

/** The file and place in a line; null for a built-in, and where the engine does not know. */
function fileIn(line) {
  const bracket = lastIndexOf(line, ' (');

  if (bracket < 0) return startsWith(line, START) ? slice(line, START.length) : line;

  const file = slice(line, bracket + 2);

  return startsWith(file, 'native)') || startsWith(file, 'missing)') ? null : file;
}

function isOurFile(file, isCallerOurs) {
  return file === null ? isCallerOurs : startsWith(file, OURS);
}

// The first line

/**
 * As `Error.prototype.toString` makes it, whatever getters do: a stack can always be read. The engine's binding reads it
 * too, where nothing can be asked of the host.
 */
function titleOf(error) {
  try {
    const { name, message } = error;

    return joined(name === undefined ? 'Error' : String(name), message === undefined ? '' : String(message));
  } catch {
    return 'Error';
  }
}

function joined(name, message) {
  return name === '' || message === '' ? name + message : name + ': ' + message;
}

/** The text that V8 has: no line end behind the last frame. */
function headed(title, frames) {
  return title + (frames === '' ? '' : '\n' + slice(frames, 0, frames.length - 1));
}

// Call sites

/** The prototype of call sites, which the engine shows to a hook only. */
const sitePrototype = (() => {
  let prototype;

  apply(setNativeHook, Error, [(error, sites) => {
    prototype = getPrototypeOf(sites[0]);
  }]);
  void new Error();
  apply(setNativeHook, Error, [undefined]);

  return prototype;
})();

const fileOf = call.bind(sitePrototype.getFileName);
const functionOf = call.bind(sitePrototype.getFunctionName);
const lineOf = call.bind(sitePrototype.getLineNumber);
const columnOf = call.bind(sitePrototype.getColumnNumber);
const isNative = call.bind(sitePrototype.isNative);
const isConstructor = call.bind(sitePrototype.isConstructor);

// As V8 answers for strict code: neither a function nor its receiver is handed out.
const members = {
  getFunction() {
    return undefined;
  },
  getThis() {
    return undefined;
  },
  getTypeName() {
    return null;
  },
  getMethodName() {
    return null;
  },
  getEvalOrigin() {
    return undefined;
  },
  getScriptNameOrSourceURL() {
    return fileOf(this);
  },
  isToplevel() {
    return true;
  },
  isEval() {
    return false;
  },
  isAsync() {
    return false;
  },
  isPromiseAll() {
    return false;
  },
  getPromiseIndex() {
    return null;
  },
  toString() {
    return siteText(this);
  },
};

for (let i = 0, names = keys(members); i < names.length; i++) {
  const name = names[i];

  defineProperty(sitePrototype, name, {
    __proto__: null, value: members[name], writable: true, enumerable: false, configurable: true,
  });
}

function siteText(site) {
  const name = functionOf(site);
  const place = isNative(site) ? 'native' : fileOf(site) + ':' + lineOf(site) + ':' + columnOf(site);

  if (name === null) return place;

  return (isConstructor(site) ? 'new ' : '') + name + ' (' + place + ')';
}

/** The sites of a stack that are the function's own. */
function ownSites(sites) {
  const own = [];
  let isOurs = false;

  for (let i = sites.length - 1; i >= 0; i--) {
    isOurs = isOurFile(fileOf(sites[i]), isOurs);

    if (!isOurs) define(own, own.length, sites[i]);
  }

  return reversed(own);
}

function reversed(list) {
  const result = [];

  for (let i = list.length - 1; i >= 0; i--) define(result, result.length, list[i]);

  return result;
}

/** Whatever setters the function put on `Array.prototype`. */
function define(object, key, value, enumerable = true) {
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable, configurable: true });
}

// The hook

/** What the function set as `Error.prepareStackTrace`. */
let hook;
/** Of which object a stack is being captured. */
let captured = null;

/** The stacks as text of errors for which a hook was asked: for the log, whatever it answered. */
const texts = new WeakMap();
const keepText = call.bind(WeakMap.prototype.set, texts);
const keptText = call.bind(WeakMap.prototype.get, texts);
const forgetText = call.bind(WeakMap.prototype.delete, texts);

function prepare(made, sites) {
  const error = captured ?? made;

  // An error whose stack became undefined is brought here again wherever it passes.
  if (keptText(error) !== undefined) return undefined;

  const own = ownSites(sites);
  let text = '';

  for (let i = 0; i < own.length; i++) text += START + siteText(own[i]) + '\n';

  keepText(error, text);

  try {
    return callFunction(hook, Error, error, own);
  } catch {
    return headed(titleOf(error), text);
  }
}

// From literals, so that they have the names and the shape of built-ins.
const { get: readHook, set: writeHook } = getOwnPropertyDescriptor({
  get prepareStackTrace() {
    return hook;
  },
  set prepareStackTrace(value) {
    if (this !== Error) {
      setOn({ __proto__: null, prepareStackTrace: undefined }, 'prepareStackTrace', value, this);

      return;
    }

    hook = value;
    apply(setNativeHook, Error, [typeof value === 'function' ? prepare : undefined]);
  },
}, 'prepareStackTrace');

defineProperty(Error, 'prepareStackTrace', { __proto__: null, get: readHook, set: writeHook });

// Where stacks are read, and where they are made as properties

const { get: readStack, set: writeStack } = getOwnPropertyDescriptor({
  get stack() {
    const stack = apply(nativeStack, this, none);

    // What a hook answered stays as it is.
    return typeof stack === 'string' && keptText(this) === undefined ? headed(titleOf(this), withoutRuntime(stack)) : stack;
  },
  set stack(value) {
    apply(setNativeStack, this, [value]);
  },
}, 'stack');

defineProperty(Error.prototype, 'stack', { __proto__: null, get: readStack, set: writeStack });

/** The stacks that were made as properties: their text, and the frames in it. */
const properties = new WeakMap();
const keepProperty = call.bind(WeakMap.prototype.set, properties);
const keptProperty = call.bind(WeakMap.prototype.get, properties);

/**
 * Makes the property.
 * @param {object} object
 * @param {unknown} stack as the engine or a hook made it
 * @param {(object: object) => string} title
 */
function defineStack(object, stack, title) {
  if (typeof stack !== 'string' || keptText(object) !== undefined) {
    define(object, 'stack', stack, false);

    return;
  }

  const frames = withoutRuntime(stack);
  const text = headed(title(object), frames);

  define(object, 'stack', text, false);
  keepProperty(object, { text, frames });
}

/** The stack of an object of which a hook was asked, as text. @type {(error: object) => string | undefined} */
export const textBeforeHook = keptText;

/**
 * The frames of a stack as the engine names their places, also where a hook made something else of it; undefined for
 * what has none.
 * @param {object} error
 * @returns {string | undefined}
 */
export function framesOf(error) {
  const kept = keptText(error) ?? keptProperty(error)?.frames;

  if (kept !== undefined) return kept;

  const stack = apply(nativeStack, error, none);

  return typeof stack === 'string' ? withoutRuntime(stack) : undefined;
}

/**
 * Whether a text is the stack that was made for an error, and not something that the function wrote.
 * @param {object} error
 * @param {string} stack
 */
export function isMadeStack(error, stack) {
  const property = keptProperty(error);

  return stack === (property === undefined ? apply(readStack, error, none) : property.text);
}

const { captureStackTrace } = {
  captureStackTrace(targetObject, constructorOpt) {
    if ((typeof targetObject !== 'object' || targetObject === null) && typeof targetObject !== 'function') {
      throw new NativeTypeError('Error.captureStackTrace: the argument is not an object');
    }

    // Not of the object itself: a proxy would be handed all frames.
    const made = { __proto__: null };

    forgetText(targetObject);
    captured = targetObject;

    try {
      nativeCapture(made, constructorOpt);
    } finally {
      captured = null;
    }

    defineStack(targetObject, made.stack, titleOf);
  },
};

define(Error, 'captureStackTrace', captureStackTrace, false);

const nativeName = getOwnPropertyDescriptor(NativeException.prototype, 'name').get;
const nativeMessage = getOwnPropertyDescriptor(NativeException.prototype, 'message').get;

/** Of the runtime's own exceptions too: without what the function put in the place of the getters. */
function exceptionTitle(exception) {
  return joined(apply(nativeName, exception, none), apply(nativeMessage, exception, none));
}

/** Cuts the stack that the engine gives a DOMException as a property. @template T @param {T} exception @returns {T} */
export function withOwnStack(exception) {
  defineStack(exception, getOwnPropertyDescriptor(exception, 'stack')?.value, exceptionTitle);

  return exception;
}

const DOMException = asConstructorOf(NativeException, NativeException.length, function () {
  if (new.target === undefined) throw new NativeTypeError("DOMException is a constructor: it needs 'new'");

  return withOwnStack(construct(NativeException, arguments, new.target));
});

define(globalThis, 'DOMException', DOMException, false);
