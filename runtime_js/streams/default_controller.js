// https://streams.spec.whatwg.org/#rs-default-controller-class

import { defineInterface } from '../webidl.js';
import { isolated, stateFor } from './facade.js';
import { Fifo } from './fifo.js';
import { assimilate, promiseOf, run } from './promises.js';
import { checkSize, sizeOf } from './queuing_strategy.js';
import { closeReadable, countReads, errorReadable } from './readable_core.js';

/** The internal slots of a ReadableStreamDefaultController, with the algorithms that work on them. */
export class DefaultController {
  /**
   * @param {object} stream
   * @param {{ pull: Function, cancel: Function, highWaterMark: number, size: Function | undefined }} how
   *   plain functions, called without a receiver: pull() and cancel(reason) may return a promise;
   *   without a size each chunk counts 1
   */
  constructor(stream, { pull, cancel, highWaterMark, size }) {
    this.stream = stream;
    this.queue = new Fifo();
    this.queueTotalSize = 0;
    this.started = false;
    this.closeRequested = false;
    this.pulling = false;
    this.pullAgain = false;
    this.highWaterMark = highWaterMark;
    this.pull = pull;
    this.cancel = cancel;
    this.size = size;
    this.onPulled = () => this.pulled();
    this.onFailed = (error) => this.error(error);
    stream.controller = this;
  }

  /** What remains of the set-up: start is run, and pulling begins when its promise is fulfilled. */
  begin(start) {
    assimilate(start(), () => this.onStarted(), this.onFailed);
  }

  onStarted() {
    this.started = true;
    this.pullIfNeeded();
  }

  cancelSteps(reason) {
    this.reset();
    const result = promiseOf(this.cancel, reason);

    this.clearAlgorithms();

    return result;
  }

  pullSteps(request) {
    const { queue } = this;

    if (queue.length === 0) {
      this.stream.reader.requests.push(request);
      this.pullIfNeeded();

      return;
    }

    const { value, size } = queue.shift();

    this.queueTotalSize -= size;

    if (this.queueTotalSize < 0) this.queueTotalSize = 0; // rounding

    if (this.closeRequested && queue.length === 0) {
      this.clearAlgorithms();
      closeReadable(this.stream);
    } else {
      this.pullIfNeeded();
    }

    request.chunk(value);
  }

  releaseSteps() {}

  pullIfNeeded() {
    if (!this.shouldPull()) return;

    if (this.pulling) {
      this.pullAgain = true;

      return;
    }

    this.pulling = true;
    run(this.pull, this.onPulled, this.onFailed);
  }

  pulled() {
    this.pulling = false;

    if (this.pullAgain) {
      this.pullAgain = false;
      this.pullIfNeeded();
    }
  }

  shouldPull() {
    if (!this.started || !this.canCloseOrEnqueue()) return false;

    return this.highWaterMark - this.queueTotalSize > 0 || countReads(this.stream) > 0;
  }

  canCloseOrEnqueue() {
    return !this.closeRequested && this.stream.state === 'readable';
  }

  get desiredSize() {
    const { state } = this.stream;

    if (state === 'readable') return this.highWaterMark - this.queueTotalSize;

    return state === 'errored' ? null : 0;
  }

  /** ReadableStreamDefaultControllerClose */
  close() {
    if (!this.canCloseOrEnqueue()) return;

    this.closeRequested = true;

    if (this.queue.length === 0) {
      this.clearAlgorithms();
      closeReadable(this.stream);
    }
  }

  /** ReadableStreamDefaultControllerEnqueue */
  enqueue(chunk) {
    if (!this.canCloseOrEnqueue()) return;

    if (countReads(this.stream) > 0) this.stream.reader.requests.shift().chunk(chunk);
    else this.keep(chunk);

    this.pullIfNeeded();
  }

  keep(chunk) {
    let size = 1;

    if (this.size !== undefined) {
      try {
        size = checkSize(sizeOf(chunk, this.size));
      } catch (error) {
        this.error(error);
        throw error;
      }
    }

    this.queue.push({ value: chunk, size, next: undefined });
    this.queueTotalSize += size;
  }

  error(error) {
    if (this.stream.state !== 'readable') return;

    this.reset();
    this.clearAlgorithms();
    errorReadable(this.stream, error);
  }

  reset() {
    this.queue.clear();
    this.queueTotalSize = 0;
  }

  clearAlgorithms() {
    this.pull = undefined;
    this.cancel = undefined;
    this.size = undefined;
  }
}

isolated(DefaultController).prototype.isByte = false;

export class ReadableStreamDefaultController {
  #controller;

  constructor() {
    this.#controller = stateFor('ReadableStreamDefaultController', arguments);
  }

  get desiredSize() {
    return this.#controller.desiredSize;
  }

  close() {
    const controller = this.#controller;

    if (!controller.canCloseOrEnqueue()) throw new TypeError('close: the stream is closed, closing or errored');

    controller.close();
  }

  enqueue(chunk = undefined) {
    const controller = this.#controller;

    if (!controller.canCloseOrEnqueue()) throw new TypeError('enqueue: the stream is closed, closing or errored');

    controller.enqueue(chunk);
  }

  error(e = undefined) {
    this.#controller.error(e);
  }
}

defineInterface(ReadableStreamDefaultController);
