// https://w3c.github.io/webcrypto/#JsonWebKey-dictionary
// The parts of RFC 7517 that keys of all kinds have in common.

import { DOMException, createSet, fromBase64, list, pattern, uint8ArrayToBase64 } from '../boundary/built_ins.js';
import { toDictionary, toDOMString, toSequence } from '../webidl/webidl.js';

const toTexts = (value, where) => toSequence(value, toDOMString, where);

/** What is read of the dictionary, in its order, and as what. */
const MEMBERS = list([
  ['alg', toDOMString], ['ext', (value) => !!value], ['k', toDOMString], ['key_ops', toTexts], ['kty', toDOMString],
  ['use', toDOMString],
]);

const NOT_BASE64URL = pattern(/[^\w-]/);

/**
 * The dictionary JsonWebKey, as far as keys that are known here have members.
 * @param {unknown} value
 * @param {string} where
 */
export function toJsonWebKey(value, where) {
  const given = toDictionary(value, where);
  const jwk = { __proto__: null };

  for (let i = 0; i < MEMBERS.length; i++) {
    const { 0: name, 1: convert } = MEMBERS[i];
    const { [name]: member } = given;

    if (member !== undefined) jwk[name] = convert(member, where + ': ' + name);
  }

  return jwk;
}

/**
 * What a key says about its use must allow what it is imported for.
 * @param {object} jwk
 * @param {boolean} extractable
 * @param {string[]} usages
 * @param {string} kind of use that these are
 */
export function requireUses({ use, key_ops: operations, ext }, extractable, usages, kind) {
  if (usages.length > 0 && use !== undefined && use !== kind) throw dataError("its use is '" + use + "'");

  if (operations !== undefined) {
    if (createSet(operations).size < operations.length) throw dataError('its key_ops name one twice');

    if (!usages.every((usage) => operations.includes(usage))) throw dataError('its key_ops do not allow what it is imported for');
  }

  if (ext === false && extractable) throw dataError('it is not extractable');
}

/** A member that holds bytes. @param {string | undefined} text @param {string} name of the member */
export function decodeBytes(text, name) {
  if (text === undefined) throw dataError('it has no ' + name);

  try {
    if (!NOT_BASE64URL.test(text)) return fromBase64(text, { __proto__: null, alphabet: 'base64url' });
  } catch {
    // as the others that are malformed
  }

  throw dataError('its ' + name + ' is not base64url');
}

export function encodeBytes(bytes) {
  return uint8ArrayToBase64(bytes, { __proto__: null, alphabet: 'base64url', omitPadding: true });
}

/** @param {string} why a key cannot be imported */
export function dataError(why) {
  return new DOMException('SubtleCrypto.importKey: the key cannot be imported: ' + why, 'DataError');
}
