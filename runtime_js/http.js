// Requests in, responses out. Twin: edgehost/bindings/http.py

import { hasWholeSource, isUnusable, streamOf, takeSource } from './body.js';
import { createContext, responseDone } from './context.js';
import { env, handler } from './function.js';
import { on, op, post, text, utf8 } from './host.js';
import { enter } from './invocation.js';
import { describeError } from './report.js';
import { abortRequest, createRequest, isMaterialized, materialize } from './request.js';
import { isResponse, withParts } from './response.js';
import { cancelStream, pumpInto } from './streams/index.js';
import { forgetUpgrade } from './upgrade_websocket.js';
import { acceptSocket } from './websocket.js';

const then = Function.prototype.call.bind(Promise.prototype.then);
const resolved = Promise.resolve.bind(Promise);
const join = Function.prototype.call.bind(Array.prototype.join);

const WINDOW = 256 * 1024; // bytes of a streamed response that may be on their way to a slow client
const SWEEP = 256; // answered requests whose head the host keeps, at most

/** Requests that are not answered yet, and responses that are still streamed, by id. */
const requests = new Map();
const pumps = new Map();

on('request', (id, method) => {
  enter(id);

  const request = createRequest(id, method);
  const context = createContext(id);

  requests.set(id, request);

  try {
    const result = handler(request, env, context);

    if (isResponse(result)) settle(id, context, result);
    else {
      then(resolved(result), (response) => settle(id, context, response), (error) => fail(id, context, error));
    }
  } catch (error) {
    fail(id, context, error);
  }
});

function settle(id, context, response) {
  try {
    if (!isResponse(response)) throw new TypeError(`the fetch handler returned ${kindOf(response)}, not a Response`);

    withParts(response, respond, id, context);
  } catch (error) {
    fail(id, context, error);
  }
}

function respond(id, context, status, statusText, headers, body, socket) {
  const head = join(headers, '\n');

  if (socket !== null) acceptSocket(socket, id, head);
  else if (body === null) respondWithoutBody(id, status, statusText, head);
  else if (isUnusable(body)) throw new TypeError('the body of the response was already used');
  else if (!hasWholeSource(body) || !sendWhole(id, status, statusText, head, body)) {
    op.respondStart(id, status, statusText, head);
    pump(id, context, streamOf(body));

    return;
  }

  finish(id, context);
}

function respondWithoutBody(id, status, statusText, head) {
  if (status === 0) throw new TypeError('the fetch handler returned Response.error(), which cannot be sent');

  op.respond(id, status, statusText, head, null);
}

function kindOf(value) {
  if (value === null || value === undefined) return `${value}`;

  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** @returns {boolean} false for a source that is itself streamed: the request's own body */
function sendWhole(id, status, statusText, head, body) {
  if (typeof body.source === 'string') op.respond(id, status, statusText, head, utf8(takeSource(body)));
  else if (body.source instanceof Uint8Array) op.respond(id, status, statusText, head, takeSource(body));
  else return false;

  return true;
}

function pump(id, context, stream) {
  const state = { stream, control: null, unacknowledged: 0 };
  const end = (send) => {
    if (!pumps.delete(id)) return;

    send();
    finish(id, context);
  };
  const sink = {
    chunk(chunk) {
      if (!(chunk instanceof Uint8Array)) return refuse(chunk);

      sendChunk(id, chunk);
      state.unacknowledged += chunk.byteLength;

      if (state.unacknowledged < WINDOW) return true;

      op.respondFlush(id); // answered by 'drained'

      return false;
    },
    done: () => end(() => op.respondEnd(id)),
    error: (error) => end(() => op.respondFailed(id, ...describeError(error).map(text))),
  };

  /** A response is bytes: a stream of anything else is an error of the function. */
  function refuse(chunk) {
    const error = new TypeError(`the body's stream gave ${kindOf(chunk)}, not a Uint8Array`);

    sink.error(error);
    cancelStream(stream, error);

    return false;
  }

  pumps.set(id, state);
  state.control = pumpInto(stream, sink);
}

function sendChunk(id, bytes) {
  const length = bytes.byteLength;
  const at = length < 16384 ? post(bytes, length) : -1;

  if (at >= 0) op.respondPosted(id, at, length);
  else op.respondChunk(id, bytes);
}

on('drained', (id) => {
  const state = pumps.get(id);

  enter(id);

  if (state === undefined) return;

  state.unacknowledged = 0;
  state.control.resume();
});

/** The client left. */
on('disconnect', (id) => {
  const error = new DOMException('the client disconnected', 'AbortError');
  const pumped = pumps.get(id);

  enter(id);

  if (requests.has(id)) abortRequest(requests.get(id), error);

  if (pumped !== undefined) cancelStream(pumped.stream, error);
});

function fail(id, context, error) {
  op.respondFailed(id, ...describeError(error).map(text));
  finish(id, context);
}

// The host keeps the head of a request until nobody can ask for it any more: a function may hold on
// to a request after it answered. Now and then the kept ones are looked through.

let kept = [];

function finish(id, context) {
  const request = requests.get(id);

  requests.delete(id);

  forgetUpgrade(id);

  if (isMaterialized(request)) op.forget(id);
  else kept.push(id, new WeakRef(request));

  if (kept.length >= 2 * SWEEP) sweep();

  responseDone(context);
}

function sweep() {
  for (let i = 0; i < kept.length; i += 2) {
    const request = kept[i + 1].deref();

    if (request !== undefined) materialize(request);

    op.forget(kept[i]);
  }

  kept = [];
}
