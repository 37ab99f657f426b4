// https://streams.spec.whatwg.org/#ws-abstract-ops
// Writable streams and their writers as records that no user sees.
//
// A write request is a record with `next` and the methods done() and failed(error), which must not throw.

import { TypeError } from '../boundary/built_ins.js';
import { isolated } from './facade.js';
import { Fifo } from './fifo.js';
import { Settlement, deferred, rejectedSettlement, rejectedWith, resolvedWith, upon } from './promises.js';

/** The internal slots of a WritableStream. */
export class WritableState {
  constructor() {
    this.state = 'writable'; // erroring, errored, closed
    this.storedError = undefined;
    this.backpressure = false;
    this.writer = undefined;
    this.controller = undefined;
    this.writeRequests = new Fifo();
    this.inFlightWrite = undefined;
    this.closeRequest = undefined; // { promise, resolve, reject }
    this.inFlightClose = undefined;
    this.pendingAbort = undefined; // the same with { reason, wasAlreadyErroring }
  }
}

isolated(WritableState);

/** The internal slots of a WritableStreamDefaultWriter. */
class WriterState {
  constructor(stream) {
    this.stream = stream;
    this.ready = new Settlement();
    this.closed = new Settlement();
  }
}

isolated(WriterState);

/** AcquireWritableStreamDefaultWriter */
export function acquireWriter(stream) {
  if (stream.writer !== undefined) throw new TypeError('the stream is locked to a writer');

  const writer = new WriterState(stream);
  const { state, storedError } = stream;

  stream.writer = writer;

  if (state === 'errored' || state === 'erroring') writer.ready.reject(storedError);
  else if (state === 'closed' || isClosing(stream) || !stream.backpressure) writer.ready.fulfil();

  if (state === 'errored') writer.closed.reject(storedError);
  else if (state === 'closed') writer.closed.fulfil();

  return writer;
}

/** WritableStreamDefaultWriterRelease */
export function releaseWriter(writer) {
  const error = new TypeError('the writer was released');

  writer.ready = failed(writer.ready, error);
  writer.closed = failed(writer.closed, error);
  writer.stream.writer = undefined;
  writer.stream = undefined;
}

/** A pending settlement is rejected, a settled one replaced by a rejected one. */
function failed(settlement, error) {
  if (settlement.state !== 'pending') return rejectedSettlement(error);

  settlement.reject(error);

  return settlement;
}

/** WritableStreamCloseQueuedOrInFlight */
export function isClosing(stream) {
  return stream.closeRequest !== undefined || stream.inFlightClose !== undefined;
}

/** WritableStreamDefaultWriterGetDesiredSize */
export function desiredSizeOf(stream) {
  if (stream.state === 'errored' || stream.state === 'erroring') return null;

  return stream.state === 'closed' ? 0 : stream.controller.desiredSize;
}

/** WritableStreamDefaultWriterWrite */
export function write(writer, chunk, request) {
  const { stream } = writer;
  const { controller } = stream;
  const size = controller.size === undefined ? 1 : controller.sizeOf(chunk); // which may change anything

  if (stream === writer.stream && stream.state === 'writable' && !isClosing(stream)) {
    stream.writeRequests.push(request);
    controller.write(chunk, size);
  } else {
    request.failed(whyNotWritable(stream, writer));
  }
}

function whyNotWritable(stream, writer) {
  if (stream !== writer.stream) return new TypeError('the writer was released');

  if (stream.state === 'errored') return stream.storedError;

  if (isClosing(stream) || stream.state === 'closed') return new TypeError('write: the stream is closing or closed');

  return stream.storedError;
}

/** WritableStreamClose */
export function closeWritable(stream) {
  const { state, writer } = stream;

  if (state === 'closed' || state === 'errored') {
    return rejectedWith(new TypeError('close: the stream is already ' + state));
  }

  const request = deferred();

  stream.closeRequest = request;

  if (writer !== undefined && stream.backpressure && state === 'writable') writer.ready.fulfil();

  stream.controller.close();

  return request.promise;
}

/** WritableStreamDefaultWriterCloseWithErrorPropagation */
export function closeWithErrorPropagation(stream) {
  if (isClosing(stream) || stream.state === 'closed') return resolvedWith(undefined);

  return stream.state === 'errored' ? rejectedWith(stream.storedError) : closeWritable(stream);
}

