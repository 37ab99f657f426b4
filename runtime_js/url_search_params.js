// https://url.spec.whatwg.org/#interface-urlsearchparams
// https://url.spec.whatwg.org/#application/x-www-form-urlencoded  Twin: edgehost/bindings/url.py

import { ask, query, text } from './host.js';
import { defineInterface, definePairIterable, requireArguments, toSequence, toUSVString } from './webidl.js';

const { call } = Function.prototype;
const { indexOf, replaceAll, slice, split } = String.prototype;
const find = call.bind(indexOf);
const cut = call.bind(slice);
const splitAt = call.bind(split);
const replace = call.bind(replaceAll);
const match = call.bind(RegExp.prototype.exec);
const decode = decodeURIComponent;
const encode = encodeURIComponent;
const { apply, ownKeys, getOwnPropertyDescriptor } = Reflect;

/**
 * The application/x-www-form-urlencoded parser.
 * @param {string} string a USVString
 * @returns {[string, string][]} names and values
 */
export function parseForm(string) {
  if (string === '') return [];

  const pairs = splitAt(string, '&');
  const plain = find(string, '%') < 0 && find(string, '+') < 0;
  let count = 0;

  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i];

    if (pair === '') continue;

    const equals = find(pair, '=');
    const name = equals < 0 ? pair : cut(pair, 0, equals);
    const value = equals < 0 ? '' : cut(pair, equals + 1);

    pairs[count++] = plain ? [name, value] : [decodePart(name), decodePart(value)];
  }

  pairs.length = count;

  return pairs;
}

function decodePart(string) {
  const spaced = find(string, '+') < 0 ? string : replace(string, '+', ' ');

  if (find(spaced, '%') < 0) return spaced;

  try {
    // Where it succeeds, it is the percent-decoding of valid UTF-8 that the standard asks for.
    return decode(spaced);
  } catch {
    return ask(query.percentDecode(text(spaced)));
  }
}

/**
 * The application/x-www-form-urlencoded serializer.
 * @param {[string, string][]} pairs of USVStrings
 */
export function serializeForm(pairs) {
  let result = '';

  for (let i = 0; i < pairs.length; i++) {
    result += (i === 0 ? '' : '&') + encodePart(pairs[i][0]) + '=' + encodePart(pairs[i][1]);
  }

  return result;
}

// What encodeURIComponent writes otherwise than a form does.
const DIFFERENT = /[!'()~]|%20/;
const FORM = { __proto__: null, '!': '%21', "'": '%27', '(': '%28', ')': '%29', '~': '%7E', '%20': '+' };

function encodePart(string) {
  let encoded = encode(string);

  if (match(DIFFERENT, encoded) === null) return encoded;

  for (const sequence in FORM) encoded = replace(encoded, sequence, FORM[sequence]);

  return encoded;
}

/** @type {(query: string, update: (serialized: string) => void) => URLSearchParams} of a URL, which each change updates */
export let createParams;
/** Takes the list from another query, without updating the URL. @type {(params: URLSearchParams, query: string) => void} */
export let resetParams;
/** @type {(value: unknown) => boolean} */
export let isURLSearchParams;
/** @type {(params: URLSearchParams) => string} */
export let serializeParams;

export class URLSearchParams {
  #pairs;
  #update = null; // tells the URL that this belongs to

  constructor(init = '') {
    this.#pairs = init === '' ? [] : pairsFrom(init);
  }

  static {
    createParams = (string, update) => {
      const params = new URLSearchParams();

      params.#pairs = parseForm(string);
      params.#update = update;

      return params;
    };
    resetParams = (params, string) => {
      const pairs = params.#pairs;
      const fresh = parseForm(string);

      // In place: a method may be converting its arguments, which is where user code can get here.
      pairs.length = 0;

      for (let i = 0; i < fresh.length; i++) pairs[i] = fresh[i];
    };
    isURLSearchParams = (value) => typeof value === 'object' && value !== null && #pairs in value;
    serializeParams = (params) => serializeForm(params.#pairs);
    definePairIterable(URLSearchParams, 'URLSearchParams', (params) => params.#pairs);
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    const pairs = this.#pairs;

    requireArguments(arguments.length, 2, 'URLSearchParams.append');
    pairs[pairs.length] = [toUSVString(name), toUSVString(value)];
    this.#changed();
  }

  delete(name, value = undefined) {
    void this.#pairs;
    requireArguments(arguments.length, 1, 'URLSearchParams.delete');
    name = toUSVString(name);

    if (value !== undefined) value = toUSVString(value);

    this.#keep((pair) => pair[0] !== name || (value !== undefined && pair[1] !== value));
    this.#changed();
  }

  get(name) {
    const pairs = this.#pairs;

    requireArguments(arguments.length, 1, 'URLSearchParams.get');
    name = toUSVString(name);

    for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === name) return pairs[i][1];

    return null;
  }

  getAll(name) {
    const pairs = this.#pairs;
    const values = [];

    requireArguments(arguments.length, 1, 'URLSearchParams.getAll');
    name = toUSVString(name);

    for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === name) values[values.length] = pairs[i][1];

    return values;
  }

  has(name, value = undefined) {
    const pairs = this.#pairs;

    requireArguments(arguments.length, 1, 'URLSearchParams.has');
    name = toUSVString(name);

    if (value !== undefined) value = toUSVString(value);

    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i][0] === name && (value === undefined || pairs[i][1] === value)) return true;
    }

    return false;
  }

  set(name, value) {
    const pairs = this.#pairs;
    let found = false;

    requireArguments(arguments.length, 2, 'URLSearchParams.set');
    name = toUSVString(name);
    value = toUSVString(value);

    this.#keep((pair) => {
      if (pair[0] !== name) return true;

      if (found) return false;

      pair[1] = value;

      return (found = true);
    });

    if (!found) pairs[pairs.length] = [name, value];

    this.#changed();
  }

  sort() {
    // By code units, as `<` compares; the engine's sort is stable.
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed();
  }

  toString() {
    return serializeForm(this.#pairs);
  }

  /** Removes the other pairs in place: iterators look at this very list. */
  #keep(isKept) {
    const pairs = this.#pairs;
    let kept = 0;

    for (let i = 0; i < pairs.length; i++) if (isKept(pairs[i])) pairs[kept++] = pairs[i];

    pairs.length = kept;
  }

  #changed() {
    this.#update?.(serializeForm(this.#pairs));
  }
}

defineInterface(URLSearchParams);

/** (sequence<sequence<USVString>> or record<USVString, USVString> or USVString) */
function pairsFrom(init) {
  if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
    const string = toUSVString(init);

    return parseForm(string[0] === '?' ? cut(string, 1) : string);
  }

  const method = init[Symbol.iterator];

  return method === undefined || method === null ? pairsOfRecord(init) : pairsOfSequence(init, method);
}

function pairsOfSequence(init, method) {
  if (typeof method !== 'function') throw new TypeError('URLSearchParams: the argument is not iterable');

  const pairs = toSequence({ [Symbol.iterator]: () => apply(method, init, []) }, toPair, 'URLSearchParams');

  for (const pair of pairs) {
    if (pair.length !== 2) throw new TypeError('URLSearchParams: a pair does not have two elements');
  }

  return pairs;
}

const toPair = (item) => toSequence(item, toUSVString, 'URLSearchParams: a pair');

function pairsOfRecord(init) {
  const record = new Map();

  for (const key of ownKeys(init)) {
    if (getOwnPropertyDescriptor(init, key)?.enumerable) record.set(toUSVString(key), toUSVString(init[key]));
  }

  return [...record];
}
