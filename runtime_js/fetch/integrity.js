// https://w3c.github.io/webappsec-subresource-integrity/  Twin: edgehost/bindings/integrity.py

import { ask, query, text } from '../boundary/host.js';

/**
 * Whether bytes are those that somebody expects.
 * @param {Uint8Array} bytes
 * @param {string} metadata
 * @returns {boolean}
 */
export function matchesIntegrity(bytes, metadata) {
  return ask(query.matchesIntegrity(bytes, text(metadata)));
}
