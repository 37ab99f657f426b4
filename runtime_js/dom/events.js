// https://dom.spec.whatwg.org/#events and the events of https://html.spec.whatwg.org/
// What an event carries, interface by interface. How events are dispatched: event_target.js

import { Boolean, TypeError, arrayOf, defineProperty, freeze, list, setPrototypeOf } from '../boundary/built_ins.js';
import { now } from '../performance/clock.js';
import { Event, OWN, eventFrom, initialize, recognizeMessages, unforgeable } from './event.js';
import { fireMessage, fireMessages, made } from './event_target.js';
import { isMessagePort } from '../boundary/lazy_brands.js';
import {
  constructorOf, defineInterface, requireArguments, toDictionary, toDOMString, toInteger, toSequence, toUSVString,
} from '../webidl/webidl.js';

export { Event, newEvent } from './event.js';
export { EventTarget, fire, hasListeners, message, observeListeners } from './event_target.js';
export { defineEventHandlers } from './event_handlers.js';

class CustomEvent extends Event {
  #detail = null;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'CustomEvent constructor');
    super(type, init);

    const { detail } = toDictionary(init, 'CustomEvent constructor');

    if (detail !== undefined) this.#detail = detail;
  }

  get detail() {
    return this.#detail;
  }

  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    void this.#detail; // the brand check
    requireArguments(arguments.length, 1, 'CustomEvent.initCustomEvent');

    if (initialize(this, type, bubbles, cancelable)) this.#detail = detail;
  }
}

/** What few message events have. */
const NO_DETAILS = { origin: '', lastEventId: '', source: null, ports: null };
const DATA = OWN;
const DETAILS = OWN + 1; // exchanged as a whole, never changed in place

/** Fires a trusted message event at a target. */
export function fireMessageEvent(target, type, data, details = NO_DETAILS) {
  fireMessage(target, type, MessageEvent, data, details, now());
}

/** The same for messages that came together, as long as none leaves jobs to run: `fireMessages`. */
export function fireMessageEvents(target, type, messages) {
  fireMessages(target, type, MessageEvent, messages, NO_DETAILS, now());
}

/** An Event which has the field itself, and for those of the runtime at once: one is made for every message. */
class MessageEvent {
  #slots = made;

  constructor(slots) {
    if (slots === undefined) return;

    this.#slots = slots;
    defineProperty(this, 'isTrusted', unforgeable);
  }

  static {
    setPrototypeOf(MessageEvent.prototype, Event.prototype);
    recognizeMessages((value) => #slots in value, (message) => message.#slots);
  }

  get data() {
    return this.#slots[DATA];
  }

  get origin() {
    return this.#slots[DETAILS].origin;
  }

  get lastEventId() {
    return this.#slots[DETAILS].lastEventId;
  }

  get source() {
    return this.#slots[DETAILS].source;
  }

  get ports() {
    const slots = this.#slots;

    if (slots[DETAILS].ports === null) slots[DETAILS] = { ...slots[DETAILS], ports: freeze([]) };

    return slots[DETAILS].ports;
  }

  initMessageEvent(
    type, bubbles = false, cancelable = false, data = null, origin = '', lastEventId = '', source = null,
    ports = undefined,
  ) {
    const slots = this.#slots;

    requireArguments(arguments.length, 1, 'MessageEvent.initMessageEvent');

    const details = {
      origin: toUSVString(origin),
      lastEventId: toDOMString(lastEventId),
      source: toSource(source),
      ports: ports === undefined ? freeze([]) : toPorts(ports),
    };

    if (!initialize(this, type, bubbles, cancelable)) return;

    slots[DATA] = data;
    slots[DETAILS] = details;
  }
}

/** What a script's constructor call says. @returns {[unknown[], true]} */
function messageFrom(type, init = undefined) {
  const made = arguments.length === 0 ? eventFrom() : eventFrom(type, init);
  const { data, lastEventId, origin, ports, source } = toDictionary(init, 'MessageEvent constructor');
  const slots = list(made[0]); // which gets longer

  slots[DATA] = data === undefined ? null : data;
  slots[DETAILS] = {
    lastEventId: lastEventId === undefined ? '' : toDOMString(lastEventId),
    origin: origin === undefined ? '' : toUSVString(origin),
    ports: ports === undefined ? null : toPorts(ports),
    source: source === undefined ? null : toSource(source),
  };

  return made;
}

class CloseEvent extends Event {
  #wasClean = false;
  #code = 0;
  #reason = '';

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'CloseEvent constructor');
    super(type, init);

    const { code, reason, wasClean } = toDictionary(init, 'CloseEvent constructor');

    if (code !== undefined) this.#code = toInteger(code, 16);

    if (reason !== undefined) this.#reason = toUSVString(reason);

    this.#wasClean = Boolean(wasClean);
  }

  get wasClean() {
    return this.#wasClean;
  }

  get code() {
    return this.#code;
  }

  get reason() {
    return this.#reason;
  }
}

class ErrorEvent extends Event {
  #message = '';
  #filename = '';
  #lineno = 0;
  #colno = 0;
  #error;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'ErrorEvent constructor');
    super(type, init);

    const { colno, error, filename, lineno, message } = toDictionary(init, 'ErrorEvent constructor');

    if (colno !== undefined) this.#colno = toInteger(colno, 32);

    this.#error = error;

    if (filename !== undefined) this.#filename = toUSVString(filename);

    if (lineno !== undefined) this.#lineno = toInteger(lineno, 32);

    if (message !== undefined) this.#message = toDOMString(message);
  }

  get message() {
    return this.#message;
  }

  get filename() {
    return this.#filename;
  }

  get lineno() {
    return this.#lineno;
  }

  get colno() {
    return this.#colno;
  }

  get error() {
    return this.#error;
  }
}

class PromiseRejectionEvent extends Event {
  #promise;
  #reason;

  constructor(type, init) {
    requireArguments(arguments.length, 2, 'PromiseRejectionEvent constructor');
    super(type, init);

    const { promise, reason } = toDictionary(init, 'PromiseRejectionEvent constructor');

    if ((typeof promise !== 'object' && typeof promise !== 'function') || promise === null) {
      throw new TypeError('PromiseRejectionEvent constructor: promise is required, and is an object');
    }

    this.#promise = promise;
    this.#reason = reason;
  }

  get promise() {
    return this.#promise;
  }

  get reason() {
    return this.#reason;
  }
}

const CustomConstructor = constructorOf(defineInterface(CustomEvent));
const MessageConstructor = constructorOf(defineInterface(MessageEvent), messageFrom);
const CloseConstructor = constructorOf(defineInterface(CloseEvent));
const ErrorConstructor = constructorOf(defineInterface(ErrorEvent));
const RejectionConstructor = constructorOf(defineInterface(PromiseRejectionEvent));

export {
  CloseConstructor as CloseEvent, CustomConstructor as CustomEvent, ErrorConstructor as ErrorEvent,
  MessageConstructor as MessageEvent, RejectionConstructor as PromiseRejectionEvent,
};

function toPorts(value) {
  return freeze(arrayOf(toSequence(value, toPort, 'MessageEvent')));
}

function toPort(value) {
  if (isMessagePort(value)) return value;

  throw new TypeError('MessageEvent: ' + (value === null ? null : typeof value) + ' is not a MessagePort');
}

function toSource(value) {
  return value === null ? null : toPort(value);
}
