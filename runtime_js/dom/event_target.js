// https://dom.spec.whatwg.org/#interface-eventtarget and the dispatch of events.
// There is no tree here: an event's path is its target alone.

import { Boolean, DOMException, TypeError, createMap, functionCall, globalObject, list } from '../boundary/built_ins.js';
import {
  CANCELED, DISPATCHING, FLAGS, IN_PASSIVE, STOP, STOP_NOW, TARGET, TRUSTED, TYPE, cancel, isEvent, slotsOf,
} from './event.js';
import { FLAT, NO_JOBS, jobQueue, rejected, textCounts } from '../boundary/host.js';
import { defineInterface, requireArguments, toDOMString } from '../webidl/webidl.js';

// What a listener's `how` holds.
const ONCE = 1;
const PASSIVE = 2;
const REMOVED = 4;
const HANDLER = 8; // the value of an event handler attribute: event_handlers.js
const SPECIAL = 16; // a handler that is called in its own way

// The flags of an event that the runtime fires, and what remains of them in the end.
const UNDER_WAY = DISPATCHING | TRUSTED;
const ENDED = ~(DISPATCHING | STOP | STOP_NOW);

const global = globalObject;

/** @type {(target: object) => State} throws for what is no EventTarget */
let stateOf;
/**
 * https://dom.spec.whatwg.org/#concept-event-dispatch: false when the event was cancelled
 * @type {(target: object, event: Event, byScript?: boolean) => boolean}
 */
export let fire;
/**
 * Fires a new, trusted event with two slots of its own. It is made only when someone listens.
 * @type {(target: object, type: string, Message: Function, first: unknown, second: unknown, time: number) => void}
 */
export let fireMessage;
/**
 * `fireMessage` for each of the messages that came together and are left, until there are jobs to run or rejections
 * to report: only the host can, and each message is a task.
 * @type {(target: object, type: string, Message: Function, messages: string[], second: unknown, time: number) => void}
 */
export let fireMessages;
/** The text that `fireMessages` fired last; "" for a long one, once that is done. */
export let message = '';

/** The slots of the message event that is being made. @type {unknown[] | null} */
export let made = null;

/** Goes up with each change to a listener, of any target. */
let changes = 0;

let report = (error) => {
  throw error;
};
let signals = null;

/** Says what becomes of an exception that a listener throws. @param {(error: unknown) => void} handler */
export function reportWith(handler) {
  report = handler;
}

/**
 * Gives the `signal` option its meaning.
 * @param {{ isSignal: Function, isAborted: Function, add: Function, remove: Function }} hooks
 */
export function abortWith(hooks) {
  signals = hooks;
}

function handleEvent(object, event) {
  const { handleEvent: callback } = object;

  if (typeof callback !== 'function') throw new TypeError('handleEvent of the listener is not a function');

  functionCall(callback, object, event);
}

/**
 * The listeners of a target, by type and in order, those for the capturing phase apart; each null until needed.
 * @typedef {{ capturing: Map<string, Listener[]> | null, bubbling: Map<string, Listener[]> | null,
 *   handlers: Map<string, object> | null, observer: ((target: object, type: string) => void) | null }} State
 * @typedef {{ callback: Function | object, capture: boolean, how: number, signal: object | null,
 *   abort: Function | null, handle?: Function }} Listener
 */
const newState = () => ({ capturing: null, bubbling: null, handlers: null, observer: null });

export class EventTarget {
  /** @type {State | null} */
  #state = null;
  #callee; // a listener that is called as a method: that is the cheapest way to say what `this` is

  addEventListener(type, callback, options = undefined) {
    const target = this ?? globalObject;

    stateOf(target);
    requireArguments(arguments.length, 2, 'EventTarget.addEventListener');
    type = toDOMString(type);
    requireCallback(callback, 'EventTarget.addEventListener');
    addListener(target, type, listenerOf(callback, options));
  }

  removeEventListener(type, callback, options = undefined) {
    const target = this ?? globalObject;
    const state = stateOf(target);

    requireArguments(arguments.length, 2, 'EventTarget.removeEventListener');
    type = toDOMString(type);
    requireCallback(callback, 'EventTarget.removeEventListener');

    const listeners = (isCapturing(options) ? state.capturing : state.bubbling)?.get(type);
    const listener = listeners && find(listeners, callback);

    if (listener !== undefined) removeListener(target, type, listener);
  }

