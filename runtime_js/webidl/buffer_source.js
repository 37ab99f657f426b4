// https://webidl.spec.whatwg.org/#BufferSource: the bytes behind an argument, without a copy.

import {
  TypeError, Uint8Array, arrayBufferByteLength, arrayBufferResizable, dataViewBuffer, dataViewByteLength,
  dataViewByteOffset, isView, sharedArrayBufferByteLength, typedArrayBuffer, typedArrayByteLength, typedArrayByteOffset,
  typedArrayName, typedArraySet,
} from '../boundary/built_ins.js';

/** In bytes, whatever a function put on the array. @type {(array: Uint8Array) => number} */
export const byteLengthOf = typedArrayByteLength;

/** @returns {value is Uint8Array} */
export function isUint8Array(value) {
  return typedArrayName(value) === 'Uint8Array';
}

/**
 * A Uint8Array over the memory of an ArrayBuffer, a SharedArrayBuffer or a view; empty when it was detached.
 * @param {unknown} source
 * @returns {Uint8Array | null} null when it is none of these
 */
export function bytesOf(source) {
  if (isView(source)) return bytesOfView(source);

  const length = lengthOfBuffer(source);

  if (length === null) return null;

  return length === 0 ? new Uint8Array() : new Uint8Array(source);
}

/**
 * An argument of the type BufferSource where memory that is shared or can be resized is not allowed by name.
 * @returns {value is ArrayBuffer | ArrayBufferView}
 */
export function toBufferSource(value, where) {
  if (bytesOf(value) === null) throw new TypeError(where + ' is neither an ArrayBuffer nor a view of one');

  if (!isFixed(isView(value) ? bufferOfView(value) : value)) throw new TypeError(where + ' is shared or resizable memory');

  return value;
}

/** Whether a buffer is neither shared nor resizable. */
export function isFixed(buffer) {
  try {
    return !arrayBufferResizable(buffer);
  } catch {
    return false; // it is shared
  }
}

function bufferOfView(view) {
  return typedArrayName(view) === undefined ? dataViewBuffer(view) : typedArrayBuffer(view);
}

function bytesOfView(view) {
  const kind = typedArrayName(view);

  if (kind === undefined) return bytesOfDataView(view);

  const length = byteLengthOf(view);

  if (length === 0) return new Uint8Array();

  return kind === 'Uint8Array' ? view : new Uint8Array(typedArrayBuffer(view), typedArrayByteOffset(view), length);
}

function bytesOfDataView(view) {
  try {
    return new Uint8Array(dataViewBuffer(view), dataViewByteOffset(view), dataViewByteLength(view));
  } catch {
    return new Uint8Array(); // its buffer was detached, or shrunk below it
  }
}

function lengthOfBuffer(source) {
  if (typeof source !== 'object' || source === null) return null;

  try {
    return arrayBufferByteLength(source);
  } catch {
    try {
      return sharedArrayBufferByteLength(source);
    } catch {
      return null;
    }
  }
}

/** One array with the bytes of several. @param {Uint8Array[]} chunks */
export function concatenate(chunks) {
  let length = 0;

  for (let i = 0; i < chunks.length; i++) length += byteLengthOf(chunks[i]);

  const bytes = new Uint8Array(length);

  for (let i = 0, at = 0; i < chunks.length; at += byteLengthOf(chunks[i++])) typedArraySet(bytes, chunks[i], at);

  return bytes;
}
