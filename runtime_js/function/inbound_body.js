// The body of a request that arrived: read by the host, handed over when asked for.
// Twin: edgehost/bindings/http.py

import { Promise, TypeError, Uint8Array, createMap } from '../boundary/built_ins.js';
import { on, op, query } from '../boundary/host.js';
import { enter } from '../boundary/invocation.js';
import { decodeUTF8 } from '../encoding/encoding.js';
import { isolated } from '../streams/facade.js';
import { closeStream, createByteSource, enqueueBytes, errorStream } from '../streams/index.js';

/** What waits for an answer, by the request's id. */
const readers = createMap();
const streams = createMap();

class Inbound {
  /** @param {number} id of the request */
  constructor(id) {
    this.id = id;
  }
}

isolated(Inbound);

export function createInbound(id) {
  return new Inbound(id);
}

export function isInbound(source) {
  return source instanceof Inbound;
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
export function readInbound({ id }, asText) {
  return new Promise((resolve, reject) => {
    readers.set(id, { resolve, reject, asText });
    op.readBody(id, asText);
  });
}

on('body', (id, value) => {
  const { resolve, asText } = readers.get(id);

  enter(id);
  readers.delete(id);
  resolve(asText ? textFrom(value) : value);
});

/** The body as a stream, which asks the host for a chunk only when it is read. */
export function streamInbound({ id }) {
  const stream = createByteSource({
    __proto__: null,
    pull() {
      op.pullBody(id);
    },
    cancel() {
      streams.delete(id);
      op.cancelBody(id);
    },
  });

  streams.set(id, stream);

  return stream;
}

on('bodyChunk', (id, buffer) => {
  const stream = streams.get(id);

  enter(id);

  if (stream !== undefined) enqueueBytes(stream, new Uint8Array(buffer));
});

on('bodyEnd', (id) => {
  const stream = streams.get(id);

  enter(id);
  streams.delete(id);

  if (stream !== undefined) closeStream(stream);
});

/** The client left, was too slow, or sent more than the limit. */
on('bodyError', (id, message) => {
  const error = new TypeError(message);

  enter(id);
  readers.get(id)?.reject(error);
  readers.delete(id);

  const stream = streams.get(id);

  streams.delete(id);

  if (stream !== undefined) errorStream(stream, error);
});
