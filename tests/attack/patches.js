// Replaces what the language has, as a hostile function would: every method and accessor of every built-in object
// notes that it was called, or throws. What is exported here is the language as it was before.

const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const { bind, call } = Function.prototype;
const { toStringTag } = Symbol;

export const uncurry = bind.bind(call);
export const invoke = apply;

const RealError = Error;
const TypedArray = getPrototypeOf(Uint8Array);
const push = uncurry(Array.prototype.push);
const join = uncurry(Array.prototype.join);
const has = uncurry(Set.prototype.has);
const add = uncurry(Set.prototype.add);
const getOfMap = uncurry(Map.prototype.get);
const setInMap = uncurry(Map.prototype.set);
const textOfSymbol = uncurry(Symbol.prototype.toString);

/** A list that asks no prototype. */
export const list = () => {
  const items = [];

  setPrototypeOf(items, null);

  return items;
};
export const append = (items, item) => push(items, item);
export const joined = (items, between) => join(items, between);

/** The built-in objects by name, also those that no global names. */
const roots = {
  __proto__: null,
  AsyncFunction: (async () => {}).constructor,
  AsyncGeneratorFunction: (async function* () {}).constructor,
  GeneratorFunction: (function* () {}).constructor,
  TypedArray,
  ArrayIterator: getPrototypeOf([][Symbol.iterator]()),
  MapIterator: getPrototypeOf(new Map().entries()),
  RegExpStringIterator: getPrototypeOf('a'.matchAll(/a/g)),
  SetIterator: getPrototypeOf(new Set().values()),
  StringIterator: getPrototypeOf(''[Symbol.iterator]()),
  Generator: getPrototypeOf((function* () {}).prototype),
  AsyncGenerator: getPrototypeOf((async function* () {}).prototype),
  AsyncIterator: getPrototypeOf(getPrototypeOf((async function* () {}).prototype)),
  IteratorHelper: getPrototypeOf([].values().map((item) => item)),
  WrapForValidIterator: getPrototypeOf(Iterator.from({ __proto__: null, next() {} })),
};

const PARENTS = 4; // of these, which others inherit from
const GLOBALS = [
  'Object', 'Function', 'Error', 'Promise',
  'AggregateError', 'Array', 'ArrayBuffer', 'Atomics', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'DOMException',
  'DataView', 'Date', 'EvalError', 'FinalizationRegistry', 'Float16Array', 'Float32Array', 'Float64Array',
  'Int16Array', 'Int32Array', 'Int8Array', 'InternalError', 'Iterator', 'JSON', 'Map', 'Math', 'Number',
  'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Set', 'SharedArrayBuffer', 'String', 'Symbol', 'SyntaxError',
  'TypeError', 'URIError', 'Uint16Array', 'Uint32Array', 'Uint8Array', 'Uint8ClampedArray', 'WeakMap', 'WeakRef', 'WeakSet',
  'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'eval', 'isFinite', 'isNaN', 'parseFloat',
  'parseInt', 'unescape',
];
const patched = new Set();
const classes = new Map(); // by prototype
const { prototype: objectPrototype } = Object;
const { prototype: arrayPrototype } = Array;
const toObject = Object;

/** What was called, and what the receiver of the call was. */
export const seen = list();
let kind = 'off'; // 'note' or 'throw' while patches are armed
let tolerated; // what a standard or the engine calls with what is the function's: it is only noted

function note(name, receiver) {
  if (kind === 'off') return;

  const call = name + ' of ' + describe(receiver);

  append(seen, call);

  if (kind === 'throw' && !has(tolerated, name)) throw new RealError('patched: ' + call);
}

/** The class of a receiver, or the members of one that has none. */
function describe(receiver) {
  if (toObject(receiver) !== receiver) return typeof receiver;

  const prototype = getPrototypeOf(receiver);

  if (prototype !== objectPrototype) {
    const known = getOfMap(classes, prototype);

    if (known !== undefined) return known;

    const tag = getOwnPropertyDescriptor(prototype, toStringTag);

    if (tag !== undefined && setPrototypeOf(tag, null) && typeof tag.value === 'string') return tag.value;
  }

  const keys = ownKeys(receiver);
  const members = list();

  for (let i = 0; i < keys.length; i++) append(members, typeof keys[i] === 'symbol' ? textOfSymbol(keys[i]) : keys[i]);

  return '{' + joined(members, ',') + '}';
}

