// https://streams.spec.whatwg.org/#qs

import { RangeError, TypeError } from '../boundary/built_ins.js';
import { defineInterface, toDictionary } from '../webidl/webidl.js';

function highWaterMarkOf(init, where) {
  const value = toDictionary(init, where).highWaterMark;

  if (value === undefined) throw new TypeError(where + ': highWaterMark is required');

  return +value;
}

// One function for all strategies of a realm, which is no constructor and has its own name.
const { size: byteLengthSize } = { size(chunk) { return chunk.byteLength; } };
const { size: countSize } = { size() { return 1; } };

export class ByteLengthQueuingStrategy {
  #highWaterMark;

  constructor(init) {
    this.#highWaterMark = highWaterMarkOf(init, 'ByteLengthQueuingStrategy');
  }

  get highWaterMark() {
    return this.#highWaterMark;
  }

  get size() {
    return this.#highWaterMark === undefined ? undefined : byteLengthSize;
  }
}

defineInterface(ByteLengthQueuingStrategy);

export class CountQueuingStrategy {
  #highWaterMark;

  constructor(init) {
    this.#highWaterMark = highWaterMarkOf(init, 'CountQueuingStrategy');
  }

  get highWaterMark() {
    return this.#highWaterMark;
  }

  get size() {
    return this.#highWaterMark === undefined ? undefined : countSize;
  }
}

defineInterface(CountQueuingStrategy);

const NO_STRATEGY = { highWaterMark: undefined, size: undefined };

/**
 * The dictionary QueuingStrategy.
 * @returns {{ highWaterMark: number | undefined, size: Function | undefined }}
 */
export function toStrategy(value, where) {
  if (value === undefined || value === null) return NO_STRATEGY;

  const { highWaterMark } = toDictionary(value, where);
  const mark = highWaterMark === undefined ? undefined : +highWaterMark;
  const { size } = value;

  if (size !== undefined && typeof size !== 'function') throw new TypeError(where + ': size is not a function');

  return { highWaterMark: mark, size };
}

/** ExtractHighWaterMark */
export function extractMark({ highWaterMark }, byDefault) {
  if (highWaterMark === undefined) return byDefault;

  if (!(highWaterMark >= 0)) throw new RangeError('the high water mark ' + highWaterMark + ' is not a number from 0 up');

  return highWaterMark;
}

/** ExtractSizeAlgorithm: undefined stands for one that always returns 1. */
export function extractSize({ size }) {
  return size === countSize ? undefined : size;
}

/** What a user's size algorithm says of a chunk, as a number. Throws what the algorithm throws. */
export function sizeOf(chunk, size) {
  return +size(chunk);
}

/** EnqueueValueWithSize refuses other sizes. @returns {number} */
export function checkSize(size) {
  if (size >= 0 && size !== Infinity) return size;

  throw new RangeError('the size ' + size + ' of a chunk is not a finite number from 0 up');
}
