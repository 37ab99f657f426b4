// https://fetch.spec.whatwg.org/#request-class

import { createAbortedSignal, createDependentSignal, createSignal, signalAbort } from './abort.js';
import { cloneBody, defineBody, extractBody, inboundBody, isUnusable, moveBody } from './body.js';
import { createHeaders, fillHeaders, getHeader, headerList } from './headers.js';
import { ask, query } from './host.js';
import { createInbound } from './inbound_body.js';
import { ifLoaded } from './lazy.js';
import { DEFAULTS, checkMode, methodOf, settingsWith, toRequestInit } from './request_init.js';
import { expectURL, parseURL } from './url.js';
import { passwordOf, usernameOf } from './url_parts.js';
import { INTERNAL, defineInterface, requireArguments, toUSVString } from './webidl.js';

/** The request that arrived under an id of the host; nothing else is crossed until it is asked for. @type {Function} */
export let createRequest;
/** The host's id of an inbound request, also of one made by `new Request(inbound)`; else 0. @type {(request: Request) => number} */
export let inboundId;
/** Whether the host can forget the head of this request. @type {(request: Request) => boolean} */
export let isMaterialized;
/** Fetches what was not asked for yet, before the host forgets it. @type {(request: Request) => void} */
export let materialize;
/** Aborts the request's signal, if anything ever looked at it. @type {(request: Request, reason: any) => void} */
export let abortRequest;
/** @type {(request: Request | undefined) => boolean} */
export let isHead;
/** @type {(value: unknown) => boolean} */
export let isRequest;
/**
 * What fetch() needs of a request. blob: what its blob URL stood for when the request was made, or null.
 * @type {(request: Request) => { method: string, url: string, headers: string[], body: object | null, signal: AbortSignal, integrity: string, blob: Blob | null }}
 */
export let requestParts;

export class Request {
  #id = 0;
  #method = 'GET';
  #url = null; // null while only the host knows it
  #headers = null;
  #body = null;
  #signal = null; // made when first asked for
  #settings = DEFAULTS;

  constructor(input, init = undefined) {
    if (input === INTERNAL) return;

    requireArguments(arguments.length, 1, 'Request');

    const from = isRequest(input) ? input : null;
    const url = from === null ? toUSVString(input) : null;

    init = toRequestInit(init);

    if (from === null) this.#resolve(checkedURL(url));
    else this.#copy(from);

    this.#settings = settingsWith(init, this.#settings);

    if (init.method !== undefined) this.#method = methodOf(init.method);

    checkMode(this.#settings.mode, this.#method);
    this.#fillHeaders(init, from);
    this.#takeSignal(init, from);
    this.#takeBody(init, from);
  }

  #resolve(url) {
    this.#url = url;

    if (url.startsWith('blob:')) this.#settings = { ...DEFAULTS, blob: ifLoaded('blob_url.js')?.resolveBlobURL(url) };
  }

