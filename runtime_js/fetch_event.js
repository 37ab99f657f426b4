// The older form of a function: addEventListener('fetch', (event) => event.respondWith(...)).
// https://w3c.github.io/ServiceWorker/#fetchevent-interface

import { extendLifetime } from './context.js';
import { Event } from './events.js';
import { setInspector } from './inspectors.js';
import { INTERNAL, defineInterface, requireArguments } from './webidl.js';

/** @type {(request: Request, context: object) => FetchEvent} */
export let createFetchEvent;
/** What respondWith was given, or undefined. @type {(event: FetchEvent) => unknown} */
export let responseOf;

export class ExtendableEvent extends Event {
  #context = null;

  constructor(type, init = {}, key = null, context = null) {
    super(type, init);
    this.#context = key === INTERNAL ? context : null;
  }

  waitUntil(promise) {
    requireArguments(arguments.length, 1, 'waitUntil');

    if (this.#context === null) throw new DOMException('this event extends no lifetime', 'InvalidStateError');

    extendLifetime(this.#context, promise);
  }
}

defineInterface(ExtendableEvent);

export class FetchEvent extends ExtendableEvent {
  #request;
  #response;
  #responded = false;

  constructor(type, init, key = null, context = null) {
    requireArguments(arguments.length, 2, 'FetchEvent');
    super(type, init, key, context);

    if (init?.request === undefined) throw new TypeError('FetchEvent: request is required');

    this.#request = init.request;
  }

  static {
    createFetchEvent = (request, context) => new FetchEvent('fetch', { request, cancelable: true }, INTERNAL, context);
    responseOf = (event) => event.#response;
  }

  get request() {
    return this.#request;
  }

  respondWith(response) {
    requireArguments(arguments.length, 1, 'respondWith');

    if (this.#responded) throw new DOMException('respondWith was already called', 'InvalidStateError');

    this.#responded = true;
    this.#response = response;
    this.stopImmediatePropagation();
  }
}

defineInterface(FetchEvent);
setInspector(FetchEvent, ['type', 'request']);
