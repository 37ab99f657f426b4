// https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface

import { createSignal, signalAbort } from '../dom/abort.js';
import { Boolean, DOMException, arrayIncludes, max, min, promiseThen } from '../boundary/built_ins.js';
import { ErrorEvent, EventTarget, defineEventHandlers, fire, fireMessageEvent, newEvent } from '../dom/events.js';
import { isomorphicDecode } from '../boundary/isomorphic.js';
import { encodeUTF8 } from '../encoding/encoding.js';
import { streamOf } from '../fetch/body.js';
import { fetch } from '../fetch/fetch.js';
import { findHeader } from '../fetch/headers.js';
import { extractMimeType } from '../fetch/mime_type.js';
import { BODY, DETAILS, LIST, STATUS, slotsOf } from '../fetch/response.js';
import { clearTimeout, setTimeout } from '../html/timers.js';
import { pumpInto } from '../streams/index.js';
import { parseURL } from '../url/url.js';
import { hostOf, protocolOf } from '../url/url_parts.js';
import { constructorOf, defineInterface, requireArguments, toDictionary, toUSVString } from '../webidl/webidl.js';
import { EventStream } from './event_stream.js';

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;
const FIRST_RETRY = 3000; // ms, until the stream says otherwise
const MOST_RETRY = 600_000;
const FUTILE = ['denied', 'limit', 'loop']; // failures that stay: `networkError` in http_fetch.js

/** @type {(value: unknown) => boolean} */
let isEventSource;

class EventSource extends EventTarget {
  #url;
  #withCredentials;
  #readyState = CONNECTING;
  #signal = null; // of the request that is under way
  #retry = FIRST_RETRY;
  #lastEventId = '';
  #timer = 0;

  static {
    isEventSource = (value) => typeof value === 'object' && value !== null && #url in value;
  }

  constructor(url, withCredentials) {
    super();
    this.#url = url;
    this.#withCredentials = withCredentials;
    this.#connect();
  }

  #connect() {
    const headers = { __proto__: null, accept: 'text/event-stream', 'cache-control': 'no-cache' };
    const signal = this.#signal = createSignal();

    if (this.#lastEventId !== '') headers['last-event-id'] = isomorphicDecode(encodeUTF8(this.#lastEventId));

    promiseThen(
      fetch(this.#url, { __proto__: null, headers, signal }),
      (response) => this.#answer(response),
      (error) => (arrayIncludes(FUTILE, error.cause?.code) ? this.#fail(error.message) : this.#reconnect()),
    );
  }

  #answer(response) {
    if (this.#readyState === CLOSED) return;

    const slots = slotsOf(response);
    const type = extractMimeType(findHeader(slots[LIST], 'content-type'));

    if (slots[STATUS] !== 200) return this.#fail('the server answered with the status ' + slots[STATUS]);

    if (type?.essence !== 'text/event-stream') return this.#fail('the answer is no text/event-stream');

    this.#readyState = OPEN;

    const url = slots[DETAILS].url;
    const origin = protocolOf(url) + '//' + hostOf(url);
    const events = new EventStream(this.#lastEventId, (name, data, lastEventId) => {
      this.#lastEventId = lastEventId;

      if (this.#readyState === OPEN) {
        fireMessageEvent(this, name, data, { __proto__: null, origin, lastEventId, source: null, ports: null });
      }
    }, (milliseconds) => {
      this.#retry = min(max(milliseconds, 0), MOST_RETRY);
    });

    const again = () => {
      this.#lastEventId = events.lastEventId;
      this.#reconnect();
    };

    fire(this, newEvent('open'));

    if (this.#readyState !== OPEN) return;

    pumpInto(streamOf(slots[BODY]), {
      __proto__: null,
      chunk: (bytes) => events.feed(bytes),
      done: again,
      error: again,
    });
  }

  #reconnect() {
    if (this.#readyState === CLOSED) return;

    this.#readyState = CONNECTING;
    this.#timer = setTimeout(() => this.#connect(), this.#retry);
    fire(this, newEvent('error'));
  }

  #fail(message) {
    this.#readyState = CLOSED;
    signalAbort(this.#signal, new DOMException(message, 'AbortError'));
    fire(this, new ErrorEvent('error', { __proto__: null, message: 'EventSource: ' + message }));
  }

  get url() {
    return this.#url;
  }

  get withCredentials() {
    return this.#withCredentials;
  }

  get readyState() {
    return this.#readyState;
  }

  close() {
    if (this.#readyState === CLOSED) return;

    this.#readyState = CLOSED;
    clearTimeout(this.#timer);
    signalAbort(this.#signal, new DOMException('the EventSource was closed', 'AbortError'));
  }
}

defineEventHandlers(EventSource.prototype, ['open', 'message', 'error'], isEventSource);

const Constructor = constructorOf(defineInterface(EventSource, { CONNECTING, OPEN, CLOSED }), function (url, init = undefined) {
  requireArguments(arguments.length, 1, 'EventSource');

  const given = toUSVString(url);
  const { withCredentials } = toDictionary(init, 'EventSource');
  const href = parseURL(given);

  if (href === null) throw new DOMException("EventSource: '" + given + "' is not a URL", 'SyntaxError');

  return [href, Boolean(withCredentials)];
});

export { Constructor as EventSource };
