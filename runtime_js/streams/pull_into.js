// https://streams.spec.whatwg.org/#pull-into-descriptor
// A buffer that is being filled, for a reader that brought it or for `autoAllocateChunkSize`.

import { ArrayBuffer, Uint8Array, min } from '../boundary/built_ins.js';
import { isolated } from './facade.js';
import {
  bufferOf, byteLengthOf, constructorOf, copyBytes, elementSizeOf, newBytes, offsetOf, sizeOfBuffer, transferBuffer,
} from './views.js';

const Buffer = ArrayBuffer;
const Bytes = Uint8Array;

export class PullInto {
  constructor(buffer, byteOffset, byteLength, minimumFill, elementSize, View, readerType) {
    this.next = undefined;
    this.buffer = buffer;
    this.bufferByteLength = sizeOfBuffer(buffer);
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
    this.bytesFilled = 0;
    this.minimumFill = minimumFill;
    this.elementSize = elementSize;
    this.View = View;
    this.readerType = readerType; // default, byob, or none after a release
  }

  /** For a reader that brings no view. Throws where there is no memory. */
  static ofSize(size) {
    return new PullInto(new Buffer(size), 0, size, 1, 1, Bytes, 'default');
  }

  /** For a reader's view, which it loses. Throws where its buffer cannot be taken. */
  static ofView(view, least) {
    const byteOffset = offsetOf(view);
    const byteLength = byteLengthOf(view);
    const elementSize = elementSizeOf(view);
    const View = constructorOf(view);
    const buffer = transferBuffer(bufferOf(view));

    return new PullInto(buffer, byteOffset, byteLength, least * elementSize, elementSize, View, 'byob');
  }

  /** The part that is still empty. */
  rest() {
    return newBytes(this.buffer, this.byteOffset + this.bytesFilled, this.byteLength - this.bytesFilled);
  }

  isMidElement() {
    return this.bytesFilled % this.elementSize !== 0;
  }

  /** ReadableByteStreamControllerConvertPullIntoDescriptor */
  toView() {
    return new this.View(transferBuffer(this.buffer), this.byteOffset, this.bytesFilled / this.elementSize);
  }

  toEmptyView() {
    return new this.View(this.buffer, this.byteOffset, 0);
  }

  /**
   * ReadableByteStreamControllerFillPullIntoDescriptorFromQueue
   * @returns {boolean} whether at least the minimum is there
   */
  fillFrom(controller) {
    const reach = this.bytesFilled + min(controller.queueTotalSize, this.byteLength - this.bytesFilled);
    const aligned = reach - (reach % this.elementSize);
    const isReady = aligned >= this.minimumFill;

    this.take(controller, (isReady ? aligned : reach) - this.bytesFilled);

    return isReady;
  }

  /** Moves bytes from the head of the queue. */
  take(controller, count) {
    const { queue } = controller;

    controller.queueTotalSize -= count;

    while (count > 0) {
      const { first } = queue;
      const length = first.byteLength < count ? first.byteLength : count;

      copyBytes(this.buffer, this.byteOffset + this.bytesFilled, first.buffer, first.byteOffset, length);

      if (first.byteLength === length) {
        queue.shift();
      } else {
        first.byteOffset += length;
        first.byteLength -= length;
      }

      this.bytesFilled += length;
      count -= length;
    }
  }
}

isolated(PullInto);
