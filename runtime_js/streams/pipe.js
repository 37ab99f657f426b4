// https://streams.spec.whatwg.org/#readable-stream-pipe-to

import { TypeError } from '../boundary/built_ins.js';
import { abortReason, addAbortAlgorithm, isAborted, isAbortSignal, removeAbortAlgorithm } from '../dom/abort.js';
import { toDictionary } from '../webidl/webidl.js';
import { isolated } from './facade.js';
import { both, deferred, later, noop, resolvedWith, upon } from './promises.js';
import { acquireReader, cancelReadable, readDefault, releaseReader } from './readable_core.js';
import {
  abortWritable, acquireWriter, closeWithErrorPropagation, desiredSizeOf, isClosing, releaseWriter, write,
} from './writable_core.js';

/** The dictionary StreamPipeOptions. */
export function toPipeOptions(value, where) {
  const options = toDictionary(value, where);
  const preventAbort = !!options.preventAbort;
  const preventCancel = !!options.preventCancel;
  const preventClose = !!options.preventClose;
  const { signal } = options;

  if (signal !== undefined && !isAbortSignal(signal)) throw new TypeError(where + ': signal is no AbortSignal');

  return { preventAbort, preventCancel, preventClose, signal };
}

/** ReadableStreamPipeTo. Neither side may be locked. @returns {Promise<undefined>} */
export function pipe(source, destination, options) {
  return new Pipe(source, destination, options).promise;
}

/** What one write of a pipe tells it. */
class PipeWrite {
  constructor(ended) {
    this.next = undefined;
    this.done = ended;
    this.failed = ended;
  }
}

isolated(PipeWrite);

/** One pipe; it is its own read request. */
class Pipe {
  #source;
  #destination;
  #options;
  #reader;
  #writer;
  #settled = deferred();
  #isShuttingDown = false;
  #isReading = false; // so that an answer comes at once
  #hasChunk = false; // read, and to be written
  #chunk = undefined;
  #unwritten = 0; // chunks that were read and whose writing has not ended
  #afterWrites = undefined; // what waits for them

  constructor(source, destination, options) {
    this.next = undefined;
    this.#source = source;
    this.#destination = destination;
    this.#options = options;
    this.#reader = acquireReader(source);
    this.#writer = acquireWriter(destination);
    source.disturbed = true;

    const { signal } = options;

    if (signal !== undefined && isAborted(signal)) {
      this.#abort();

      return;
    }

    if (signal !== undefined) addAbortAlgorithm(signal, this.#abort);

    this.#watch();
    later(this.#move);
  }

  get promise() {
    return this.#settled.promise;
  }

  // Chunks

  /** Moves chunks while the source has them and the destination wants them. */
  #move = () => {
    while (!this.#isShuttingDown) {
      const size = desiredSizeOf(this.#destination);

      if (size === null) return;

      if (size <= 0) {
        this.#writer.ready.whenFulfilled(this.#move);

        return;
      }

      this.#isReading = true;
      readDefault(this.#reader, this);
      this.#isReading = false;

      if (!this.#hasChunk) return;

      this.#write();
    }
  };

  chunk(chunk) {
    this.#hasChunk = true;
    this.#chunk = chunk;
    this.#unwritten++;

    if (!this.#isReading) later(this.#writeAndMove); // an enqueue() never calls write() itself
  }

  #writeAndMove = () => {
    this.#write();
    this.#move();
  };

  #write() {
    const chunk = this.#chunk;

    this.#hasChunk = false;
    this.#chunk = undefined;

    if (this.#writer.stream !== undefined) write(this.#writer, chunk, new PipeWrite(this.#written));
  }

  #written = () => {
    if (--this.#unwritten === 0 && this.#afterWrites !== undefined) later(this.#afterWrites);
  };

  // The reader's closed promise tells of these.

  close() {}

  error() {}

  // Ends

  #watch() {
    const source = this.#source;
    const destination = this.#destination;
    const sourceErrored = (error) => this.#sourceErrored(error);
    const destinationErrored = (error) => this.#destinationErrored(error);
    const sourceClosed = () => this.#sourceClosed();

    if (source.state === 'errored') sourceErrored(source.storedError);

    if (destination.state === 'errored') destinationErrored(destination.storedError);

    if (source.state === 'closed') sourceClosed();

    if (isClosing(destination) || destination.state === 'closed') this.#destinationClosed();

    if (this.#isShuttingDown) return;

    upon(this.#reader.closed.promise, sourceClosed, sourceErrored);
    upon(this.#writer.closed.promise, noop, destinationErrored);
  }

  #sourceErrored(error) {
    const action = () => abortWritable(this.#destination, error);

    this.#shutDown(this.#options.preventAbort ? undefined : action, true, error);
  }

  #destinationErrored(error) {
    const action = () => cancelReadable(this.#source, error);

    this.#shutDown(this.#options.preventCancel ? undefined : action, true, error);
  }

  #sourceClosed() {
    const action = () => closeWithErrorPropagation(this.#destination);

    this.#shutDown(this.#options.preventClose ? undefined : action, false, undefined);
  }

  #destinationClosed() {
    this.#destinationErrored(new TypeError('pipeTo: the destination is closed or closing'));
  }

  #abort = () => {
    const error = abortReason(this.#options.signal);

    this.#shutDown(() => this.#endBoth(error), true, error);
  };

  #endBoth(error) {
    const { preventAbort, preventCancel } = this.#options;
    const destination = this.#destination;
    const source = this.#source;

    return both(
      !preventAbort && destination.state === 'writable' ? abortWritable(destination, error) : resolvedWith(undefined),
      !preventCancel && source.state === 'readable' ? cancelReadable(source, error) : resolvedWith(undefined),
    );
  }

  /** Shutdown, with an action or without. */
  #shutDown(action, isError, error) {
    if (this.#isShuttingDown) return;

    this.#isShuttingDown = true;
    const rest = () => this.#finish(action, isError, error);

    if (this.#destination.state !== 'writable' || isClosing(this.#destination)) rest();
    else if (this.#unwritten === 0) later(rest);
    else this.#afterWrites = rest;
  }

  #finish(action, isError, error) {
    if (action === undefined) this.#finalize(isError, error);
    else upon(action(), () => this.#finalize(isError, error), (newError) => this.#finalize(true, newError));
  }

  #finalize(isError, error) {
    const { signal } = this.#options;

    releaseWriter(this.#writer);
    releaseReader(this.#reader);

    if (signal !== undefined) removeAbortAlgorithm(signal, this.#abort);

    if (isError) this.#settled.reject(error);
    else this.#settled.resolve(undefined);
  }
}

isolated(Pipe);
