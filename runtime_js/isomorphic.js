// https://infra.spec.whatwg.org/#isomorphic-decode: bytes as the characters U+0000 to U+00FF, and back.

const { fromBase64 } = Uint8Array;
const toBase64 = Function.prototype.call.bind(Uint8Array.prototype.toBase64);

/** @param {Uint8Array} bytes */
export function isomorphicDecode(bytes) {
  return atob(toBase64(bytes)); // by far the quickest that the engine has
}

/** @param {string} string */
export function isomorphicEncode(string) {
  return fromBase64(btoa(string));
}
