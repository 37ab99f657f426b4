// A response's body that is a stream, on its way to the client. Twin: edgehost/bindings/http.py

import { byteLengthOf, isUint8Array } from '../webidl/buffer_source.js';
import { TypeError } from '../boundary/built_ins.js';
import { kindOf } from '../boundary/error_text.js';
import { endRun, op, plain, postInRun } from '../boundary/host.js';
import { isolated } from '../streams/facade.js';
import { cancelStream, pumpInto } from '../streams/index.js';

const { respondPosted } = plain;

const WINDOW = 256 * 1024; // bytes that may be on their way to a slow client
const LARGE = 16 * 1024; // bytes of a chunk that crosses by itself

/** The sink of the body's stream. */
export class ResponseStream {
  /**
   * @param {number} id of the request
   * @param {ReadableStream} stream not locked; stays locked
   * @param {() => void} done called once, unless `error` is; neither after `cancel`
   * @param {(error: unknown) => void} error
   */
  constructor(id, stream, done, error) {
    this.id = id;
    this.stream = stream;
    this.done = done;
    this.error = error;
    this.unacknowledged = 0; // bytes since the client had taken everything
    this.pump = null;
  }

  start() {
    this.pump = pumpInto(this.stream, this);
  }

  /** The client has taken everything. */
  resume() {
    this.unacknowledged = 0;
    this.pump.resume();
  }

  cancel(reason) {
    cancelStream(this.stream, reason);
  }

  chunk(chunk) {
    if (!isUint8Array(chunk)) return this.refuse(chunk);

    const length = byteLengthOf(chunk);

    if (length >= LARGE || !postInRun(respondPosted, this.id, chunk, length)) {
      endRun();
      op.respondChunk(this.id, chunk);
    }

    this.unacknowledged += length;

    if (this.unacknowledged < WINDOW) return true;

    endRun();
    op.respondFlush(this.id); // answered by 'drained'

    return false;
  }

  /** A response is bytes: a stream of anything else is an error of the function. */
  refuse(chunk) {
    const error = new TypeError("the body's stream gave " + kindOf(chunk) + ', not a Uint8Array');

    this.error(error);
    this.cancel(error);

    return false;
  }
}

isolated(ResponseStream);