  #copy(from) {
    this.#id = from.#id;
    this.#method = from.#method;
    this.#url = from.url;
    this.#settings = from.#settings;
  }

  #fillHeaders(init, from) {
    const list = [];

    if (init.headers !== undefined) fillHeaders(list, init.headers, 'Request');
    else if (from !== null) list.push(...headerList(from.headers));

    this.#headers = createHeaders(list, 'request');
  }

  #takeSignal({ signal }, from) {
    if (signal === undefined) signal = from === null ? null : from.signal;

    if (signal !== null) this.#signal = createDependentSignal([signal]);
  }

  #takeBody(init, from) {
    const given = init.body !== undefined && init.body !== null;
    const inherited = from === null ? null : from.#body;

    if ((given || inherited !== null) && (this.#method === 'GET' || this.#method === 'HEAD')) {
      throw new TypeError(`Request: ${this.#method} cannot have a body`);
    }

    if (given) this.#setBody(extractBody(init.body, 'Request', this.#settings.keepalive), init);
    else if (inherited !== null) this.#moveBody(from);
  }

  #setBody(body, init) {
    if (body.source === null) {
      if (init.duplex === undefined) throw new TypeError("Request: a stream as the body needs duplex: 'half'");

      if (this.#settings.mode !== 'same-origin' && this.#settings.mode !== 'cors') {
        throw new TypeError("Request: a stream as the body needs the mode 'cors' or 'same-origin'");
      }
    }

    if (body.type !== null && !this.#headers.has('content-type')) this.#headers.append('content-type', body.type);

    this.#body = body;
  }

  #moveBody(from) {
    if (isUnusable(from.#body)) throw new TypeError('Request: the body was already used');

    this.#body = moveBody(from.#body);
  }

  static {
    createRequest = (id, method) => {
      const request = new Request(INTERNAL);

      request.#id = id;
      request.#method = method;

      // Whether a body comes is known with the headers; GET and HEAD have none that a function could read.
      if (method !== 'GET' && method !== 'HEAD') request.#body = inboundBody(createInbound(id));

      return request;
    };
    inboundId = (request) => request.#id;
    isMaterialized = (request) => request.#url !== null && request.#headers !== null;
    materialize = (request) => {
      void request.url;
      headerList(request.headers);
    };
    isHead = (request) => request !== undefined && request.#method === 'HEAD';
    abortRequest = (request, reason) => {
      if (request.#signal === null) request.#signal = createAbortedSignal(reason);
      else signalAbort(request.#signal, reason);
    };
    requestParts = (request) => ({
      method: request.#method,
      url: request.url,
      headers: headerList(request.headers),
      body: request.#body,
      signal: (request.#signal ??= createSignal()),
      integrity: request.#settings.integrity,
      blob: request.#settings.blob ?? null,
    });
    isRequest = (value) => typeof value === 'object' && value !== null && #settings in value;
    defineBody(Request, (request) => request.#body, (request) => getHeader(request.headers, 'content-type'));
  }

  get method() {
    return this.#method;
  }

  get url() {
    return (this.#url ??= expectURL(ask(query.requestUrl(this.#id))));
  }

  get headers() {
    return (this.#headers ??= createHeaders(inboundHeaders(this.#id), 'immutable'));
  }

  get destination() {
    void this.#id;

    return '';
  }

  get referrer() {
    return this.#settings.referrer;
  }

  get referrerPolicy() {
    return this.#settings.referrerPolicy;
  }

  get mode() {
    return this.#settings.mode;
  }

  get credentials() {
    return this.#settings.credentials;
  }

  get cache() {
    return this.#settings.cache;
  }

  get redirect() {
    return this.#settings.redirect;
  }

  get integrity() {
    return this.#settings.integrity;
  }

  get keepalive() {
    return this.#settings.keepalive;
  }

  get isReloadNavigation() {
    void this.#id;

    return false;
  }

  get isHistoryNavigation() {
    void this.#id;

    return false;
  }

  get signal() {
    return (this.#signal ??= createSignal());
  }

  get duplex() {
    void this.#id;

    return 'half';
  }

  clone() {
    const body = cloneBody(this.#body, 'Request.clone');
    const request = new Request(INTERNAL);

    request.#copy(this);
    request.#headers = createHeaders(headerList(this.headers).slice(), 'request');
    request.#body = body;
    request.#signal = createDependentSignal([this.signal]);

    return request;
  }
}

defineInterface(Request);

function inboundHeaders(id) {
  const raw = ask(query.requestHeaders(id));

  return raw === '' ? [] : raw.split('\n');
}

function checkedURL(url) {
  const href = parseURL(url);

  if (href === null) throw new TypeError(`Request: '${url}' is not a URL`);

  if (usernameOf(href) !== '' || passwordOf(href) !== '') {
    throw new TypeError('Request: the URL holds a user name or password');
  }

  return href;
}
