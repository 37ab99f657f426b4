// How instances of the platform's interfaces are shown, as each says. The rest of inspect.js is evaluated when
// the first value is shown: console/printer.js

/** Prototypes of the platform's interfaces, to what shows their instances. */
const inspectors = new Map();

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
export const inspectorOf = inspectors.get.bind(inspectors);

/** Pairs as an object, in which a name with several values has a list. */
export function groupPairs(pairs) {
  const shown = { __proto__: null };

  for (const [name, value] of pairs) shown[name] = name in shown ? [shown[name], value].flat() : value;

  return shown;
}
