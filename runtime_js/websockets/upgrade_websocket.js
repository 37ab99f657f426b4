// upgradeWebSocket(request, options): what the platform documents, with the rules of Deno.upgradeWebSocket.
// https://www.rfc-editor.org/rfc/rfc6455#section-4.2

import {
  RangeError, TypeError, arrayJoin, arrayPush, createMap, createSet, list, pattern, stringReplace, stringSplit,
  stringToLowerCase, stringTrim,
} from '../boundary/built_ins.js';
import { getHeader } from '../fetch/headers.js';
import { ask, query } from '../boundary/host.js';
import { current } from '../boundary/invocation.js';
import { inboundId, isRequest } from '../fetch/request.js';
import { Response, createResponse, findSocketToOpen } from '../fetch/response.js';
import { requireArguments, toDictionary, toDOMString } from '../webidl/webidl.js';
import { acceptSocket, createServerSocket, refuseSocket } from './websocket.js';

const DEFAULT_IDLE_SECONDS = 30;
const VERSION = '13';
const KEY = pattern(/^[+/0-9A-Za-z]{22}==$/); // 16 bytes
/** What only the handshake says; extensions are the host's. */
const HANDSHAKE_FIELDS = createSet([
  'upgrade', 'connection', 'sec-websocket-accept', 'sec-websocket-protocol', 'sec-websocket-extensions',
]);
const ACCEPT_VALUE = 5; // its place among the fields
const NOT_RETURNED = 'the response of upgradeWebSocket was not returned';

/**
 * Sockets of requests that are not answered yet, by the request's id, with the fields of their handshakes and why they
 * end if they are not accepted.
 */
const upgraded = createMap();

/** Clients may have sent the same key, so the one whose code runs comes first. */
findSocketToOpen((accept) => {
  if (accept === null) return null;

  let found = null;

  upgraded.forEach(({ socket, fields }, id) => {
    if (fields?.[ACCEPT_VALUE] === accept && (found === null || id === current)) found = socket;
  });

  return found;
});

/** Whether a request still waits for its response. @type {(id: number) => boolean} */
let isWaiting;

/** @param {(id: number) => boolean} test */
export function upgradeWhile(test) {
  isWaiting = test;
}

/**
 * Answers an opening handshake. A fault of the program throws; one of the client makes a response that
 * says so, and a socket that ends when the response is returned.
 * @param {Request} request
 * @param {{ protocol?: string, idleTimeout?: number }} [options] idleTimeout: seconds of silence after which
 *   the peer is asked for a sign of life and then given up; 0 never
 * @returns {{ response: Response, socket: WebSocket }}
 */
export function upgradeWebSocket(request, options = undefined) {
  requireArguments(arguments.length, 1, 'upgradeWebSocket');

  if (!isRequest(request)) throw new TypeError('upgradeWebSocket: the argument is not a Request');

  const { headers } = request;
  const { protocol, idleTimeout } = toDictionary(options, 'upgradeWebSocket');

  requireToken(headers, 'upgrade', 'websocket');
  requireToken(headers, 'connection', 'upgrade');

  const key = getHeader(headers, 'sec-websocket-key');

  if (key === null) throw new TypeError("upgradeWebSocket: the request has no 'sec-websocket-key' header");

  const chosen = protocolOf(headers, protocol);
  const idleSeconds = idleSecondsOf(idleTimeout);
  const id = idOf(request);
  const socket = createServerSocket({
    url: stringReplace(request.url, pattern(/^http/), 'ws'), protocol: chosen, idleSeconds, invocation: id,
  });
  const refusal = refusalOf(request, key);

  const fields = refusal === null ? fieldsOf(key, chosen) : null;

  upgraded.set(id, { socket, fields, reason: refusal?.reason ?? NOT_RETURNED });

  return { response: refusal?.response ?? accepting(socket, fields), socket };
}

/**
 * Completes the opening handshake, as a response says.
 * @param {WebSocket} socket
 * @param {number} id of the request that is answered
 * @param {Request | null} request null when its client left
 * @param {string[]} lines of the response. What the handshake has to say is said once, whatever a copy made of it
 */
export function completeUpgrade(socket, id, request, lines) {
  const head = list(upgraded.get(id)?.fields?.slice() ?? []);

  for (let i = 0; i < lines.length; i += 2) {
    if (!HANDSHAKE_FIELDS.has(lines[i])) arrayPush(head, lines[i], lines[i + 1]);
  }

  acceptSocket(socket, id, request, arrayJoin(head, '\n'));
}

/** The request was answered; its id will never come again. */
export function forgetUpgrade(id) {
  if (upgraded.size === 0 || !upgraded.has(id)) return;

  const { socket, reason } = upgraded.get(id);

  upgraded.delete(id);
  refuseSocket(socket, reason);
}

function idOf(request) {
  const id = inboundId(request);

  if (id === 0) throw new TypeError('upgradeWebSocket: the request did not arrive from a client');

  if (upgraded.has(id)) throw new TypeError('upgradeWebSocket: the request was already upgraded');

  if (!isWaiting(id)) throw new TypeError('upgradeWebSocket: the request was already answered');

  return id;
}

function fieldsOf(key, protocol) {
  const fields = list(['upgrade', 'websocket', 'connection', 'Upgrade', 'sec-websocket-accept', ask(query.socketKey(key))]);

  if (protocol !== '') arrayPush(fields, 'sec-websocket-protocol', protocol);

  return fields;
}

function accepting(socket, fields) {
  return createResponse({
    __proto__: null, status: 101, statusText: 'Switching Protocols', headers: fields.slice(), details: { socket },
  });
}

/** What is wrong with a client's handshake, or null. */
function refusalOf({ method, headers }, key) {
  const version = getHeader(headers, 'sec-websocket-version');

  if (version !== VERSION) {
    return refusal(426, "the client asked for WebSocket version '" + (version ?? '') + "', not " + VERSION, {
      upgrade: 'websocket', 'sec-websocket-version': VERSION,
    });
  }

  if (method !== 'GET') return refusal(405, "the handshake's method is " + method + ', not GET', { allow: 'GET' });

  return KEY.test(key) ? null : refusal(400, "the handshake's 'sec-websocket-key' is not 16 bytes in base64", {});
}

function refusal(status, reason, headers) {
  return { reason, response: new Response(reason + '\n', { status, headers }) };
}

function requireToken(headers, name, token) {
  if (!tokens(headers, name).some((item) => stringToLowerCase(item) === token)) {
    throw new TypeError("upgradeWebSocket: the request's '" + name + "' header does not contain '" + token + "'");
  }
}

function tokens(headers, name) {
  return list(stringSplit(getHeader(headers, name) ?? '', ',')).map((item) => stringTrim(item));
}

function protocolOf(headers, protocol) {
  if (protocol === undefined || protocol === null || protocol === '') return '';

  const chosen = toDOMString(protocol);

  if (!tokens(headers, 'sec-websocket-protocol').includes(chosen)) {
    throw new TypeError("upgradeWebSocket: the client did not offer the subprotocol '" + chosen + "'");
  }

  return chosen;
}

function idleSecondsOf(value) {
  const seconds = +(value ?? DEFAULT_IDLE_SECONDS);

  if (!(seconds >= 0) || seconds === Infinity) {
    throw new RangeError('upgradeWebSocket: idleTimeout is a number of seconds, 0 for none');
  }

  return seconds;
}
