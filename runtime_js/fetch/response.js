// https://fetch.spec.whatwg.org/#response-class

import { cloneBody, createBody, defineBody, extractBody, serializeJSON } from './body.js';
import { RangeError, TypeError, arrayIncludes, arrayPush, list, pattern } from '../boundary/built_ins.js';
import { createHeaders, fillHeaders, findHeader } from './headers.js';
import { parseURL } from '../url/url.js';
import {
  defineInterface, quickConstructorOf, requireArguments, toDictionary, toByteString, toInteger, toUSVString,
} from '../webidl/webidl.js';

const SWITCHING_PROTOCOLS = 101;
const NULL_BODY_STATUSES = [SWITCHING_PROTOCOLS, 103, 204, 205, 304];
const REDIRECT_STATUSES = [301, 302, 303, 307, 308];
const REASON_PHRASE = pattern(/^[\t\x20-\x7e\x80-\xff]*$/);
const TEXT = 'text/plain;charset=UTF-8';

/** What few responses have otherwise. socket: of an upgrade. */
const ORDINARY = { type: 'default', url: '', redirected: false, guard: 'response', socket: null };

/** The socket of an upgrade that waits for its response. @type {(accept: string | null) => WebSocket | null} */
let socketToOpen = () => null;

/** @param {(accept: string | null) => WebSocket | null} find accept: the value of Sec-WebSocket-Accept */
export function findSocketToOpen(find) {
  socketToOpen = find;
}

/** What a response holds, by the places below; null for what is no Response. @type {(value: unknown) => unknown[] | null} */
export let slotsOf;
/** @type {(value: unknown) => boolean} */
export let isResponse;
/** @type {(response: Response) => object | null} */
let recordOf;
/**
 * A response that the runtime makes: `details` are those of ORDINARY.
 * @type {(parts: { status?: number, statusText?: string, headers?: string[], body?: object | null, details: object }) => Response}
 */
export let createResponse;

// What #slots holds: one array is made several times quicker than as many fields.
export const STATUS = 0;
export const STATUS_TEXT = 1;
export const LIST = 2; // of headers
const HEADERS = 3; // null until they are asked for
export const BODY = 4; // a record (body.js), or a string that nothing has asked for yet
export const DETAILS = 5;

class Response {
  #slots;

  constructor(slots) {
    this.#slots = slots;
  }

