// How instances of the platform's interfaces are shown, as each says. The rest of inspect.js is evaluated when
// the first value is shown: console/printer.js

import { arrayPush, createMap, isArray } from '../boundary/built_ins.js';

/** Prototypes of the platform's interfaces, to what shows their instances. */
const inspectors = createMap();

/**
 * Says how instances of a platform interface are shown: by the names of the attributes to print, or by
 * a function that returns an object whose properties are printed, a list of pairs, or the whole text.
 * @param {Function} Class
 * @param {string[] | ((value: object) => object | [unknown, unknown][] | string)} show
 */
export function setInspector(Class, show) {
  inspectors.set(Class.prototype, show);
}

/** @param {object} prototype */
export function inspectorOf(prototype) {
  return inspectors.get(prototype);
}

/** Pairs as an object, in which a name with several values has a list. */
export function groupPairs(pairs) {
  const shown = { __proto__: null };

  for (let i = 0; i < pairs.length; i++) {
    const { 0: name, 1: value } = pairs[i];

    if (!(name in shown)) shown[name] = value;
    else if (isArray(shown[name])) arrayPush(shown[name], value);
    else shown[name] = [shown[name], value];
  }

  return shown;
}
