// Views and their buffers, read with the engine's own accessors: a view may carry other properties.

const { call } = Function.prototype;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const getter = (target, name) => call.bind(getOwnPropertyDescriptor(target, name).get);

const TypedArray = getPrototypeOf(Uint8Array.prototype);
const typedBuffer = getter(TypedArray, 'buffer');
const typedOffset = getter(TypedArray, 'byteOffset');
const typedByteLength = getter(TypedArray, 'byteLength');
const typedLength = getter(TypedArray, 'length');
const dataBuffer = getter(DataView.prototype, 'buffer');
const dataOffset = getter(DataView.prototype, 'byteOffset');
const dataByteLength = getter(DataView.prototype, 'byteLength');
const bufferSlice = call.bind(ArrayBuffer.prototype.slice);
const setElements = call.bind(TypedArray.set);
const { isView } = ArrayBuffer;
const Bytes = Uint8Array;

/** "Uint8Array" and so on; undefined for anything but a typed array. */
export const nameOf = getter(TypedArray, Symbol.toStringTag);

const constructors = { __proto__: null, DataView };
const elementSizes = { __proto__: null, DataView: 1 };

for (const Class of [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array,
]) {
  constructors[Class.name] = Class;
  elementSizes[Class.name] = Class.BYTES_PER_ELEMENT;
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
  return nameOf(view) === undefined ? dataBuffer(view) : typedBuffer(view);
}

export function offsetOf(view) {
  return nameOf(view) === undefined ? dataOffset(view) : typedOffset(view);
}

/** Bytes that a view spans; 0 once its buffer is detached. */
export function byteLengthOf(view) {
  if (nameOf(view) !== undefined) return typedByteLength(view);

  return isDetached(dataBuffer(view)) ? 0 : dataByteLength(view);
}

/** Elements of a typed array, bytes of a DataView. */
export function lengthOf(view) {
  return nameOf(view) === undefined ? byteLengthOf(view) : typedLength(view);
}

/** Bytes of a buffer. */
export const sizeOfBuffer = getter(ArrayBuffer.prototype, 'byteLength');

export const isDetached = getter(ArrayBuffer.prototype, 'detached');

/** TransferArrayBuffer: the bytes in a new buffer, the old one detached. Throws where that is not possible. */
export const transferBuffer = call.bind(ArrayBuffer.prototype.transfer);

/** CloneArrayBuffer */
export function copyOfBuffer(buffer, byteOffset, byteLength) {
  return bufferSlice(buffer, byteOffset, byteOffset + byteLength);
}

/** CloneAsUint8Array */
export function copyAsBytes(view) {
  return new Bytes(copyOfBuffer(bufferOf(view), offsetOf(view), byteLengthOf(view)));
}

/** CopyDataBlockBytes */
export function copyBytes(to, toOffset, from, fromOffset, length) {
  setElements(new Bytes(to, toOffset, length), new Bytes(from, fromOffset, length));
}

export function newBytes(buffer, byteOffset, byteLength) {
  return new Bytes(buffer, byteOffset, byteLength);
}

/** ArrayBufferView without [AllowShared]: throws for anything else. */
export function checkView(value, where) {
  if (!isView(value)) throw new TypeError(`${where}: the argument is no view of a buffer`);

  sizeOfBuffer(bufferOf(value)); // throws for a shared buffer
}

/** Refuses views without room. */
export function checkNotEmpty(view, where) {
  if (byteLengthOf(view) === 0) throw new TypeError(`${where}: the view is empty`);

  const buffer = bufferOf(view);

  if (sizeOfBuffer(buffer) === 0) throw new TypeError(`${where}: the view's buffer is empty or detached`);
}
