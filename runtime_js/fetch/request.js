// https://fetch.spec.whatwg.org/#request-class

import { createAbortedSignal, createDependentSignal, createSignal, signalAbort } from '../dom/abort.js';
import { cloneBody, createBody, defineBody, extractBody, isUnusable, moveBody } from './body.js';
import { TypeError, list, stringSplit, stringStartsWith } from '../boundary/built_ins.js';
import { createHeaders, fillHeaders, getHeader, headerList } from './headers.js';
import { createInbound } from './inbound_body.js';
import { ifLoaded } from '../boundary/lazy.js';
import { DEFAULTS, checkMode, methodOf, settingsWith, toRequestInit } from './request_init.js';
import { expectURL, parseURL } from '../url/url.js';
import { defineInterface, quickConstructorOf, toUSVString } from '../webidl/webidl.js';

/**
 * The request that arrived under an id of the host. headers: names and values, a line each.
 * @type {(id: number, method: string, url: string, headers: string) => Request}
 */
export let createRequest;
/** The host's id of an inbound request, also of one made by `new Request(inbound)`; else 0. @type {(request: Request) => number} */
export let inboundId;
/** Aborts the request's signal, if anything ever looked at it. @type {(request: Request, reason: any) => void} */
export let abortRequest;
/** @type {(request: Request | undefined) => boolean} */
export let isHead;
/** @type {(value: unknown) => boolean} */
export let isRequest;
/**
 * What fetch() needs of a request. blob: what its blob URL stood for when the request was made, or null.
 * @type {(request: Request) => { method: string, url: string, headers: string[], body: object | null, signal: AbortSignal, integrity: string, redirect: string, blob: Blob | null }}
 */
export let requestParts;
/** @type {(request: Request) => unknown[]} */
let slotsOf;

// What #slots holds: one array is made several times quicker than as many fields, and every request needs one.
const ID = 0;
const METHOD = 1;
const HREF = 2;
const HEADERS = 3; // the lines that came, until they are asked for
const BODY = 4;
const SIGNAL = 5; // null until it is asked for
const SETTINGS = 6;

class Request {
  #slots;

  constructor(slots) {
    this.#slots = slots;
  }

