// https://url.spec.whatwg.org/#interface-urlsearchparams

import {
  SymbolIterator, TypeError, WeakRef, apply, arrayOf, arraySort, createMap, getOwnPropertyDescriptor, list, ownKeys,
  stringSlice, weakRefDeref,
} from '../boundary/built_ins.js';
import { parseForm, serializeForm } from './form_urlencoded.js';
import {
  constructorOf, defineInterface, definePairIterable, requireArguments, toSequence, toUSVString,
} from '../webidl/webidl.js';

/** @type {(query: string, url: URL) => URLSearchParams} of a URL, which each change updates */
export let createParams;
/** Takes the list from another query, without updating the URL. @type {(params: URLSearchParams, query: string) => void} */
export let resetParams;
/** @type {(value: unknown) => boolean} */
export let isURLSearchParams;
/** @type {(params: URLSearchParams) => string} */
export let serializeParams;

/** The live entries. @type {(params: URLSearchParams) => [string, string][]} */
export let paramPairs;
/** Follows every change. @type {(params: URLSearchParams) => void} */
let changed;
let updateURL;

/** Says how the URL that a list belongs to follows it. @param {(url: URL, serialized: string) => void} update */
export function whenChanged(update) {
  updateURL = update;
}

class URLSearchParams {
  #pairs; // [name, value][]
  #url = null; // a WeakRef to the one that this belongs to, which has this: a cycle would wait for the collector

  constructor(pairs) {
    this.#pairs = list(pairs);
  }

  static {
    createParams = (query, url) => {
      const params = new URLSearchParams(parseForm(query));

      params.#url = new WeakRef(url);

      return params;
    };
    resetParams = (params, query) => {
      const pairs = params.#pairs;
      const fresh = parseForm(query);

      // In place: a method may be converting its arguments, which is where user code can get here.
      pairs.length = 0;

      for (let i = 0; i < fresh.length; i++) pairs[i] = fresh[i];
    };

    // A function rather than a private method, which would cost every list a brand.
    changed = (params) => {
      const url = params.#url === null ? undefined : weakRefDeref(params.#url);

      if (url !== undefined) updateURL(url, serializeForm(params.#pairs));
    };
    isURLSearchParams = (value) => typeof value === 'object' && value !== null && #pairs in value;
    serializeParams = (params) => serializeForm(params.#pairs);
    paramPairs = (params) => params.#pairs;
    definePairIterable(URLSearchParams, 'URLSearchParams', paramPairs);
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    const pairs = this.#pairs;

    requireArguments(arguments.length, 2, 'URLSearchParams.append');
    pairs[pairs.length] = [toUSVString(name), toUSVString(value)];
    changed(this);
  }

  delete(name, value = undefined) {
    const pairs = this.#pairs;

    requireArguments(arguments.length, 1, 'URLSearchParams.delete');
    name = toUSVString(name);

    if (value !== undefined) value = toUSVString(value);

    keep(pairs, (pair) => pair[0] !== name || (value !== undefined && pair[1] !== value));
    changed(this);
  }

  get(name) {
    const pairs = this.#pairs;
    const value = firstValue(pairs, name);

    if (value !== null) return value; // the list has USVStrings: what is found in it needs no conversion

    requireArguments(arguments.length, 1, 'URLSearchParams.get');

    return firstValue(pairs, toUSVString(name));
  }

  getAll(name) {
    const pairs = this.#pairs;
    const values = allValues(pairs, name);

    if (values.length > 0) return values; // as above

    requireArguments(arguments.length, 1, 'URLSearchParams.getAll');

    return allValues(pairs, toUSVString(name));
  }

  has(name, value = undefined) {
    void this.#pairs;
    requireArguments(arguments.length, 1, 'URLSearchParams.has');
    name = toUSVString(name);

    if (value !== undefined) value = toUSVString(value);

    const pairs = this.#pairs;

    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i][0] === name && (value === undefined || pairs[i][1] === value)) return true;
    }

    return false;
  }

  set(name, value) {
    const pairs = this.#pairs;
    let first = -1;

    requireArguments(arguments.length, 2, 'URLSearchParams.set');
    name = toUSVString(name);
    value = toUSVString(value);

    keep(pairs, (pair, i) => {
      if (pair[0] !== name) return true;

      if (first >= 0) return false;

      first = i;

      return true;
    });

    pairs[first < 0 ? pairs.length : first] = [name, value];
    changed(this);
  }

  sort() {
    // By code units, as `<` compares; the engine's sort is stable.
    arraySort(this.#pairs, (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    changed(this);
  }

  toString() {
    return serializeForm(this.#pairs);
  }
}

const Constructor = constructorOf(defineInterface(URLSearchParams), (init = '') => [init === '' ? [] : pairsFrom(init)]);

export { Constructor as URLSearchParams };

function firstValue(pairs, name) {
  for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === name) return pairs[i][1];

  return null;
}

function allValues(pairs, name) {
  const values = list([]);

  for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === name) values[values.length] = pairs[i][1];

  return arrayOf(values);
}

/** Removes the other pairs in place: iterators look at this very list. */
function keep(pairs, isKept) {
  let kept = 0;

  for (let i = 0; i < pairs.length; i++) if (isKept(pairs[i], i)) pairs[kept++] = pairs[i];

  pairs.length = kept;
}

/** (sequence<sequence<USVString>> or record<USVString, USVString> or USVString) */
function pairsFrom(init) {
  if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
    const string = toUSVString(init);

    return parseForm(string[0] === '?' ? stringSlice(string, 1) : string);
  }

  const method = init[SymbolIterator];

  return method === undefined || method === null ? pairsOfRecord(init) : pairsOfSequence(init, method);
}

function pairsOfSequence(init, method) {
  if (typeof method !== 'function') throw new TypeError('URLSearchParams: the argument is not iterable');

  const pairs = toSequence({ [SymbolIterator]: () => apply(method, init, []) }, toPair, 'URLSearchParams');

  for (let i = 0; i < pairs.length; i++) {
    if (pairs[i].length !== 2) throw new TypeError('URLSearchParams: a pair does not have two elements');
  }

  return pairs;
}

const toPair = (item) => toSequence(item, toUSVString, 'URLSearchParams: a pair');

function pairsOfRecord(init) {
  const record = createMap();

  for (let i = 0, members = ownKeys(init); i < members.length; i++) {
    const key = members[i];

    if (getOwnPropertyDescriptor(init, key)?.enumerable) record.set(toUSVString(key), toUSVString(init[key]));
  }

  const pairs = list([]);

  record.forEach((value, name) => pairs.push([name, value]));

  return pairs;
}
