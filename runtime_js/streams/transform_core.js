// https://streams.spec.whatwg.org/#ts-abstract-ops
// A transform stream as a record: the sink of its writable side and the source of its readable side.

import { DefaultController } from './default_controller.js';
import { isolated } from './facade.js';
import { REPORTS, assimilate, deferred, isObject, later, noop, promiseOf, resolvedWith, runWith, upon } from './promises.js';
import { ReadableState } from './readable_core.js';
import { WritableController } from './writable_controller.js';
import { WritableState } from './writable_core.js';

/** The internal slots of a TransformStream and of its controller. */
export class TransformState {
  /**
   * @param {{ highWaterMark: number, size: Function | undefined }} writableHow
   * @param {{ highWaterMark: number, size: Function | undefined }} readableHow
   */
  constructor(writableHow, readableHow) {
    this.writable = new WritableState();
    this.readable = new ReadableState();
    this.backpressure = true;
    this.waiter = undefined; // is called in a microtask when the backpressure changes: the pending write, or the pull
    this.chunk = undefined; // of the pending write
    this.wasBlocked = false; // whether the write had to wait, which costs two microtasks more
    this.finish = undefined; // { promise, resolve, reject } of the flush, the abort or the cancel, whichever came first
    this.transform = (chunk) => this.enqueue(chunk);
    this.flush = noop;
    this.cancel = noop;
    this.onUnblocked = () => this.#unblocked();
    this.onTransformed = () => this.#report(this.writable.controller.onWritten);
    this.onTransformFailed = (error) => this.#failed(error);

    new WritableController(this.writable, {
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      abort: (reason) => this.#abort(reason),
      highWaterMark: writableHow.highWaterMark,
      size: writableHow.size,
    });
    new DefaultController(this.readable, {
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancel(reason),
      highWaterMark: readableHow.highWaterMark,
      size: readableHow.size,
    });
  }

  /** Both sides have started when what the transformer's start returned is settled. */
  begin(result) {
    const sink = this.writable.controller;
    const source = this.readable.controller;
    const started = () => {
      sink.onStarted();
      source.onStarted();
    };

    if (!isObject(result)) {
      later(() => later(() => later(started))); // as long as a promise of a promise takes
    } else {
      assimilate(resolvedWith(result), started, (error) => {
        sink.onStartFailed(error);
        source.error(error);
      });
    }
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
    if (this.waiter !== undefined) {
      later(this.waiter);
      this.waiter = undefined;
    }

    this.backpressure = backpressure;
  }

  unblockWrite() {
    if (this.backpressure) this.setBackpressure(false);
  }

  // The sink

  #write(chunk) {
    this.wasBlocked = this.backpressure;

    if (this.backpressure) {
      this.chunk = chunk;
      this.waiter = this.onUnblocked;
    } else {
      this.#transformChunk(chunk);
    }

    return REPORTS;
  }

  #unblocked() {
    const { chunk } = this;
    const { state, storedError, controller } = this.writable;

    this.chunk = undefined;

    if (state === 'erroring') later(() => controller.onWriteFailed(storedError));
    else this.#transformChunk(chunk);
  }

  /** TransformStreamDefaultControllerPerformTransform */
  #transformChunk(chunk) {
    runWith(this.transform, chunk, this.onTransformed, this.onTransformFailed);
  }

  #failed(error) {
    this.error(error);
    this.#report(() => this.writable.controller.onWriteFailed(error));
  }

  #report(callback) {
    if (this.wasBlocked) later(() => later(callback));
    else later(callback);
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
    this.waiter = this.readable.controller.onPulled;

    return REPORTS;
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
