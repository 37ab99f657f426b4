// https://streams.spec.whatwg.org/#rbs-controller-class

import { TypeError, Uint8Array } from '../boundary/built_ins.js';
import { closedConstructorOf, defineInterface, requireArguments } from '../webidl/webidl.js';
import { BYOBRequestState, createBYOBRequest } from './byob_request.js';
import { Fifo } from './fifo.js';
import { promiseOf } from './promises.js';
import { PullController } from './pull_controller.js';
import { PullInto } from './pull_into.js';
import { closeReadable, countReads, errorReadable } from './readable_core.js';
import {
  bufferOf, byteLengthOf, checkNotEmpty, checkView, copyOfBuffer, isDetached, offsetOf, transferBuffer,
} from './views.js';

const Bytes = Uint8Array;

/** The internal slots of a ReadableByteStreamController, with the algorithms that work on them. */
export class ByteController extends PullController {
  /**
   * @param {object} stream
   * @param {{ pull: Function, cancel: Function, highWaterMark: number, autoAllocateChunkSize?: number }} how
   */
  constructor(stream, { pull, cancel, highWaterMark, autoAllocateChunkSize = undefined }) {
    super(stream, pull, cancel, highWaterMark, new Fifo()); // of { buffer, byteOffset, byteLength, next }
    this.pendingPullIntos = new Fifo();
    this.byobRequest = null;
    this.autoAllocateChunkSize = autoAllocateChunkSize;
  }

  cancelSteps(reason) {
    this.clearPullIntos();
    this.reset();
    const result = promiseOf(this.cancel, reason);

    this.clearAlgorithms();

    return result;
  }

  pullSteps(request) {
    if (this.queueTotalSize > 0) {
      this.fillRead(request);

      return;
    }

    const size = this.autoAllocateChunkSize;

    if (size !== undefined) {
      try {
        this.pendingPullIntos.push(PullInto.ofSize(size));
      } catch (error) {
        request.error(error);

        return;
      }
    }

    this.stream.reader.requests.push(request);
    this.pullIfNeeded();
  }

  releaseSteps() {
    const { pendingPullIntos } = this;

    if (pendingPullIntos.length === 0) return;

    const { first } = pendingPullIntos;

    first.readerType = 'none';
    pendingPullIntos.clear();
    pendingPullIntos.push(first);
  }

  /** ReadableByteStreamControllerGetBYOBRequest */
  getRequest() {
    if (this.byobRequest === null && this.pendingPullIntos.length > 0) {
      this.byobRequest = new BYOBRequestState(this, this.pendingPullIntos.first.rest());
    }

    return this.byobRequest;
  }

  invalidateRequest() {
    if (this.byobRequest === null) return;

    this.byobRequest.controller = undefined;
    this.byobRequest.view = null;
    this.byobRequest = null;
  }

  /** ReadableByteStreamControllerClose */
  close() {
    if (!this.canCloseOrEnqueue()) return;

    if (this.queueTotalSize > 0) {
      this.closeRequested = true;

      return;
    }

    if (this.pendingPullIntos.length > 0 && this.pendingPullIntos.first.isMidElement()) {
      const error = new TypeError('close: the last element of a view that is being filled is incomplete');

      this.error(error);
      throw error;
    }

    this.clearAlgorithms();
    closeReadable(this.stream);
  }

  error(error) {
    if (this.stream.state !== 'readable') return;

    this.clearPullIntos();
    this.reset();
    this.clearAlgorithms();
    errorReadable(this.stream, error);
  }

  clearPullIntos() {
    this.invalidateRequest();
    this.pendingPullIntos.clear();
  }

  clearAlgorithms() {
    this.pull = undefined;
    this.cancel = undefined;
  }

  // Bytes that come in

  /** ReadableByteStreamControllerEnqueue */
  enqueue(chunk) {
    if (!this.canCloseOrEnqueue()) return;

    const buffer = bufferOf(chunk);
    const byteOffset = offsetOf(chunk);
    const byteLength = byteLengthOf(chunk);

    if (isDetached(buffer)) throw new TypeError("enqueue: the chunk's buffer is detached");

    this.accept(transferBuffer(buffer), byteOffset, byteLength);
  }

  /** The rest of enqueuing, with a buffer that nobody else has. */
  accept(buffer, byteOffset, byteLength) {
    const { stream } = this;

    if (this.pendingPullIntos.length > 0) this.renewFirstPullInto();

    if (stream.reader === undefined) this.keep(buffer, byteOffset, byteLength);
    else if (stream.reader.isByob) this.feedByob(buffer, byteOffset, byteLength);
    else this.feedDefault(buffer, byteOffset, byteLength);

    this.pullIfNeeded();
  }

  /** Enqueues bytes of the runtime, which nobody else has. */
  take(bytes) {
    const { reader } = this.stream;
    const byteLength = byteLengthOf(bytes);

    if (byteLength === 0) return;

    const isAwaited = reader !== undefined && !reader.isByob && reader.requests.length > 0;

    if (isAwaited && this.queueTotalSize === 0 && this.pendingPullIntos.length === 0) {
      reader.requests.shift().chunk(bytes);
      this.pullIfNeeded();
    } else {
      this.accept(bufferOf(bytes), offsetOf(bytes), byteLength);
    }
  }

  /** Takes the buffer that is being filled away from whoever has seen its request. */
  renewFirstPullInto() {
    const { first } = this.pendingPullIntos;

    if (isDetached(first.buffer)) throw new TypeError('enqueue: the buffer of the BYOB request is detached');

    this.invalidateRequest();
    first.buffer = transferBuffer(first.buffer);

    if (first.readerType === 'none') this.keepDetached(first);
  }

