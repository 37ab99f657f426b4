// Where an outbound socket goes, and with what: https://websockets.spec.whatwg.org/#dom-websocket-websocket
// The second argument may have headers too, as in Deno.

import {
  DOMException, SymbolIterator, arrayIncludes, list, pattern, stringIncludes, stringSlice, stringToLowerCase,
} from '../boundary/built_ins.js';
import { fillHeaders } from '../fetch/headers.js';
import { parseURL } from '../url/url.js';
import { protocolOf } from '../url/url_parts.js';
import { toDictionary, toDOMString, toSequence, toUSVString } from '../webidl/webidl.js';

const TOKEN = pattern(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
const SCHEMES = { __proto__: null, 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' };
/** What the handshake says itself. */
const OWN = pattern(/^(?:sec-websocket-.*|upgrade|connection|host|content-length|transfer-encoding)$/);

/**
 * @param {unknown} url
 * @param {unknown} options protocols, or an object with `protocols` and `headers`
 * @returns {{ url: string, protocols: string[], headers: string[] }}
 */
export function addressOf(url, options) {
  const href = hrefOf(toUSVString(url));
  const { protocols, headers } = optionsOf(options);

  return { __proto__: null, url: href, protocols: checkedProtocols(protocols), headers };
}

function hrefOf(given) {
  const href = parseURL(given);

  if (href === null) throw syntaxError("'" + given + "' is not a URL");

  const scheme = protocolOf(href);
  const found = SCHEMES[scheme];

  if (found === undefined) throw syntaxError("sockets know ws:, wss:, http: and https:, not '" + scheme + "'");

  if (stringIncludes(href, '#')) throw syntaxError('the URL has a fragment');

  return found + stringSlice(href, scheme.length);
}

function optionsOf(given) {
  const none = list([]);

  if (typeof given !== 'object' || given === null) return { protocols: [toDOMString(given)], headers: none };

  if (given[SymbolIterator] !== undefined && given[SymbolIterator] !== null) {
    return { protocols: toSequence(given, toDOMString, 'WebSocket: protocols'), headers: none };
  }

  const { headers, protocols = [] } = toDictionary(given, 'WebSocket');

  if (headers !== undefined) fillHeaders(none, headers, 'WebSocket');

  for (let i = 0; i < none.length; i += 2) {
    if (OWN.test(none[i])) throw syntaxError("the handshake says '" + none[i] + "' itself");
  }

  return {
    protocols: typeof protocols === 'string' ? [protocols] : toSequence(protocols, toDOMString, 'WebSocket: protocols'),
    headers: none,
  };
}

function checkedProtocols(protocols) {
  const seen = list([]);

  for (let i = 0; i < protocols.length; i++) {
    const lower = stringToLowerCase(protocols[i]);

    if (!TOKEN.test(protocols[i])) throw syntaxError("'" + protocols[i] + "' is no name of a subprotocol");

    if (arrayIncludes(seen, lower)) throw syntaxError("the subprotocol '" + protocols[i] + "' is there twice");

    seen.push(lower);
  }

  return protocols;
}

function syntaxError(why) {
  return new DOMException('WebSocket: ' + why, 'SyntaxError');
}
