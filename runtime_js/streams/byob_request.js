// https://streams.spec.whatwg.org/#rs-byob-request-class
// A request to fill the view that a reader waits for, and what an answer does.

import { RangeError, TypeError } from '../boundary/built_ins.js';
import { closedConstructorOf, defineInterface, requireArguments, toInteger } from '../webidl/webidl.js';
import { isolated } from './facade.js';
import { Fifo } from './fifo.js';
import { countReadIntos } from './readable_core.js';
import { bufferOf, byteLengthOf, checkView, isDetached, offsetOf, sizeOfBuffer, transferBuffer } from './views.js';

/** The internal slots of a ReadableStreamBYOBRequest; its controller is undefined once it is invalid. */
export class BYOBRequestState {
  constructor(controller, view) {
    this.controller = controller;
    this.view = view;
    this.facade = undefined;
  }
}

isolated(BYOBRequestState);

/** The object that users see for it. @type {(request: BYOBRequestState) => ReadableStreamBYOBRequest} */
export let createBYOBRequest;

class ReadableStreamBYOBRequest {
  #request;

  constructor(request) {
    this.#request = request;
  }

  static {
    createBYOBRequest = (request) => new ReadableStreamBYOBRequest(request);
  }

  get view() {
    return this.#request.view;
  }

  respond(bytesWritten) {
    const request = this.#request;

    requireArguments(arguments.length, 1, 'respond');
    const count = toInteger(bytesWritten, 64, { enforceRange: true, where: 'respond' });
    const controller = valid(request, 'respond');

    if (isDetached(bufferOf(request.view))) throw new TypeError("respond: the view's buffer is detached");

    respond(controller, count);
  }

  respondWithNewView(view) {
    const request = this.#request;

    requireArguments(arguments.length, 1, 'respondWithNewView');
    checkView(view, 'respondWithNewView');
    const controller = valid(request, 'respondWithNewView');

    if (isDetached(bufferOf(view))) throw new TypeError("respondWithNewView: the view's buffer is detached");

    respondWithNewView(controller, view);
  }
}

const Constructor = closedConstructorOf(defineInterface(ReadableStreamBYOBRequest));

export { Constructor as ReadableStreamBYOBRequest };

function valid({ controller }, where) {
  if (controller === undefined) throw new TypeError(where + ': the request was already answered or has lapsed');

  return controller;
}

/** After a close: gives back the views that were to be filled, empty. */
export function returnViews(controller) {
  const { pendingPullIntos, stream } = controller;

  if (stream.state === 'closed' && pendingPullIntos.length > 0 && !isDetached(pendingPullIntos.first.buffer)) {
    respond(controller, 0);
  }
}

/** ReadableByteStreamControllerRespond */
export function respond(controller, bytesWritten) {
  const { first } = controller.pendingPullIntos;

  checkAnswer(controller, bytesWritten);

  if (first.bytesFilled + bytesWritten > first.byteLength) {
    throw new RangeError('respond: more than the view has room for');
  }

  first.buffer = transferBuffer(first.buffer);
  answer(controller, bytesWritten);
}

/** ReadableByteStreamControllerRespondWithNewView */
export function respondWithNewView(controller, view) {
  const { first } = controller.pendingPullIntos;
  const byteLength = byteLengthOf(view);
  const buffer = bufferOf(view);

  checkAnswer(controller, byteLength);

  if (first.byteOffset + first.bytesFilled !== offsetOf(view)) {
    throw new RangeError('respondWithNewView: the view begins elsewhere than the requested one');
  }

  if (first.bufferByteLength !== sizeOfBuffer(buffer)) {
    throw new RangeError("respondWithNewView: the view's buffer is of another size than the requested one");
  }

  if (first.bytesFilled + byteLength > first.byteLength) {
    throw new RangeError('respondWithNewView: the view is longer than the requested one');
  }

  first.buffer = transferBuffer(buffer);
  answer(controller, byteLength);
}

function checkAnswer(controller, byteLength) {
  if (controller.stream.state === 'closed') {
    if (byteLength !== 0) throw new TypeError('the stream is closed, so a BYOB request is answered with 0 bytes');
  } else if (byteLength === 0) {
    throw new TypeError('a BYOB request is answered with 0 bytes only when the stream is closed');
  }
}

/** ReadableByteStreamControllerRespondInternal */
function answer(controller, bytesWritten) {
  const { first } = controller.pendingPullIntos;

  controller.invalidateRequest();

  if (controller.stream.state === 'closed') answerClosed(controller, first);
  else answerReadable(controller, first, bytesWritten);

  controller.pullIfNeeded();
}

/** ReadableByteStreamControllerRespondInClosedState */
function answerClosed(controller, first) {
  const { pendingPullIntos, stream } = controller;
  const filled = new Fifo();

  if (first.readerType === 'none') pendingPullIntos.shift();

  for (let count = countReadIntos(stream); count > 0; count--) filled.push(pendingPullIntos.shift());

  controller.commitAll(filled);
}

/** ReadableByteStreamControllerRespondInReadableState */
function answerReadable(controller, first, bytesWritten) {
  first.bytesFilled += bytesWritten;

  if (first.readerType === 'none') {
    controller.keepDetached(first);
    controller.commitAll(controller.fillPullIntos());

    return;
  }

  if (first.bytesFilled < first.minimumFill) return;

  controller.pendingPullIntos.shift();
  const remainder = first.bytesFilled % first.elementSize;

  if (remainder > 0) {
    controller.keepCopy(first.buffer, first.byteOffset + first.bytesFilled - remainder, remainder);
    first.bytesFilled -= remainder;
  }

  const filled = controller.fillPullIntos();

  controller.commit(first);
  controller.commitAll(filled);
}
