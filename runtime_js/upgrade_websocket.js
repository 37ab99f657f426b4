// upgradeWebSocket(request, options): what the platform documents, with the rules of Deno.upgradeWebSocket.

import { getHeader } from './headers.js';
import { ask, query } from './host.js';
import { inboundId, isRequest } from './request.js';
import { createUpgradeResponse } from './response.js';
import { requireArguments, toDictionary } from './webidl.js';
import { createServerSocket } from './websocket.js';

const DEFAULT_IDLE_SECONDS = 30;

/** Requests that were upgraded, by id, so that a clone cannot be upgraded again. */
const upgraded = new Set();

/**
 * Answers an opening handshake.
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
  const id = inboundId(request);

  if (id === 0) throw new TypeError('upgradeWebSocket: the request did not arrive from a client');

  if (upgraded.has(id)) throw new TypeError('upgradeWebSocket: the request was already upgraded');

  upgraded.add(id);

  const socket = createServerSocket({
    url: request.url.replace(/^http/, 'ws'),
    protocol: chosen,
    idleSeconds: idleSecondsOf(idleTimeout),
    invocation: id,
  });
  const list = ['upgrade', 'websocket', 'connection', 'Upgrade', 'sec-websocket-accept', ask(query.socketKey(key))];

  if (chosen !== '') list.push('sec-websocket-protocol', chosen);

  return { response: createUpgradeResponse(socket, list), socket };
}

/** The id will never come again. */
export function forgetUpgrade(id) {
  if (upgraded.size > 0) upgraded.delete(id);
}

function requireToken(headers, name, token) {
  if (!tokens(headers, name).some((item) => item.toLowerCase() === token)) {
    throw new TypeError(`upgradeWebSocket: the request's '${name}' header does not contain '${token}'`);
  }
}

function tokens(headers, name) {
  return (getHeader(headers, name) ?? '').split(',').map((item) => item.trim());
}

function protocolOf(headers, protocol) {
  if (protocol === undefined || protocol === '') return '';

  if (!tokens(headers, 'sec-websocket-protocol').includes(`${protocol}`)) {
    throw new TypeError(`upgradeWebSocket: the client did not offer the subprotocol '${protocol}'`);
  }

  return `${protocol}`;
}

function idleSecondsOf(value) {
  const seconds = value === undefined ? DEFAULT_IDLE_SECONDS : +value;

  if (!(seconds >= 0) || seconds === Infinity) {
    throw new RangeError('upgradeWebSocket: idleTimeout is a number of seconds, 0 for none');
  }

  return seconds;
}
