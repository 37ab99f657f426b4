// https://streams.spec.whatwg.org/#rs-abstract-ops
// Readable streams and their readers as records that no user sees; the classes are thin coats over
// them. A controller has the methods cancelSteps(reason), pullSteps(request) and releaseSteps().
//
// A read request is a record with `next` and the methods chunk(chunk), close() and error(reason);
// a read-into request is one whose close(chunk) may get an empty view. They must not throw.
// A read request with a method feed(chunk) reads on and on: a default controller leaves it where it is,
// and calls that method for each chunk.

import { TypeError } from '../boundary/built_ins.js';
import { isolated } from './facade.js';
import { Fifo } from './fifo.js';
import { Settlement, noop, rejectedSettlement, rejectedWith, resolvedWith, transform } from './promises.js';

/** The internal slots of a ReadableStream. */
export class ReadableState {
  constructor() {
    this.state = 'readable';
    this.reader = undefined;
    this.controller = undefined;
    this.storedError = undefined;
    this.disturbed = false;
  }
}

isolated(ReadableState);

/** The internal slots of a reader of either kind. */
class ReaderState {
  constructor(stream, isByob) {
    this.stream = stream;
    this.isByob = isByob;
    this.requests = new Fifo();
    this.closed = new Settlement();
  }
}

isolated(ReaderState);

/** The reader of a stream that was read for nobody. */
const NOBODY = new ReaderState(undefined, false);

/** AcquireReadableStreamDefaultReader, AcquireReadableStreamBYOBReader */
export function acquireReader(stream, isByob = false) {
  if (stream.reader !== undefined) throw new TypeError('the stream is locked to a reader');

  if (isByob && !stream.controller.isByte) throw new TypeError('only a byte stream has readers of mode "byob"');

  const reader = new ReaderState(stream, isByob);

  stream.reader = reader;

  if (stream.state === 'closed') reader.closed.fulfil();
  else if (stream.state === 'errored') reader.closed.reject(stream.storedError);

  return reader;
}

/** ReadableStreamDefaultReaderRelease, ReadableStreamBYOBReaderRelease */
export function releaseReader(reader) {
  const { stream } = reader;
  const error = new TypeError('the reader was released');

  if (stream.state === 'readable') reader.closed.reject(error);
  else reader.closed = rejectedSettlement(error);

  stream.controller.releaseSteps();
  stream.reader = undefined;
  reader.stream = undefined;
  errorRequests(reader, new TypeError('the reader was released'));
}

/** ReadableStreamDefaultReaderRead */
export function readDefault(reader, request) {
  const { stream } = reader;

  stream.disturbed = true;

  if (stream.state === 'readable') stream.controller.pullSteps(request);
  else if (stream.state === 'closed') request.close();
  else request.error(stream.storedError);
}

/** ReadableStreamBYOBReaderRead */
export function readByob(reader, view, min, request) {
  const { stream } = reader;

  stream.disturbed = true;

  if (stream.state === 'errored') request.error(stream.storedError);
  else stream.controller.pullInto(view, min, request);
}

/** ReadableStreamGetNumReadRequests */
export function countReads(stream) {
  const { reader } = stream;

  return reader !== undefined && !reader.isByob ? reader.requests.length : 0;
}

/** ReadableStreamGetNumReadIntoRequests */
export function countReadIntos(stream) {
  const { reader } = stream;

  return reader !== undefined && reader.isByob ? reader.requests.length : 0;
}

/** As if it had been read to its end: for a stream that holds nothing yet, and has no reader. */
export function exhaustReadable(stream) {
  stream.reader = NOBODY;
  stream.disturbed = true;
  stream.state = 'closed';
}

export function closeReadable(stream) {
  stream.state = 'closed';

  const { reader } = stream;

  if (reader === undefined) return;

  reader.closed.fulfil();

  if (!reader.isByob) closeRequests(reader);
}

export function errorReadable(stream, error) {
  stream.state = 'errored';
  stream.storedError = error;

  const { reader } = stream;

  if (reader === undefined) return;

  reader.closed.reject(error);
  errorRequests(reader, error);
}

/** @returns {Promise<undefined>} */
export function cancelReadable(stream, reason) {
  stream.disturbed = true;

  if (stream.state === 'closed') return resolvedWith(undefined);

  if (stream.state === 'errored') return rejectedWith(stream.storedError);

  closeReadable(stream);

  const { reader } = stream;

  if (reader !== undefined && reader.isByob) closeRequests(reader);

  return transform(stream.controller.cancelSteps(reason), noop);
}

function errorRequests(reader, error) {
  const requests = takeRequests(reader);

  while (requests.length > 0) requests.shift().error(error);
}

function closeRequests(reader) {
  const requests = takeRequests(reader);

  while (requests.length > 0) requests.shift().close(undefined);
}

/** All pending requests of a reader, which has none afterwards. */
function takeRequests(reader) {
  const { requests } = reader;

  if (requests.length > 0) reader.requests = new Fifo();

  return requests;
}
