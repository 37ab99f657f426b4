// https://streams.spec.whatwg.org/#abstract-opdef-readablebytestreamtee

import { respondWithNewView, returnViews } from './byob_request.js';
import { ByteController } from './byte_controller.js';
import { isolated } from './facade.js';
import { deferred, later, markHandled, noop, upon } from './promises.js';
import { ReadableState, acquireReader, cancelReadable, readByob, readDefault, releaseReader } from './readable_core.js';
import { copyAsBytes } from './views.js';

/** @returns {[ReadableState, ReadableState]} */
export function teeBytes(stream) {
  const tee = new ByteTee(stream);

  return [tee.first.stream, tee.second.stream];
}

/** Reads a byte stream for its two branches, into the view of whichever branch asks with one. */
class ByteTee {
  #source;
  #reader;
  #isReading = false;
  #cancelled = deferred();

  constructor(source) {
    this.#source = source;
    this.#reader = acquireReader(source);
    this.first = this.#branch();
    this.second = this.#branch();
    this.first.other = this.second;
    this.second.other = this.first;
    this.#watch(this.#reader);
  }

  #branch() {
    const branch = {
      isCancelled: false, reason: undefined, readAgain: false,
      stream: new ReadableState(), controller: undefined, other: undefined,
    };

    branch.controller = new ByteController(branch.stream, {
      __proto__: null,
      pull: () => this.#pull(branch),
      cancel: (reason) => this.#cancel(branch, reason),
      highWaterMark: 0,
    });
    branch.controller.begin(noop);

    return branch;
  }

  #watch(reader) {
    upon(reader.closed.promise, noop, (error) => {
      if (reader === this.#reader) this.#fail(error);
    });
  }

  #pull(branch) {
    if (this.#isReading) {
      branch.readAgain = true;

      return;
    }

    this.#isReading = true;
    const request = branch.controller.getRequest();

    if (request === null) this.#readChunk();
    else this.#readInto(branch, request.view);
  }

  /** The reader of the wanted kind; nothing is being read. */
  #readerOf(isByob) {
    if (this.#reader.isByob !== isByob) {
      releaseReader(this.#reader);
      this.#reader = acquireReader(this.#source, isByob);
      this.#watch(this.#reader);
    }

    return this.#reader;
  }

  #readChunk() {
    readDefault(this.#readerOf(false), {
      next: undefined,
      chunk: (chunk) => later(() => this.#handChunk(chunk)),
      close: () => this.#close(this.first, undefined),
      error: () => this.#isReading = false,
    });
  }

  #handChunk(chunk) {
    const { first, second } = this;
    let copy = chunk;

    first.readAgain = false;
    second.readAgain = false;

    if (!first.isCancelled && !second.isCancelled) {
      copy = this.#copyOf(chunk);

      if (copy === undefined) return;
    }

    if (!first.isCancelled) first.controller.enqueue(chunk);

    if (!second.isCancelled) second.controller.enqueue(copy);

    this.#goOn();
  }

  #readInto(branch, view) {
    readByob(this.#readerOf(true), view, 1, {
      next: undefined,
      chunk: (chunk) => later(() => this.#handFilled(branch, chunk)),
      close: (chunk) => this.#close(branch, chunk),
      error: () => this.#isReading = false,
    });
  }

  #handFilled(branch, chunk) {
    const { other } = branch;

    branch.readAgain = false;
    other.readAgain = false;

    if (other.isCancelled) {
      if (!branch.isCancelled) respondWithNewView(branch.controller, chunk);
    } else {
      const copy = this.#copyOf(chunk);

      if (copy === undefined) return;

      if (!branch.isCancelled) respondWithNewView(branch.controller, chunk);

      other.controller.enqueue(copy);
    }

    this.#goOn();
  }

  /** A copy, or undefined when there is no memory for it: then both branches are errored. */
  #copyOf(chunk) {
    try {
      return copyAsBytes(chunk);
    } catch (error) {
      this.first.controller.error(error);
      this.second.controller.error(error);
      markHandled(this.#cancelled.promise);
      this.#cancelled.resolve(cancelReadable(this.#source, error));

      return undefined;
    }
  }

  #goOn() {
    this.#isReading = false;

    if (this.first.readAgain) this.#pull(this.first);
    else if (this.second.readAgain) this.#pull(this.second);
  }

  /** @param {Uint8Array | undefined} view the empty one that comes back to `branch`; undefined for none */
  #close(branch, view) {
    const { other } = branch;

    this.#isReading = false;

    if (!branch.isCancelled) branch.controller.close();

    if (!other.isCancelled) other.controller.close();

    if (view !== undefined && !branch.isCancelled) respondWithNewView(branch.controller, view);
    else if (!branch.isCancelled) returnViews(branch.controller);

    if (!other.isCancelled) returnViews(other.controller);

    this.#end();
  }

  #cancel(branch, reason) {
    const { first, second } = this;

    branch.isCancelled = true;
    branch.reason = reason;

    if (branch.other.isCancelled) {
      this.#cancelled.resolve(cancelReadable(this.#source, [first.reason, second.reason]));
    }

    return this.#cancelled.promise;
  }

  #fail(error) {
    this.first.controller.error(error);
    this.second.controller.error(error);
    this.#end();
  }

  #end() {
    if (!this.first.isCancelled || !this.second.isCancelled) this.#cancelled.resolve(undefined);
  }
}

isolated(ByteTee);
