// https://streams.spec.whatwg.org/#abstract-opdef-readablestreamdefaulttee

import { load } from '../boundary/lazy.js';
import { DefaultController } from './default_controller.js';
import { isolated } from './facade.js';
import { deferred, later, markHandled, noop, upon } from './promises.js';
import { ReadableState, acquireReader, cancelReadable, readDefault } from './readable_core.js';
import { copyAsBytes, nameOf } from './views.js';

/** @returns {[ReadableState, ReadableState]} */
export function teeDefault(stream, cloneForSecond) {
  const tee = new Tee(stream, cloneForSecond);

  return [tee.first.stream, tee.second.stream];
}

/** Reads a stream for its two branches; it is its own read request. */
class Tee {
  #source;
  #reader;
  #clone;
  #isReading = false;
  #readAgain = false;
  #cancelled = deferred();

  constructor(source, cloneForSecond) {
    this.next = undefined;
    this.#source = source;
    this.#clone = cloneForSecond;
    this.#reader = acquireReader(source);
    this.first = this.#branch();
    this.second = this.#branch();
    upon(this.#reader.closed.promise, noop, (error) => this.#fail(error));
  }

  #branch() {
    const branch = { isCancelled: false, reason: undefined, stream: new ReadableState(), controller: undefined };

    branch.controller = new DefaultController(branch.stream, {
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancel(branch, reason),
      highWaterMark: 1,
      size: undefined,
    });
    branch.controller.begin(noop);

    return branch;
  }

  #pull() {
    if (this.#isReading) {
      this.#readAgain = true;

      return;
    }

    this.#isReading = true;
    readDefault(this.#reader, this);
  }

  #cancel(branch, reason) {
    const { first, second } = this;

    branch.isCancelled = true;
    branch.reason = reason;

    if (first.isCancelled && second.isCancelled) {
      this.#cancelled.resolve(cancelReadable(this.#source, [first.reason, second.reason]));
    }

    return this.#cancelled.promise;
  }

  #fail(error) {
    this.first.controller.error(error);
    this.second.controller.error(error);
    this.#end();
  }

  /** Nobody waits for a cancel any more, unless both branches are cancelled. */
  #end() {
    if (!this.first.isCancelled || !this.second.isCancelled) this.#cancelled.resolve(undefined);
  }

  // The read request

  chunk(chunk) {
    later(() => this.#hand(chunk));
  }

  #hand(chunk) {
    const { first, second } = this;
    let copy = chunk;

    this.#readAgain = false;

    if (!second.isCancelled && this.#clone) {
      try {
        copy = nameOf(chunk) === 'Uint8Array' ? copyAsBytes(chunk) : load('structured_data/structured_clone.js').structuredClone(chunk);
      } catch (error) {
        first.controller.error(error);
        second.controller.error(error);
        markHandled(this.#cancelled.promise);
        this.#cancelled.resolve(cancelReadable(this.#source, error));

        return;
      }
    }

    if (!first.isCancelled) first.controller.enqueue(chunk);

    if (!second.isCancelled) second.controller.enqueue(copy);

    this.#isReading = false;

    if (this.#readAgain) this.#pull();
  }

  close() {
    const { first, second } = this;

    this.#isReading = false;

    if (!first.isCancelled) first.controller.close();

    if (!second.isCancelled) second.controller.close();

    this.#end();
  }

  error() {
    this.#isReading = false;
  }
}

isolated(Tee);
