// https://html.spec.whatwg.org/multipage/structured-data.html
// Structured cloning: of a value here, or in two halves with a message in between.

import {
  DOMException, TypeError, createMap, defineProperty, domExceptionMessage, domExceptionName,
} from '../boundary/built_ins.js';
import { defineSerializable } from './cloneable.js';
import { QuotaExceededError, isDOMException } from '../webidl/dom_exception.js';
import '../streams/transfer.js';
import { deserialize } from './structured_deserialize.js';
import { serialize } from './structured_serialize.js';
import { structuredDeserializeWithTransfer, structuredSerializeWithTransfer } from './structured_transfer.js';
import { requireArguments, toDictionary, toSequence } from '../webidl/webidl.js';

export { structuredDeserializeWithTransfer, structuredSerializeWithTransfer } from './structured_transfer.js';

/** A record that `structuredDeserialize` takes any number of times. */
export function structuredSerialize(value) {
  return serialize(value, false, createMap());
}

/** The same, without what only memory can hold. */
export function structuredSerializeForStorage(value) {
  return serialize(value, true, createMap());
}

export function structuredDeserialize(record) {
  return deserialize(record, createMap(), false);
}

/** https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone */
export const { structuredClone } = {
  structuredClone(value, options = undefined) {
    requireArguments(arguments.length, 1, 'structuredClone');

    if (options === undefined || options === null) return deserialize(serialize(value, false, createMap()), createMap(), true);

    const transfer = toSerializeOptions(options, 'structuredClone');

    return structuredDeserializeWithTransfer(structuredSerializeWithTransfer(value, transfer)).value;
  },
};

/** The dictionary StructuredSerializeOptions. @returns {object[]} its member `transfer` */
export function toSerializeOptions(value, where) {
  const { transfer } = toDictionary(value, where);

  return transfer === undefined ? [] : toTransferList(transfer, where);
}

/** sequence<object> @returns {object[]} */
export function toTransferList(value, where) {
  return toSequence(value, (item) => {
    if ((typeof item === 'object' && item !== null) || typeof item === 'function') return item;

    throw new TypeError(where + ': a member of transfer is not an object');
  }, where + ': transfer');
}

defineSerializable(DOMException, {
  isInstance: isDOMException,
  serialize: (error) => ({ name: domExceptionName(error), message: domExceptionMessage(error), stack: error.stack }),
  deserialize: ({ name, message, stack }) => withStack(new DOMException(message, name), stack),
});

defineSerializable(QuotaExceededError, {
  isInstance: (object) => object instanceof QuotaExceededError,
  serialize: (error) => ({
    message: domExceptionMessage(error), stack: error.stack, quota: error.quota, requested: error.requested,
  }),
  deserialize: ({ message, stack, quota, requested }) => {
    const options = { __proto__: null };

    if (quota !== null) options.quota = quota;

    if (requested !== null) options.requested = requested;

    return withStack(new QuotaExceededError(message, options), stack);
  },
});

function withStack(error, value) {
  return defineProperty(error, 'stack', { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}
