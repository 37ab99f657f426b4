// https://html.spec.whatwg.org/multipage/structured-data.html#serializable-objects
// Which platform objects can be cloned or transferred, and how. Each registers itself.

import { DOMException, createMap, getPrototypeOf } from '../boundary/built_ins.js';

/** @param {string} what cannot be cloned */
export function dataCloneError(what) {
  return new DOMException(what + ' cannot be cloned', 'DataCloneError');
}

/**
 * @typedef {{ isInstance: (object: object) => boolean,
 *   serialize: (object: object, sub: (value: unknown) => unknown,
 *     forStorage: boolean) => unknown,
 *   deserialize: (data: unknown, sub: (record: unknown) => unknown) => object }} Serializable
 *   `serialize` gives what `deserialize` makes an equal object from; both pass members through `sub`.
 * @typedef {{ isInstance: (object: object) => boolean, transfer: (object: object) => unknown,
 *   receive: (data: unknown) => object }} Transferable
 *   `transfer` takes the object's content out of it, and throws a DataCloneError when it is gone already.
 */

/** @type {Map<object, Serializable>} by prototype */
const serializables = createMap();
/** @type {Map<object, Transferable>} by prototype */
const transferables = createMap();

/** @param {Function} Class @param {Serializable} steps */
export function defineSerializable(Class, steps) {
  serializables.set(Class.prototype, steps);
}

/** @param {Function} Class @param {Transferable} steps */
export function defineTransferable(Class, steps) {
  transferables.set(Class.prototype, steps);
}

/** @returns {Serializable | null} */
export function serializableSteps(object) {
  return stepsFor(serializables, object);
}

/** @returns {Transferable | null} */
export function transferableSteps(object) {
  return stepsFor(transferables, object);
}

function stepsFor(registry, object) {
  for (let prototype = getPrototypeOf(object); prototype !== null; prototype = getPrototypeOf(prototype)) {
    const steps = registry.get(prototype);

    if (steps !== undefined && steps.isInstance(object)) return steps;
  }

  return null;
}
