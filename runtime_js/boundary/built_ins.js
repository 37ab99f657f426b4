// What the runtime uses of the language, as it was before any function ran: no other file reads the global object
// or calls a method by a prototype that a function can patch.
//
// Methods are functions that take the receiver first. Collections, patterns and lists of the runtime's own have
// methods, from prototypes that nobody else has.

import './stack_traces.js'; // puts something else in the place of some built-ins

export const globalObject = globalThis;

export const {
  ArrayBuffer, BigInt, BigInt64Array, BigUint64Array, Boolean, DOMException, DataView, Date, Error, EvalError,
  FinalizationRegistry, Float16Array, Float32Array, Float64Array, Function, Int16Array, Int32Array, Int8Array,
  InternalError, Map, Number, Object, Promise, Proxy, RangeError, ReferenceError, RegExp, Set, SharedArrayBuffer, String,
  Symbol, SyntaxError, TypeError, URIError, Uint16Array, Uint32Array, Uint8Array, Uint8ClampedArray, WeakRef,
} = globalThis;
export const {
  atob, btoa, decodeURIComponent, encodeURI, encodeURIComponent, escape, parseFloat, parseInt, queueMicrotask, unescape,
} = globalThis;

export const {
  assign, create, defineProperties, defineProperty, freeze, getOwnPropertyDescriptors, getOwnPropertyNames,
  getOwnPropertySymbols, getPrototypeOf, hasOwn, is, isFrozen, keys, setPrototypeOf,
} = Object;
/** `reflectDefine` and `reflectSet` say whether they could. */
export const { apply, construct, defineProperty: reflectDefine, ownKeys, set: reflectSet } = Reflect;
export const { from: arrayFrom, isArray } = Array;
export const { isView } = ArrayBuffer;
export const { asIntN, asUintN } = BigInt;
export const { isError: errorIsError } = Error;
export const { floor, max, min, sqrt, trunc } = Math;
export const { isFinite, isNaN, MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number;
export const { parse: jsonParse, stringify: jsonStringify } = JSON;
export const { now: dateNow } = Date;
export const { fromCharCode, fromCodePoint } = String;
export const { fromBase64 } = Uint8Array;
export const {
  asyncIterator: SymbolAsyncIterator, for: SymbolFor, iterator: SymbolIterator, toPrimitive: SymbolToPrimitive,
  toStringTag: SymbolToStringTag,
} = Symbol;
const { getOwnPropertyDescriptor: descriptorOf } = Object;

/** A descriptor that inherits nothing: what it does not say, no prototype says. */
export function getOwnPropertyDescriptor(object, key) {
  const descriptor = descriptorOf(object, key);

  return descriptor === undefined ? undefined : setPrototypeOf(descriptor, null);
}

export const promiseResolve = Promise.resolve.bind(Promise);
export const promiseReject = Promise.reject.bind(Promise);

const { bind, call } = Function.prototype;

/** A method as a function of its receiver and its arguments. @type {(method: Function) => Function} */
export const uncurry = bind.bind(call);

/** The getter of an accessor, as a function of its receiver. @param {object} prototype @param {string | symbol} name */
export function getterOf(prototype, name) {
  return uncurry(getOwnPropertyDescriptor(prototype, name).get);
}

export const functionBind = uncurry(Function.prototype.bind);
export const functionCall = uncurry(Function.prototype.call);
export const functionToString = uncurry(Function.prototype.toString);
export const objectPropertyIsEnumerable = uncurry(Object.prototype.propertyIsEnumerable);
/** As it stands on the prototype, to be compared with. */
export const { toString: plainToString } = Object.prototype;
export const objectToString = uncurry(Object.prototype.toString);
export const arrayIncludes = uncurry(Array.prototype.includes);
export const arrayIndexOf = uncurry(Array.prototype.indexOf);
export const arrayJoin = uncurry(Array.prototype.join);
export const arrayLastIndexOf = uncurry(Array.prototype.lastIndexOf);
export const arrayPush = uncurry(Array.prototype.push);
export const arraySlice = uncurry(Array.prototype.slice);
export const arraySort = uncurry(Array.prototype.sort);
export const arrayToSpliced = uncurry(Array.prototype.toSpliced);
export const stringCharCodeAt = uncurry(String.prototype.charCodeAt);
export const stringCodePointAt = uncurry(String.prototype.codePointAt);
export const stringEndsWith = uncurry(String.prototype.endsWith);
export const stringIncludes = uncurry(String.prototype.includes);
export const stringIndexOf = uncurry(String.prototype.indexOf);
export const stringIsWellFormed = uncurry(String.prototype.isWellFormed);
export const stringLastIndexOf = uncurry(String.prototype.lastIndexOf);
export const stringPadStart = uncurry(String.prototype.padStart);
export const stringRepeat = uncurry(String.prototype.repeat);
export const stringReplace = uncurry(String.prototype.replace);
export const stringReplaceAll = uncurry(String.prototype.replaceAll);
export const stringSlice = uncurry(String.prototype.slice);
export const stringSplit = uncurry(String.prototype.split);
export const stringStartsWith = uncurry(String.prototype.startsWith);
export const stringToLowerCase = uncurry(String.prototype.toLowerCase);
export const stringToUpperCase = uncurry(String.prototype.toUpperCase);
export const stringToWellFormed = uncurry(String.prototype.toWellFormed);
export const stringTrim = uncurry(String.prototype.trim);
export const stringTrimEnd = uncurry(String.prototype.trimEnd);
export const stringValueOf = uncurry(String.prototype.valueOf);
export const numberToFixed = uncurry(Number.prototype.toFixed);
export const numberToString = uncurry(Number.prototype.toString);
export const numberValueOf = uncurry(Number.prototype.valueOf);
export const booleanValueOf = uncurry(Boolean.prototype.valueOf);
export const bigIntValueOf = uncurry(BigInt.prototype.valueOf);
export const symbolToString = uncurry(Symbol.prototype.toString);
export const symbolValueOf = uncurry(Symbol.prototype.valueOf);
export const regExpExec = uncurry(RegExp.prototype.exec);
export const dateGetTime = uncurry(Date.prototype.getTime);
export const dateToISOString = uncurry(Date.prototype.toISOString);
export const mapForEach = uncurry(Map.prototype.forEach);
export const mapSet = uncurry(Map.prototype.set);
export const setAdd = uncurry(Set.prototype.add);
export const setForEach = uncurry(Set.prototype.forEach);
export const promiseThen = uncurry(Promise.prototype.then);
export const weakRefDeref = uncurry(WeakRef.prototype.deref);
export const arrayBufferResize = uncurry(ArrayBuffer.prototype.resize);
export const arrayBufferTransfer = uncurry(ArrayBuffer.prototype.transfer);

const TypedArray = getPrototypeOf(Uint8Array);

export const typedArrayKeys = uncurry(TypedArray.prototype.keys);
export const typedArraySet = uncurry(TypedArray.prototype.set);
export const uint8ArrayToBase64 = uncurry(Uint8Array.prototype.toBase64);
export const typedArrayBuffer = getterOf(TypedArray.prototype, 'buffer');
export const typedArrayByteLength = getterOf(TypedArray.prototype, 'byteLength');
export const typedArrayByteOffset = getterOf(TypedArray.prototype, 'byteOffset');
export const typedArrayLength = getterOf(TypedArray.prototype, 'length');
/** "Uint8Array" and so on; undefined for anything but a typed array. */
export const typedArrayName = getterOf(TypedArray.prototype, SymbolToStringTag);
export const dataViewBuffer = getterOf(DataView.prototype, 'buffer');
export const dataViewByteLength = getterOf(DataView.prototype, 'byteLength');
export const dataViewByteOffset = getterOf(DataView.prototype, 'byteOffset');
export const arrayBufferByteLength = getterOf(ArrayBuffer.prototype, 'byteLength');
export const arrayBufferDetached = getterOf(ArrayBuffer.prototype, 'detached');
export const arrayBufferMaxByteLength = getterOf(ArrayBuffer.prototype, 'maxByteLength');
export const arrayBufferResizable = getterOf(ArrayBuffer.prototype, 'resizable');
export const sharedArrayBufferByteLength = getterOf(SharedArrayBuffer.prototype, 'byteLength');
export const mapSize = getterOf(Map.prototype, 'size');
export const setSize = getterOf(Set.prototype, 'size');
export const regExpSource = getterOf(RegExp.prototype, 'source');
export const errorStack = getterOf(Error.prototype, 'stack');
export const domExceptionName = getterOf(DOMException.prototype, 'name');
export const domExceptionMessage = getterOf(DOMException.prototype, 'message');

/** As `subarray`, which asks the array for a class. @param {Uint8Array} bytes @param {number} start @param {number} end */
export function bytesBetween(bytes, start, end) {
  return new Uint8Array(typedArrayBuffer(bytes), typedArrayByteOffset(bytes) + start, end - start);
}

/**
 * A copy: as `slice`, which asks the buffer for a class.
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {number} end
 */
export function copyBetween(buffer, start, end) {
  return typedArrayBuffer(new Uint8Array(new Uint8Array(buffer, start, end - start)));
}

const flagGetters = [
  ['d', 'hasIndices'], ['g', 'global'], ['i', 'ignoreCase'], ['m', 'multiline'], ['s', 'dotAll'], ['u', 'unicode'],
  ['v', 'unicodeSets'], ['y', 'sticky'],
];

for (let i = 0; i < flagGetters.length; i++) flagGetters[i][1] = getterOf(RegExp.prototype, flagGetters[i][1]);

/** The getter `flags` reads properties that a function can patch. @param {RegExp} regExp */
export function regExpFlags(regExp) {
  let flags = '';

  for (let i = 0; i < flagGetters.length; i++) if (flagGetters[i][1](regExp)) flags += flagGetters[i][0];

  return flags;
}

/** A copy of a prototype, which no function has. */
function copyOf({ prototype }) {
  const members = getOwnPropertyDescriptors(prototype);

  delete members.constructor;

  return create(null, members);
}

const none = freeze([]);
const { WeakMap, WeakSet } = globalThis;
const mapPrototype = freeze(copyOf(Map));
const setPrototype = freeze(copyOf(Set));
const weakMapPrototype = freeze(copyOf(WeakMap));
const weakSetPrototype = freeze(copyOf(WeakSet));
const registryPrototype = freeze(copyOf(FinalizationRegistry));
const patternPrototype = freeze(copyOf(RegExp));

/** @returns {Map} */
export function createMap() {
  return setPrototypeOf(new Map(), mapPrototype);
}

/** @param {unknown[]} members @returns {Set} */
export function createSet(members = none) {
  const set = setPrototypeOf(new Set(), setPrototype);

  for (let i = 0; i < members.length; i++) set.add(members[i]);

  return set;
}

/** @returns {WeakMap} */
export function createWeakMap() {
  return setPrototypeOf(new WeakMap(), weakMapPrototype);
}

/** @returns {WeakSet} */
export function createWeakSet() {
  return setPrototypeOf(new WeakSet(), weakSetPrototype);
}

/** @param {(held: unknown) => void} forget @returns {FinalizationRegistry} */
export function createRegistry(forget) {
  return setPrototypeOf(new FinalizationRegistry(forget), registryPrototype);
}

/** A regular expression of the runtime's own. @param {RegExp} regExp */
export function pattern(regExp) {
  return setPrototypeOf(regExp, patternPrototype);
}

const listPrototype = copyOf(Array);

// These ask an array for the class of what they return: without `constructor` that is Array.
for (let i = 0, names = ['concat', 'filter', 'flat', 'map', 'slice', 'splice']; i < names.length; i++) {
  const method = listPrototype[names[i]];

  listPrototype[names[i]] = function (...given) {
    return list(apply(method, this, given));
  };
}

freeze(listPrototype);

/**
 * An array of the runtime's own, with the methods of arrays. A function must not get it, and it is not iterated.
 * @template T
 * @param {T[]} array
 * @returns {T[]}
 */
export function list(array) {
  return setPrototypeOf(array, listPrototype);
}

/** Of a list, what a function may have. @template T @param {T[]} list @returns {T[]} */
export function arrayOf(items) {
  return arraySlice(items);
}
