// https://streams.spec.whatwg.org/#ts-abstract-ops
// A transform stream as a record: the sink of its writable side and the source of its readable side.

import { TypeError } from '../boundary/built_ins.js';
import { DefaultController } from './default_controller.js';
import { isolated } from './facade.js';
import {
  REPORTS, assimilate, deferred, isObject, later, noop, promiseOf, resolvedWith, runWith, upon,
} from './promises.js';
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
    this.finish = undefined; // { promise, resolve, reject } of the first of flush, abort and cancel
    this.transform = (chunk) => this.enqueue(chunk);
    this.flush = noop;
    this.cancel = noop;
    this.onUnblocked = () => this.#unblocked();
    this.onTransformed = () => this.#report(this.sink.onWritten);
    this.onTransformFailed = (error) => this.#failed(error);

    this.sink = new WritableController(this.writable, {
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      abort: (reason) => this.#abort(reason),
      highWaterMark: writableHow.highWaterMark,
      size: writableHow.size,
    });
    this.source = new DefaultController(this.readable, {
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancel(reason),
      highWaterMark: readableHow.highWaterMark,
      size: readableHow.size,
    });
  }

  /** Both sides have started when what the transformer's start returned is settled. */
  begin(result) {
    const { sink, source } = this;
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
    const { source } = this;

    if (!source.canCloseOrEnqueue()) throw new TypeError('enqueue: the readable side is closed, closing or errored');

    try {
      source.accept(chunk);
    } catch (error) {
      this.errorWritable(error);
      throw this.readable.storedError;
    }

    if (!this.backpressure && !source.shouldPull()) this.setBackpressure(true);
  }

  /** TransformStreamError */
  error(error) {
    this.source.error(error);
    this.errorWritable(error);
  }

  /** TransformStreamErrorWritableAndUnblockWrite */
  errorWritable(error) {
    this.clearAlgorithms();
    this.sink.errorIfNeeded(error);
    this.unblockWrite();
  }

  /** TransformStreamDefaultControllerTerminate */
  terminate() {
    this.source.close();
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
    const { state, storedError } = this.writable;

    this.chunk = undefined;

    if (state === 'erroring') later(() => this.sink.onWriteFailed(storedError));
    else this.#transformChunk(chunk);
  }

  /** TransformStreamDefaultControllerPerformTransform */
  #transformChunk(chunk) {
    runWith(this.transform, chunk, this.onTransformed, this.onTransformFailed);
  }

  #failed(error) {
    this.error(error);
    this.#report(() => this.sink.onWriteFailed(error));
  }

  #report(callback) {
    if (this.wasBlocked) later(() => later(callback));
    else later(callback);
  }

  #abort(reason) {
    return this.#finishWith(this.cancel, reason, () => {
      if (this.readable.state === 'errored') throw this.readable.storedError;

      this.source.error(reason);
    }, (error) => this.source.error(error));
  }

  #close() {
    return this.#finishWith(this.flush, undefined, () => {
      if (this.readable.state === 'errored') throw this.readable.storedError;

      this.source.close();
    }, (error) => this.source.error(error));
  }

  // The source

  #pull() {
    this.setBackpressure(false);
    this.waiter = this.source.onPulled;

    return REPORTS;
  }

  #cancel(reason) {
    return this.#finishWith(this.cancel, reason, () => {
      if (this.writable.state === 'errored') throw this.writable.storedError;

      this.sink.errorIfNeeded(reason);
      this.unblockWrite();
    }, (error) => {
      this.sink.errorIfNeeded(error);
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
