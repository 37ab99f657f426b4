// https://streams.spec.whatwg.org/#rs-default-controller-class

import { TypeError } from '../boundary/built_ins.js';
import { closedConstructorOf, defineInterface } from '../webidl/webidl.js';
import { Fifo } from './fifo.js';
import { promiseOf } from './promises.js';
import { PullController } from './pull_controller.js';
import { checkSize, sizeOf } from './queuing_strategy.js';
import { closeReadable, errorReadable } from './readable_core.js';

/** The internal slots of a ReadableStreamDefaultController, with the algorithms that work on them. */
export class DefaultController extends PullController {
  /**
   * @param {object} stream
   * @param {{ pull: Function, cancel: Function, highWaterMark: number, size: Function | undefined }} how
   *   without a size each chunk counts 1
   */
  constructor(stream, { pull, cancel, highWaterMark, size }) {
    super(stream, pull, cancel, highWaterMark, new Fifo()); // of { value, size, next }
    this.size = size;
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
    if (this.canCloseOrEnqueue()) this.accept(chunk);
  }

  /** The rest of enqueuing, into a stream that can take it. */
  accept(chunk) {
    const { reader } = this.stream;
    const request = reader === undefined ? undefined : reader.requests.first;

    if (request === undefined) {
      this.keep(chunk);
    } else if (request.feed === undefined) {
      reader.requests.shift().chunk(chunk);
    } else {
      request.feed(chunk);

      if (this.pulling) {
        this.pullAgain = true;

        return;
      }

      this.pullIfNeeded(); // as the read after this one does
    }

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

  clearAlgorithms() {
    this.pull = undefined;
    this.cancel = undefined;
    this.size = undefined;
  }
}

DefaultController.prototype.isByte = false;

/** The object that users see for it. @type {(controller: DefaultController) => ReadableStreamDefaultController} */
export let createDefaultController;

class ReadableStreamDefaultController {
  #controller;

  constructor(controller) {
    this.#controller = controller;
  }

  static {
    createDefaultController = (controller) => new ReadableStreamDefaultController(controller);
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

    if (controller.closeRequested || controller.stream.state !== 'readable') {
      throw new TypeError('enqueue: the stream is closed, closing or errored');
    }

    controller.accept(chunk);
  }

  error(e = undefined) {
    this.#controller.error(e);
  }
}

const Constructor = closedConstructorOf(defineInterface(ReadableStreamDefaultController));

export { Constructor as ReadableStreamDefaultController };
