// https://fetch.spec.whatwg.org/#http-fetch, without caches, cookies and origins, as servers have it.
// Twin: edgehost/bindings/fetch.py

import { Error, TypeError, arrayIncludes, arrayPush, createMap, createRegistry, defineProperty, list, numberToString, pattern, stringCharCodeAt,
  stringReplace, stringSplit, stringToUpperCase,
} from '../boundary/built_ins.js';
import { on, op, text, utf8 } from '../boundary/host.js';
import { current, enter } from '../boundary/invocation.js';
import { createBody, isUnusable, streamOf, takeInboundId, takeSource } from './body.js';
import { ByteSink } from './byte_sink.js';
import { findHeader, linesOf } from './headers.js';
import { abortInbound, createInbound } from './inbound_body.js';
import { isolated } from '../streams/facade.js';
import { parseURL } from '../url/url.js';
import { hashOf, hostOf, passwordOf, protocolOf, usernameOf, withoutFragment } from '../url/url_parts.js';

const MOST_REDIRECTS = 20;
const REDIRECTS = [301, 302, 303, 307, 308];
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length'];
/** What another origin is not to see: the standard names the first, Deno the others too. */
const SECRETS = ['authorization', 'cookie', 'proxy-authorization'];
const HTTP = pattern(/^https?:$/);
const BYTES = pattern(/[\x80-\xff]/g);
const DEFAULT_HEADERS = ['accept', '*/*', 'accept-language', '*', 'user-agent', 'edgehost', 'accept-encoding', 'gzip, deflate'];

/** Those that wait for a head, or stream their body, by id. */
const exchanges = createMap();
let lastId = 0;

/** Bodies that nobody can read any more: the host lets go of their connections. */
const unread = createRegistry((id) => op.fetchAbort(id));

/** A call of fetch(), through all its redirects. */
class Exchange {
  /**
   * @param {object} request see `requestParts`
   * @param {TypeError} failure what it rejects with, once the message is known
   * @param {(found: object) => void} resolve takes the parts of a response
   * @param {(error: unknown) => void} reject
   */
  constructor(request, failure, resolve, reject) {
    this.failure = failure;
    this.invocation = current;
    this.method = request.method;
    this.url = request.url;
    this.headers = withDefaults(request.headers);
    this.redirect = request.redirect;
    this.body = request.body;
    this.source = null; // of the body, where it can be sent again
    this.resolve = resolve;
    this.reject = reject;
    this.redirects = 0;
    this.id = 0;
    this.inbound = null; // the body of the response
    this.sink = null; // of the request's body, where it is a stream
    this.isOver = false;
  }

  start() {
    const { body } = this;
    let from = 0;
    let isStreamed = false;

    if (body !== null) {
      if (isUnusable(body)) throw new TypeError('fetch: the body was already used');

      this.source = takeSource(body);

      if (this.source === null) {
        from = takeInboundId(body);
        isStreamed = from === 0;
      }
    }

    this.send(from, isStreamed);

    if (isStreamed) this.stream(streamOf(body));
  }

  send(from, isStreamed) {
    this.id = --lastId;
    exchanges.set(this.id, this);

    const { source } = this;

    op.fetch(
      this.id, this.invocation, text(this.method), text(this.url), text(linesOf(this.headers)),
      typeof source === 'string' ? utf8(source) : source, isStreamed, from,
    );
  }

  /** The body leaves as it is given. */
  stream(stream) {
    const { id } = this;

    this.sink = new ByteSink(id, stream, SENDS, () => op.fetchEnd(id), (error) => this.fail(error));
    this.sink.start();
  }

  answer(status, statusText, lines, hasBody) {
    const headers = list(lines === '' ? [] : stringSplit(lines, '\n'));

    if (hasBody) {
      this.inbound = createInbound(this.id, this.invocation);
      unread.register(this.inbound, this.id);
    }

    try {
      const location = arrayIncludes(REDIRECTS, status) && this.redirect !== 'manual' ? findHeader(headers, 'location') : null;

      if (location === null) return this.finish(status, statusText, headers);

      this.follow(status, this.target(location));
    } catch (error) {
      put(this.failure, 'message', error.message, false);
      this.fail(this.failure);
    }
  }

  finish(status, statusText, headers) {
    const body = this.inbound === null ? null : createBody(this.inbound);

    this.resolve({
      __proto__: null, status, statusText, headers, body, url: withoutFragment(this.url), redirected: this.redirects > 0,
    });
  }

  // https://fetch.spec.whatwg.org/#concept-response-location-url
  target(location) {
    const url = parseURL(stringReplace(location, BYTES, percentEncode), this.url);

    if (url === null) throw new TypeError("fetch: the redirect of " + this.url + ' leads to no URL: ' + location);

    return hashOf(url) === '' ? url + hashOf(this.url) : url;
  }

