// https://w3c.github.io/webcrypto/#cryptokey-interface
// The material of a key is in a private field of a class that no script has: `exportKey` alone gives it away.

import { arrayOf, list } from '../boundary/built_ins.js';
import { defineSerializable } from '../structured_data/cloneable.js';
import { setInspector } from '../inspect/inspectors.js';
import { closedConstructorOf, defineInterface } from '../webidl/webidl.js';

/** @type {(value: unknown) => value is CryptoKey} */
export let isCryptoKey;
/** What the key was made with, whatever scripts did to its attributes. @type {(key: CryptoKey) => Slots} */
export let slotsOf;

/**
 * @typedef {{ type: 'secret' | 'public' | 'private', extractable: boolean, algorithm: { name: string, hash?: { name: string } },
 *   usages: string[], handle: Uint8Array }} Slots
 *   None of this changes. `algorithm` has no prototype, `usages` is a list, `handle` the material.
 */

class CryptoKey {
  #slots;
  #algorithm = null;
  #usages = null;

  constructor(slots) {
    this.#slots = slots;
  }

  static {
    isCryptoKey = (value) => typeof value === 'object' && value !== null && #slots in value;
    slotsOf = (key) => key.#slots;
  }

  get type() {
    return this.#slots.type;
  }

  get extractable() {
    return this.#slots.extractable;
  }

  get algorithm() {
    return (this.#algorithm ??= objectOf(this.#slots.algorithm));
  }

  get usages() {
    return (this.#usages ??= arrayOf(this.#slots.usages));
  }
}

const Constructor = closedConstructorOf(defineInterface(CryptoKey));

export { Constructor as CryptoKey };

/** @param {Slots} slots @returns {CryptoKey} */
export function createKey(slots) {
  return new CryptoKey(slots);
}

/** The dictionary KeyAlgorithm, or one that inherits from it, as scripts get it. */
function objectOf(algorithm) {
  const { hash } = algorithm;

  return hash === undefined ? { ...algorithm } : { ...algorithm, hash: { ...hash } };
}

const USAGES = list(['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey']);

/** The type KeyUsage. */
export const KEY_USAGES = USAGES;

/** https://w3c.github.io/webcrypto/#concept-normalized-usages: each once, in the order of the type. */
export function normalizeUsages(usages) {
  return USAGES.filter((usage) => usages.includes(usage));
}

setInspector(CryptoKey, ['type', 'extractable', 'algorithm', 'usages']);
defineSerializable(CryptoKey, { isInstance: isCryptoKey, serialize: slotsOf, deserialize: createKey });
