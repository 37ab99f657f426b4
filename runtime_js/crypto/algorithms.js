// https://w3c.github.io/webcrypto/#algorithm-normalization
// Which algorithms each operation has, and what is to be said about them.

import { DOMException, TypeError, pattern, stringToLowerCase } from '../boundary/built_ins.js';
import { toDOMString, toInteger } from '../webidl/webidl.js';

const NOT_ASCII = pattern(/[^\0-\x7f]/);

/** An algorithm under the name that it is written with. @param {Function | null} toParameters of its own, if any */
const algorithm = (name, toParameters = null) => ({ name, toParameters });

/** By operation, and then by name in lower case. @type {Record<string, Record<string, ReturnType<typeof algorithm>>>} */
const registered = {
  __proto__: null,
  digest: {
    __proto__: null,
    'sha-1': algorithm('SHA-1'),
    'sha-256': algorithm('SHA-256'),
    'sha-384': algorithm('SHA-384'),
    'sha-512': algorithm('SHA-512'),
  },
  importKey: { __proto__: null, hmac: algorithm('HMAC', toHmacImportParams) },
  sign: { __proto__: null, hmac: algorithm('HMAC') },
  verify: { __proto__: null, hmac: algorithm('HMAC') },
};

/** AlgorithmIdentifier: an object, or the name alone. @returns {object | string} */
export function toAlgorithmIdentifier(value) {
  return isObject(value) ? value : toDOMString(value);
}

/**
 * https://w3c.github.io/webcrypto/#dfn-normalize-an-algorithm
 * @param {object | string} identifier
 * @param {string} operation
 * @returns {{ name: string }} with the parameters that it has for this operation
 */
export function normalizeAlgorithm(identifier, operation) {
  const where = 'SubtleCrypto.' + operation;
  const given = isObject(identifier) ? identifier : { __proto__: null, name: identifier };
  const asked = toName(given, where);
  const found = NOT_ASCII.test(asked) ? undefined : registered[operation]?.[stringToLowerCase(asked)];

  if (found === undefined) {
    throw new DOMException(where + ": the algorithm '" + asked + "' is not supported", 'NotSupportedError');
  }

  const { name, toParameters } = found;

  return { __proto__: null, name, ...toParameters?.(given, where) };
}

/** The member of the dictionary Algorithm. */
function toName({ name }, where) {
  if (name === undefined) throw new TypeError(where + ': the algorithm has no name');

  return toDOMString(name);
}

/** https://w3c.github.io/webcrypto/#dfn-HmacImportParams */
function toHmacImportParams(given, where) {
  toName(given, where); // of the dictionary that it inherits from, which is converted once more

  const { hash } = given;

  if (hash === undefined) throw new TypeError(where + ': the algorithm HMAC needs a hash');

  const identifier = toAlgorithmIdentifier(hash);
  const { length } = given;
  const how = { __proto__: null, enforceRange: true, where: where + ': length' };
  const bits = length === undefined ? undefined : toInteger(length, 32, how);

  return { __proto__: null, hash: normalizeAlgorithm(identifier, 'digest'), length: bits };
}

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
