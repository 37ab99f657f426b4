// What the two controllers of readable streams share: when to pull, and what to do then.

import { isolated } from './facade.js';
import { assimilate, later, settle } from './promises.js';

/**
 * A controller has stream, queue, queueTotalSize, highWaterMark, pull, cancel, and the method error(error).
 * pull() and cancel(reason) are plain functions, called without a receiver, that may return a promise.
 */
export class PullController {
  constructor(stream, pull, cancel, highWaterMark, queue) {
    this.stream = stream;
    this.queue = queue;
    this.queueTotalSize = 0;
    this.started = false;
    this.closeRequested = false;
    this.pulling = false;
    this.pullAgain = false;
    this.highWaterMark = highWaterMark;
    this.pull = pull;
    this.cancel = cancel;
    this.onPulled = () => {
      this.pulling = false;

      if (!this.pullAgain) return;

      this.pullAgain = false;

      if (this.shouldPull()) this.callPull();
    };
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

  pullIfNeeded() {
    if (!this.shouldPull()) return;

    if (this.pulling) this.pullAgain = true;
    else this.callPull();
  }

  callPull() {
    let result;

    this.pulling = true;

    try {
      result = this.pull();
    } catch (error) {
      later(() => this.onFailed(error));

      return;
    }

    settle(result, this.onPulled, this.onFailed);
  }

  shouldPull() {
    const { stream } = this;

    if (!this.started || this.closeRequested || stream.state !== 'readable') return false;

    if (this.highWaterMark - this.queueTotalSize > 0) return true;

    return stream.reader !== undefined && stream.reader.requests.length > 0;
  }

  canCloseOrEnqueue() {
    return !this.closeRequested && this.stream.state === 'readable';
  }

  get desiredSize() {
    const { state } = this.stream;

    if (state === 'readable') return this.highWaterMark - this.queueTotalSize;

    return state === 'errored' ? null : 0;
  }

  reset() {
    this.queue.clear();
    this.queueTotalSize = 0;
  }
}

isolated(PullController);
