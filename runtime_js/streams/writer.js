// https://streams.spec.whatwg.org/#default-writer-class

import { TypeError } from '../boundary/built_ins.js';
import { defineInterface } from '../webidl/webidl.js';
import { isolated, wrongReceiver } from './facade.js';
import { deferred, rejectedWith } from './promises.js';
import { stateOfWritable } from './writable.js'; // a circle, used only when a writer is made
import {
  abortWritable, acquireWriter, closeWritable, desiredSizeOf, isClosing, releaseWriter, write,
} from './writable_core.js';

const RELEASED = 'the writer was released';

/** A write request that settles the promise that `write` gave. */
class PromiseWrite {
  constructor() {
    const { promise, resolve, reject } = deferred();

    this.next = undefined;
    this.promise = promise;
    this.done = resolve;
    this.failed = reject;
  }
}

isolated(PromiseWrite);

/** @type {(object: unknown) => object | undefined} */
let writerOf;

export class WritableStreamDefaultWriter {
  #writer;

  static {
    writerOf = (object) => {
      try {
        return object.#writer;
      } catch {
        return undefined;
      }
    };
  }

  constructor(stream) {
    this.#writer = acquireWriter(stateOfWritable(stream, 'WritableStreamDefaultWriter'));
  }

  get closed() {
    return writerOf(this)?.closed.promise ?? wrongReceiver('WritableStreamDefaultWriter', 'closed');
  }

  get desiredSize() {
    const { stream } = this.#writer;

    if (stream === undefined) throw new TypeError('desiredSize: ' + RELEASED);

    return desiredSizeOf(stream);
  }

  get ready() {
    return writerOf(this)?.ready.promise ?? wrongReceiver('WritableStreamDefaultWriter', 'ready');
  }

  abort(reason = undefined) {
    const writer = writerOf(this);

    if (writer === undefined) return wrongReceiver('WritableStreamDefaultWriter', 'abort');

    const { stream } = writer;

    return stream === undefined ? rejectedWith(new TypeError('abort: ' + RELEASED)) : abortWritable(stream, reason);
  }

  close() {
    const writer = writerOf(this);

    if (writer === undefined) return wrongReceiver('WritableStreamDefaultWriter', 'close');

    const { stream } = writer;

    if (stream === undefined) return rejectedWith(new TypeError('close: ' + RELEASED));

    if (isClosing(stream)) return rejectedWith(new TypeError('close: the stream is already closing'));

    return closeWritable(stream);
  }

  releaseLock() {
    const writer = this.#writer;

    if (writer.stream !== undefined) releaseWriter(writer);
  }

  write(chunk = undefined) {
    const writer = writerOf(this);

    if (writer === undefined) return wrongReceiver('WritableStreamDefaultWriter', 'write');

    if (writer.stream === undefined) return rejectedWith(new TypeError('write: ' + RELEASED));

    const request = new PromiseWrite();

    write(writer, chunk, request);

    return request.promise;
  }
}

defineInterface(WritableStreamDefaultWriter);
