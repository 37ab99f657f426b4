// https://html.spec.whatwg.org/multipage/workers.html#workerglobalscope
// The global object is an EventTarget: addEventListener and its kin work as bare functions.

import { defineEventHandlers } from './event_handlers.js';
import { cancel } from './event.js';
import { ErrorEvent, EventTarget, fire, hasListeners } from './events.js';

const { apply } = Reflect;
const isGlobal = (object) => object === globalThis;

Object.setPrototypeOf(globalThis, EventTarget.prototype);
defineEventHandlers(globalThis, ['unhandledrejection', 'rejectionhandled'], isGlobal);
defineEventHandlers(globalThis, ['error'], isGlobal, handleErrorEvent);

/** Calls `onerror` with five arguments; `true` says that it took care of the error. */
function handleErrorEvent(callback, event) {
  if (typeof callback !== 'function') return;

  if (!(event instanceof ErrorEvent)) {
    if (apply(callback, globalThis, [event]) === false) cancel(event);

    return;
  }

  const { message, filename, lineno, colno, error } = event;

  if (apply(callback, globalThis, [message, filename, lineno, colno, error]) === true) cancel(event);
}

/** Whether the function listens for an event of the platform, such as 'fetch'. */
export function hasListener(type) {
  return hasListeners(globalThis, type);
}

/** Fires an event of the platform at the function. @returns {boolean} false when it was cancelled */
export function dispatchOnGlobal(event) {
  return fire(globalThis, event);
}
