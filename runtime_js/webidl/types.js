// https://webidl.spec.whatwg.org/#js-type-mapping: arguments become values of their types.
// `where` begins the message of an error: such as "Headers.append".

import {
  BigInt, MAX_SAFE_INTEGER, MIN_SAFE_INTEGER, Number, String, SymbolIterator, TypeError, apply, arrayJoin, asIntN, asUintN,
  floor, freeze, isFinite, isNaN, list, max, min, pattern, stringToWellFormed, trunc,
} from '../boundary/built_ins.js';

const NOT_LATIN_1 = pattern(/[^\0-\xff]/);

/** DOMString. @returns {string} */
export function toDOMString(value) {
  return typeof value === 'string' ? value : stringOf(value);
}

/** ToString of ECMAScript, which a concatenation is not: that one asks an object for `valueOf` first. */
function stringOf(value) {
  if (typeof value === 'symbol') throw new TypeError('cannot convert symbol to string');

  return String(value);
}

/** USVString: lone surrogates become U+FFFD. @returns {string} */
export function toUSVString(value) {
  return stringToWellFormed(toDOMString(value));
}

/** ByteString: every unit is a byte. @returns {string} */
export function toByteString(value, where) {
  const string = toDOMString(value);

  if (NOT_LATIN_1.test(string)) throw new TypeError(where + ': a character is not Latin-1, so it is no byte');

  return string;
}

const WRAP = { __proto__: null };

/**
 * An integer type. Without enforceRange or clamp it wraps, as the standard does.
 * @param {unknown} value
 * @param {number} bits up to 64
 * @param {{ signed?: boolean, enforceRange?: boolean, clamp?: boolean, where?: string }} [how]
 */
export function toInteger(value, bits, how = WRAP) {
  if (typeof value === 'number') {
    const small = value >>> 0;

    if (small === value && small < 2 ** (bits - 1)) return small;
  }

  const { signed = false, enforceRange = false, clamp = false, where = 'argument' } = how;
  const { 0: lower, 1: upper } = rangeOf(bits, signed);
  const x = +value;

  if (enforceRange) return inRange(x, lower, upper, where);

  if (clamp && !isNaN(x)) return roundHalfToEven(min(max(x, lower), upper)) + 0;

  return wrap(x, bits, signed);
}

/** @returns {[number, number]} the least and the greatest value, as far as a number is exact */
function rangeOf(bits, signed) {
  if (bits === 64) return [signed ? MIN_SAFE_INTEGER : 0, MAX_SAFE_INTEGER];

  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

function inRange(x, lower, upper, where) {
  const integer = trunc(x);

  if (!isFinite(x) || integer < lower || integer > upper) {
    throw new TypeError(where + ': ' + x + ' is not in the range ' + lower + ' to ' + upper);
  }

  return integer + 0; // never -0
}

/** The conversion of ToInt32 and its kin, for any number of bits. */
function wrap(x, bits, signed) {
  if (bits <= 32) {
    const unused = 32 - bits;

    return signed ? (x << unused) >> unused : (x << unused) >>> unused;
  }

  if (!isFinite(x)) return 0;

  const integer = BigInt(trunc(x));

  return Number(signed ? asIntN(bits, integer) : asUintN(bits, integer));
}

function roundHalfToEven(x) {
  const below = floor(x);
  const rest = x - below;

  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;

  return rest < 0.5 ? below : below + 1;
}

/** double: a finite number. The unrestricted type is `+value`. @returns {number} */
export function toDouble(value, where) {
  const x = +value;

  if (!isFinite(x)) throw new TypeError(where + ': ' + x + ' is not a finite number');

  return x;
}

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const EMPTY = freeze({ __proto__: null });

/** A dictionary argument: an object to read members of. @returns {object} an empty one for nothing */
export function toDictionary(value, where) {
  if (value === undefined || value === null) return EMPTY;

  if (!isObject(value)) throw new TypeError(where + ': the options are not an object');

  return value;
}

/** An enumeration value. @returns {string} */
export function toEnum(value, allowed, where) {
  const string = toDOMString(value);

  for (let i = 0; i < allowed.length; i++) if (allowed[i] === string) return string;

  throw new TypeError(where + ": '" + string + "' is not one of " + arrayJoin(allowed, ', '));
}

/** A callback function. @returns {Function} */
export function toCallback(value, where) {
  if (typeof value !== 'function') throw new TypeError(where + ': the callback is not a function');

  return value;
}

/**
 * sequence<T>, from any iterable object. https://webidl.spec.whatwg.org/#create-sequence-from-iterable
 * @template T
 * @param {unknown} value
 * @param {(item: unknown) => T} convert
 * @param {string} where
 * @returns {T[]}
 */
export function toSequence(value, convert, where) {
  if (!isObject(value)) throw new TypeError(where + ': not a sequence');

  const method = value[SymbolIterator];

  if (typeof method !== 'function') throw new TypeError(where + ': not iterable');

  const iterator = apply(method, value, []);
  const { next } = iterator;
  const items = list([]);

  for (;;) {
    const result = apply(next, iterator, []);

    if (!isObject(result)) throw new TypeError(where + ": the iterator's result is not an object");

    if (result.done) return items;

    items.push(convert(result.value));
  }
}
