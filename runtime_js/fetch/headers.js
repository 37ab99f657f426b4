// https://fetch.spec.whatwg.org/#headers-class
//
// A header list is a flat array of lower-case names and values in the order they were added:
// [name, value, name, value, ...]. Inbound ones are made when something first looks at them.

import {
  SymbolIterator, TypeError, arrayIndexOf, arrayJoin, arrayLastIndexOf, arrayOf, arrayPush, arraySort, createMap, createSet,
  list, objectPropertyIsEnumerable, ownKeys, pattern, stringReplace, stringToLowerCase,
} from '../boundary/built_ins.js';
import { FLAT } from '../boundary/host.js';
import {
  constructorOf, defineInterface, definePairIterable, requireArguments, toByteString, toSequence,
} from '../webidl/webidl.js';

const TOKEN = pattern(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
const PLAIN_VALUE = pattern(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/);
const AROUND = pattern(/^[\t\n\r ]+|[\t\n\r ]+$/g);
const FORBIDDEN = pattern(/[\0\r\n]/);
const CACHE_SIZE = 256; // functions use few names and values, over and over

/** Checked names to their lower-case form, and values known to be plain. */
const names = createMap();
const values = createSet();

/** Checks and lower-cases a header name. @returns {string} */
function headerName(value, where) {
  const known = names.get(value);

  if (known !== undefined) return known;

  const name = toByteString(value, where);

  if (!TOKEN.test(name)) throw new TypeError(where + ": '" + name + "' is not a header name");

  const lower = stringToLowerCase(name);

  if (names.size === CACHE_SIZE) names.clear();

  if (typeof value === 'string') names.set(value, lower);

  return lower;
}

/** Normalises and checks a header value. @returns {string} */
function headerValue(given, where) {
  if (values.has(given)) return given;

  const value = toByteString(given, where);

  if (PLAIN_VALUE.test(value)) {
    if (values.size === CACHE_SIZE) values.clear();

    if (value.length < 128) values.add(value);

    return value;
  }

  const trimmed = stringReplace(value, AROUND, '');

  if (FORBIDDEN.test(trimmed)) throw new TypeError(where + ': a header value holds NUL, CR or LF');

  return trimmed;
}

/** https://fetch.spec.whatwg.org/#forbidden-response-header-name and its request twin: none here, as in other servers. */
const IMMUTABLE = 'immutable';

/** Wraps a header list. Guard: 'none', 'request', 'response' or 'immutable'. @type {(lines: string[], guard: string) => Headers} */
export let createHeaders;
/** The header list of a Headers object, for reading and writing. @type {Function} */
export let headerList;
/** The sorted entries. @type {(headers: Headers) => [string, string][]} */
export let headerPairs;
/** @type {Function} */
let isHeaders;
/** The value of a header, or null. @type {Function} */
export let getHeader;

class Headers {
  #list;
  #guard;
  #sorted = null; // what iteration shows; dropped by every change

  constructor(lines, guard) {
    this.#list = list(lines);
    this.#guard = guard;
  }

  static {
    createHeaders = (lines, guard) => new Headers(lines, guard);
    headerList = (headers) => headers.#list;
    isHeaders = (value) => typeof value === 'object' && value !== null && #list in value;
    getHeader = (headers, name) => findHeader(headers.#list, name);
  }

  #change(where) {
    if (this.#guard === IMMUTABLE) throw new TypeError(where + ': these headers cannot be changed');

    this.#sorted = null;
  }

  append(name, value) {
    const lines = this.#list;

    requireArguments(arguments.length, 2, 'Headers.append');
    name = headerName(name, 'Headers.append');
    value = headerValue(value, 'Headers.append');
    this.#change('Headers.append');
    arrayPush(lines, name, value);
  }

  delete(name) {
    const lines = this.#list;

    requireArguments(arguments.length, 1, 'Headers.delete');
    name = headerName(name, 'Headers.delete');
    this.#change('Headers.delete');
    remove(lines, name, 0);
  }

  get(name) {
    const lines = this.#list;
    const value = findHeader(lines, name);

    if (value !== null) return value; // a name that is in the list is lower-case and checked

    requireArguments(arguments.length, 1, 'Headers.get');

    return findHeader(lines, headerName(name, 'Headers.get'));
  }

  getSetCookie() {
    const lines = this.#list;
    const cookies = list([]);

    for (let i = 0; i < lines.length; i += 2) {
      if (lines[i] === 'set-cookie') cookies.push(lines[i + 1]);
    }

    return arrayOf(cookies);
  }

  has(name) {
    const lines = this.#list;

    requireArguments(arguments.length, 1, 'Headers.has');

    return findHeader(lines, headerName(name, 'Headers.has')) !== null;
  }

  set(name, value) {
    const lines = this.#list;

    requireArguments(arguments.length, 2, 'Headers.set');
    name = headerName(name, 'Headers.set');
    value = headerValue(value, 'Headers.set');
    this.#change('Headers.set');
    setIn(lines, name, value);
  }

  static {
    // https://fetch.spec.whatwg.org/#concept-header-list-sort-and-combine
    headerPairs = (headers) => (headers.#sorted ??= sortAndCombine(headers.#list));
    definePairIterable(Headers, 'Headers', headerPairs);
  }
}

const Constructor = constructorOf(defineInterface(Headers), listFrom);

export { Constructor as Headers };

/** What a script's constructor call says. @returns {[string[], string]} */
function listFrom(init = undefined) {
  const lines = list([]);

  if (init !== undefined) fillHeaders(lines, init, 'Headers');

  return [lines, 'none'];
}

const iterateHeaders = Headers.prototype[SymbolIterator];

/** A header list as it crosses: names and values, a line each. @param {string[]} lines */
export function linesOf(lines) {
  const { length } = lines;

  if (length === 0) return '';

  // A short concatenation is quicker; a long one would be a rope, which does not cross.
  if (length === 2 && lines[0].length + lines[1].length < FLAT) return lines[0] + '\n' + lines[1];

  return arrayJoin(lines, '\n');
}

/** The value of a header in a list, or null. @param {string[]} lines @param {string} name */
export function findHeader(lines, name) {
  const at = arrayIndexOf(lines, name);

  if (at < 0) return null;

  // As a rule it is there once, and no value reads the same.
  if (at % 2 === 0 && arrayLastIndexOf(lines, name) === at) return lines[at + 1];

  let found = null;

  for (let i = 0; i < lines.length; i += 2) {
    if (lines[i] === name) found = found === null ? lines[i + 1] : found + ', ' + lines[i + 1];
  }

  return found;
}

function setIn(lines, name, value) {
  for (let i = 0; i < lines.length; i += 2) {
    if (lines[i] === name) {
      lines[i + 1] = value;
      remove(lines, name, i + 2);

      return;
    }
  }

  arrayPush(lines, name, value);
}

function remove(lines, name, from) {
  for (let i = lines.length - 2; i >= from; i -= 2) {
    if (lines[i] === name) lines.splice(i, 2);
  }
}

function sortAndCombine(lines) {
  const pairs = list([]);

  for (let i = 0; i < lines.length; i += 2) pairs[pairs.length] = [lines[i], lines[i + 1]];

  if (pairs.length > 1) combine(arraySort(pairs, byName));

  return pairs;
}

function byName(a, b) {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

/** Joins the values of neighbours with one name. */
function combine(pairs) {
  let last = 0;

  for (let i = 1; i < pairs.length; i++) {
    const pair = pairs[i];

    if (pair[0] === pairs[last][0] && pair[0] !== 'set-cookie') pairs[last][1] += ', ' + pair[1];
    else pairs[++last] = pair;
  }

  pairs.length = last + 1;
}

/**
 * Appends what a HeadersInit holds to a header list.
 * @param {string[]} lines
 * @param {unknown} init
 * @param {string} where
 */
export function fillHeaders(lines, init, where) {
  if ((typeof init !== 'object' && typeof init !== 'function') || init === null) {
    throw new TypeError(where + ': headers are given as an object, a list of pairs, or Headers');
  }

  const iterator = init[SymbolIterator];

  if (iterator === undefined || iterator === null) fillFromRecord(lines, init, where);
  else if (isHeaders(init) && iterator === iterateHeaders) copyEntries(lines, headerList(init));
  else fillFromPairs(lines, init, where);
}

function copyEntries(to, from) {
  for (let i = 0; i < from.length; i++) to[to.length] = from[i];
}

function fillFromPairs(lines, init, where) {
  const pairs = toSequence(init, (pair) => toSequence(pair, (item) => toByteString(item, where), where), where);

  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i];

    if (pair.length !== 2) throw new TypeError(where + ': a header is a pair of a name and a value');

    arrayPush(lines, headerName(pair[0], where), headerValue(pair[1], where));
  }
}

/** record<ByteString, ByteString>: all keys and values are converted before any is checked. */
function fillFromRecord(lines, init, where) {
  const keys = ownKeys(init);
  const { length } = keys;
  let record = null;

  for (let i = 0; i < length; i++) {
    const key = keys[i];

    if (!objectPropertyIsEnumerable(init, key)) continue;

    const known = names.get(key);
    const name = known ?? toByteString(key, where);
    const value = init[key];

    // What was checked before needs no conversion either.
    if (record === null && known !== undefined && values.has(value)) arrayPush(lines, name, value);
    else arrayPush((record ??= list([])), name, toByteString(value, where));
  }

  if (record === null) return;

  for (let i = 0; i < record.length; i += 2) {
    arrayPush(lines, headerName(record[i], where), headerValue(record[i + 1], where));
  }
}