  static {
    // Most responses are sent before anything asks for a record of their body.
    recordOf = (response) => {
      if (typeof response.#slots[BODY] === 'string') response.#slots[BODY] = createBody(response.#slots[BODY]);

      return response.#slots[BODY];
    };

    slotsOf = (value) => (typeof value === 'object' && value !== null && #slots in value ? value.#slots : null);
    isResponse = (value) => typeof value === 'object' && value !== null && #slots in value;
    createResponse = ({ status = 200, statusText = '', headers = [], body = null, details }) => {
      return new Response([status, statusText, headers, null, body, { ...ORDINARY, ...details }]);
    };
    defineBody(Response, isResponse, (response) => recordOf(response), (response) => findHeader(response.#slots[LIST], 'content-type'));
  }

  static error() {
    return createResponse({ __proto__: null, status: 0, details: { type: 'error', guard: 'immutable' } });
  }

  static redirect(url, status = 302) {
    requireArguments(arguments.length, 1, 'Response.redirect');

    const href = parseURL(toUSVString(url));

    status = toInteger(status, 16);

    if (href === null) throw new TypeError("Response.redirect: '" + url + "' is not a URL");

    if (!arrayIncludes(REDIRECT_STATUSES, status)) {
      throw new RangeError('Response.redirect: ' + status + ' is not a redirect status');
    }

    return createResponse({ __proto__: null, status, headers: ['location', href], details: { guard: 'immutable' } });
  }

  static json(data, init = undefined) {
    requireArguments(arguments.length, 1, 'Response.json');

    const body = toUSVString(serializeJSON(data));
    const slots = [200, '', [], null, null, ORDINARY];

    if (init !== undefined) initialize(slots, init);

    takeBody(slots, body, 'application/json');

    return new Response(slots);
  }

  get type() {
    return this.#slots[DETAILS].type;
  }

  get url() {
    return this.#slots[DETAILS].url;
  }

  get redirected() {
    return this.#slots[DETAILS].redirected;
  }

  get status() {
    return this.#slots[STATUS];
  }

  get ok() {
    return this.#slots[STATUS] >= 200 && this.#slots[STATUS] <= 299;
  }

  get statusText() {
    return this.#slots[STATUS_TEXT];
  }

  get headers() {
    return (this.#slots[HEADERS] ??= createHeaders(this.#slots[LIST], this.#slots[DETAILS].guard));
  }

  clone() {
    const body = cloneBody(recordOf(this), 'Response.clone');
    const { 0: status, 1: statusText, 2: lines, 5: details } = this.#slots;

    return new Response([status, statusText, list(lines).slice(), null, body, details]);
  }
}

const Constructor = quickConstructorOf(defineInterface(Response), slotsFrom);

export { Constructor as Response };

/** What a script's constructor call says. @returns {unknown[]} */
function slotsFrom(body = null, init = undefined) {
  const slots = [200, '', [], null, null, ORDINARY];

  if (init !== undefined) initialize(slots, init);

  if (typeof body === 'string') takeBody(slots, toUSVString(body), TEXT);
  else if (body !== null) {
    const record = extractBody(body, 'Response');

    takeBody(slots, record, record.type);
  }

  return slots;
}

// https://fetch.spec.whatwg.org/#initialize-a-response, up to its body
function initialize(slots, init) {
  const { headers, status, statusText } = toDictionary(init, 'Response'); // the order can be seen

  if (status !== undefined) slots[STATUS] = statusOf(status);

  if (statusText !== undefined && statusText !== '') slots[STATUS_TEXT] = statusTextOf(statusText);

  if (headers !== undefined) fillHeaders(list(slots[LIST]), headers, 'Response');

  if (slots[STATUS] === SWITCHING_PROTOCOLS) slots[DETAILS] = detailsOfCopy(init, slots[LIST]);
}

/** Of an upgrade's response, as middleware makes copies: from it, or from its status and headers. */
function detailsOfCopy(init, lines) {
  const socket = slotsOf(init)?.[DETAILS].socket ?? socketToOpen(findHeader(lines, 'sec-websocket-accept'));

  if (socket === null) throw statusError(SWITCHING_PROTOCOLS);

  return { ...ORDINARY, socket };
}

function takeBody(slots, body, type) {
  const status = slots[STATUS];
  const lines = slots[LIST];

  if (status !== 200 && arrayIncludes(NULL_BODY_STATUSES, status)) {
    throw new TypeError('Response: the status ' + status + ' cannot have a body');
  }

  slots[BODY] = body;

  if (type === null) return;

  if (lines.length === 0) slots[LIST] = ['content-type', type];
  else if (lines[0] !== 'content-type' && !has(lines, 'content-type')) arrayPush(lines, 'content-type', type);
}

function statusTextOf(value) {
  const text = toByteString(value, 'Response: statusText');

  if (!REASON_PHRASE.test(text)) throw new TypeError('Response: statusText is not a reason phrase');

  return text;
}

function statusOf(value) {
  const status = typeof value === 'number' && value >= 200 && value <= 599 && value === (value | 0)
    ? value
    : toInteger(value, 16);

  if ((status < 200 || status > 599) && status !== SWITCHING_PROTOCOLS) throw statusError(status);

  return status;
}

function statusError(status) {
  return new RangeError('Response: the status ' + status + ' is not in the range 200 to 599');
}

function has(list, name) {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) return true;
  }

  return false;
}
