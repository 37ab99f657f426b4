// The older form of a function: addEventListener('fetch', (event) => event.respondWith(...)).
// https://w3c.github.io/ServiceWorker/#fetchevent-interface

import { DOMException, TypeError } from '../boundary/built_ins.js';
import { extendLifetime } from './context.js';
import { Event } from '../dom/events.js';
import { setInspector } from '../inspect/inspectors.js';
import { constructorOf, defineInterface, requireArguments } from '../webidl/webidl.js';

/** @type {(request: Request, context: object) => FetchEvent} */
export let createFetchEvent;
/** What respondWith was given, or undefined. @type {(event: FetchEvent) => unknown} */
export let responseOf;
/** Has an event extend the lifetime of an invocation. @type {(event: ExtendableEvent, context: object) => void} */
let setContext;

class ExtendableEvent extends Event {
  #context = null;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'ExtendableEvent');
    super(type, init);
  }

  static {
    setContext = (event, context) => {
      event.#context = context;
    };
  }

  waitUntil(promise) {
    requireArguments(arguments.length, 1, 'waitUntil');

    if (this.#context === null) throw new DOMException('this event extends no lifetime', 'InvalidStateError');

    extendLifetime(this.#context, promise);
  }
}

const ExtendableConstructor = constructorOf(defineInterface(ExtendableEvent));

class FetchEvent extends ExtendableEvent {
  #request;
  #response;
  #responded = false;

  constructor(type, init) {
    requireArguments(arguments.length, 2, 'FetchEvent');
    super(type, init);

    if (init?.request === undefined) throw new TypeError('FetchEvent: request is required');

    this.#request = init.request;
  }

  static {
    createFetchEvent = (request, context) => {
      const event = new FetchEvent('fetch', { __proto__: null, request, cancelable: true });

      setContext(event, context);

      return event;
    };
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

const FetchConstructor = constructorOf(defineInterface(FetchEvent));

export { ExtendableConstructor as ExtendableEvent, FetchConstructor as FetchEvent };

setInspector(FetchEvent, ['type', 'request']);
