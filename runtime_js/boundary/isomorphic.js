// https://infra.spec.whatwg.org/#isomorphic-decode: bytes as the characters U+0000 to U+00FF, and back.

import { atob, btoa, fromBase64, uint8ArrayToBase64 } from './built_ins.js';

/** @param {Uint8Array} bytes */
export function isomorphicDecode(bytes) {
  return atob(uint8ArrayToBase64(bytes)); // by far the quickest that the engine has
}

/** @param {string} string */
export function isomorphicEncode(string) {
  return fromBase64(btoa(string));
}
