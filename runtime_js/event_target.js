// https://dom.spec.whatwg.org/#events
// Event and EventTarget. There is no tree here: an event's path is its target alone.

import { now } from './clock.js';
import { defineInterface, requireArguments, toDictionary, toDOMString } from './webidl.js';

// What an event's #flags hold.
const STOP = 1;
const STOP_NOW = 2;
const CANCELED = 4;
const IN_PASSIVE = 8;
const DISPATCHING = 16;
const TRUSTED = 32;
const BUBBLES = 64;
const CANCELABLE = 128;
const COMPOSED = 256;

// What a listener's `how` holds.
const ONCE = 1;
const PASSIVE = 2;
const REMOVED = 4;
const HANDLER = 8; // the runtime's own function, which is called with the target and the event

const { defineProperty } = Object;
const global = globalThis;

/** In place of an init dictionary: the runtime makes a trusted event and fills it in itself. */
export const BARE = { __proto__: null };

/** @type {(target: object, event: Event) => boolean} dispatches as the host does: trusted; false when cancelled */
export let fire;
/** @type {(event: Event) => void} cancels, whatever a passive listener's options say */
export let cancel;
/** @type {(target: object, event: Event) => boolean} dispatches as a script does */
let dispatch;
/** @type {(value: unknown) => boolean} */
let isEvent;
/** @type {(event: Event, type: unknown, bubbles: unknown, cancelable: unknown) => boolean} false, and nothing done, during a dispatch */
export let initialize;
/** @type {(target: object) => State} throws for what is no EventTarget */
let stateOf;

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
 * @param {{ isSignal: Function, isAborted: Function, add: Function, remove: Function, observe: Function }} hooks
 *   observe: the listeners for 'abort' of this target have changed
 */
export function abortWith(hooks) {
  signals = hooks;
}

const unforgeable = { __proto__: null, enumerable: true, configurable: false, get: undefined, set: undefined };

export class Event {
  #type;
  #flags = 0;
  #target = null;
  #timeStamp = now();

  constructor(type, init = undefined) {
    if (init === BARE) {
      this.#type = type;
      this.#flags = TRUSTED;
    } else {
      requireArguments(arguments.length, 1, 'Event constructor');
      this.#type = toDOMString(type);

      if (init !== undefined) this.#flags = flagsOf(toDictionary(init, 'Event constructor'));
    }

    defineProperty(this, 'isTrusted', unforgeable);
  }

  get type() {
    return this.#type;
  }

  get target() {
    return this.#target;
  }

  get srcElement() {
    return this.#target;
  }

  get currentTarget() {
    return this.#flags & DISPATCHING ? this.#target : null;
  }

  composedPath() {
    return this.#flags & DISPATCHING ? [this.#target] : [];
  }

  get eventPhase() {
    return this.#flags & DISPATCHING ? 2 : 0; // AT_TARGET, NONE
  }

  stopPropagation() {
    this.#flags |= STOP;
  }

