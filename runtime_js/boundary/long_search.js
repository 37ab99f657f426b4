// Search of a long text in a long text. The engine's takes time in proportion to the product of their lengths, so that a
// client's header and a client's body may stand still together. Beyond a certain product the host searches, in linear time.
// Twin: edgehost/bindings/long_search.py
// https://tc39.es/ecma262/#sec-properties-of-the-string-prototype-object

import {
  Int32Array, MAX_SAFE_INTEGER, String, apply, defineProperty, max, min, stringIncludes, stringIndexOf,
  stringLastIndexOf, stringReplace, stringReplaceAll, stringSlice, stringSplit, trunc,
} from './built_ins.js';
import { ask, query, text } from './host.js';

const SHORT = 64; // characters of a text that the engine is quick to look for
const QUICK = 2 ** 22; // steps, at the worst, that take it a few milliseconds

/** Whether the engine may take long. */
function isLong(whole, part) {
  return typeof whole === 'string' && whole.length * part.length > QUICK;
}

/** The first place from there on, or the last one up to there; -1 for none. */
function find(whole, part, from, backwards) {
  return ask(query.findText(text(whole), text(part), from, backwards));
}

/** All places that do not overlap. @returns {Int32Array} */
function findAll(whole, part) {
  return new Int32Array(ask(query.findAllText(text(whole), text(part))));
}

/** The conversion of a position: what is no number is `otherwise`. */
function toPosition(value, length, otherwise) {
  const number = +value;

  return number !== number ? otherwise : min(max(trunc(number), 0), length);
}

// Methods of a literal, because a built-in method has no prototype.
const methods = {
  __proto__: null,

  includes(searchString, position = undefined) {
    return typeof searchString === 'string' && searchString.length > SHORT && isLong(this, searchString)
      ? find(this, searchString, toPosition(position, this.length, 0), false) >= 0
      : stringIncludes(this, searchString, position);
  },

  indexOf(searchString, position = undefined) {
    return typeof searchString === 'string' && searchString.length > SHORT && isLong(this, searchString)
      ? find(this, searchString, toPosition(position, this.length, 0), false)
      : stringIndexOf(this, searchString, position);
  },

  lastIndexOf(searchString, position = undefined) {
    return typeof searchString === 'string' && searchString.length > SHORT && isLong(this, searchString)
      ? find(this, searchString, toPosition(position, this.length, this.length), true)
      : stringLastIndexOf(this, searchString, position);
  },

  split(separator, limit) {
    if (typeof separator !== 'string' || separator.length <= SHORT || !isLong(this, separator)) {
      return stringSplit(this, separator, limit);
    }

    const most = limit === undefined ? MAX_SAFE_INTEGER : limit >>> 0;
    const places = findAll(this, separator);
    const pieces = [];
    let start = 0;

    for (let i = 0; i < places.length && pieces.length < most; i++) {
      append(pieces, stringSlice(this, start, places[i]));
      start = places[i] + separator.length;
    }

    if (pieces.length < most) append(pieces, stringSlice(this, start));

    return pieces;
  },

  replace(searchValue, replaceValue) {
    if (typeof searchValue !== 'string' || searchValue.length <= SHORT || !isLong(this, searchValue)) {
      return stringReplace(this, searchValue, replaceValue);
    }

    const replacement = typeof replaceValue === 'function' ? replaceValue : String(replaceValue);
    const at = find(this, searchValue, 0, false);

    return at < 0 ? this : replaced(this, searchValue, [at], replacement);
  },

  replaceAll(searchValue, replaceValue) {
    if (typeof searchValue !== 'string' || searchValue.length <= SHORT || !isLong(this, searchValue)) {
      return stringReplaceAll(this, searchValue, replaceValue);
    }

    const replacement = typeof replaceValue === 'function' ? replaceValue : String(replaceValue);

    return replaced(this, searchValue, findAll(this, searchValue), replacement);
  },
};

/** Defined, not set: a setter of a prototype is not asked. */
function append(list, value) {
  defineProperty(list, list.length, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

function replaced(whole, part, places, replacement) {
  let result = '';
  let start = 0;

  for (let i = 0; i < places.length; i++) {
    result += stringSlice(whole, start, places[i]) + substitution(whole, part, places[i], replacement);
    start = places[i] + part.length;
  }

  return result + stringSlice(whole, start);
}

/** https://tc39.es/ecma262/#sec-getsubstitution, without captures: what stands in the place of a match. */
function substitution(whole, part, at, replacement) {
  if (typeof replacement === 'function') return String(apply(replacement, undefined, [part, at, whole]));

  let result = '';
  let start = 0;

  for (let dollar; (dollar = stringIndexOf(replacement, '$', start)) >= 0; start = dollar + 2) {
    result += stringSlice(replacement, start, dollar) + meaning(stringSlice(replacement, dollar, dollar + 2), whole, part, at);
  }

  return result + stringSlice(replacement, start);
}

function meaning(sign, whole, part, at) {
  switch (sign) {
    case '$$': return '$';
    case '$&': return part;
    case '$`': return stringSlice(whole, 0, at);
    case "$'": return stringSlice(whole, at + part.length);
    default: return sign;
  }
}

defineMethods();

function defineMethods() {
  for (const name in methods) {
    defineProperty(String.prototype, name, {
      __proto__: null, value: methods[name], writable: true, enumerable: false, configurable: true,
    });
  }
}
