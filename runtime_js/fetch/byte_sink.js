// A body that is a stream, on its way out of the realm. Twin: edgehost/bindings/http.py, fetch.py

import { byteLengthOf, isUint8Array } from '../webidl/buffer_source.js';
import { TypeError } from '../boundary/built_ins.js';
import { kindOf } from '../boundary/error_text.js';
import { endRun, postInRun } from '../boundary/host.js';
import { isolated } from '../streams/facade.js';
import { cancelStream, pumpInto } from '../streams/index.js';

const WINDOW = 256 * 1024; // bytes that may be on their way to a slow peer
const LARGE = 16 * 1024; // bytes of a chunk that crosses by itself

/** The sink of the body's stream. */
export class ByteSink {
  /**
   * @param {number} id of the request, or of the fetch
   * @param {ReadableStream} stream not locked; stays locked
   * @param {{ chunk: Function, posted: Function, flush: Function }} sends ops, which take that id first
   * @param {() => void} done called once, unless `error` is; neither after `cancel`
   * @param {(error: unknown) => void} error
   */
  constructor(id, stream, sends, done, error) {
    this.id = id;
    this.sends = sends;
    this.stream = stream;
    this.done = done;
    this.error = error;
    this.unacknowledged = 0; // bytes since the peer had taken everything
    this.pump = null;
  }

  start() {
    this.pump = pumpInto(this.stream, this);
  }

  /** The peer has taken everything. */
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

    if (length >= LARGE || !postInRun(this.sends.posted, this.id, chunk, length)) {
      endRun();
      this.sends.chunk(this.id, chunk);
    }

    this.unacknowledged += length;

    if (this.unacknowledged < WINDOW) return true;

    endRun();
    this.sends.flush(this.id); // answered by an event

    return false;
  }

  /** A body is bytes: a stream of anything else is an error of the function. */
  refuse(chunk) {
    const error = new TypeError("the body's stream gave " + kindOf(chunk) + ', not a Uint8Array');

    this.error(error);
    this.cancel(error);

    return false;
  }
}

isolated(ByteSink);
