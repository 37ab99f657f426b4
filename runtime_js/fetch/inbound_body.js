// The body of a request that arrived, or of a response that was fetched: read by the host, handed over when asked for.
// Twin: edgehost/bindings/http.py

import { Promise, TypeError, Uint8Array, createMap } from '../boundary/built_ins.js';
import { on, op, query } from '../boundary/host.js';
import { enter } from '../boundary/invocation.js';
import { decodeUTF8 } from '../encoding/encoding.js';
import { isolated } from '../streams/facade.js';
import { closeStream, createByteSource, enqueueBytes, errorStream } from '../streams/index.js';

// What waits for an answer, by the body's id. Nothing else here keeps a body: http_fetch.js
const readers = createMap();
const streams = createMap();

class Inbound {
  /**
   * @param {number} id of the request, or of the fetch
   * @param {number} invocation whose turn it is when something of it arrives
   */
  constructor(id, invocation) {
    this.id = id;
    this.invocation = invocation;
  }
}

isolated(Inbound);

export function createInbound(id, invocation = id) {
  return new Inbound(id, invocation);
}

export function isInbound(source) {
  return source instanceof Inbound;
}

/** @returns {number} the host's id of it */
export function idOfInbound({ id }) {
  return id;
}

/** The whole body when it has arrived, as most have with their head; else null. @returns {string | ArrayBuffer | null} */
export function takeInbound({ id }, asText) {
  const value = query.bodyNow(id, asText);

  return asText && value !== null ? textFrom(value) : value;
}

/** The host decodes what is short. @param {string | ArrayBuffer} value @returns {string} */
function textFrom(value) {
  return typeof value === 'string' ? value : decodeUTF8(new Uint8Array(value));
}

/** The whole body, once it has arrived. @returns {Promise<string | ArrayBuffer>} */
export function readInbound(inbound, asText) {
  const { id } = inbound;

  return new Promise((resolve, reject) => {
    readers.set(id, { inbound, resolve, reject, asText });
    op.readBody(id, asText);
  });
}

on('body', (id, value) => {
  const reader = readers.get(id);

  if (reader === undefined) return;

  const { inbound, resolve, asText } = reader;

  enter(inbound.invocation);
  readers.delete(id);
  resolve(asText ? textFrom(value) : value);
});

/** The body as a stream, which asks the host for a chunk only when it is read. */
export function streamInbound(inbound) {
  const { id, invocation } = inbound;

  return createByteSource({
    __proto__: null,
    pull(stream) {
      streams.set(id, { stream, invocation });
      op.pullBody(id);
    },
    cancel() {
      streams.delete(id);
      op.cancelBody(id);
    },
  }, inbound);
}

/** Gives the stream that waits for the next chunk of a body, and lets its invocation run. */
function streamFor(id) {
  const entry = streams.get(id);

  if (entry === undefined) return null;

  streams.delete(id);
  enter(entry.invocation);

  return entry.stream;
}

on('bodyChunk', (id, buffer) => {
  const stream = streamFor(id);

  if (stream !== null) enqueueBytes(stream, new Uint8Array(buffer));
});

on('bodyEnd', (id) => {
  const stream = streamFor(id);

  if (stream !== null) closeStream(stream);
});

/** The client left, was too slow, or sent more than the limit; the backend did likewise. */
on('bodyError', (id, message) => failInbound(id, new TypeError(message)));

function failInbound(id, error) {
  const reader = readers.get(id);
  const stream = streamFor(id);

  readers.delete(id);

  if (reader !== undefined) {
    enter(reader.inbound.invocation);
    reader.reject(error);
  }

  if (stream !== null) errorStream(stream, error);
}

/** Nobody gets the rest of a body. What waits for it fails. */
export function abortInbound({ id }, error) {
  op.cancelBody(id);
  failInbound(id, error);
}
