// https://streams.spec.whatwg.org/#ts-abstract-ops
// A transform stream as a record: the sink of its writable side and the source of its readable side.

import { DefaultController } from './default_controller.js';
import { isolated } from './facade.js';
import { deferred, noop, promiseOf, transform, upon } from './promises.js';
import { ReadableState } from './readable_core.js';
import { WritableController } from './writable_controller.js';
import { WritableState } from './writable_core.js';

/** The internal slots of a TransformStream and of its controller. */
export class TransformState {
  /**
   * @param {{ highWaterMark: number, size: Function | undefined }} writableHow
   * @param {{ highWaterMark: number, size: Function | undefined }} readableHow
   * The start of both sides is a promise that `start` resolves.
   */
  constructor(writableHow, readableHow) {
    this.writable = new WritableState();
    this.readable = new ReadableState();
    this.backpressure = true;
    this.change = deferred(); // of the backpressure
    this.finish = undefined; // { promise, resolve, reject } of the flush, the abort or the cancel, whichever came first
    this.transform = (chunk) => this.enqueue(chunk);
    this.flush = noop;
    this.cancel = noop;
    this.started = deferred();
    const start = () => this.started.promise;

    new WritableController(this.writable, {
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      abort: (reason) => this.#abort(reason),
      highWaterMark: writableHow.highWaterMark,
      size: writableHow.size,
    }).begin(start);
    new DefaultController(this.readable, {
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancel(reason),
      highWaterMark: readableHow.highWaterMark,
      size: readableHow.size,
    }).begin(start);
  }

  // What the controller does

  /** TransformStreamDefaultControllerEnqueue */
  enqueue(chunk) {
    const { controller } = this.readable;

    if (!controller.canCloseOrEnqueue()) throw new TypeError('enqueue: the readable side is closed, closing or errored');

    try {
      controller.enqueue(chunk);
    } catch (error) {
      this.errorWritable(error);
      throw this.readable.storedError;
    }

    if (!this.backpressure && !controller.shouldPull()) this.setBackpressure(true);
  }

  /** TransformStreamError */
  error(error) {
    this.readable.controller.error(error);
    this.errorWritable(error);
  }

  /** TransformStreamErrorWritableAndUnblockWrite */
  errorWritable(error) {
    this.clearAlgorithms();
    this.writable.controller.errorIfNeeded(error);
    this.unblockWrite();
  }

  /** TransformStreamDefaultControllerTerminate */
  terminate() {
    this.readable.controller.close();
    this.errorWritable(new TypeError('the transform was terminated'));
  }

  clearAlgorithms() {
    this.transform = undefined;
    this.flush = undefined;
    this.cancel = undefined;
  }

  setBackpressure(backpressure) {
    this.change.resolve(undefined);
    this.change = deferred();
    this.backpressure = backpressure;
  }

  unblockWrite() {
    if (this.backpressure) this.setBackpressure(false);
  }

  // The sink

  #write(chunk) {
    if (!this.backpressure) return this.#transformChunk(chunk);

    return transform(this.change.promise, () => {
      if (this.writable.state === 'erroring') throw this.writable.storedError;

      return this.#transformChunk(chunk);
    });
  }

  /** TransformStreamDefaultControllerPerformTransform */
  async #transformChunk(chunk) {
    const { transform: algorithm } = this;

    try {
      await algorithm(chunk);
    } catch (error) {
      this.error(error);
      throw error;
    }
  }

  #abort(reason) {
    return this.#finishWith(this.cancel, reason, () => {
      if (this.readable.state === 'errored') throw this.readable.storedError;

      this.readable.controller.error(reason);
    }, (error) => this.readable.controller.error(error));
  }

  #close() {
    return this.#finishWith(this.flush, undefined, () => {
      if (this.readable.state === 'errored') throw this.readable.storedError;

      this.readable.controller.close();
    }, (error) => this.readable.controller.error(error));
  }

  // The source

  #pull() {
    this.setBackpressure(false);

    return this.change.promise;
  }

  #cancel(reason) {
    return this.#finishWith(this.cancel, reason, () => {
      if (this.writable.state === 'errored') throw this.writable.storedError;

      this.writable.controller.errorIfNeeded(reason);
      this.unblockWrite();
    }, (error) => {
      this.writable.controller.errorIfNeeded(error);
      this.unblockWrite();
    });
  }

  /** Runs the last algorithm of the transformer, at most once in all. */
  #finishWith(algorithm, argument, fulfilled, rejected) {
    if (this.finish !== undefined) return this.finish.promise;

    const finish = deferred();

    this.finish = finish;
    const result = promiseOf(algorithm, argument);

    this.clearAlgorithms();
    upon(result, () => {
      try {
        fulfilled();
        finish.resolve(undefined);
      } catch (error) {
        finish.reject(error);
      }
    }, (error) => {
      rejected(error);
      finish.reject(error);
    });

    return finish.promise;
  }
}

isolated(TransformState);
