// https://streams.spec.whatwg.org/#readable-stream-from-iterable

import { String, SymbolAsyncIterator, SymbolIterator, TypeError } from '../boundary/built_ins.js';
import { DefaultController } from './default_controller.js';
import { invoke } from './facade.js';
import { REPORTS, assimilate, isObject, later, noop, resolvedWith, transform } from './promises.js';
import { ReadableState } from './readable_core.js';

/** ReadableStreamFromIterable. Throws where there is no way to iterate. */
export function readableFrom(iterable) {
  const { iterator, next } = openIterator(iterable);
  const stream = new ReadableState();
  const controller = new DefaultController(stream, { pull, cancel, highWaterMark: 0, size: undefined });

  function pull() {
    assimilate(invoke(next, iterator), (result) => {
      try {
        accept(controller, result);
        later(controller.onPulled);
      } catch (error) {
        later(() => controller.onFailed(error));
      }
    }, (error) => later(() => controller.onFailed(error)));

    return REPORTS;
  }

  function cancel(reason) {
    const method = methodOf(iterator, 'return');

    if (method === undefined) return undefined;

    return transform(resolvedWith(invoke(method, iterator, reason)), (result) => {
      if (!isObject(result)) throw new TypeError('the promise of return() has a value that is no object');
    });
  }

  controller.begin(noop);

  return stream;
}

function accept(controller, result) {
  if (!isObject(result)) throw new TypeError('the promise of next() has a value that is no object');

  if (result.done) controller.close();
  else controller.enqueue(result.value);
}

/** GetIterator(iterable, async) @returns {{ iterator: object, next: Function }} */
function openIterator(iterable) {
  const method = methodOf(iterable, SymbolAsyncIterator);

  if (method !== undefined) return iteratorOf(iterable, method);

  const syncMethod = methodOf(iterable, SymbolIterator);

  if (syncMethod === undefined) throw new TypeError('ReadableStream.from: the argument is not iterable');

  const { iterator, next } = iteratorOf(iterable, syncMethod);
  const adapter = new AsyncFromSync(iterator, next);

  return { iterator: adapter, next: adapter.next };
}

function iteratorOf(iterable, method) {
  const iterator = invoke(method, iterable);

  if (!isObject(iterator)) throw new TypeError('ReadableStream.from: the iterator is no object');

  return { iterator, next: iterator.next };
}

/** GetMethod */
function methodOf(object, name) {
  const method = object[name];

  if (method === undefined || method === null) return undefined;

  if (typeof method !== 'function') throw new TypeError(String(name) + ' of what is iterated is not a function');

  return method;
}

/** https://tc39.es/ecma262/#sec-async-from-sync-iterator-objects */
class AsyncFromSync {
  #iterator;
  #next;

  constructor(iterator, next) {
    this.#iterator = iterator;
    this.#next = next;
  }

  async next() {
    return this.#continue(invoke(this.#next, this.#iterator), true);
  }

  async return(value) {
    const method = methodOf(this.#iterator, 'return');

    return method === undefined ? { value, done: true } : this.#continue(invoke(method, this.#iterator, value), false);
  }

  /** AsyncFromSyncIteratorContinuation */
  async #continue(result, closeOnRejection) {
    if (!isObject(result)) throw new TypeError('the iterator gave a result that is no object');

    const { done, value } = result;

    try {
      return { value: await value, done: !!done };
    } catch (error) {
      if (!done && closeOnRejection) this.#close();

      throw error;
    }
  }

  #close() {
    try {
      const method = methodOf(this.#iterator, 'return');

      if (method !== undefined) invoke(method, this.#iterator);
    } catch {
      // The rejection that led here is what counts.
    }
  }
}