/** WritableStreamAbort */
export function abortWritable(stream, reason) {
  if (stream.state === 'closed' || stream.state === 'errored') return resolvedWith(undefined);

  stream.controller.signalAbort(reason); // listeners may close or error the stream

  const { state } = stream;

  if (state === 'closed' || state === 'errored') return resolvedWith(undefined);

  if (stream.pendingAbort !== undefined) return stream.pendingAbort.request.promise;

  const wasAlreadyErroring = state === 'erroring';
  const request = deferred();

  stream.pendingAbort = { request, reason: wasAlreadyErroring ? undefined : reason, wasAlreadyErroring };

  if (!wasAlreadyErroring) startErroring(stream, reason);

  return request.promise;
}

/** WritableStreamStartErroring */
export function startErroring(stream, reason) {
  const { writer } = stream;

  stream.state = 'erroring';
  stream.storedError = reason;

  if (writer !== undefined) writer.ready = failed(writer.ready, reason);

  if (stream.inFlightWrite === undefined && stream.inFlightClose === undefined && stream.controller.started) {
    finishErroring(stream);
  }
}

/** WritableStreamFinishErroring */
export function finishErroring(stream) {
  const { writeRequests, storedError, pendingAbort } = stream;

  stream.state = 'errored';
  stream.controller.reset();
  stream.writeRequests = new Fifo();

  while (writeRequests.length > 0) writeRequests.shift().failed(storedError);

  if (pendingAbort === undefined) {
    rejectClose(stream);

    return;
  }

  const { request, reason, wasAlreadyErroring } = pendingAbort;

  stream.pendingAbort = undefined;

  if (wasAlreadyErroring) {
    request.reject(storedError);
    rejectClose(stream);

    return;
  }

  upon(stream.controller.abortSteps(reason), () => {
    request.resolve(undefined);
    rejectClose(stream);
  }, (error) => {
    request.reject(error);
    rejectClose(stream);
  });
}

/** WritableStreamRejectCloseAndClosedPromiseIfNeeded */
function rejectClose(stream) {
  const { closeRequest, storedError, writer } = stream;

  if (closeRequest !== undefined) {
    stream.closeRequest = undefined;
    closeRequest.reject(storedError);
  }

  if (writer !== undefined) writer.closed.reject(storedError);
}

/** WritableStreamDealWithRejection */
export function dealWithRejection(stream, error) {
  if (stream.state === 'writable') startErroring(stream, error);
  else finishErroring(stream);
}

/** WritableStreamFinishInFlightWrite */
export function finishWrite(stream) {
  const request = stream.inFlightWrite;

  stream.inFlightWrite = undefined;
  request.done();
}

/** WritableStreamFinishInFlightWriteWithError */
export function finishWriteWithError(stream, error) {
  const request = stream.inFlightWrite;

  stream.inFlightWrite = undefined;
  request.failed(error);
  dealWithRejection(stream, error);
}

/** WritableStreamFinishInFlightClose */
export function finishClose(stream) {
  const request = stream.inFlightClose;

  stream.inFlightClose = undefined;
  request.resolve(undefined);

  if (stream.state === 'erroring') {
    stream.storedError = undefined; // the close won

    if (stream.pendingAbort !== undefined) {
      stream.pendingAbort.request.resolve(undefined);
      stream.pendingAbort = undefined;
    }
  }

  stream.state = 'closed';

  if (stream.writer !== undefined) stream.writer.closed.fulfil();
}

/** WritableStreamFinishInFlightCloseWithError */
export function finishCloseWithError(stream, error) {
  const request = stream.inFlightClose;

  stream.inFlightClose = undefined;
  request.reject(error);

  if (stream.pendingAbort !== undefined) {
    stream.pendingAbort.request.reject(error);
    stream.pendingAbort = undefined;
  }

  dealWithRejection(stream, error);
}

/** WritableStreamUpdateBackpressure */
export function updateBackpressure(stream, backpressure) {
  if (backpressure === stream.backpressure) return;

  const { writer } = stream;

  if (writer !== undefined) {
    if (backpressure) writer.ready = writer.ready.renewed();
    else writer.ready.fulfil();
  }

  stream.backpressure = backpressure;
}
