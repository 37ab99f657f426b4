// Reading a whole stream for the runtime: callbacks instead of promises.

import { isolated } from './facade.js';
import { markHandled } from './promises.js';
import { stateOf } from './readable.js';
import { acquireReader, cancelReadable, readDefault } from './readable_core.js';

/**
 * Reads a stream to its end. The stream must not be locked, and stays locked.
 * The callbacks must not throw. They may be called before this returns.
 * @param {ReadableStream} stream
 * @param {(chunk: unknown) => void} onChunk
 * @param {() => void} onDone
 * @param {(error: unknown) => void} onError
 */
export function readAll(stream, onChunk, onDone, onError) {
  new Pump(stream, { chunk: onChunk, done: onDone, error: onError }).resume();
}

/**
 * Reads a stream to its end, as fast as a sink wants it.
 * @param {ReadableStream} stream not locked; stays locked
 * @param {{ chunk: (chunk: unknown) => boolean | void, done: () => void, error: (error: unknown) => void }} sink
 *   A `chunk` that answers false pauses the reading until `resume`. The callbacks must not throw, and may be called
 *   before this returns; `done` and `error` are called once in all, and nothing is called after `cancel`.
 * @returns {{ resume: () => void, cancel: (reason: unknown) => Promise<undefined>, isPaused: boolean }}
 */
export function pumpInto(stream, sink) {
  const pump = new Pump(stream, sink);

  pump.resume();

  return pump;
}

/** A read request that is used for one read after another, and reads the next chunk as soon as it has one. */
class Pump {
  constructor(stream, sink) {
    this.next = undefined;
    this.reader = acquireReader(stateOf(stream, 'reading a stream'));
    this.sink = sink;
    this.isPaused = true;
    this.isPending = false; // a read waits for its chunk
    this.isLooping = false;
    this.isEnded = false;
  }

  resume() {
    this.isPaused = false;

    if (!this.isPending && !this.isLooping) this.loop();
  }

  cancel(reason) {
    const { stream } = this.reader;

    this.isEnded = true;

    const result = cancelReadable(stream, reason);

    markHandled(result);

    return result;
  }

  /** Reads while chunks are there, without growing the stack. */
  loop() {
    this.isLooping = true;

    while (!this.isPending && !this.isPaused && !this.isEnded) {
      this.isPending = true;
      readDefault(this.reader, this);
    }

    this.isLooping = false;
  }

  // The read request

  /** Gets a chunk and stays for the next, as after `chunk` and another read. */
  feed(chunk) {
    if (this.sink.chunk(chunk) === false) this.pause();
  }

  pause() {
    const { requests } = this.reader;

    this.isPaused = true;

    if (requests.first !== this) return; // the sink has ended the stream

    requests.shift();
    this.isPending = false;
  }

  chunk(chunk) {
    this.isPending = false;

    if (this.isEnded) return;

    if (this.sink.chunk(chunk) === false) this.isPaused = true;
    else if (!this.isLooping) this.loop();
  }

  close() {
    if (this.end()) this.sink.done();
  }

  error(error) {
    if (this.end()) this.sink.error(error);
  }

  /** Whether the sink is still to be told of the end. */
  end() {
    this.isPending = false;

    if (this.isEnded) return false;

    this.isEnded = true;

    return true;
  }
}

isolated(Pump);
