// https://w3c.github.io/webcrypto/#crypto-interface
// Random values; `subtle` is a file of its own. Twin: edgehost/bindings/crypto.py

import {
  DOMException, TypeError, Uint8Array, isView, pattern, typedArrayBuffer, typedArrayByteLength, typedArrayByteOffset,
  typedArrayName, typedArraySet,
} from '../boundary/built_ins.js';
import { QuotaExceededError } from '../webidl/dom_exception.js';
import { ask, query } from '../boundary/host.js';
import { setInspector } from '../inspect/inspectors.js';
import { load } from '../boundary/lazy.js';
import { isFixed } from '../webidl/buffer_source.js';
import { closedConstructorOf, defineInterface, requireArguments } from '../webidl/webidl.js';

const QUOTA = 65536; // bytes that one call may ask for

const INTEGERS = pattern(/^(?:Big)?(?:Uint|Int)\d+(?:Clamped)?Array$/);

class Crypto {
  #brand = true;

  get subtle() {
    void this.#brand;

    return load('crypto/subtle_crypto.js').subtle;
  }

  getRandomValues(array) {
    void this.#brand;
    requireArguments(arguments.length, 1, 'Crypto.getRandomValues');
    fill(integersOf(array));

    return array;
  }

  randomUUID() {
    void this.#brand;

    return ask(query.randomUUID());
  }
}

const Constructor = closedConstructorOf(defineInterface(Crypto));

export { Constructor as Crypto };

export const crypto = new Crypto();

setInspector(Crypto, ['subtle']);

/** The bytes of an integer array. */
function integersOf(array) {
  if (!isView(array)) throw new TypeError('Crypto.getRandomValues: the argument is not an ArrayBufferView');

  const kind = typedArrayName(array);

  if (kind === undefined || !INTEGERS.test(kind)) {
    throw new DOMException('Crypto.getRandomValues: ' + (kind ?? 'a DataView') + ' holds no integers', 'TypeMismatchError');
  }

  const buffer = typedArrayBuffer(array);
  const size = typedArrayByteLength(array);

  if (!isFixed(buffer)) throw new TypeError('Crypto.getRandomValues: the buffer is shared or resizable');

  if (size > QUOTA) {
    throw new QuotaExceededError('Crypto.getRandomValues: ' + size + ' bytes are more than the ' + QUOTA + ' of one call');
  }

  return new Uint8Array(buffer, typedArrayByteOffset(array), size);
}

function fill(bytes) {
  const length = typedArrayByteLength(bytes);

  if (length > 0) typedArraySet(bytes, new Uint8Array(ask(query.randomBytes(length))));
}
