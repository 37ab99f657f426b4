// https://webidl.spec.whatwg.org/
// The shape of interfaces and the conversion of arguments, done once for every file of the runtime.
//
// An interface is an ordinary class with #private fields (the brand check), whose optional parameters
// have defaults (so that `length` is right), followed by one call of `defineInterface`.

const { defineProperty, defineProperties, getOwnPropertyDescriptors, getPrototypeOf } = Object;
const NOT_LATIN_1 = /[^\0-\xff]/;
const { toWellFormed } = String.prototype;
const wellFormed = Function.prototype.call.bind(toWellFormed);

/**
 * Gives a class the shape that Web IDL asks of an interface: enumerable members, a string tag.
 * @template {Function} C
 * @param {C} Class
 * @param {{ constants?: Record<string, number>, name?: string }} [options]
 * @returns {C}
 */
export function defineInterface(Class, { constants = {}, name = Class.name } = {}) {
  const { prototype } = Class;

  prototypes.add(prototype);
  makeEnumerable(prototype, ['constructor']);
  makeEnumerable(Class, ['length', 'name', 'prototype']);
  defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });

  for (const [constant, value] of Object.entries(constants)) {
    for (const target of [Class, prototype]) {
      defineProperty(target, constant, { value, enumerable: true });
    }
  }

  return Class;
}

/** The prototypes of all interfaces. */
const prototypes = new WeakSet();

/** Whether an object is an instance of an interface, or at least looks like one. */
export function isPlatformObject(object) {
  for (let prototype = getPrototypeOf(object); prototype !== null; prototype = getPrototypeOf(prototype)) {
    if (prototypes.has(prototype)) return true;
  }

  return false;
}

function makeEnumerable(target, except) {
  const descriptors = getOwnPropertyDescriptors(target);

  for (const name of except) delete descriptors[name];

  for (const descriptor of Object.values(descriptors)) descriptor.enumerable = true;

  defineProperties(target, descriptors);
}

/**
 * Declares an interface iterable over pairs, as `iterable<K, V>` does.
 * @param {Function} Class
 * @param {string} name of the interface
 * @param {(object: object) => [any, any][]} pairsOf the live list of pairs; throws for a wrong receiver
 */
export function definePairIterable(Class, name, pairsOf) {
  const iteratorPrototype = Object.setPrototypeOf({
    next() {
      return advance(this, name);
    },
  }, Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));

  defineProperty(iteratorPrototype, 'next', { enumerable: true });
  defineProperty(iteratorPrototype, Symbol.toStringTag, { value: `${name} Iterator`, configurable: true });

  const iterate = (object, kind) => {
    pairsOf(object);
    const iterator = Object.create(iteratorPrototype);

    iterators.set(iterator, { object, pairsOf, kind, index: 0, name });

    return iterator;
  };
  const methods = {
    entries() {
      return iterate(this, 'entries');
    },
    keys() {
      return iterate(this, 'keys');
    },
    values() {
      return iterate(this, 'values');
    },
    forEach(callback, thisArg = undefined) {
      pairsOf(this);
      requireArguments(arguments.length, 1, `${name}.forEach`);

      if (typeof callback !== 'function') throw new TypeError(`${name}.forEach: the callback is not a function`);

      for (let index = 0; index < pairsOf(this).length; index++) {
        const [key, value] = pairsOf(this)[index];

        callback.call(thisArg, value, key, this);
      }
    },
  };

  for (const [method, value] of Object.entries(methods)) {
    defineProperty(Class.prototype, method, { value, writable: true, enumerable: true, configurable: true });
  }

  defineProperty(Class.prototype, Symbol.iterator, {
    value: methods.entries, writable: true, enumerable: false, configurable: true,
  });
}

/** The state of each pair iterator. */
const iterators = new WeakMap();

function advance(iterator, name) {
  const state = iterators.get(iterator);

  if (state === undefined || state.name !== name) throw new TypeError(`next: the receiver is no ${name} Iterator`);

  const pairs = state.pairsOf(state.object);

  if (state.index >= pairs.length) return { value: undefined, done: true };

  const [key, value] = pairs[state.index++];

  return { value: { entries: [key, value], keys: key, values: value }[state.kind], done: false };
}

/**
 * @param {number} given
 * @param {number} required
 * @param {string} where such as "Headers.append"
 */
export function requireArguments(given, required, where) {
  if (given < required) {
    throw new TypeError(`${where}: ${required} argument${required === 1 ? '' : 's'} required, but only ${given} present`);
  }
}

/** DOMString. @returns {string} */
export function toDOMString(value) {
  return typeof value === 'string' ? value : `${value}`;
}

/** USVString: lone surrogates become U+FFFD. @returns {string} */
export function toUSVString(value) {
  return wellFormed(typeof value === 'string' ? value : `${value}`);
}

/** ByteString: every unit is a byte. @returns {string} */
export function toByteString(value, where) {
  const string = typeof value === 'string' ? value : `${value}`;

  if (NOT_LATIN_1.test(string)) throw new TypeError(`${where}: a character is not Latin-1, so it is no byte`);

  return string;
}

/**
 * An integer type. Without enforceRange or clamp it wraps, as the standard does.
 * @param {unknown} value
 * @param {number} bits up to 64
 * @param {{ signed?: boolean, enforceRange?: boolean, clamp?: boolean, where?: string }} [how]
 */
export function toInteger(value, bits, { signed = false, enforceRange = false, clamp = false, where = 'argument' } = {}) {
  const exact = bits === 64;
  const upper = exact ? Number.MAX_SAFE_INTEGER : 2 ** (signed ? bits - 1 : bits) - 1;
  const lower = signed ? (exact ? Number.MIN_SAFE_INTEGER : -(2 ** (bits - 1))) : 0;
  let x = +value;

  if (enforceRange) {
    if (!Number.isFinite(x)) throw new TypeError(`${where}: ${x} is not an integer in range`);

    x = Math.trunc(x);

    if (x < lower || x > upper) throw new TypeError(`${where}: ${x} is not in the range ${lower} to ${upper}`);

    return x + 0;
  }

  if (clamp && !Number.isNaN(x)) return roundHalfToEven(Math.min(Math.max(x, lower), upper)) + 0;

  if (!Number.isFinite(x)) return 0;

  const modulo = signed ? BigInt.asIntN(bits, BigInt(Math.trunc(x))) : BigInt.asUintN(bits, BigInt(Math.trunc(x)));

  return Number(modulo);
}

function roundHalfToEven(x) {
  const floor = Math.floor(x);
  const rest = x - floor;

  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1;

  return rest < 0.5 ? floor : floor + 1;
}

/** A dictionary argument: an object, or nothing. @returns {object} */
export function toDictionary(value, where) {
  if (value === undefined || value === null) return {};

  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError(`${where}: the options are not an object`);
  }

  return value;
}

/** An enumeration value. */
export function toEnum(value, allowed, where) {
  const string = `${value}`;

  if (!allowed.includes(string)) throw new TypeError(`${where}: '${string}' is not one of ${allowed.join(', ')}`);

  return string;
}

/** sequence<T>, from any iterable object. */
export function toSequence(value, convert, where) {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') {
    throw new TypeError(`${where}: not a sequence`);
  }

  const method = value[Symbol.iterator];

  if (typeof method !== 'function') throw new TypeError(`${where}: not iterable`);

  const list = [];

  for (const item of { [Symbol.iterator]: () => method.call(value) }) list.push(convert(item));

  return list;
}
