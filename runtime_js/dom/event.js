// https://dom.spec.whatwg.org/#interface-event
// What an event knows. How events are dispatched: event_target.js

import { TypeError, defineProperty, getOwnPropertyDescriptor } from '../boundary/built_ins.js';
import { now } from '../performance/clock.js';
import { constructorOf, defineInterface, requireArguments, toDictionary, toDOMString } from '../webidl/webidl.js';

// Every message is an event, so the state of one is a single field with an array. What the array holds. Those from OWN on belong to the interface that inherits.
export const TYPE = 0;
export const FLAGS = 1;
export const TARGET = 2;
const TIME = 3;
export const OWN = 4;

// What the flags hold.
export const STOP = 1;
export const STOP_NOW = 2;
export const CANCELED = 4;
export const IN_PASSIVE = 8;
export const DISPATCHING = 16;
export const TRUSTED = 32;
const BUBBLES = 64;
const CANCELABLE = 128;
const COMPOSED = 256;

/** The slots of an event; throws for what is none. @type {(event: Event) => unknown[]} */
export let slotsOf;
/** @type {(value: unknown) => value is Event} */
export let isEvent;

// Those of messages are a class of their own, which is quicker to make than one that inherits.
let isMessage = () => false;
let slotsOfMessage;

/** @param {(value: unknown) => boolean} test @param {(message: object) => unknown[]} slots */
export function recognizeMessages(test, slots) {
  isMessage = test;
  slotsOfMessage = slots;
}

class Event {
  #slots;

  constructor(slots, isUsers) {
    this.#slots = slots;

    if (isUsers === true) defineProperty(this, 'isTrusted', unforgeable);
  }

  static {
    slotsOf = (event) => {
      if (#slots in event) return event.#slots;

      if (isMessage(event)) return slotsOfMessage(event);

      throw new TypeError('the receiver is not an Event');
    };
    isEvent = (value) => typeof value === 'object' && value !== null && (#slots in value || isMessage(value));
  }

  get type() {
    return slotsOf(this)[TYPE];
  }

  get target() {
    return slotsOf(this)[TARGET];
  }

  get srcElement() {
    return slotsOf(this)[TARGET];
  }

  get currentTarget() {
    return slotsOf(this)[FLAGS] & DISPATCHING ? slotsOf(this)[TARGET] : null;
  }

  composedPath() {
    return slotsOf(this)[FLAGS] & DISPATCHING ? [slotsOf(this)[TARGET]] : [];
  }

  get eventPhase() {
    return slotsOf(this)[FLAGS] & DISPATCHING ? 2 : 0; // AT_TARGET, NONE
  }

  stopPropagation() {
    slotsOf(this)[FLAGS] |= STOP;
  }

  get cancelBubble() {
    return (slotsOf(this)[FLAGS] & STOP) !== 0;
  }

  set cancelBubble(value) {
    slotsOf(this)[FLAGS] |= value ? STOP : 0;
  }

  stopImmediatePropagation() {
    slotsOf(this)[FLAGS] |= STOP | STOP_NOW;
  }

  get bubbles() {
    return (slotsOf(this)[FLAGS] & BUBBLES) !== 0;
  }

  get cancelable() {
    return (slotsOf(this)[FLAGS] & CANCELABLE) !== 0;
  }

  get returnValue() {
    return (slotsOf(this)[FLAGS] & CANCELED) === 0;
  }

  set returnValue(value) {
    if (value) slotsOf(this); // the brand check
    else cancel(this);
  }

  preventDefault() {
    cancel(this);
  }

  get defaultPrevented() {
    return (slotsOf(this)[FLAGS] & CANCELED) !== 0;
  }

  get composed() {
    return (slotsOf(this)[FLAGS] & COMPOSED) !== 0;
  }

  get timeStamp() {
    return slotsOf(this)[TIME];
  }

  initEvent(type, bubbles = false, cancelable = false) {
    requireArguments(arguments.length, 1, 'Event.initEvent');
    initialize(this, type, bubbles, cancelable);
  }

  /** The constructor defines it on the event itself; here it serves those that the runtime makes. */
  get isTrusted() {
    return (slotsOf(this)[FLAGS] & TRUSTED) !== 0;
  }
}

export const unforgeable = {
  __proto__: null, enumerable: true, configurable: false, get: getOwnPropertyDescriptor(Event.prototype, 'isTrusted').get,
};

defineInterface(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

const Constructor = constructorOf(Event, eventFrom);

export { Constructor as Event };

/** What a script's constructor call says. @returns {[unknown[], true]} */
export function eventFrom(type, init = undefined) {
  requireArguments(arguments.length, 1, 'Event constructor');

  return [
    [toDOMString(type), init === undefined ? 0 : flagsOf(toDictionary(init, 'Event constructor')), null, now()], true,
  ];
}

/** A trusted event without a dictionary. @param {string} type @returns {Event} */
export function newEvent(type) {
  return new Event([type, TRUSTED, null, now()]);
}

function flagsOf(init) {
  const { bubbles, cancelable, composed } = init;

  return (bubbles ? BUBBLES : 0) | (cancelable ? CANCELABLE : 0) | (composed ? COMPOSED : 0);
}

/**
 * https://dom.spec.whatwg.org/#concept-event-initialize
 * @param {Event} event
 * @returns {boolean} false, and nothing done, during a dispatch
 */
export function initialize(event, type, bubbles, cancelable) {
  const slots = slotsOf(event);
  const string = toDOMString(type);

  if (slots[FLAGS] & DISPATCHING) return false;

  slots[FLAGS] = (slots[FLAGS] & COMPOSED) | (bubbles ? BUBBLES : 0) | (cancelable ? CANCELABLE : 0);
  slots[TYPE] = string;
  slots[TARGET] = null;

  return true;
}

/** https://dom.spec.whatwg.org/#set-the-canceled-flag @param {Event} event */
export function cancel(event) {
  const slots = slotsOf(event);

  if ((slots[FLAGS] & (CANCELABLE | IN_PASSIVE)) === CANCELABLE) slots[FLAGS] |= CANCELED;
}
