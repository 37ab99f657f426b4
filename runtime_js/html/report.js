// https://html.spec.whatwg.org/multipage/webappapis.html#runtime-script-errors
// What nobody caught: exceptions and rejections become events on the global object, and what those
// leave goes to the host (`op.uncaught`). Nothing here throws, whatever was thrown.

import { createMap, createWeakMap, globalObject, list, queueMicrotask } from '../boundary/built_ins.js';
import { describeError, describePlace } from '../boundary/error_text.js';
import { reportWith } from '../dom/event_target.js';
import { ErrorEvent, PromiseRejectionEvent, fire, hasListeners } from '../dom/events.js';
import { on, op, rejected, text } from '../boundary/host.js';
import { current } from '../boundary/invocation.js';
import { requireArguments } from '../webidl/webidl.js';

export { describeError, inspectWith } from '../boundary/error_text.js';

const NO_ROOM = 'an error was thrown when no stack or memory was left to describe it';

let reporting = false; // "in error reporting mode": an 'error' listener that throws is not asked again

/**
 * Reports an exception for the global object.
 * @param {unknown} error
 */
export function reportException(error) {
  if (reporting || !isHandled(error)) tell('error', error);
}

/**
 * Reports the reason of a rejected promise that nobody will handle, without an event.
 * @param {unknown} reason
 */
export function reportRejection(reason) {
  tell('rejection', reason);
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#dom-reporterror */
export const { reportError } = {
  reportError(e) {
    requireArguments(arguments.length, 1, 'reportError');
    reportException(e);
  },
};

reportWith(reportException);

/** Whether an 'error' listener of the function took care of it. */
function isHandled(error) {
  if (!hasListeners(globalObject, 'error')) return false;

  reporting = true;
  queueMicrotask(endReporting); // for when a limit stops the listener: then no `finally` runs

  try {
    return !fire(globalObject, new ErrorEvent('error', { __proto__: null, ...describePlace(error), error, cancelable: true }));
  } finally {
    endReporting();
  }
}

function endReporting() {
  reporting = false;
}

function tell(kind, error) {
  try {
    const { 0: name, 1: message, 2: stack, 3: inspected } = describeError(error);

    op.uncaught(kind, text(name), text(message), text(stack), text(inspected), current);
  } catch {
    // No stack left, or no memory: try with little once the turn has unwound.
    queueMicrotask(() => op.uncaught(kind, 'Error', NO_ROOM, '', '', current));
  }
}

// https://html.spec.whatwg.org/multipage/webappapis.html#unhandled-promise-rejections

/** Promises whose rejection was told to the function, with the reasons. */
const outstanding = createWeakMap();

on('rejections', (count) => {
  takeRejections(count).forEach((reason, promise) => {
    // A listener for one promise may handle the next.
    if (!wasHandledMeanwhile(promise)) notify(promise, reason);
  });
});

/** @returns {Map<Promise, unknown>} the promises that were rejected and are not handled yet, in order */
function takeRejections(count) {
  const unhandled = createMap();
  const handledLate = list([]);

  for (let i = 0; i < count; i += 3) {
    const promise = rejected[i];

    if (!rejected[i + 2]) unhandled.set(promise, rejected[i + 1]);
    else if (!unhandled.delete(promise)) handledLate[handledLate.length] = promise;
  }

  rejected.length = 0;

  for (let i = 0; i < handledLate.length; i++) notifyHandled(handledLate[i]);

  return unhandled;
}

function notify(promise, reason) {
  outstanding.set(promise, reason);

  if (hasListeners(globalObject, 'unhandledrejection')) {
    const event = new PromiseRejectionEvent('unhandledrejection', { __proto__: null, promise, reason, cancelable: true });

    if (!fire(globalObject, event)) return;
  }

  tell('rejection', reason);
}

function notifyHandled(promise) {
  if (!outstanding.has(promise)) return;

  const reason = outstanding.get(promise);

  outstanding.delete(promise);
  fire(globalObject, new PromiseRejectionEvent('rejectionhandled', { __proto__: null, promise, reason }));
}

/** Whether the host noted it as handled since the batch was taken. */
function wasHandledMeanwhile(promise) {
  for (let i = 0; i < rejected.length; i += 3) {
    if (rejected[i] === promise && rejected[i + 2]) return true;
  }

  return false;
}
