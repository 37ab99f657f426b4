// Views and their buffers, read with the engine's own accessors: a view may carry other properties.

import {
  BigInt64Array, BigUint64Array, DataView, Float16Array, Float32Array, Float64Array, Int16Array, Int32Array,
  Int8Array, TypeError, Uint16Array, Uint32Array, Uint8Array, Uint8ClampedArray, arrayBufferByteLength,
  arrayBufferDetached, arrayBufferTransfer, copyBetween, dataViewBuffer, dataViewByteLength, dataViewByteOffset,
  isView, typedArrayBuffer, typedArrayByteLength, typedArrayByteOffset, typedArrayLength, typedArrayName,
  typedArraySet,
} from '../boundary/built_ins.js';

/** "Uint8Array" and so on; undefined for anything but a typed array. */
export const nameOf = typedArrayName;

const constructors = { __proto__: null, DataView };
const elementSizes = { __proto__: null, DataView: 1 };

const classes = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array,
];

for (let i = 0; i < classes.length; i++) {
  constructors[classes[i].name] = classes[i];
  elementSizes[classes[i].name] = classes[i].BYTES_PER_ELEMENT;
}

/** The built-in constructor of a view's kind. */
export function constructorOf(view) {
  return constructors[nameOf(view) ?? 'DataView'];
}

/** Bytes of one element. */
export function elementSizeOf(view) {
  return elementSizes[nameOf(view) ?? 'DataView'];
}

export function bufferOf(view) {
  return nameOf(view) === undefined ? dataViewBuffer(view) : typedArrayBuffer(view);
}

export function offsetOf(view) {
  return nameOf(view) === undefined ? dataViewByteOffset(view) : typedArrayByteOffset(view);
}

/** Bytes that a view spans; 0 once its buffer is detached. */
export function byteLengthOf(view) {
  if (nameOf(view) !== undefined) return typedArrayByteLength(view);

  return isDetached(dataViewBuffer(view)) ? 0 : dataViewByteLength(view);
}

/** Elements of a typed array, bytes of a DataView. */
export function lengthOf(view) {
  return nameOf(view) === undefined ? byteLengthOf(view) : typedArrayLength(view);
}

/** Bytes of a buffer. */
export const sizeOfBuffer = arrayBufferByteLength;

export const isDetached = arrayBufferDetached;

/** TransferArrayBuffer: the bytes in a new buffer, the old one detached. Throws where that is not possible. */
export const transferBuffer = arrayBufferTransfer;

/** CloneArrayBuffer */
export function copyOfBuffer(buffer, byteOffset, byteLength) {
  sizeOfBuffer(buffer); // throws for a shared buffer

  return copyBetween(buffer, byteOffset, byteOffset + byteLength);
}

/** CloneAsUint8Array */
export function copyAsBytes(view) {
  return new Uint8Array(copyOfBuffer(bufferOf(view), offsetOf(view), byteLengthOf(view)));
}

/** CopyDataBlockBytes */
export function copyBytes(to, toOffset, from, fromOffset, length) {
  typedArraySet(new Uint8Array(to, toOffset, length), new Uint8Array(from, fromOffset, length));
}

export function newBytes(buffer, byteOffset, byteLength) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** ArrayBufferView without [AllowShared]: throws for anything else. */
export function checkView(value, where) {
  if (!isView(value)) throw new TypeError(where + ': the argument is no view of a buffer');

  sizeOfBuffer(bufferOf(value)); // throws for a shared buffer
}

/** Refuses views without room. */
export function checkNotEmpty(view, where) {
  if (byteLengthOf(view) === 0) throw new TypeError(where + ': the view is empty');

  const buffer = bufferOf(view);

  if (sizeOfBuffer(buffer) === 0) throw new TypeError(where + ": the view's buffer is empty or detached");
}
