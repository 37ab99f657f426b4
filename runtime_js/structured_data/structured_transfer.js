// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializewithtransfer
// A value in two halves with a message in between, which takes some of its objects along instead of copying them.

import { createMap, list } from '../boundary/built_ins.js';
import { isArrayBuffer, isSharedArrayBuffer, transferBuffer } from './clone_buffers.js';
import { dataCloneError, transferableSteps } from './cloneable.js';
import { deserialize } from './structured_deserialize.js';
import { serialize } from './structured_serialize.js';

/**
 * @param {unknown} value
 * @param {object[]} transferList
 * @returns {{ record: unknown, holders: object[] }} good for one structuredDeserializeWithTransfer
 */
export function structuredSerializeWithTransfer(value, transferList) {
  const memory = createMap();
  const holders = list([]);

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
  const memory = createMap();
  const transferred = list([]);

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
