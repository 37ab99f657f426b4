// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers
// Timers and microtasks of the function. Twin: edgehost/bindings/timers.py

import { TypeError, apply, createMap, globalObject, queueMicrotask as enqueue } from '../boundary/built_ins.js';
import { on, op } from '../boundary/host.js';
import { current, enter } from '../boundary/invocation.js';
import { reportException } from './report.js';
import { requireArguments, toCallback } from '../webidl/webidl.js';

const DEEP = 5; // timers set by timers set by timers ...: from here on
const DEEP_MINIMUM = 1; // ms, as in other servers: HTML has 4, for pages

/**
 * The timers that are set, by id. One in the background does not keep a script running.
 * @typedef {{ callback: Function, args: unknown[], delay: number, repeats: boolean, nesting: number,
 *   invocation: number, background: boolean }} Timer
 * @type {Map<number, Timer>}
 */
const timers = createMap();

let lastId = 0;
let lastBackgroundId = 0;
let nesting = 0; // of the timer whose callback runs

// Methods of a literal, as operations are no constructors.
export const { setTimeout, setInterval, clearTimeout, clearInterval, queueMicrotask } = {
  setTimeout(handler, timeout = 0, ...args) {
    requireArguments(arguments.length, 1, 'setTimeout');

    return start('setTimeout', handler, timeout, args, false);
  },

  setInterval(handler, timeout = 0, ...args) {
    requireArguments(arguments.length, 1, 'setInterval');

    return start('setInterval', handler, timeout, args, true);
  },

  clearTimeout(id = 0) {
    clear(id | 0);
  },

  clearInterval(id = 0) {
    clear(id | 0);
  },

  queueMicrotask(callback) {
    requireArguments(arguments.length, 1, 'queueMicrotask');
    toCallback(callback, 'queueMicrotask');

    enqueue(() => {
      try {
        callback();
      } catch (error) {
        reportException(error);
      }
    });
  },
};

function clear(id) {
  if (id > 0 && timers.delete(id)) op.clearTimer(id);
}

// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timer-initialisation-steps
function start(where, callback, timeout, args, repeats) {
  if (typeof callback !== 'function') {
    throw new TypeError(where + ': the handler is not a function; code in a string is not evaluated');
  }

  const delay = timeout | 0; // the conversion to `long`

  lastId++;
  schedule(lastId, {
    callback, args, delay: delay < 0 ? 0 : delay, repeats, nesting, invocation: current, background: false,
  });

  return lastId;
}

/**
 * A timer of the runtime's own, which does not keep a script running.
 * @param {number} delay in ms
 * @param {() => void} callback
 */
export function startBackgroundTimer(delay, callback) {
  lastBackgroundId--; // below the ids that clearTimeout accepts
  schedule(lastBackgroundId, {
    callback, args: [], delay, repeats: false, nesting: 0, invocation: current, background: true,
  });
}

function schedule(id, timer) {
  const delay = timer.nesting > DEEP && timer.delay < DEEP_MINIMUM ? DEEP_MINIMUM : timer.delay;

  timer.nesting++;
  timers.set(id, timer);
  op.setTimer(id, delay, timer.background);
}

on('timer', (id) => {
  const timer = timers.get(id);

  if (timer === undefined) return;

  if (!timer.repeats) timers.delete(id);

  enter(timer.invocation);
  nesting = timer.nesting;

  try {
    apply(timer.callback, globalObject, timer.args);
  } catch (error) {
    reportException(error);
  }

  nesting = 0;

  if (timer.repeats && timers.get(id) === timer) schedule(id, timer);
});
