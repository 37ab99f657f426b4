// https://streams.spec.whatwg.org/#rbs-controller-class

import { defineInterface, requireArguments } from '../webidl.js';
import { Fifo } from './fifo.js';
import { INTERNAL, isolated, stateFor } from './facade.js';
import { BYOBRequestState, ReadableStreamBYOBRequest } from './byob_request.js';
import { assimilate, promiseOf, run } from './promises.js';
import { PullInto } from './pull_into.js';
import { closeReadable, countReadIntos, countReads, errorReadable } from './readable_core.js';
import {
  bufferOf, byteLengthOf, checkNotEmpty, checkView, copyOfBuffer, isDetached, offsetOf, sizeOfBuffer,
  transferBuffer,
} from './views.js';

const Bytes = Uint8Array;

/** The internal slots of a ReadableByteStreamController, with the algorithms that work on them. */
export class ByteController {
  /**
   * @param {object} stream
   * @param {{ pull: Function, cancel: Function, highWaterMark: number, autoAllocateChunkSize?: number }} how
   *   pull() and cancel(reason) are called without a receiver and may return a promise
   */
  constructor(stream, { pull, cancel, highWaterMark, autoAllocateChunkSize = undefined }) {
    this.stream = stream;
    this.queue = new Fifo(); // of { buffer, byteOffset, byteLength, next }
    this.queueTotalSize = 0;
    this.pendingPullIntos = new Fifo();
    this.byobRequest = null;
    this.started = false;
    this.closeRequested = false;
    this.pulling = false;
    this.pullAgain = false;
    this.highWaterMark = highWaterMark;
    this.autoAllocateChunkSize = autoAllocateChunkSize;
    this.pull = pull;
    this.cancel = cancel;
    this.onPulled = () => this.pulled();
    this.onFailed = (error) => this.error(error);
    stream.controller = this;
  }

  /** What remains of the set-up: start is run, and pulling begins when its promise is fulfilled. */
  begin(start) {
    assimilate(start(), () => {
      this.started = true;
      this.pullIfNeeded();
    }, this.onFailed);
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
    const { stream } = this;

    if (!this.started || stream.state !== 'readable' || this.closeRequested) return false;

    if (this.highWaterMark - this.queueTotalSize > 0) return true;

    return stream.reader !== undefined && stream.reader.requests.length > 0;
  }

  get desiredSize() {
    const { state } = this.stream;

    if (state === 'readable') return this.highWaterMark - this.queueTotalSize;

    return state === 'errored' ? null : 0;
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
    if (this.closeRequested || this.stream.state !== 'readable') return;

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

  reset() {
    this.queue.clear();
    this.queueTotalSize = 0;
  }

  clearAlgorithms() {
    this.pull = undefined;
    this.cancel = undefined;
  }

  // Bytes that come in

  /** ReadableByteStreamControllerEnqueue */
  enqueue(chunk) {
    if (this.closeRequested || this.stream.state !== 'readable') return;

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

  // Answers to a BYOB request

  /** After a close: gives back the views that were to be filled, empty. */
  returnViews() {
    const { pendingPullIntos, stream } = this;

    if (stream.state === 'closed' && pendingPullIntos.length > 0 && !isDetached(pendingPullIntos.first.buffer)) {
      this.respond(0);
    }
  }

  /** ReadableByteStreamControllerRespond */
  respond(bytesWritten) {
    const { first } = this.pendingPullIntos;

    this.checkAnswer(bytesWritten);

    if (first.bytesFilled + bytesWritten > first.byteLength) throw new RangeError('respond: more than the view has room for');

    first.buffer = transferBuffer(first.buffer);
    this.answer(bytesWritten);
  }

  /** ReadableByteStreamControllerRespondWithNewView */
  respondWithNewView(view) {
    const { first } = this.pendingPullIntos;
    const byteLength = byteLengthOf(view);
    const buffer = bufferOf(view);

    this.checkAnswer(byteLength);

    if (first.byteOffset + first.bytesFilled !== offsetOf(view)) {
      throw new RangeError('respondWithNewView: the view begins elsewhere than the requested one');
    }

    if (first.bufferByteLength !== sizeOfBuffer(buffer)) {
      throw new RangeError("respondWithNewView: the view's buffer is of another size than the requested one");
    }

    if (first.bytesFilled + byteLength > first.byteLength) {
      throw new RangeError('respondWithNewView: the view is longer than the requested one');
    }

    first.buffer = transferBuffer(buffer);
    this.answer(byteLength);
  }

  checkAnswer(byteLength) {
    if (this.stream.state === 'closed') {
      if (byteLength !== 0) throw new TypeError('the stream is closed, so a BYOB request is answered with 0 bytes');
    } else if (byteLength === 0) {
      throw new TypeError('a BYOB request is answered with 0 bytes only when the stream is closed');
    }
  }

  /** ReadableByteStreamControllerRespondInternal */
  answer(bytesWritten) {
    const { first } = this.pendingPullIntos;

    this.invalidateRequest();

    if (this.stream.state === 'closed') this.answerClosed(first);
    else this.answerReadable(first, bytesWritten);

    this.pullIfNeeded();
  }

  /** ReadableByteStreamControllerRespondInClosedState */
  answerClosed(first) {
    if (first.readerType === 'none') this.pendingPullIntos.shift();

    const filled = new Fifo();

    for (let count = countReadIntos(this.stream); count > 0; count--) filled.push(this.pendingPullIntos.shift());

    this.commitAll(filled);
  }

  /** ReadableByteStreamControllerRespondInReadableState */
  answerReadable(first, bytesWritten) {
    first.bytesFilled += bytesWritten;

    if (first.readerType === 'none') {
      this.keepDetached(first);
      this.commitAll(this.fillPullIntos());

      return;
    }

    if (first.bytesFilled < first.minimumFill) return;

    this.pendingPullIntos.shift();
    const remainder = first.bytesFilled % first.elementSize;

    if (remainder > 0) {
      this.keepCopy(first.buffer, first.byteOffset + first.bytesFilled - remainder, remainder);
      first.bytesFilled -= remainder;
    }

    const filled = this.fillPullIntos();

    this.commit(first);
    this.commitAll(filled);
  }
}

isolated(ByteController).prototype.isByte = true;

export class ReadableByteStreamController {
  #controller;

  constructor() {
    this.#controller = stateFor('ReadableByteStreamController', arguments);
  }

  get byobRequest() {
    const request = this.#controller.getRequest();

    if (request === null) return null;

    return (request.facade ??= new ReadableStreamBYOBRequest(INTERNAL, request));
  }

  get desiredSize() {
    return this.#controller.desiredSize;
  }

  close() {
    this.#writable('close').close();
  }

  enqueue(chunk) {
    this.#controller;
    requireArguments(arguments.length, 1, 'enqueue');
    checkView(chunk, 'enqueue');
    checkNotEmpty(chunk, 'enqueue');
    this.#writable('enqueue').enqueue(chunk);
  }

  error(e = undefined) {
    this.#controller.error(e);
  }

  #writable(where) {
    const controller = this.#controller;

    if (controller.closeRequested || controller.stream.state !== 'readable') {
      throw new TypeError(`${where}: the stream is closed, closing or errored`);
    }

    return controller;
  }
}

defineInterface(ReadableByteStreamController);
