// https://fetch.spec.whatwg.org/#fetch-method

import { abortReason, addAbortAlgorithm, isAborted, removeAbortAlgorithm } from '../dom/abort.js';
import { cancelBody, errorBody } from './body.js';
import {
  Promise, TypeError, WeakRef, createRegistry, pattern, queueMicrotask, weakRefDeref,
} from '../boundary/built_ins.js';
import { load } from '../boundary/lazy.js';
import { matchesIntegrity } from './integrity.js';
import { Request, requestParts } from './request.js';
import { createResponse } from './response.js';
import { schemeFetch } from './scheme_fetch.js';
import { protocolOf, withoutFragment } from '../url/url_parts.js';
import { requireArguments } from '../webidl/webidl.js';

const HTTP = pattern(/^https?:$/);

export const { fetch } = {
  fetch(input, init = undefined) {
    return new Promise((resolve, reject) => {
      requireArguments(arguments.length, 1, 'fetch');
      // Made here, where the function can be seen in its stack: what fails does so long after.
      start(requestParts(new Request(input, init)), new TypeError('fetch failed'), resolve, reject);
    });
  },
};

function start(request, failure, resolve, reject) {
  const { body, signal, url } = request;
  let exchange = null;

  // https://fetch.spec.whatwg.org/#abort-fetch, up to a response
  const abort = (reason) => {
    reject(reason);

    if (exchange !== null) exchange.fail(reason);

    if (body !== null) cancelBody(body, reason);
  };

  const leave = () => {
    exchange = null; // it refers to these functions
    removeAbortAlgorithm(signal, abort);
  };

  const fail = (error) => {
    leave();
    reject(error);
  };

  const answer = (found) => {
    leave();

    try {
      resolve(responseOf(request, found));
    } catch (error) {
      reject(error);
    }
  };

  if (isAborted(signal)) return abort(abortReason(signal));

  addAbortAlgorithm(signal, abort);

  queueMicrotask(() => {
    if (isAborted(signal)) return;

    try {
      if (HTTP.test(protocolOf(url))) exchange = load('fetch/http_fetch.js').httpFetch(request, failure, answer, fail);
      else answer(schemeFetch(request));
    } catch (error) {
      fail(error);
    }
  });
}

/**
 * https://fetch.spec.whatwg.org/#main-fetch, from the response on
 * @param {{ status?: number, statusText: string, headers: string[], body: object | null, url?: string, redirected?: boolean }} found
 */
function responseOf(request, found) {
  const { signal, url } = request;

  if (request.method === 'HEAD') found.body = null;

  const { body } = found;

  if (request.integrity !== '' && (body === null || !matchesIntegrity(body.source, request.integrity))) {
    throw new TypeError("fetch: the body does not match the integrity metadata '" + request.integrity + "'");
  }

  if (body !== null) abortWith(signal, body);

  const details = {
    type: 'basic', url: found.url ?? withoutFragment(url), redirected: found.redirected === true, guard: 'immutable',
  };

  return createResponse({ __proto__: null, ...found, details });
}

/** Bodies of responses, to what forgets them: a signal may outlive many. */
const bodies = createRegistry((forget) => forget());

/** What is not read yet of a response's body fails when the signal aborts. */
function abortWith(signal, body) {
  const reference = new WeakRef(body);
  const abort = (reason) => {
    const alive = weakRefDeref(reference);

    if (alive !== undefined) errorBody(alive, reason);
  };

  addAbortAlgorithm(signal, abort);
  bodies.register(body, () => removeAbortAlgorithm(signal, abort));
}
