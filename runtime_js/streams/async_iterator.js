// https://streams.spec.whatwg.org/#rs-asynciterator and https://webidl.spec.whatwg.org/#js-asynchronous-iterable

import { SymbolToStringTag, defineProperty, getPrototypeOf, setPrototypeOf } from '../boundary/built_ins.js';
import { isolated, wrongReceiver } from './facade.js';
import { assimilate, deferred, later, resolvedWith, transform } from './promises.js';
import { acquireReader, cancelReadable, readDefault, releaseReader } from './readable_core.js';

/** What one iterator knows. Its calls take effect one after another. */
class Iteration {
  constructor(stream, preventCancel) {
    this.reader = acquireReader(stream);
    this.preventCancel = preventCancel;
    this.ongoing = undefined; // the promise of the last call, until a `next` of it is settled
    this.isFinished = false;
  }

  next() {
    return this.after(() => this.#step());
  }

  return(value) {
    return transform(this.after(() => this.#finish(value)), () => ({ value, done: true }));
  }

  /** Takes a step, or puts it behind the ongoing one. */
  after(step) {
    const { ongoing } = this;

    this.ongoing = ongoing === undefined ? step() : afterwards(ongoing, step);

    return this.ongoing;
  }

  #step() {
    if (this.isFinished) return resolvedWith({ value: undefined, done: true });

    const request = new IteratorRead(this);

    readDefault(this.reader, request);

    return request.promise;
  }

  #finish(value) {
    if (this.isFinished) return resolvedWith(undefined);

    this.isFinished = true;
    const { reader, preventCancel } = this;
    const result = preventCancel ? resolvedWith(undefined) : cancelReadable(reader.stream, value);

    releaseReader(reader);

    return result;
  }
}

isolated(Iteration);

async function afterwards(ongoing, step) {
  try {
    await ongoing;
  } catch {
    // The call that it belongs to has told.
  }

  return step();
}

/** A read request that settles the promise of one `next`, a microtask after the chunk. */
class IteratorRead {
  constructor(iteration) {
    const { promise, resolve, reject } = deferred();

    this.next = undefined;
    this.iteration = iteration;
    this.promise = promise;
    this.resolve = resolve;
    this.reject = reject;
  }

  chunk(chunk) {
    assimilate(chunk, (value) => {
      this.iteration.ongoing = undefined;
      this.resolve({ value, done: false });
    }, (error) => this.#fail(error));
  }

  close() {
    releaseReader(this.iteration.reader);
    later(() => {
      this.iteration.ongoing = undefined;
      this.iteration.isFinished = true;
      this.resolve({ value: undefined, done: true });
    });
  }

  error(error) {
    releaseReader(this.iteration.reader);
    later(() => this.#fail(error));
  }

  #fail(error) {
    this.iteration.ongoing = undefined;
    this.iteration.isFinished = true;
    this.reject(error);
  }
}

isolated(IteratorRead);

const AsyncIteratorPrototype = getPrototypeOf(getPrototypeOf(async function* () {}.prototype));

/** @type {(object: unknown) => Iteration | undefined} */
let iterationOf;

/** The interface of the iterators: a class only for its brand. */
class Iterator {
  #iteration;

  static {
    iterationOf = (object) => {
      try {
        return object.#iteration;
      } catch {
        return undefined;
      }
    };
  }

  constructor(iteration) {
    this.#iteration = iteration;
  }

  next() {
    return iterationOf(this)?.next() ?? wrongReceiver('ReadableStreamAsyncIterator', 'next');
  }

  return(value) {
    return iterationOf(this)?.return(value) ?? wrongReceiver('ReadableStreamAsyncIterator', 'return');
  }
}

delete Iterator.prototype.constructor;
setPrototypeOf(Iterator.prototype, AsyncIteratorPrototype);

defineProperty(Iterator.prototype, 'next', { enumerable: true });
defineProperty(Iterator.prototype, 'return', { enumerable: true });

defineProperty(Iterator.prototype, SymbolToStringTag, { value: 'ReadableStream AsyncIterator', configurable: true });

/** @returns {AsyncIterator} over a stream that must not be locked */
export function createIterator(stream, preventCancel) {
  return new Iterator(new Iteration(stream, preventCancel));
}