  // https://fetch.spec.whatwg.org/#http-redirect-fetch
  follow(status, url) {
    const fail = (why) => {
      throw new TypeError('fetch: the redirect of ' + withoutFragment(this.url) + ' to ' + url + ' ' + why);
    };

    if (this.redirect === 'error') fail("is an error, as the request's redirect mode has it");

    if (!HTTP.test(protocolOf(url))) fail('leads away from HTTP');

    if (++this.redirects > MOST_REDIRECTS) fail('is one too many: ' + MOST_REDIRECTS + ' are followed');

    if (usernameOf(url) !== '' || passwordOf(url) !== '') fail('has a user name or a password in its URL');

    if (status !== 303 && this.body !== null && this.source === null) fail('needs the body again, which was a stream');

    this.drop();

    if ((status === 303 && this.method !== 'GET' && this.method !== 'HEAD')
      || ((status === 301 || status === 302) && this.method === 'POST')) {
      this.method = 'GET';
      this.body = null;
      this.source = null;
      this.headers = without(this.headers, BODY_HEADERS);
    }

    if (protocolOf(url) + hostOf(url) !== protocolOf(this.url) + hostOf(this.url)) this.headers = without(this.headers, SECRETS);

    this.url = url;
    this.send(0, false);
  }

  /** Nobody wants what still comes of the answer, or goes of the request. */
  drop() {
    exchanges.delete(this.id);
    op.fetchAbort(this.id);
    this.inbound = null;
    this.stop();
  }

  stop(reason = undefined) {
    const { sink } = this;

    this.sink = null;

    if (sink !== null) sink.cancel(reason);
  }

  fail(error) {
    if (this.isOver) return;

    this.isOver = true;
    this.abortWith(error);
    this.reject(error);
  }

  abortWith(error) {
    exchanges.delete(this.id);
    op.fetchAbort(this.id);
    this.stop(error);

    if (this.inbound !== null) abortInbound(this.inbound, error);
  }
}

const SENDS = { __proto__: null, chunk: op.fetchChunk, posted: op.fetchPosted, flush: op.fetchFlush };

isolated(Exchange);

/**
 * @param {object} request see `requestParts`
 * @param {TypeError} failure made where the function called
 * @param {(found: object) => void} resolve takes the parts of a response
 * @param {(error: unknown) => void} reject
 * @returns {{ fail: (reason: unknown) => void, inbound: object | null }} fail: ends it, and the body of its response
 */
export function httpFetch(request, failure, resolve, reject) {
  const exchange = new Exchange(request, failure, resolve, reject);

  exchange.start();

  return exchange;
}

on('fetchHead', (id, status, statusText, lines, hasBody) => {
  const exchange = exchanges.get(id);

  if (exchange === undefined) return op.cancelBody(id);

  enter(exchange.invocation);

  if (exchange.sink === null) exchanges.delete(id);

  exchange.answer(status, statusText, lines, hasBody);
});

on('fetchDrained', (id) => {
  const exchange = exchanges.get(id);

  if (exchange === undefined) return;

  enter(exchange.invocation);
  exchange.sink?.resume();
});

on('fetchFailed', (id, kind, host, message) => {
  const exchange = exchanges.get(id);

  if (exchange === undefined) return;

  enter(exchange.invocation);
  exchange.fail(networkError(exchange, kind, host, message));
});

/** Says which kind of failure it was as `cause.code`. */
function networkError({ failure, url }, kind, host, message) {
  const cause = new Error(message);

  put(cause, 'name', 'NetworkError', false);
  put(cause, 'code', kind, true);
  put(cause, 'host', host, true);
  put(failure, 'message', 'fetch: ' + withoutFragment(url) + ' failed: ' + message, false);
  put(failure, 'cause', cause, false);

  return failure;
}

function put(error, key, value, enumerable) {
  defineProperty(error, key, { __proto__: null, value, writable: true, enumerable, configurable: true });
}

/** A byte of a header that is no ASCII: what it says is UTF-8 as a rule, and stays what it is. */
function percentEncode(byte) {
  return '%' + stringToUpperCase(numberToString(stringCharCodeAt(byte, 0), 16));
}

function withDefaults(headers) {
  const lines = list(headers).slice();

  for (let i = 0; i < DEFAULT_HEADERS.length; i += 2) {
    if (findHeader(lines, DEFAULT_HEADERS[i]) === null) arrayPush(lines, DEFAULT_HEADERS[i], DEFAULT_HEADERS[i + 1]);
  }

  return lines;
}

function without(lines, names) {
  const left = list([]);

  for (let i = 0; i < lines.length; i += 2) {
    if (!arrayIncludes(names, lines[i])) arrayPush(left, lines[i], lines[i + 1]);
  }

  return left;
}