  feedDefault(buffer, byteOffset, byteLength) {
    const { stream } = this;

    this.fillReads();

    if (countReads(stream) === 0) {
      this.keep(buffer, byteOffset, byteLength);

      return;
    }

    if (this.pendingPullIntos.length > 0) this.pendingPullIntos.shift();

    stream.reader.requests.shift().chunk(new Bytes(buffer, byteOffset, byteLength));
  }

  feedByob(buffer, byteOffset, byteLength) {
    this.keep(buffer, byteOffset, byteLength);
    this.commitAll(this.fillPullIntos());
  }

  /** ReadableByteStreamControllerEnqueueChunkToQueue */
  keep(buffer, byteOffset, byteLength) {
    this.queue.push({ buffer, byteOffset, byteLength, next: undefined });
    this.queueTotalSize += byteLength;
  }

  /** ReadableByteStreamControllerEnqueueClonedChunkToQueue */
  keepCopy(buffer, byteOffset, byteLength) {
    let copy;

    try {
      copy = copyOfBuffer(buffer, byteOffset, byteLength);
    } catch (error) {
      this.error(error);
      throw error;
    }

    this.keep(copy, 0, byteLength);
  }

  /** ReadableByteStreamControllerEnqueueDetachedPullIntoToQueue */
  keepDetached({ buffer, byteOffset, bytesFilled }) {
    if (bytesFilled > 0) this.keepCopy(buffer, byteOffset, bytesFilled);

    this.pendingPullIntos.shift();
  }

  // Bytes that go out

  /** ReadableByteStreamControllerFillReadRequestFromQueue */
  fillRead(request) {
    const { buffer, byteOffset, byteLength } = this.queue.shift();

    this.queueTotalSize -= byteLength;
    this.drained();
    request.chunk(new Bytes(buffer, byteOffset, byteLength));
  }

  /** ReadableByteStreamControllerProcessReadRequestsUsingQueue */
  fillReads() {
    const { reader } = this.stream;

    while (reader.requests.length > 0 && this.queueTotalSize > 0) this.fillRead(reader.requests.shift());
  }

  /** ReadableByteStreamControllerHandleQueueDrain */
  drained() {
    if (this.queueTotalSize === 0 && this.closeRequested) {
      this.clearAlgorithms();
      closeReadable(this.stream);
    } else {
      this.pullIfNeeded();
    }
  }

  /** ReadableByteStreamControllerProcessPullIntoDescriptorsUsingQueue @returns {Fifo} those that are filled */
  fillPullIntos() {
    const { pendingPullIntos } = this;
    const filled = new Fifo();

    while (pendingPullIntos.length > 0 && this.queueTotalSize > 0 && pendingPullIntos.first.fillFrom(this)) {
      filled.push(pendingPullIntos.shift());
    }

    return filled;
  }

  commitAll(filled) {
    while (filled.length > 0) this.commit(filled.shift());
  }

  /** ReadableByteStreamControllerCommitPullIntoDescriptor */
  commit(pullInto) {
    const request = this.stream.reader.requests.shift();
    const view = pullInto.toView();

    if (this.stream.state === 'closed') request.close(view);
    else request.chunk(view);
  }

  /** ReadableByteStreamControllerPullInto */
  pullInto(view, min, request) {
    let pullInto;

    try {
      pullInto = PullInto.ofView(view, min);
    } catch (error) {
      request.error(error);

      return;
    }

    const { pendingPullIntos, stream } = this;

    if (pendingPullIntos.length > 0) {
      pendingPullIntos.push(pullInto);
      stream.reader.requests.push(request);

      return;
    }

    if (stream.state === 'closed') {
      request.close(pullInto.toEmptyView());

      return;
    }

    if (this.queueTotalSize > 0 && this.answerFromQueue(pullInto, request)) return;

    pendingPullIntos.push(pullInto);
    stream.reader.requests.push(request);
    this.pullIfNeeded();
  }

  /** Whether the queue had enough, or can never have. */
  answerFromQueue(pullInto, request) {
    if (pullInto.fillFrom(this)) {
      const filled = pullInto.toView();

      this.drained();
      request.chunk(filled);

      return true;
    }

    if (!this.closeRequested) return false;

    const error = new TypeError('read: the stream ends before the view has the least that was asked for');

    this.error(error);
    request.error(error);

    return true;
  }
}

ByteController.prototype.isByte = true;

/** The object that users see for it. @type {(controller: ByteController) => ReadableByteStreamController} */
export let createByteController;

class ReadableByteStreamController {
  #controller;

  constructor(controller) {
    this.#controller = controller;
  }

  static {
    createByteController = (controller) => new ReadableByteStreamController(controller);
  }

  get byobRequest() {
    const request = this.#controller.getRequest();

    if (request === null) return null;

    return (request.facade ??= createBYOBRequest(request));
  }

  get desiredSize() {
    return this.#controller.desiredSize;
  }

  close() {
    const controller = this.#controller;

    checkOpen(controller, 'close');
    controller.close();
  }

  enqueue(chunk) {
    const controller = this.#controller;

    requireArguments(arguments.length, 1, 'enqueue');
    checkView(chunk, 'enqueue');
    checkNotEmpty(chunk, 'enqueue');
    checkOpen(controller, 'enqueue');
    controller.enqueue(chunk);
  }

  error(e = undefined) {
    this.#controller.error(e);
  }
}

const Constructor = closedConstructorOf(defineInterface(ReadableByteStreamController));

export { Constructor as ReadableByteStreamController };

function checkOpen(controller, where) {
  if (!controller.canCloseOrEnqueue()) throw new TypeError(where + ': the stream is closed, closing or errored');
}
