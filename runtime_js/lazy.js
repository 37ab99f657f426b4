// Parts of the runtime that few functions use: a file is evaluated when something of it is first touched.
// Twin: edgehost/engine/lazy.py
//
// A function may have patched built-ins by then: where that would matter beyond the function itself, a lazy
// file takes them from one that is evaluated at start.

import { ask, query } from './host.js';

const { InternalError } = globalThis;
const { defineProperty, getOwnPropertyDescriptor } = Object;

/** What each evaluated file exports. @type {Record<string, object>} */
const exported = { __proto__: null };
/** The names that stand for each file which is not evaluated yet. @type {Record<string, Property[]>} */
const waiting = { __proto__: null };
/** @typedef {{ target: object, name: string, enumerable: boolean, get: Function }} Property */

/** The host hands over what a file exports. @param {string} file @param {object} exports */
export function loaded(file, exports) {
  exported[file] = exports;

  const properties = waiting[file] ?? [];

  delete waiting[file];

  for (let i = 0; i < properties.length; i++) settle(properties[i], exports);
}

/** The exports of a runtime file, evaluated now if it was not yet. @param {string} file @returns {object} */
export function load(file) {
  if (exported[file] === undefined) evaluate(file);

  return exported[file];
}

/** Files whose evaluation has begun and not ended well: it is not tried again. @type {Record<string, boolean>} */
const begun = { __proto__: null };

function evaluate(file) {
  let others = file;

  for (const other in waiting) if (other !== file) others += ' ' + other;

  if (!begun[file]) {
    begun[file] = true;
    ask(query.evaluate(file, others));
  }

  if (exported[file] === undefined) {
    throw new InternalError(
      file + ' of the runtime cannot be evaluated: the function has replaced a built-in that it needs',
    );
  }
}

/** The exports of a runtime file if anything has touched it: nobody has an instance of its classes before. */
export function ifLoaded(file) {
  return exported[file];
}

/**
 * Defines properties that load a runtime file when they are first read. They become ordinary ones then.
 * @param {object} target
 * @param {string} file
 * @param {string[]} names of its exports
 * @param {boolean} enumerable
 */
export function defineLazily(target, file, names, enumerable) {
  for (const name of names) {
    const { get, set } = getOwnPropertyDescriptor({
      get [name]() {
        return load(file)[name];
      },
      set [name](value) {
        defineProperty(target, name, { __proto__: null, value, writable: true, enumerable, configurable: true });
      },
    }, name);

    defineProperty(target, name, { __proto__: null, get, set, enumerable, configurable: true });
    (waiting[file] ??= []).push({ target, name, enumerable, get });
  }
}

/** Unless the function has put something else in its place. @param {Property} property */
function settle({ target, name, enumerable, get }, exports) {
  if (getOwnPropertyDescriptor(target, name)?.get !== get) return;

  const { [name]: value } = exports;

  defineProperty(target, name, { __proto__: null, value, writable: true, enumerable, configurable: true });
}