  get cancelBubble() {
    return (this.#flags & STOP) !== 0;
  }

  set cancelBubble(value) {
    this.#flags |= value ? STOP : 0;
  }

  stopImmediatePropagation() {
    this.#flags |= STOP | STOP_NOW;
  }

  get bubbles() {
    return (this.#flags & BUBBLES) !== 0;
  }

  get cancelable() {
    return (this.#flags & CANCELABLE) !== 0;
  }

  get returnValue() {
    return (this.#flags & CANCELED) === 0;
  }

  set returnValue(value) {
    const flags = this.#flags;

    if (!value) this.#flags = afterCancel(flags);
  }

  preventDefault() {
    this.#flags = afterCancel(this.#flags);
  }

  get defaultPrevented() {
    return (this.#flags & CANCELED) !== 0;
  }

  get composed() {
    return (this.#flags & COMPOSED) !== 0;
  }

  get timeStamp() {
    return this.#timeStamp;
  }

  initEvent(type, bubbles = false, cancelable = false) {
    requireArguments(arguments.length, 1, 'Event.initEvent');
    initialize(this, type, bubbles, cancelable);
  }

  static {
    unforgeable.get = Object.getOwnPropertyDescriptor({
      get isTrusted() {
        return (this.#flags & TRUSTED) !== 0;
      },
    }, 'isTrusted').get;

    isEvent = (value) => typeof value === 'object' && value !== null && #flags in value;

    initialize = (event, type, bubbles, cancelable) => {
      const flags = event.#flags;
      const string = toDOMString(type);

      if (flags & DISPATCHING) return false;

      event.#flags = (flags & COMPOSED) | (bubbles ? BUBBLES : 0) | (cancelable ? CANCELABLE : 0);
      event.#type = string;
      event.#target = null;

      return true;
    };

    cancel = (event) => {
      event.#flags = afterCancel(event.#flags);
    };

    dispatch = (target, event) => {
      const flags = event.#flags;

      if (flags & DISPATCHING) throw new DOMException('the event is already being dispatched', 'InvalidStateError');

      event.#flags = flags & ~TRUSTED;

      return send(target, event);
    };

    fire = (target, event) => {
      event.#flags |= TRUSTED;

      return send(target, event);
    };

    // https://dom.spec.whatwg.org/#concept-event-dispatch
    const send = (target, event) => {
      const state = stateOf(target);

      event.#flags |= DISPATCHING;
      event.#target = target;

      if (state.capturing !== null) invoke(target, event, state.capturing.get(event.#type));

      if (state.bubbling !== null) invoke(target, event, state.bubbling.get(event.#type));

      const flags = event.#flags;

      event.#flags = flags & ~(DISPATCHING | STOP | STOP_NOW);

      return (flags & CANCELED) === 0;
    };

    // https://dom.spec.whatwg.org/#concept-event-listener-invoke
    const invoke = (target, event, listeners) => {
      if (listeners === undefined || event.#flags & STOP) return;

      // Listeners that are added meanwhile stand behind the length; removing makes a new array.
      const { length } = listeners;

      for (let i = 0; i < length; i++) {
        const listener = listeners[i];
        const { how } = listener;

        if (how & REMOVED) continue;

        if (how & ONCE) removeListener(target, event.#type, listener);

        if (how & PASSIVE) event.#flags |= IN_PASSIVE;

        try {
          if (how & HANDLER) listener.callback(target, event);
          else callBack(listener.callback, target, event);
        } catch (error) {
          report(error);
        }

        if (how & PASSIVE) event.#flags &= ~IN_PASSIVE;

        if (event.#flags & STOP_NOW) return;
      }
    };
  }
}

defineInterface(Event, { constants: { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 } });

function flagsOf(init) {
  const { bubbles, cancelable, composed } = init;

  return (bubbles ? BUBBLES : 0) | (cancelable ? CANCELABLE : 0) | (composed ? COMPOSED : 0);
}

function afterCancel(flags) {
  return (flags & (CANCELABLE | IN_PASSIVE)) === CANCELABLE ? flags | CANCELED : flags;
}

const { apply } = Reflect;

function callBack(callback, target, event) {
  if (typeof callback === 'function') {
    apply(callback, target, [event]);

    return;
  }

  const { handleEvent } = callback;

  if (typeof handleEvent !== 'function') throw new TypeError('handleEvent of the listener is not a function');

  apply(handleEvent, callback, [event]);
}

/**
 * The listeners of a target, by type and in order, those for the capturing phase apart; each null until needed.
 * @typedef {{ capturing: Map<string, Listener[]> | null, bubbling: Map<string, Listener[]> | null,
 *   handlers: Map<string, object> | null }} State
 * @typedef {{ callback: Function | object, capture: boolean, how: number, signal: object | null,
 *   abort: Function | null }} Listener
 */
const newState = () => ({ capturing: null, bubbling: null, handlers: null });

export class EventTarget {
  /** @type {State | null} */
  #state = null;

  addEventListener(type, callback, options = undefined) {
    const target = this ?? globalThis;

    stateOf(target);
    requireArguments(arguments.length, 2, 'EventTarget.addEventListener');
    type = toDOMString(type);
    requireCallback(callback, 'EventTarget.addEventListener');
    addListener(target, type, listenerOf(callback, options));
  }

  removeEventListener(type, callback, options = undefined) {
    const target = this ?? globalThis;
    const state = stateOf(target);

    requireArguments(arguments.length, 2, 'EventTarget.removeEventListener');
    type = toDOMString(type);
    requireCallback(callback, 'EventTarget.removeEventListener');

    const listeners = (isCapturing(options) ? state.capturing : state.bubbling)?.get(type);
    const listener = listeners && find(listeners, callback);

    if (listener !== undefined) removeListener(target, type, listener);
  }

  dispatchEvent(event) {
    const target = this ?? globalThis;

    stateOf(target);
    requireArguments(arguments.length, 1, 'EventTarget.dispatchEvent');

    if (!isEvent(event)) throw new TypeError('EventTarget.dispatchEvent: the argument is not an Event');

    return dispatch(target, event);
  }

  static {
    // The global object is an EventTarget too, but no constructor of ours has made it.
    let ofGlobal = null;

    stateOf = (target) => {
      if (target === global) return ofGlobal ??= newState();

      return target.#state ??= newState();
    };
  }
}

defineInterface(EventTarget);

function requireCallback(callback, where) {
  if (callback !== null && callback !== undefined && typeof callback !== 'object' && typeof callback !== 'function') {
    throw new TypeError(`${where}: the listener is neither a function nor an object`);
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
    if (listeners[i].callback === callback) return listeners[i];
  }

  return undefined;
}

// https://dom.spec.whatwg.org/#add-an-event-listener
function addListener(target, type, listener) {
  const { callback, capture, signal } = listener;

  if ((signal !== null && signals.isAborted(signal)) || callback === null || callback === undefined) return;

  const state = stateOf(target);
  const phase = capture ? 'capturing' : 'bubbling';
  const types = state[phase] ??= new Map();
  const listeners = types.get(type);

  if (listeners === undefined) types.set(type, [listener]);
  else if (find(listeners, callback) === undefined) listeners[listeners.length] = listener;
  else return;

  if (type === 'abort') signals.observe(target);

  if (signal === null) return;

  listener.abort = () => removeListener(target, type, listener);
  signals.add(signal, listener.abort);
}

// https://dom.spec.whatwg.org/#remove-an-event-listener
function removeListener(target, type, listener) {
  if (listener.how & REMOVED) return;

  listener.how |= REMOVED;

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

  if (type === 'abort') signals.observe(target);
}

function without(listeners, listener) {
  const rest = [];

  for (let i = 0; i < listeners.length; i++) {
    if (listeners[i] !== listener) rest[rest.length] = listeners[i];
  }

  return rest;
}

/**
 * Adds a listener of the runtime's own.
 * @param {object} target
 * @param {string} type
 * @param {(target: object, event: Event) => void} callback
 * @returns {() => void} removes it
 */
export function listen(target, type, callback) {
  const listener = { ...listenerOf(callback, undefined), how: HANDLER };

  addListener(target, type, listener);

  return () => removeListener(target, type, listener);
}

/** Whether an event of this type would reach anyone; asked before an event is even made. */
export function hasListeners(target, type) {
  const { capturing, bubbling } = stateOf(target);

  return (bubbling !== null && bubbling.has(type)) || (capturing !== null && capturing.has(type));
}

/** The event handler attributes of a target that were ever set, by event type. @returns {Map<string, object>} */
export function handlersOf(target) {
  return stateOf(target).handlers ??= new Map();
}
