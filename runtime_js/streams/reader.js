// https://streams.spec.whatwg.org/#default-reader-class and #byob-reader-class

import { RangeError, TypeError } from '../boundary/built_ins.js';
import { defineInterface, toDictionary, toInteger } from '../webidl/webidl.js';
import { isolated, wrongReceiver } from './facade.js';
import { deferred, rejectedWith } from './promises.js';
import { stateOf } from './readable.js'; // a circle, used only when a reader is made
import { acquireReader, cancelReadable, readByob, readDefault, releaseReader } from './readable_core.js';
import { checkNotEmpty, checkView, lengthOf } from './views.js';

const RELEASED = 'the reader was released';

/** A read request that settles the promise that `read` gave. */
class PromiseRead {
  constructor() {
    const { promise, resolve, reject } = deferred();

    this.next = undefined;
    this.promise = promise;
    this.resolve = resolve;
    this.error = reject;
  }

  chunk(value) {
    this.resolve({ value, done: false });
  }

  close(value) {
    this.resolve({ value, done: true });
  }
}

isolated(PromiseRead);

/** ReadableStreamReaderGenericCancel */
function cancel({ stream }, reason) {
  return stream === undefined ? rejectedWith(new TypeError(RELEASED)) : cancelReadable(stream, reason);
}

/** @type {(object: unknown) => object | undefined} */
let defaultOf;

export class ReadableStreamDefaultReader {
  #reader;

  static {
    defaultOf = (object) => {
      try {
        return object.#reader;
      } catch {
        return undefined;
      }
    };
  }

  constructor(stream) {
    this.#reader = acquireReader(stateOf(stream, 'ReadableStreamDefaultReader'));
  }

  get closed() {
    return defaultOf(this)?.closed.promise ?? wrongReceiver('ReadableStreamDefaultReader', 'closed');
  }

  cancel(reason = undefined) {
    const reader = defaultOf(this);

    return reader === undefined ? wrongReceiver('ReadableStreamDefaultReader', 'cancel') : cancel(reader, reason);
  }

  read() {
    const reader = defaultOf(this);

    if (reader === undefined) return wrongReceiver('ReadableStreamDefaultReader', 'read');

    if (reader.stream === undefined) return rejectedWith(new TypeError(RELEASED));

    const request = new PromiseRead();

    readDefault(reader, request);

    return request.promise;
  }

  releaseLock() {
    const reader = this.#reader;

    if (reader.stream !== undefined) releaseReader(reader);
  }
}

defineInterface(ReadableStreamDefaultReader);

/** @type {(object: unknown) => object | undefined} */
let byobOf;

export class ReadableStreamBYOBReader {
  #reader;

  static {
    byobOf = (object) => {
      try {
        return object.#reader;
      } catch {
        return undefined;
      }
    };
  }

  constructor(stream) {
    this.#reader = acquireReader(stateOf(stream, 'ReadableStreamBYOBReader'), true);
  }

  get closed() {
    return byobOf(this)?.closed.promise ?? wrongReceiver('ReadableStreamBYOBReader', 'closed');
  }

  cancel(reason = undefined) {
    const reader = byobOf(this);

    return reader === undefined ? wrongReceiver('ReadableStreamBYOBReader', 'cancel') : cancel(reader, reason);
  }

  read(view, options = undefined) {
    if (byobOf(this) === undefined) return wrongReceiver('ReadableStreamBYOBReader', 'read');

    try {
      return this.#read(view, options);
    } catch (error) {
      return rejectedWith(error);
    }
  }

  releaseLock() {
    const reader = this.#reader;

    if (reader.stream !== undefined) releaseReader(reader);
  }

  #read(view, options) {
    checkView(view, 'read');
    const { min: least } = toDictionary(options, 'read');
    const min = least === undefined ? 1 : toInteger(least, 64, { enforceRange: true, where: 'read: min' });

    checkNotEmpty(view, 'read');

    if (min === 0) throw new TypeError('read: min is 0');

    if (min > lengthOf(view)) throw new RangeError('read: min is ' + min + ', more than the view has room for');

    if (this.#reader.stream === undefined) throw new TypeError(RELEASED);

    const request = new PromiseRead();

    readByob(this.#reader, view, min, request);

    return request.promise;
  }
}

defineInterface(ReadableStreamBYOBReader);
