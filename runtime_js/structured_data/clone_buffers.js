// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal
// The part of structured cloning that deals with memory: buffers and the views of them.

import {
  ArrayBuffer, BigInt64Array, BigUint64Array, DataView, Float16Array, Float32Array, Float64Array, Int16Array,
  Int32Array, Int8Array, Uint16Array, Uint32Array, Uint8Array, Uint8ClampedArray, arrayBufferByteLength,
  arrayBufferDetached, arrayBufferMaxByteLength, arrayBufferResizable, arrayBufferResize, arrayBufferTransfer,
  copyBetween, dataViewBuffer, dataViewByteLength, dataViewByteOffset, sharedArrayBufferByteLength, typedArrayBuffer,
  typedArrayByteOffset, typedArrayKeys, typedArrayLength, typedArrayName, typedArraySet,
} from '../boundary/built_ins.js';
import { dataCloneError } from './cloneable.js';

const ofArray = { buffer: typedArrayBuffer, offset: typedArrayByteOffset, length: typedArrayLength };
const ofView = { buffer: dataViewBuffer, offset: dataViewByteOffset, length: dataViewByteLength };

/** The classes of views as they were when the runtime started. */
const classes = {
  __proto__: null, DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array,
};

/** Whether a value is an ArrayBuffer, of this kind or the shared one. */
export const isArrayBuffer = (value) => answers(arrayBufferByteLength, value);
export const isSharedArrayBuffer = (value) => answers(sharedArrayBufferByteLength, value);

function answers(read, value) {
  try {
    read(value);

    return true;
  } catch {
    return false;
  }
}

/** The record of an ArrayBuffer: it holds a copy. */
export function serializeBuffer(buffer) {
  if (arrayBufferDetached(buffer)) throw dataCloneError('a detached ArrayBuffer');

  return { type: 'ArrayBuffer', copy: copyOf(buffer) };
}

function copyOf(buffer) {
  if (!arrayBufferResizable(buffer)) return copyBetween(buffer, 0, arrayBufferByteLength(buffer));

  const maxByteLength = arrayBufferMaxByteLength(buffer);
  const copy = new ArrayBuffer(arrayBufferByteLength(buffer), { __proto__: null, maxByteLength });

  typedArraySet(new Uint8Array(copy), new Uint8Array(buffer));

  return copy;
}

/**
 * The buffer of a record. Deserialized again, a record must give another one.
 * @param {{ copy: ArrayBuffer }} record
 * @param {boolean} once whether nobody will ask again
 */
export function deserializeBuffer({ copy }, once) {
  return once ? copy : copyOf(copy);
}

/** Moves an ArrayBuffer's memory to a new one. */
export function transferBuffer(buffer) {
  if (arrayBufferDetached(buffer)) throw dataCloneError('a detached ArrayBuffer');

  return arrayBufferTransfer(buffer);
}

/**
 * The record of a typed array or a DataView.
 * @param {ArrayBufferView} view
 * @param {(buffer: ArrayBuffer) => object} sub
 */
export function serializeView(view, sub) {
  const kind = typedArrayName(view) ?? 'DataView';
  const read = kind === 'DataView' ? ofView : ofArray;

  if (isOutOfBounds(view, read)) throw dataCloneError('a ' + kind + ' that its buffer has no room for');

  const buffer = read.buffer(view);
  const offset = read.offset(view);
  const length = read.length(view);
  const tracks = isArrayBuffer(buffer) && tracksLength(view, read, buffer, offset, length);

  return { type: 'View', kind, buffer: sub(buffer), offset, length: tracks ? undefined : length };
}

export function deserializeView({ kind, offset, length }, buffer) {
  return new classes[kind](buffer, offset, length);
}

function isOutOfBounds(view, read) {
  try {
    if (read === ofArray) typedArrayKeys(view); // it validates the array, and has no effect
    else read.length(view);

    return false;
  } catch {
    return true;
  }
}

/**
 * Whether a view grows and shrinks with its buffer. The language does not say, so where a view reaches
 * to the end of a resizable buffer this resizes it for a moment, when no other code can look.
 */
function tracksLength(view, read, buffer, offset, length) {
  if (!arrayBufferResizable(buffer)) return false;

  const size = arrayBufferByteLength(buffer);
  const unit = classes[typedArrayName(view) ?? 'DataView'].BYTES_PER_ELEMENT ?? 1;
  const end = offset + length * unit;

  if (end + unit <= size) return false;

  return length === 0
    ? growsWith(view, read, buffer, size, unit)
    : shrinksWith(view, read, buffer, size, end - 1);
}

function growsWith(view, read, buffer, size, unit) {
  if (size + unit > arrayBufferMaxByteLength(buffer)) return false;

  arrayBufferResize(buffer, size + unit);

  const tracks = read.length(view) > 0;

  arrayBufferResize(buffer, size);

  return tracks;
}

function shrinksWith(view, read, buffer, size, shorter) {
  const tail = new Uint8Array(copyBetween(buffer, shorter, size));

  arrayBufferResize(buffer, shorter);

  const tracks = !isOutOfBounds(view, read);

  arrayBufferResize(buffer, size);
  typedArraySet(new Uint8Array(buffer), tail, shorter);

  return tracks;
}