/** @param {'off' | 'note' | 'throw'} wanted */
export function arm(wanted) {
  kind = wanted;
}

/** Runs what is the function's own doing. */
export function unwatched(steps) {
  const before = kind;

  kind = 'off';

  try {
    return steps();
  } finally {
    kind = before;
  }
}

const noting = (name, real) => function (...given) {
  note(name, this);

  return apply(real, this, given);
};

/** Every method and accessor of an object that can be replaced, and those of the objects that it has. */
function patchObject(object, path) {
  if (has(patched, object)) return;

  add(patched, object);

  const keys = ownKeys(object);

  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const name = path + '.' + (typeof key === 'symbol' ? textOfSymbol(key) : key);
    const descriptor = getOwnPropertyDescriptor(object, key);
    const { value, get, set } = setPrototypeOf(descriptor, null) && descriptor;

    if (value !== undefined && toObject(value) === value && key !== 'constructor') patchObject(value, name);

    patchProperty(object, key, name, value, get, set, descriptor);
  }

  const prototype = getPrototypeOf(object);

  if (prototype !== null) patchObject(prototype, path + '.__proto__');
}

function patchProperty(object, key, name, value, get, set, descriptor) {
  if (get !== undefined || set !== undefined) {
    if (descriptor.configurable) {
      defineProperty(object, key, {
        __proto__: null, configurable: true, enumerable: descriptor.enumerable,
        get: get && noting('get ' + name, get), set: set && noting('set ' + name, set),
      });
    }
  } else if (typeof value !== 'function') return;
  else if (descriptor.configurable) {
    // A constructor stays what it is, but whoever reads it is seen.
    if (key === 'constructor') {
      defineProperty(object, key, {
        __proto__: null, configurable: true, enumerable: false,
        get() {
          note('get ' + name, this);

          return value;
        },
        set(other) {
          defineProperty(this, key, { __proto__: null, value: other, writable: true, enumerable: true, configurable: true });
        },
      });
    } else defineProperty(object, key, { __proto__: null, ...descriptor, value: noting(name, value) });
  } else if (descriptor.writable) object[key] = noting(name, value);
}

function patchGlobal(name) {
  const value = globalThis[name];

  defineProperty(globalThis, name, {
    __proto__: null, configurable: true, enumerable: false,
    get() {
      note('get globalThis.' + name, this);

      return value;
    },
    set(other) {
      defineProperty(globalThis, name, { __proto__: null, value: other, writable: true, configurable: true });
    },
  });
}

/** Names that nothing has: whoever reads one of an object of its own comes by here, and whoever sets one. */
function patchAbsent(prototype, path, name) {
  if (name in prototype) return;

  defineProperty(prototype, name, {
    __proto__: null, configurable: true, enumerable: false,
    get() {
      note('get ' + path + '.' + name, this);

      return undefined;
    },
    set(value) {
      note('set ' + path + '.' + name, this);
      defineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    },
  });
}

/**
 * @param {string[]} names that the runtime's objects may have
 * @param {string[]} calls that are tolerated
 */
export function patch(names, calls) {
  const globals = [];
  const all = Object.getOwnPropertyNames(globalThis);

  tolerated = new Set(calls);

  for (let i = 0; i < all.length; i++) {
    const { value } = getOwnPropertyDescriptor(globalThis, all[i]);

    if (typeof value === 'function' && toObject(value.prototype) === value.prototype) setInMap(classes, value.prototype, all[i]);
  }

  for (let i = 0; i < GLOBALS.length; i++) globals[i] = globalThis[GLOBALS[i]];

  for (let i = 0; i < PARENTS; i++) patchObject(globals[i], GLOBALS[i]);

  for (const name in roots) patchObject(roots[name], name);

  for (let i = PARENTS; i < GLOBALS.length; i++) if (toObject(globals[i]) === globals[i]) patchObject(globals[i], GLOBALS[i]);

  for (let i = 0; i < GLOBALS.length; i++) if (GLOBALS[i] in globalThis) patchGlobal(GLOBALS[i]);

  for (let i = 0; i < names.length; i++) patchAbsent(objectPrototype, 'Object.prototype', names[i]);

  for (let i = 0; i < 300; i++) patchAbsent(arrayPrototype, 'Array.prototype', '' + i);
}
