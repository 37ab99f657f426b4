// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal
// The part of structured cloning that deals with memory: buffers and the views of them.

import { dataCloneError } from './cloneable.js';

const { apply } = Reflect;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const TypedArray = getPrototypeOf(Uint8Array);
/** A getter of a built-in class as a function, which throws for what is no instance. */
const getter = (Class, name) => Function.prototype.call.bind(getOwnPropertyDescriptor(Class.prototype, name).get);

const sizeOf = getter(ArrayBuffer, 'byteLength');
const maxSizeOf = getter(ArrayBuffer, 'maxByteLength');
const isResizable = getter(ArrayBuffer, 'resizable');
const isDetached = getter(ArrayBuffer, 'detached');
const sharedSizeOf = getter(SharedArrayBuffer, 'byteLength');
const kindOf = getter(TypedArray, Symbol.toStringTag);
const { resize, slice, transfer } = ArrayBuffer.prototype;
const { keys, set } = TypedArray.prototype;

const ofArray = { buffer: getter(TypedArray, 'buffer'), offset: getter(TypedArray, 'byteOffset'), length: getter(TypedArray, 'length') };
const ofView = { buffer: getter(DataView, 'buffer'), offset: getter(DataView, 'byteOffset'), length: getter(DataView, 'byteLength') };

/** The classes of views as they were when the runtime started. */
const classes = {
  __proto__: null, DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array,
};

/** Whether a value is an ArrayBuffer, of this kind or the shared one. */
export const isArrayBuffer = (value) => answers(sizeOf, value);
export const isSharedArrayBuffer = (value) => answers(sharedSizeOf, value);

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
  if (isDetached(buffer)) throw dataCloneError('a detached ArrayBuffer');

  return { type: 'ArrayBuffer', copy: copyOf(buffer) };
}

function copyOf(buffer) {
  if (!isResizable(buffer)) return apply(slice, buffer, [0]);

  const copy = new ArrayBuffer(sizeOf(buffer), { maxByteLength: maxSizeOf(buffer) });

  apply(set, new Uint8Array(copy), [new Uint8Array(buffer)]);

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
  if (isDetached(buffer)) throw dataCloneError('a detached ArrayBuffer');

  return apply(transfer, buffer, []);
}

/**
 * The record of a typed array or a DataView.
 * @param {ArrayBufferView} view
 * @param {(buffer: ArrayBuffer) => object} sub
 */
export function serializeView(view, sub) {
  const kind = kindOf(view) ?? 'DataView';
  const read = kind === 'DataView' ? ofView : ofArray;

  if (isOutOfBounds(view, read)) throw dataCloneError(`a ${kind} that its buffer has no room for`);

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
    if (read === ofArray) apply(keys, view, []); // it validates the array, and has no effect
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
  if (!isResizable(buffer)) return false;

  const size = sizeOf(buffer);
  const unit = classes[kindOf(view) ?? 'DataView'].BYTES_PER_ELEMENT ?? 1;
  const end = offset + length * unit;

  if (end + unit <= size) return false;

  return length === 0
    ? growsWith(view, read, buffer, size, unit)
    : shrinksWith(view, read, buffer, size, end - 1);
}

function growsWith(view, read, buffer, size, unit) {
  if (size + unit > maxSizeOf(buffer)) return false;

  apply(resize, buffer, [size + unit]);

  const tracks = read.length(view) > 0;

  apply(resize, buffer, [size]);

  return tracks;
}

function shrinksWith(view, read, buffer, size, shorter) {
  const tail = new Uint8Array(apply(slice, buffer, [shorter]));

  apply(resize, buffer, [shorter]);

  const tracks = !isOutOfBounds(view, read);

  apply(resize, buffer, [size]);
  apply(set, new Uint8Array(buffer), [tail, shorter]);

  return tracks;
}
