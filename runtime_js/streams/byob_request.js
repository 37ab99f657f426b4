// https://streams.spec.whatwg.org/#rs-byob-request-class

import { defineInterface, requireArguments, toInteger } from '../webidl.js';
import { isolated, stateFor } from './facade.js';
import { bufferOf, checkView, isDetached } from './views.js';

/** The internal slots of a ReadableStreamBYOBRequest; its controller is undefined once it is invalid. */
export class BYOBRequestState {
  constructor(controller, view) {
    this.controller = controller;
    this.view = view;
    this.facade = undefined;
  }
}

isolated(BYOBRequestState);

export class ReadableStreamBYOBRequest {
  #request;

  constructor() {
    this.#request = stateFor('ReadableStreamBYOBRequest', arguments);
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

    controller.respond(count);
  }

  respondWithNewView(view) {
    const request = this.#request;

    requireArguments(arguments.length, 1, 'respondWithNewView');
    checkView(view, 'respondWithNewView');
    const controller = valid(request, 'respondWithNewView');

    if (isDetached(bufferOf(view))) throw new TypeError("respondWithNewView: the view's buffer is detached");

    controller.respondWithNewView(view);
  }
}

defineInterface(ReadableStreamBYOBRequest);

function valid({ controller }, where) {
  if (controller === undefined) throw new TypeError(`${where}: the request was already answered or has lapsed`);

  return controller;
}