  static {
    slotsOf = (request) => request.#slots;
    createRequest = (id, method, url, headers) => {
      // Whether a body comes is known with the headers; GET and HEAD have none that a function could read.
      const body = method === 'GET' || method === 'HEAD' ? null : createBody(createInbound(id));

      return new Request([id, method, url, headers, body, null, DEFAULTS]);
    };
    inboundId = (request) => request.#slots[ID];
    isHead = (request) => request !== undefined && request.#slots[METHOD] === 'HEAD';
    abortRequest = (request, reason) => {
      if (request.#slots[SIGNAL] === null) request.#slots[SIGNAL] = createAbortedSignal(reason);
      else signalAbort(request.#slots[SIGNAL], reason);
    };
    requestParts = (request) => ({
      method: request.#slots[METHOD],
      url: request.url,
      headers: headerList(request.headers),
      body: request.#slots[BODY],
      signal: (request.#slots[SIGNAL] ??= createSignal()),
      integrity: request.#slots[SETTINGS].integrity,
      redirect: request.#slots[SETTINGS].redirect,
      blob: request.#slots[SETTINGS].blob ?? null,
    });
    isRequest = (value) => typeof value === 'object' && value !== null && #slots in value;
    defineBody(Request, isRequest, (request) => request.#slots[BODY], (request) => getHeader(request.headers, 'content-type'));
  }

  get method() {
    return this.#slots[METHOD];
  }

  get url() {
    return expectURL(this.#slots[HREF]);
  }

  get headers() {
    const headers = this.#slots[HEADERS];

    return typeof headers === 'string' ? (this.#slots[HEADERS] = inboundHeaders(headers)) : headers;
  }

  get destination() {
    void this.#slots;

    return '';
  }

  get referrer() {
    return this.#slots[SETTINGS].referrer;
  }

  get referrerPolicy() {
    return this.#slots[SETTINGS].referrerPolicy;
  }

  get mode() {
    return this.#slots[SETTINGS].mode;
  }

  get credentials() {
    return this.#slots[SETTINGS].credentials;
  }

  get cache() {
    return this.#slots[SETTINGS].cache;
  }

  get redirect() {
    return this.#slots[SETTINGS].redirect;
  }

  get integrity() {
    return this.#slots[SETTINGS].integrity;
  }

  get keepalive() {
    return this.#slots[SETTINGS].keepalive;
  }

  get isReloadNavigation() {
    void this.#slots;

    return false;
  }

  get isHistoryNavigation() {
    void this.#slots;

    return false;
  }

  get signal() {
    return (this.#slots[SIGNAL] ??= createSignal());
  }

  get duplex() {
    void this.#slots;

    return 'half';
  }

  clone() {
    const body = cloneBody(this.#slots[BODY], 'Request.clone');
    const slots = copyOf(this.#slots, this.url);

    slots[HEADERS] = createHeaders(headerList(this.headers).slice(), 'request');
    slots[BODY] = body;
    slots[SIGNAL] = createDependentSignal([this.signal]);

    return new Request(slots);
  }
}

const Constructor = quickConstructorOf(defineInterface(Request), slotsFrom);

export { Constructor as Request };

/** What a script's constructor call says. @returns {unknown[]} */
function slotsFrom(input, init = undefined) {
  // A missing argument fails as the URL 'undefined': `arguments`, which would tell, costs every request.
  const from = isRequest(input) ? slotsOf(input) : null;
  const url = from === null ? toUSVString(input) : null;

  init = toRequestInit(init);

  const slots = from === null ? slotsFor(checkedURL(url)) : copyOf(from, input.url);

  slots[SETTINGS] = settingsWith(init, slots[SETTINGS]);

  if (init.method !== undefined) slots[METHOD] = methodOf(init.method);

  checkMode(slots[SETTINGS].mode, slots[METHOD]);
  slots[HEADERS] = headersFor(init, from === null ? null : input);
  slots[SIGNAL] = signalFor(init, from === null ? null : input);
  takeBody(slots, init, from);

  return slots;
}

function slotsFor(url) {
  const settings = stringStartsWith(url, 'blob:')
    ? { __proto__: null, ...DEFAULTS, blob: ifLoaded('file/blob_url.js')?.resolveBlobURL(url) }
    : DEFAULTS;

  return [0, 'GET', url, null, null, null, settings];
}

/** The slots of a request made from another one: without its headers, body and signal. */
function copyOf(slots, url) {
  return [slots[ID], slots[METHOD], url, null, null, null, slots[SETTINGS]];
}

function headersFor(init, from) {
  const lines = list([]);

  if (init.headers !== undefined) fillHeaders(lines, init.headers, 'Request');
  else if (from !== null) return createHeaders(headerList(from.headers).slice(), 'request');

  return createHeaders(lines, 'request');
}

function signalFor({ signal }, from) {
  if (signal === undefined) signal = from === null ? null : from.signal;

  return signal === null ? null : createDependentSignal([signal]);
}

/** Gives a request the body of its init, or that of the request it is made from. */
function takeBody(slots, init, from) {
  const given = init.body !== undefined && init.body !== null;
  const inherited = from === null ? null : from[BODY];
  const { keepalive, mode } = slots[SETTINGS];

  if ((given || inherited !== null) && (slots[METHOD] === 'GET' || slots[METHOD] === 'HEAD')) {
    throw new TypeError('Request: ' + slots[METHOD] + ' cannot have a body');
  }

  if (given) {
    const body = extractBody(init.body, 'Request', keepalive);

    checkStream(body, mode);

    if (body.type !== null && !slots[HEADERS].has('content-type')) slots[HEADERS].append('content-type', body.type);

    slots[BODY] = body;
  } else if (inherited !== null) {
    if (isUnusable(inherited)) throw new TypeError('Request: the body was already used');

    slots[BODY] = moveBody(inherited);
  }
}

function checkStream(body, mode) {
  if (body.source !== null) return;

  if (mode !== 'same-origin' && mode !== 'cors') {
    throw new TypeError("Request: a stream as the body needs the mode 'cors' or 'same-origin'");
  }
}

function inboundHeaders(lines) {
  return createHeaders(lines === '' ? [] : stringSplit(lines, '\n'), 'immutable');
}

function checkedURL(url) {
  const href = parseURL(url);

  if (href === null) throw new TypeError("Request: '" + url + "' is not a URL");

  return href;
}
