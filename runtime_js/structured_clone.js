// https://html.spec.whatwg.org/multipage/structured-data.html
// Structured cloning: of a value here, or in two halves with a message in between.

import { isArrayBuffer, isSharedArrayBuffer, transferBuffer } from './clone_buffers.js';
import { dataCloneError, defineSerializable, transferableSteps } from './cloneable.js';
import { QuotaExceededError, isDOMException } from './dom_exception.js';
import { deserialize } from './structured_deserialize.js';
import { serialize } from './structured_serialize.js';
import { requireArguments, toDictionary, toSequence } from './webidl.js';

export { dataCloneError, defineSerializable, defineTransferable } from './cloneable.js';

/** A record that `structuredDeserialize` takes any number of times. */
export function structuredSerialize(value) {
  return serialize(value, false, new Map());
}

/** The same, without what only memory can hold. */
export function structuredSerializeForStorage(value) {
  return serialize(value, true, new Map());
}

export function structuredDeserialize(record) {
  return deserialize(record, new Map(), false);
}

/**
 * @param {unknown} value
 * @param {object[]} transferList
 * @returns {{ record: unknown, holders: object[] }} good for one structuredDeserializeWithTransfer
 */
export function structuredSerializeWithTransfer(value, transferList) {
  const memory = new Map();
  const holders = [];

  for (let i = 0; i < transferList.length; i++) {
    const object = transferList[i];
    const steps = stepsToTransfer(object);

    if (memory.has(object)) throw dataCloneError('a value that is in the transfer list twice');

    holders[i] = { type: 'Transferred', object, steps, data: undefined };
    memory.set(object, holders[i]);
  }

  const record = serialize(value, false, memory);

  for (let i = 0; i < holders.length; i++) {
    const holder = holders[i];

    holder.data = holder.steps.transfer(holder.object);
    holder.object = null;
  }

  return { record, holders };
}

/** @returns {{ value: unknown, transferred: object[] }} */
export function structuredDeserializeWithTransfer({ record, holders }) {
  const memory = new Map();
  const transferred = [];

  for (let i = 0; i < holders.length; i++) {
    transferred[i] = holders[i].steps.receive(holders[i].data);
    memory.set(holders[i], transferred[i]);
  }

  return { value: deserialize(record, memory, true), transferred };
}

const bufferSteps = { transfer: transferBuffer, receive: (buffer) => buffer };

function stepsToTransfer(object) {
  if (isArrayBuffer(object)) return bufferSteps;

  const steps = isSharedArrayBuffer(object) ? null : transferableSteps(object);

  if (steps === null) throw dataCloneError('a value in the transfer list is not transferable: it');

  return steps;
}

/** https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone */
export const { structuredClone } = {
  structuredClone(value, options = undefined) {
    requireArguments(arguments.length, 1, 'structuredClone');

    if (options === undefined || options === null) return deserialize(serialize(value, false, new Map()), new Map(), true);

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

    throw new TypeError(`${where}: a member of transfer is not an object`);
  }, `${where}: transfer`);
}

defineSerializable(DOMException, {
  isInstance: isDOMException,
  serialize: ({ name, message, stack }) => ({ name, message, stack }),
  deserialize: ({ name, message, stack }) => withStack(new DOMException(message, name), stack),
});

defineSerializable(QuotaExceededError, {
  isInstance: (object) => object instanceof QuotaExceededError,
  serialize: ({ message, stack, quota, requested }) => ({ message, stack, quota, requested }),
  deserialize: ({ message, stack, quota, requested }) => {
    const options = {};

    if (quota !== null) options.quota = quota;

    if (requested !== null) options.requested = requested;

    return withStack(new QuotaExceededError(message, options), stack);
  },
});

function withStack(error, value) {
  return Object.defineProperty(error, 'stack', { value, writable: true, enumerable: false, configurable: true });
}
