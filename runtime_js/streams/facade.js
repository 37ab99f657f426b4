// What Web IDL does with an underlying source, sink or transformer.

import { TypeError, functionBind, functionCall, promiseReject, setPrototypeOf } from '../boundary/built_ins.js';
import { receiverError } from '../webidl/receiver.js';

/** bind(method, receiver, ...arguments) and invoke(method, receiver, ...arguments) */
export const bind = functionBind;
export const invoke = functionCall;

/** What a promise-returning member gives a wrong receiver. @param {string} name of the interface @param {string} member */
export function wrongReceiver(name, member) {
  return promiseReject(receiverError(name, member));
}

/**
 * A callback of a dictionary.
 * @returns {Function | undefined}
 */
export function callbackOf(object, member, where) {
  const value = object[member];

  if (value === undefined) return undefined;

  if (typeof value !== 'function') throw new TypeError(where + '.' + member + ' is not a function');

  return value;
}

/**
 * Cuts a class of the runtime's own records off from `Object.prototype`, where a user may have put setters.
 * @template {Function} C
 * @param {C} Class
 * @returns {C}
 */
export function isolated(Class) {
  setPrototypeOf(Class.prototype, null);

  return Class;
}
