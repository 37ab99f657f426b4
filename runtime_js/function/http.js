// Requests in, responses out. Twin: edgehost/bindings/http.py

import { isUnusable, streamOf, takeInboundId, takeSource, usedBody } from '../fetch/body.js';
import { ByteSink } from '../fetch/byte_sink.js';
import {
  DOMException, Promise, TypeError, createMap, getPrototypeOf, promiseResolve, promiseThen,
} from '../boundary/built_ins.js';
import { createContext } from './context.js';
import { env, handler } from './function.js';
import { kindOf } from '../boundary/error_text.js';
import { endRun, on, op, plain, text, utf8 } from '../boundary/host.js';
import { enter } from '../boundary/invocation.js';
import { describeError } from '../html/report.js';
import { linesOf } from '../fetch/headers.js';
import { abortRequest, createRequest, isHead } from '../fetch/request.js';
import { BODY, DETAILS, LIST, STATUS, STATUS_TEXT, isResponse, slotsOf } from '../fetch/response.js';
import { cancelStream } from '../streams/index.js';
import { completeUpgrade, forgetUpgrade, upgradeWhile } from '../websockets/upgrade_websocket.js';

const SENDS = { __proto__: null, chunk: op.respondChunk, posted: plain.respondPosted, flush: op.respondFlush };

const promisePrototype = Promise.prototype;
const prototypeOf = getPrototypeOf;

/** Requests that are not answered yet, null for one whose client left, and responses that are still streamed, by id. */
const requests = createMap();
const pumps = createMap();

upgradeWhile((id) => requests.has(id));

on('request', (id, method, url, headers) => {
  enter(id);

  const request = createRequest(id, method, url, headers);

  requests.set(id, request);

  try {
    const result = handler.fetch(request, env, createContext(id));

    if (isPromise(result)) settleLater(id, result);
    else if (isResponse(result)) settle(id, result);
    else settleThen(id, promiseResolve(result));
  } catch (error) {
    fail(id, error);
  }
});

/** Whether `await` asks nothing that a function has put there. */
function isPromise(value) {
  return typeof value === 'object' && value !== null && prototypeOf(value) === promisePrototype
    && value.constructor === Promise;
}

function settleThen(id, promise) {
  promiseThen(promise, (response) => settle(id, response), (error) => fail(id, error));
}

/** Without `then`, which would make two functions and one more promise for each request. */
async function settleLater(id, promise) {
  try {
    settle(id, await promise);
  } catch (error) {
    fail(id, error);
  }
}

function settle(id, response) {
  try {
    const slots = slotsOf(response);

    if (slots === null) throw new TypeError('the fetch handler returned ' + kindOf(response) + ', not a Response');

    respond(id, slots);
  } catch (error) {
    fail(id, error);
  }
}

function respond(id, slots) {
  const status = slots[STATUS];
  const statusText = slots[STATUS_TEXT];
  const { socket } = slots[DETAILS];

  if (socket !== null) {
    completeUpgrade(socket, id, requests.get(id) ?? null, slots[LIST]);
    release(id);
    op.invocationAnswered(id);

    return;
  }

  if (status === 0) throw new TypeError('the fetch handler returned Response.error(), which cannot be sent');

  const head = linesOf(slots[LIST]);
  const body = slots[BODY];
  let whole = null;

  if (typeof body === 'string') {
    whole = utf8(body);
    slots[BODY] = usedBody;
  } else if (body !== null) whole = wholeOf(body);

  const request = requests.get(id) ?? null;

  if (request === null) return discard(id, whole === undefined ? streamOf(body) : null);

  if (whole === undefined) {
    const from = isHead(request) ? 0 : takeInboundId(body);

    if (from !== 0) {
      release(id);

      return op.respondFrom(id, status, text(statusText), head, from);
    }

    op.respondStart(id, status, text(statusText), head);

    if (isHead(request)) endWithHead(id, streamOf(body));
    else pump(id, streamOf(body));

    return;
  }

  release(id);

  const send = whole === null || typeof whole === 'string' ? plain.respond : op.respond;

  if (status === 200 && statusText === '') send(id, head, whole); // each argument costs
  else send(id, head, whole, status, text(statusText));
}

/** What a body is when nothing of it is streamed, ready to cross; else undefined. */
function wholeOf(body) {
  if (isUnusable(body)) throw new TypeError('the body of the response was already used');

  const source = takeSource(body);

  if (source === null) return undefined;

  return typeof source === 'string' ? utf8(source) : source;
}

/** The answer to HEAD: nobody would take what the stream gives. */
function endWithHead(id, stream) {
  op.respondEnd(id);
  release(id);
  cancelStream(stream, new DOMException('a response to HEAD has no body', 'AbortError'));
}

/** Nobody waits for the answer: the client has left, or the host has answered in the function's place. */
function discard(id, stream) {
  release(id);
  op.invocationAnswered(id);

  if (stream !== null) cancelStream(stream, new DOMException('nobody waits for the response any more', 'AbortError'));
}

function pump(id, stream) {
  const end = (send) => {
    if (!pumps.delete(id)) return;

    endRun();
    send();
    release(id);
  };
  const pumped = new ByteSink(
    id, stream, SENDS, () => end(() => op.respondEnd(id)), (error) => end(() => sendFailure(id, error)),
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
  const request = requests.get(id) ?? null;

  if (request === null) return;

  const error = new DOMException('the client disconnected', 'AbortError');
  const pumped = pumps.get(id);

  enter(id);
  requests.set(id, null);
  abortRequest(request, error);

  if (pumped === undefined) return;

  pumps.delete(id);
  release(id);
  op.invocationAnswered(id);
  pumped.cancel(error);
});

/** The host has answered in the function's place: a limit was exceeded. */
on('abandon', (id) => {
  const pumped = pumps.get(id);

  if (!requests.has(id)) return;

  pumps.delete(id);

  if (pumped !== undefined) pumped.cancel(new DOMException('the invocation was ended', 'AbortError'));

  release(id);
});

function fail(id, error) {
  sendFailure(id, error);
  release(id);
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

/** Lets go of a request that is being answered, or no longer waits for it. */
function release(id) {
  requests.delete(id);
  forgetUpgrade(id);
}
