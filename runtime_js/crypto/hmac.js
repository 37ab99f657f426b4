// https://w3c.github.io/webcrypto/#hmac

import { DOMException, Uint8Array, arrayOf, typedArrayBuffer } from '../boundary/built_ins.js';
import { ask, query } from '../boundary/host.js';
import { byteLengthOf, bytesOf } from '../webidl/buffer_source.js';
import { createKey, normalizeUsages, slotsOf } from './crypto_key.js';
import { dataError, decodeBytes, encodeBytes, requireUses } from './json_web_key.js';

/** What RFC 7518 calls HMAC with each hash. */
const NAMES = { __proto__: null, 'SHA-1': 'HS1', 'SHA-256': 'HS256', 'SHA-384': 'HS384', 'SHA-512': 'HS512' };

/**
 * @param {string} format
 * @param {BufferSource | object} keyData what the format asks for
 * @param {{ hash: { name: string }, length?: number }} algorithm normalized
 * @param {boolean} extractable
 * @param {string[]} usages
 */
export function importHmacKey(format, keyData, algorithm, extractable, usages) {
  if (!usages.every((usage) => usage === 'sign' || usage === 'verify')) {
    throw new DOMException('SubtleCrypto.importKey: a key for HMAC can sign and verify only', 'SyntaxError');
  }

  const { hash } = algorithm;
  const bytes = bytesFrom(format, keyData, hash.name, extractable, usages);
  const length = lengthFor(byteLengthOf(bytes) * 8, algorithm.length);

  return createKey({
    type: 'secret',
    extractable,
    algorithm: { __proto__: null, name: 'HMAC', length, hash },
    usages: normalizeUsages(usages),
    handle: firstBits(bytes, length),
  });
}

/** A copy, which is the key's own. */
function bytesFrom(format, keyData, hash, extractable, usages) {
  if (format === 'raw') return new Uint8Array(bytesOf(keyData));

  if (format !== 'jwk') throw formatNotSupported('importKey', format);

  const { kty, k, alg } = keyData;

  if (kty !== 'oct') throw dataError("its kty is not 'oct'");

  const bytes = decodeBytes(k, 'k');

  if (alg !== undefined && alg !== NAMES[hash]) throw dataError("its alg is not '" + NAMES[hash] + "'");

  requireUses(keyData, extractable, usages, 'sig');

  return bytes;
}

/** @param {number} bits that there are @param {number} [length] bits that are wanted */
function lengthFor(bits, length = bits) {
  if (bits === 0) throw dataError('it is empty');

  if (length > bits || length <= bits - 8) throw dataError('it has ' + bits + ' bits, and not ' + length);

  return length;
}

/** The bits of the last byte that do not belong to the key are zero. */
function firstBits(bytes, length) {
  const left = length % 8;

  if (left > 0) bytes[byteLengthOf(bytes) - 1] &= 0xff << (8 - left);

  return bytes;
}

/** @param {CryptoKey} key @param {string} format */
export function exportHmacKey(key, format) {
  const { algorithm, extractable, handle, usages } = slotsOf(key);

  if (format === 'raw') return typedArrayBuffer(new Uint8Array(handle));

  if (format !== 'jwk') throw formatNotSupported('exportKey', format);

  return { alg: NAMES[algorithm.hash.name], ext: extractable, k: encodeBytes(handle), key_ops: arrayOf(usages), kty: 'oct' };
}

/** @returns {ArrayBuffer} */
export function signWithHmac(key, bytes) {
  const { algorithm, handle } = slotsOf(key);

  return ask(query.hmac(handle, bytes, algorithm.hash.name));
}

/** @returns {boolean} */
export function verifyWithHmac(key, signature, bytes) {
  const { algorithm, handle } = slotsOf(key);

  return ask(query.hmacMatches(handle, bytes, signature, algorithm.hash.name));
}

function formatNotSupported(operation, format) {
  return new DOMException('SubtleCrypto.' + operation + ": HMAC has no format '" + format + "'", 'NotSupportedError');
}