  dispatchEvent(event) {
    const target = this ?? globalObject;

    stateOf(target);
    requireArguments(arguments.length, 1, 'EventTarget.dispatchEvent');

    if (!isEvent(event)) throw new TypeError('EventTarget.dispatchEvent: the argument is not an Event');

    const slots = slotsOf(event);

    if (slots[FLAGS] & DISPATCHING) throw new DOMException('the event is already being dispatched', 'InvalidStateError');

    slots[FLAGS] &= ~TRUSTED;

    return fire(target, event, true);
  }

  static {
    // The global object is an EventTarget too, but no constructor of ours has made it.
    let ofGlobal = null;

    stateOf = (target) => {
      if (target === global) return ofGlobal ??= newState();

      return target.#state ??= newState();
    };

    fire = (target, event, byScript) => {
      const slots = slotsOf(event);
      const { capturing, bubbling } = (target === global ? null : target.#state) ?? stateOf(target);

      slots[FLAGS] |= byScript ? DISPATCHING : DISPATCHING | TRUSTED;
      slots[TARGET] = target;

      if (capturing !== null) invoke(target, event, slots, capturing.get(slots[TYPE]));

      if (bubbling !== null) invoke(target, event, slots, bubbling.get(slots[TYPE]));

      const flags = slots[FLAGS];

      slots[FLAGS] = flags & ENDED;

      return (flags & CANCELED) === 0;
    };

    fireMessage = (target, type, Message, data, details, time) => {
      const { capturing, bubbling } = target.#state ?? stateOf(target);
      const listeners = bubbling === null ? undefined : bubbling.get(type);

      if (listeners === undefined && capturing === null) return;

      const slots = [type, UNDER_WAY, target, time, data, details];
      made = slots;

      const event = new Message();

      made = null;

      if (capturing !== null) invoke(target, event, slots, capturing.get(type));

      if (listeners !== undefined) invoke(target, event, slots, listeners);

      slots[FLAGS] &= ENDED;
    };

    fireMessages = (target, type, Message, messages, details, time) => {
      let seen = -1;
      let isSimple;

      for (let i = messages.length - textCounts[0]; i < messages.length; i++) {
        textCounts[0] = messages.length - i - 1;
        message = messages[i];

        if (seen !== changes) {
          seen = changes;
          target.#callee = onlyFunction(target.#state ?? stateOf(target), type);
          isSimple = target.#callee !== null;
        }

        if (isSimple) {
          const slots = [type, UNDER_WAY, target, time, message, details];

          made = slots;

          try {
            target.#callee(new Message());
          } catch (error) {
            report(error);
            slots[FLAGS] &= ENDED;
            break; // the host shall hear of it before the next
          }

          slots[FLAGS] &= ENDED;
        } else fireMessage(target, type, Message, message, details, time);

        if (jobQueue[0] !== NO_JOBS || rejected.length !== 0 || textCounts[2] !== 0) break;
      }

      target.#callee = null;
      made = null;

      if (message.length > FLAT) message = '';
    };
  }
}

defineInterface(EventTarget);

/** The one function that listens to events of a type; null where more or something else is to be called. */
function onlyFunction({ capturing, bubbling }, type) {
  const listeners = bubbling === null ? undefined : bubbling.get(type);

  if (listeners === undefined || listeners.length !== 1 || (capturing !== null && capturing.has(type))) return null;

  const { how, callback } = listeners[0];

  return (how & ~HANDLER) === 0 && typeof callback === 'function' ? callback : null;
}

// https://dom.spec.whatwg.org/#concept-event-listener-invoke
function invoke(target, event, slots, listeners) {
  if (listeners === undefined || slots[FLAGS] & STOP) return;

  // Listeners that are added meanwhile stand behind the length; removing makes a new array.
  const { length } = listeners;

  for (let i = 0; i < length; i++) {
    const listener = listeners[i];
    const { how, callback } = listener;

    if (how & (REMOVED | ONCE | PASSIVE)) {
      if (how & REMOVED) continue;

      if (how & ONCE) removeListener(target, slots[TYPE], listener);

      if (how & PASSIVE) slots[FLAGS] |= IN_PASSIVE;
    }

    try {
      if (typeof callback === 'function' && (how & SPECIAL) === 0) {
        if (functionCall(callback, target, event) === false && how & HANDLER) cancel(event);
      } else if (how & SPECIAL) listener.handle(callback, event);
      else if ((how & HANDLER) === 0) handleEvent(callback, event); // calling such a handler does nothing
    } catch (error) {
      report(error);
    }

    if (how & PASSIVE) slots[FLAGS] &= ~IN_PASSIVE;

    if (slots[FLAGS] & STOP_NOW) return;
  }
}

function requireCallback(callback, where) {
  if (callback !== null && callback !== undefined && typeof callback !== 'object' && typeof callback !== 'function') {
    throw new TypeError(where + ': the listener is neither a function nor an object');
  }
}

function isCapturing(options) {
  return typeof options === 'object' || typeof options === 'function' ? Boolean(options?.capture) : Boolean(options);
}

/** @returns {Listener} from the arguments of addEventListener */
function listenerOf(callback, options) {
  const listener = { callback, capture: isCapturing(options), how: 0, signal: null, abort: null };

  if ((typeof options !== 'object' && typeof options !== 'function') || options === null) return listener;

  const { once, passive, signal } = options;

  listener.how = (once ? ONCE : 0) | (passive ? PASSIVE : 0);

  if (signal === undefined) return listener;

  if (!signals.isSignal(signal)) {
    throw new TypeError('EventTarget.addEventListener: the signal is not an AbortSignal');
  }

  listener.signal = signal;

  return listener;
}

function find(listeners, callback) {
  for (let i = 0; i < listeners.length; i++) {
    if (listeners[i].callback === callback && !(listeners[i].how & HANDLER)) return listeners[i];
  }

  return undefined;
}

// https://dom.spec.whatwg.org/#add-an-event-listener
function addListener(target, type, listener) {
  const { callback, capture, signal } = listener;

  if ((signal !== null && signals.isAborted(signal)) || callback === null || callback === undefined) return;

  changes++;

  const state = stateOf(target);
  const phase = capture ? 'capturing' : 'bubbling';
  const types = state[phase] ??= createMap();
  const listeners = types.get(type);

  if (listeners === undefined) types.set(type, list([listener]));
  else if (listener.how & HANDLER || find(listeners, callback) === undefined) listeners[listeners.length] = listener;
  else return;

  if (signal !== null) {
    listener.abort = () => removeListener(target, type, listener);
    signals.add(signal, listener.abort);
  }

  if (state.observer !== null) state.observer(target, type);
}

// https://dom.spec.whatwg.org/#remove-an-event-listener
export function removeListener(target, type, listener) {
  if (listener.how & REMOVED) return;

  listener.how |= REMOVED;
  changes++;

  const state = stateOf(target);
  const types = listener.capture ? state.capturing : state.bubbling;
  const rest = without(types.get(type), listener);

  // A dispatch that is under way keeps the old array.
  if (rest.length === 0) types.delete(type);
  else types.set(type, rest);

  if (listener.abort !== null) {
    signals.remove(listener.signal, listener.abort);
    listener.abort = null; // it refers to the listener: without the cycle memory is freed at once
  }

  if (state.observer !== null) state.observer(target, type);
}

function without(listeners, listener) {
  const rest = list([]);

  for (let i = 0; i < listeners.length; i++) {
    if (listeners[i] !== listener) rest[rest.length] = listeners[i];
  }

  return rest;
}

/**
 * Adds the listener of an event handler attribute. Its callback can be exchanged in place.
 * @param {object} target
 * @param {string} type
 * @param {Function | object} callback
 * @param {(callback: Function | object, event: Event) => void} [handle] calls it, if that is done in a way of its own
 * @returns {Listener}
 */
export function addHandler(target, type, callback, handle) {
  const how = handle === undefined ? HANDLER : HANDLER | SPECIAL;
  const listener = { callback, capture: false, how, signal: null, abort: null, handle };

  addListener(target, type, listener);

  return listener;
}

/** Exchanges the callback of such a listener. */
export function exchangeHandler(listener, callback) {
  listener.callback = callback;
  changes++;
}

/** Whether an event of this type would reach anyone; asked before an event is even made. */
export function hasListeners(target, type) {
  const { capturing, bubbling } = stateOf(target);

  return (bubbling !== null && bubbling.has(type)) || (capturing !== null && capturing.has(type));
}

/**
 * Has a function told when the listeners of a target have changed; one function for each target.
 * @param {object} target
 * @param {(target: object, type: string) => void} observer told the type of the listener; one that does not hold the target
 */
export function observeListeners(target, observer) {
  stateOf(target).observer = observer;
}

/** The event handler attributes of a target that are set, by event type. @returns {Map<string, Listener>} */
export function handlersOf(target) {
  return stateOf(target).handlers ??= createMap();
}
