// https://streams.spec.whatwg.org/#ws-default-controller-class

import { createAbortedSignal, createSignal, signalAbort } from '../dom/abort.js';
import { closedConstructorOf, defineInterface } from '../webidl/webidl.js';
import { isolated } from './facade.js';
import { Fifo } from './fifo.js';
import { assimilate, promiseOf, run, runWith } from './promises.js';
import { checkSize, sizeOf } from './queuing_strategy.js';
import {
  dealWithRejection, finishClose, finishCloseWithError, finishErroring, finishWrite, finishWriteWithError, isClosing,
  startErroring, updateBackpressure,
} from './writable_core.js';

/** What stands in the queue for the close. */
const CLOSE = { __proto__: null };

/** The internal slots of a WritableStreamDefaultController, with the algorithms that work on them. */
export class WritableController {
  /**
   * @param {object} stream
   * @param {{ write: Function, close: Function, abort: Function, highWaterMark: number, size?: Function }} how
   *   plain functions, called without a receiver: write(chunk), close() and abort(reason) may return a promise;
   *   without a size each chunk counts 1
   */
  constructor(stream, { write, close, abort, highWaterMark, size }) {
    this.stream = stream;
    this.queue = new Fifo();
    this.queueTotalSize = 0;
    this.started = false;
    this.highWaterMark = highWaterMark;
    this.sinkWrite = write;
    this.sinkClose = close;
    this.sinkAbort = abort;
    this.size = size;
    this.abortion = undefined; // { reason } once there was an abort
    this.signal = undefined; // made when somebody asks
    this.onWritten = () => this.written();
    this.onWriteFailed = (error) => this.writeFailed(error);
    stream.controller = this;
    updateBackpressure(stream, this.hasBackpressure());
  }

  /** What remains of the set-up. */
  begin(start) {
    assimilate(start(), () => this.onStarted(), (error) => this.onStartFailed(error));
  }

  onStarted() {
    this.started = true;
    this.advance();
  }

  onStartFailed(error) {
    this.started = true;
    dealWithRejection(this.stream, error);
  }

  get desiredSize() {
    return this.highWaterMark - this.queueTotalSize;
  }

  hasBackpressure() {
    return this.highWaterMark - this.queueTotalSize <= 0;
  }

  getSignal() {
    if (this.signal === undefined) {
      this.signal = this.abortion === undefined ? createSignal() : createAbortedSignal(this.abortion.reason);
    }

    return this.signal;
  }

  signalAbort(reason) {
    if (this.abortion !== undefined) return;

    this.abortion = { reason };

    if (this.signal !== undefined) signalAbort(this.signal, reason);
  }

  abortSteps(reason) {
    const result = promiseOf(this.sinkAbort, reason);

    this.clearAlgorithms();

    return result;
  }

  reset() {
    this.queue.clear();
    this.queueTotalSize = 0;
  }

  clearAlgorithms() {
    this.sinkWrite = undefined;
    this.sinkClose = undefined;
    this.sinkAbort = undefined;
    this.size = undefined;
  }

  /** WritableStreamDefaultControllerGetChunkSize */
  sizeOf(chunk) {
    try {
      return sizeOf(chunk, this.size);
    } catch (error) {
      this.errorIfNeeded(error);

      return 1;
    }
  }

  /** WritableStreamDefaultControllerWrite, for a stream that is writable and not closing */
  write(chunk, size) {
    const { stream } = this;

    try {
      this.queueTotalSize += checkSize(size);
    } catch (error) {
      this.errorIfNeeded(error);

      return;
    }

    this.queue.push({ value: chunk, size, next: undefined });

    updateBackpressure(stream, this.hasBackpressure());
    this.advance();
  }

  /** WritableStreamDefaultControllerClose */
  close() {
    this.queue.push({ value: CLOSE, size: 0, next: undefined });
    this.advance();
  }

  /** WritableStreamDefaultControllerErrorIfNeeded */
  errorIfNeeded(error) {
    if (this.stream.state === 'writable') this.error(error);
  }

  error(error) {
    this.clearAlgorithms();
    startErroring(this.stream, error);
  }

  /** WritableStreamDefaultControllerAdvanceQueueIfNeeded */
  advance() {
    const { stream } = this;

    if (!this.started || stream.inFlightWrite !== undefined) return;

    if (stream.state === 'erroring') {
      finishErroring(stream);

      return;
    }

    if (this.queue.length === 0) return;

    const { value } = this.queue.first;

    if (value === CLOSE) this.processClose();
    else this.processWrite(value);
  }

  processClose() {
    const { stream } = this;
    const { sinkClose } = this;

    stream.inFlightClose = stream.closeRequest;
    stream.closeRequest = undefined;
    this.dequeue();
    run(sinkClose, () => finishClose(stream), (error) => finishCloseWithError(stream, error));
    this.clearAlgorithms();
  }

  processWrite(chunk) {
    const { stream } = this;

    stream.inFlightWrite = stream.writeRequests.shift();
    runWith(this.sinkWrite, chunk, this.onWritten, this.onWriteFailed);
  }

  written() {
    const { stream } = this;

    finishWrite(stream);
    this.dequeue();

    if (!isClosing(stream) && stream.state === 'writable') updateBackpressure(stream, this.hasBackpressure());

    this.advance();
  }

  writeFailed(error) {
    const { stream } = this;

    if (stream.state === 'writable') this.clearAlgorithms();

    finishWriteWithError(stream, error);
  }

  dequeue() {
    const { size } = this.queue.shift();

    this.queueTotalSize -= size;

    if (this.queueTotalSize < 0) this.queueTotalSize = 0; // rounding
  }
}

isolated(WritableController);

/** The object that users see for it. @type {(controller: WritableController) => WritableStreamDefaultController} */
export let createWritableController;

class WritableStreamDefaultController {
  #controller;

  constructor(controller) {
    this.#controller = controller;
  }

  static {
    createWritableController = (controller) => new WritableStreamDefaultController(controller);
  }

  get signal() {
    return this.#controller.getSignal();
  }

  error(e = undefined) {
    const controller = this.#controller;

    if (controller.stream.state === 'writable') controller.error(e);
  }
}

const Constructor = closedConstructorOf(defineInterface(WritableStreamDefaultController));

export { Constructor as WritableStreamDefaultController };
