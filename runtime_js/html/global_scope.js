// https://html.spec.whatwg.org/multipage/workers.html#workerglobalscope
// The global object is an EventTarget: addEventListener and its kin work as bare functions.

import { apply, globalObject, setPrototypeOf } from '../boundary/built_ins.js';
import { defineEventHandlers } from '../dom/event_handlers.js';
import { cancel } from '../dom/event.js';
import { ErrorEvent, EventTarget, fire, hasListeners } from '../dom/events.js';

const isGlobal = (object) => object === globalObject;

setPrototypeOf(globalObject, EventTarget.prototype);
defineEventHandlers(globalObject, ['unhandledrejection', 'rejectionhandled'], isGlobal);
defineEventHandlers(globalObject, ['error'], isGlobal, handleErrorEvent);

/** Calls `onerror` with five arguments; `true` says that it took care of the error. */
function handleErrorEvent(callback, event) {
  if (typeof callback !== 'function') return;

  if (!(event instanceof ErrorEvent)) {
    if (apply(callback, globalObject, [event]) === false) cancel(event);

    return;
  }

  const { message, filename, lineno, colno, error } = event;

  if (apply(callback, globalObject, [message, filename, lineno, colno, error]) === true) cancel(event);
}

/** Whether the function listens for an event of the platform, such as 'fetch'. */
export function hasListener(type) {
  return hasListeners(globalObject, type);
}

/** Fires an event of the platform at the function. @returns {boolean} false when it was cancelled */
export function dispatchOnGlobal(event) {
  return fire(globalObject, event);
}
