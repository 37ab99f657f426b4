// https://fetch.spec.whatwg.org/#fetch-method

import { abortReason, addAbortAlgorithm, isAborted, removeAbortAlgorithm } from '../dom/abort.js';
import { cancelBody, errorBody } from './body.js';
import { Promise, TypeError, WeakRef, createRegistry, queueMicrotask, weakRefDeref } from '../boundary/built_ins.js';
import { matchesIntegrity } from './integrity.js';
import { Request, requestParts } from './request.js';
import { createResponse } from './response.js';
import { schemeFetch } from './scheme_fetch.js';
import { withoutFragment } from '../url/url_parts.js';
import { requireArguments } from '../webidl/webidl.js';

export const { fetch } = {
  fetch(input, init = undefined) {
    return new Promise((resolve, reject) => {
      requireArguments(arguments.length, 1, 'fetch');
      start(requestParts(new Request(input, init)), resolve, reject);
    });
  },
};

function start(request, resolve, reject) {
  const { body, signal, url } = request;

  // https://fetch.spec.whatwg.org/#abort-fetch, up to a response
  const abort = (reason) => {
    reject(reason);

    if (body !== null) cancelBody(body, reason);
  };

  if (isAborted(signal)) return abort(abortReason(signal));

  addAbortAlgorithm(signal, abort);

  queueMicrotask(() => {
    if (isAborted(signal)) return;

    removeAbortAlgorithm(signal, abort);

    try {
      const found = mainFetch(request);

      if (found.body !== null) abortWith(signal, found.body);

      const details = { type: 'basic', url: withoutFragment(url), guard: 'immutable' };

      resolve(createResponse({ __proto__: null, ...found, details }));
    } catch (error) {
      reject(error);
    }
  });
}

/**
 * https://fetch.spec.whatwg.org/#main-fetch
 * @returns {{ status?: number, statusText: string, headers: string[], body: object | null }}
 */
function mainFetch(request) {
  const response = schemeFetch(request);

  if (request.method === 'HEAD') response.body = null;

  const { body } = response;

  if (request.integrity !== '' && (body === null || !matchesIntegrity(body.source, request.integrity))) {
    throw new TypeError("fetch: the body does not match the integrity metadata '" + request.integrity + "'");
  }

  return response;
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
