// Requests in, responses out. Twin: edgehost/bindings/http.py

import { isUnusable, streamOf, takeSource } from './body.js';
import { createContext, responseDone } from './context.js';
import { env, handler } from './function.js';
import { kindOf } from './error_text.js';
import { FLAT, endRun, on, op, plain, text, utf8 } from './host.js';
import { enter } from './invocation.js';
import { describeError } from './report.js';
import { abortRequest, createRequest, isHead, materialize } from './request.js';
import { isResponse, withParts } from './response.js';
import { ResponseStream } from './response_stream.js';
import { cancelStream } from './streams/index.js';
import { forgetUpgrade, upgradeWhile } from './upgrade_websocket.js';
import { acceptSocket } from './websocket.js';

const { Promise } = globalThis;
const then = Function.prototype.call.bind(Promise.prototype.then);
const resolved = Promise.resolve.bind(Promise);
const promisePrototype = Promise.prototype;
const prototypeOf = Object.getPrototypeOf;
const deref = Function.prototype.call.bind(WeakRef.prototype.deref);
const join = Function.prototype.call.bind(Array.prototype.join);

const SWEEP = 256; // answered requests whose head the host keeps, at most

/** Requests that are not answered yet, and responses that are still streamed, by id. */
const requests = new Map();
const pumps = new Map();

upgradeWhile((id) => requests.has(id));

on('request', (id, method) => {
  enter(id);

  const request = createRequest(id, method);
  const context = createContext(id);

  requests.set(id, request);

  try {
    const result = handler(request, env, context);

    if (isResponse(result)) settle(id, context, result);
    else if (!isPromise(result)) settleThen(id, context, resolved(result));
    else if (result.constructor === Promise) settleLater(id, context, result);
    else settleThen(id, context, result); // `await` would ask what a function has put there
  } catch (error) {
    fail(id, context, error);
  }
});

function isPromise(value) {
  return typeof value === 'object' && value !== null && prototypeOf(value) === promisePrototype;
}

function settleThen(id, context, promise) {
  then(promise, (response) => settle(id, context, response), (error) => fail(id, context, error));
}

/** Without `then`, which would make two functions and one more promise for each request. */
async function settleLater(id, context, promise) {
  try {
    settle(id, context, await promise);
  } catch (error) {
    fail(id, context, error);
  }
}

function settle(id, context, response) {
  try {
    if (!isResponse(response)) throw new TypeError(`the fetch handler returned ${kindOf(response)}, not a Response`);

    withParts(response, respond, id, context);
  } catch (error) {
    fail(id, context, error);
  }
}

function respond(id, context, status, statusText, headers, body, socket) {
  const head = lines(headers);

  if (socket !== null) {
    acceptSocket(socket, id, head);
    finish(id, context);

    return;
  }

  if (status === 0) throw new TypeError('the fetch handler returned Response.error(), which cannot be sent');

  const whole = body === null ? null : typeof body === 'string' ? utf8(body) : wholeOf(body);

  if (whole === undefined) {
    op.respondStart(id, status, statusText, head);

    if (isHead(requests.get(id))) endWithHead(id, context, streamOf(body));
    else pump(id, context, streamOf(body));

    return;
  }

  const isOver = release(id, context);
  const send = whole === null || typeof whole === 'string' ? plain.respond : op.respond;

  send(id, status, statusText, head, whole, isOver);
}

/** A header list as it crosses. */
function lines(headers) {
  const { length } = headers;

  if (length === 0) return '';

  // A short concatenation is quicker; a long one would be a rope, which does not cross.
  if (length === 2 && headers[0].length + headers[1].length < FLAT) return headers[0] + '\n' + headers[1];

  return join(headers, '\n');
}

/** What a body is when nothing of it is streamed, ready to cross; else undefined. */
function wholeOf(body) {
  if (isUnusable(body)) throw new TypeError('the body of the response was already used');

  const source = takeSource(body);

  if (source === null) return undefined;

  return typeof source === 'string' ? utf8(source) : source;
}

/** The answer to HEAD: nobody would take what the stream gives. */
function endWithHead(id, context, stream) {
  op.respondEnd(id);
  finish(id, context);
  cancelStream(stream, new DOMException('a response to HEAD has no body', 'AbortError'));
}

function pump(id, context, stream) {
  const end = (send) => {
    if (!pumps.delete(id)) return;

    endRun();
    send();
    finish(id, context);
  };
  const pumped = new ResponseStream(
    id, stream, () => end(() => op.respondEnd(id)), (error) => end(() => sendFailure(id, error)),
  );

  pumps.set(id, pumped);
  pumped.start();
}

on('drained', (id) => {
  enter(id);
  pumps.get(id)?.resume();
});

/** The client left. */
on('disconnect', (id) => {
  const error = new DOMException('the client disconnected', 'AbortError');
  const pumped = pumps.get(id);

  enter(id);

  if (requests.has(id)) abortRequest(requests.get(id), error);

  if (pumped !== undefined) pumped.cancel(error);
});

/** The host has answered in the function's place: a limit was exceeded. */
on('abandon', (id) => {
  const request = requests.get(id);
  const pumped = pumps.get(id);

  if (request === undefined) return;

  pumps.delete(id);

  if (pumped !== undefined) pumped.cancel(new DOMException('the invocation was ended', 'AbortError'));

  requests.delete(id);
  forgetUpgrade(id);
  materialize(request);
  op.forget(id);
});

function fail(id, context, error) {
  sendFailure(id, error);
  finish(id, context);
}

/** By nothing that a function can patch: whatever is broken, the client gets its answer. */
function sendFailure(id, error) {
  try {
    const { 0: name, 1: message, 2: stack, 3: shown } = describeError(error);

    op.respondFailed(id, text(name), text(message), text(stack), text(shown));
  } catch {
    op.respondFailed(id, 'InternalError', 'out of memory', '', '');
  }
}

// The host keeps the head of a request until nobody can ask for it any more: a function may hold on
// to a request after it answered. Now and then those that it still holds are completed.

let answered = [];

/** Lets go of an answered request. @returns {boolean} whether its invocation is over too */
function release(id, context) {
  const request = requests.get(id);

  if (request === undefined) return responseDone(context); // abandoned

  requests.delete(id);
  forgetUpgrade(id);
  answered[answered.length] = new WeakRef(request);

  if (answered.length === SWEEP) sweep();

  return responseDone(context);
}

function finish(id, context) {
  if (release(id, context)) op.invocationDone(id);
}

function sweep() {
  for (let i = 0; i < answered.length; i++) {
    const request = deref(answered[i]);

    if (request !== undefined) materialize(request);
  }

  answered = [];
  plain.forgetAnswered();
}
