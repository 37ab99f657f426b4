// https://w3c.github.io/webcrypto/#subtlecrypto-interface
// What there is: digests, and HMAC with keys that scripts bring. The host answers in the turn.

import { DOMException, TypeError } from '../boundary/built_ins.js';
import { normalizeAlgorithm, toAlgorithmIdentifier } from './algorithms.js';
import { ask, query } from '../boundary/host.js';
import { bytesOf, toBufferSource } from '../webidl/buffer_source.js';
import { KEY_USAGES, isCryptoKey, slotsOf } from './crypto_key.js';
import { exportHmacKey, importHmacKey, signWithHmac, verifyWithHmac } from './hmac.js';
import { toJsonWebKey } from './json_web_key.js';
import { closedConstructorOf, defineInterface, requireArguments, toEnum, toSequence } from '../webidl/webidl.js';

const KEY_FORMATS = ['raw', 'spki', 'pkcs8', 'jwk'];

class SubtleCrypto {
  #brand = true;

  async digest(algorithm, data) {
    void this.#brand;
    requireArguments(arguments.length, 2, 'SubtleCrypto.digest');
    algorithm = toAlgorithmIdentifier(algorithm);
    toBufferSource(data, 'SubtleCrypto.digest: the data');

    const { name } = normalizeAlgorithm(algorithm, 'digest');

    return ask(query.digest(bytesOf(data), name));
  }

  async sign(algorithm, key, data) {
    void this.#brand;
    requireArguments(arguments.length, 3, 'SubtleCrypto.sign');
    algorithm = toAlgorithmIdentifier(algorithm);
    toKey(key, 'SubtleCrypto.sign');
    toBufferSource(data, 'SubtleCrypto.sign: the data');

    const { name } = normalizeAlgorithm(algorithm, 'sign');
    const bytes = bytesOf(data);

    requireKeyFor(key, name, 'sign');

    return signWithHmac(key, bytes);
  }

  async verify(algorithm, key, signature, data) {
    void this.#brand;
    requireArguments(arguments.length, 4, 'SubtleCrypto.verify');
    algorithm = toAlgorithmIdentifier(algorithm);
    toKey(key, 'SubtleCrypto.verify');
    toBufferSource(signature, 'SubtleCrypto.verify: the signature');
    toBufferSource(data, 'SubtleCrypto.verify: the data');

    const { name } = normalizeAlgorithm(algorithm, 'verify');

    requireKeyFor(key, name, 'verify');

    return verifyWithHmac(key, bytesOf(signature), bytesOf(data));
  }

  async importKey(format, keyData, algorithm, extractable, keyUsages) {
    const where = 'SubtleCrypto.importKey';

    void this.#brand;
    requireArguments(arguments.length, 5, where);
    format = toEnum(format, KEY_FORMATS, where + ': the format');
    keyData = toKeyData(keyData, where);
    algorithm = toAlgorithmIdentifier(algorithm);
    keyUsages = toSequence(keyUsages, (usage) => toEnum(usage, KEY_USAGES, where + ': a usage'), where + ': the usages');

    const normalized = normalizeAlgorithm(algorithm, 'importKey');

    if ((bytesOf(keyData) === null) !== (format === 'jwk')) {
      throw new TypeError(where + ': the key is ' + (format === 'jwk' ? 'bytes, and not a JSON Web Key' : 'an object, and not bytes'));
    }

    const key = importHmacKey(format, keyData, normalized, !!extractable, keyUsages);

    if (keyUsages.length === 0) throw new DOMException(where + ': a secret key needs usages', 'SyntaxError');

    return key;
  }

  async exportKey(format, key) {
    void this.#brand;
    requireArguments(arguments.length, 2, 'SubtleCrypto.exportKey');
    format = toEnum(format, KEY_FORMATS, 'SubtleCrypto.exportKey: the format');
    toKey(key, 'SubtleCrypto.exportKey');

    if (!slotsOf(key).extractable) {
      throw new DOMException('SubtleCrypto.exportKey: the key is not extractable', 'InvalidAccessError');
    }

    return exportHmacKey(key, format);
  }

  // What no algorithm is there for: whatever the other arguments are, each says so.

  async encrypt(algorithm, _key, _data) {
    this.#refuse('encrypt', arguments, 3, algorithm);
  }

  async decrypt(algorithm, _key, _data) {
    this.#refuse('decrypt', arguments, 3, algorithm);
  }

  async generateKey(algorithm, _extractable, _keyUsages) {
    this.#refuse('generateKey', arguments, 3, algorithm);
  }

  async deriveKey(algorithm, _baseKey, _derivedKeyType, _extractable, _keyUsages) {
    this.#refuse('deriveKey', arguments, 5, algorithm);
  }

  async deriveBits(algorithm, _baseKey, _length = null) {
    this.#refuse('deriveBits', arguments, 2, algorithm);
  }

  async wrapKey(_format, _key, _wrappingKey, wrapAlgorithm) {
    this.#refuse('wrapKey', arguments, 4, wrapAlgorithm);
  }

  async unwrapKey(_format, _wrappedKey, _unwrappingKey, unwrapAlgorithm, _keyAlgorithm, _extractable, _keyUsages) {
    this.#refuse('unwrapKey', arguments, 7, unwrapAlgorithm);
  }

  #refuse(operation, given, required, algorithm) {
    requireArguments(given.length, required, 'SubtleCrypto.' + operation);
    normalizeAlgorithm(toAlgorithmIdentifier(algorithm), operation);
  }
}

const Constructor = closedConstructorOf(defineInterface(SubtleCrypto));

export { Constructor as SubtleCrypto };

export const subtle = new SubtleCrypto();

function toKey(value, where) {
  if (!isCryptoKey(value)) throw new TypeError(where + ': the key is no CryptoKey');
}

/** BufferSource or JsonWebKey. */
function toKeyData(value, where) {
  return bytesOf(value) === null ? toJsonWebKey(value, where + ': the key') : toBufferSource(value, where + ': the key');
}

/** The key must be one of the algorithm, and for the usage. */
function requireKeyFor(key, name, usage) {
  const { algorithm, usages } = slotsOf(key);

  if (algorithm.name !== name) throw invalidAccess(usage, 'the key is for ' + algorithm.name + ', and not for ' + name);

  if (!usages.includes(usage)) throw invalidAccess(usage, "the usages of the key do not have '" + usage + "'");
}

function invalidAccess(operation, why) {
  return new DOMException('SubtleCrypto.' + operation + ': ' + why, 'InvalidAccessError');
}
