// https://dom.spec.whatwg.org/#events and the events of https://html.spec.whatwg.org/
// What an event carries, interface by interface. How events are dispatched: event_target.js

import { BARE, Event, initialize } from './event_target.js';
import {
  defineInterface, requireArguments, toDictionary, toDOMString, toInteger, toSequence, toUSVString,
} from './webidl.js';

export { BARE, Event, EventTarget, fire, hasListeners, listen } from './event_target.js';
export { defineEventHandlers } from './event_handlers.js';

export class CustomEvent extends Event {
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

/** @type {(type: string, data: unknown, origin?: string) => MessageEvent} trusted, without a dictionary */
export let newMessageEvent;

export class MessageEvent extends Event {
  #data = null;
  #origin = '';
  #lastEventId = '';
  #source = null;
  #ports = null; // an empty array is made when someone looks

  constructor(type, init = undefined) {
    if (init === BARE) {
      super(type, BARE);

      return;
    }

    requireArguments(arguments.length, 1, 'MessageEvent constructor');
    super(type, init);

    const { data, lastEventId, origin, ports, source } = toDictionary(init, 'MessageEvent constructor');

    if (data !== undefined) this.#data = data;

    if (lastEventId !== undefined) this.#lastEventId = toDOMString(lastEventId);

    if (origin !== undefined) this.#origin = toUSVString(origin);

    if (ports !== undefined) this.#ports = toPorts(ports);

    if (source !== undefined) this.#source = toSource(source);
  }

  get data() {
    return this.#data;
  }

  get origin() {
    return this.#origin;
  }

  get lastEventId() {
    return this.#lastEventId;
  }

  get source() {
    return this.#source;
  }

  get ports() {
    return this.#ports ??= Object.freeze([]);
  }

  initMessageEvent(
    type, bubbles = false, cancelable = false, data = null, origin = '', lastEventId = '', source = null, ports = [],
  ) {
    void this.#data; // the brand check
    requireArguments(arguments.length, 1, 'MessageEvent.initMessageEvent');
    origin = toUSVString(origin);
    lastEventId = toDOMString(lastEventId);
    source = toSource(source);
    ports = toPorts(ports);

    if (!initialize(this, type, bubbles, cancelable)) return;

    this.#data = data;
    this.#origin = origin;
    this.#lastEventId = lastEventId;
    this.#source = source;
    this.#ports = ports;
  }

  static {
    newMessageEvent = (type, data, origin = '') => {
      const event = new MessageEvent(type, BARE);

      event.#data = data;
      event.#origin = origin;

      return event;
    };
  }
}

export class CloseEvent extends Event {
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

export class ErrorEvent extends Event {
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

export class PromiseRejectionEvent extends Event {
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

for (const Class of [CustomEvent, MessageEvent, CloseEvent, ErrorEvent, PromiseRejectionEvent]) defineInterface(Class);

function toPorts(value) {
  return Object.freeze(toSequence(value, toPort, 'MessageEvent'));
}

function toPort(value) {
  throw new TypeError(`MessageEvent: ${value === null ? null : typeof value} is not a MessagePort`);
}

function toSource(value) {
  return value === null ? null : toPort(value);
}
