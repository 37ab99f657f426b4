// https://fetch.spec.whatwg.org/#bodies and the Body mixin
//
// A body is a plain record that no function sees: { source, stream, type, used, shared }.
//   source: a string, a Uint8Array of our own, an inbound body (see inbound_body.js), or null when only a stream exists
//   stream: made when something first asks for it
//   used:   the source was consumed without a stream
//   shared: others (a clone's body, a Blob) have the same source, which may be a part of a larger buffer:
//           its bytes are copied before they are given away

import { concatenate } from '../webidl/buffer_source.js';
import {
  ArrayBuffer, Promise, SymbolAsyncIterator, SymbolIterator, TypeError, Uint8Array, assign, defineProperties,
  getOwnPropertyDescriptors, isView, jsonParse, jsonStringify, list, promiseReject, promiseResolve, stringCharCodeAt,
  stringSlice, stringValueOf,
} from '../boundary/built_ins.js';
import { decodeUTF8, encodeUTF8 } from '../encoding/encoding.js';
import {
  abortInbound, isInbound, readInbound, streamInbound, takeInbound, idOfInbound,
} from './inbound_body.js';
import { load } from '../boundary/lazy.js';
import { isBlob, isFormData } from '../boundary/lazy_brands.js';
import { isolated } from '../streams/facade.js';
import {
  cancelStream, closeStream, createByteSource, enqueueBytes, errorStream, exhaustStream, isDisturbed, isLocked,
  isOpen, isReadableStream, originOf, proxyStream, readAll, streamFrom, teeStream,
} from '../streams/index.js';
import { bufferOf, byteLengthOf, copyAsBytes, copyOfBuffer, offsetOf, sizeOfBuffer } from '../streams/views.js';
import { isURLSearchParams, serializeParams } from '../url/url_search_params.js';
import { receiverError } from '../webidl/receiver.js';
import { toUSVString } from '../webidl/webidl.js';

const TEXT_TYPE = 'text/plain;charset=UTF-8';

class Body {
  constructor(source, type) {
    this.source = source;
    this.type = type;
  }
}

isolated(Body);
assign(Body.prototype, { stream: null, used: false, shared: false }); // most keep these, and own properties cost

/** @param {string | Uint8Array | object} source well-formed text, bytes with a buffer that nobody else has, or an inbound body */
export function createBody(source) {
  return new Body(source, null);
}

/**
 * https://fetch.spec.whatwg.org/#concept-bodyinit-extract
 * @param {unknown} object
 * @param {string} where
 * @param {boolean} [keepalive]
 */
export function extractBody(object, where, keepalive = false) {
  if (typeof object === 'string') return new Body(toUSVString(object), TEXT_TYPE);

  if (isReadableStream(object)) {
    if (keepalive) throw new TypeError(where + ': a request with keepalive cannot have a stream as its body');

    if (isDisturbed(object) || isLocked(object)) throw new TypeError(where + ': the stream is locked or was read from');

    return bodyOfStream(object);
  }

  const copy = copyOfSource(object);

  if (copy !== null) return new Body(copy, null);

  if (isURLSearchParams(object)) {
    return new Body(serializeParams(object), 'application/x-www-form-urlencoded;charset=UTF-8');
  }

  if (isBlob(object)) {
    const { blobType, bytesOfBlob } = load('file/blob.js');

    const body = new Body(bytesOfBlob(object), blobType(object) || null);

    body.shared = true;

    return body;
  }

  if (isFormData(object)) {
    const { bytes, type } = load('fetch/multipart.js').encodeMultipart(object);

    return new Body(bytes, type);
  }

  if (isIterable(object)) {
    if (keepalive) throw new TypeError(where + ': a request with keepalive cannot have a stream as its body');

    return bodyOfStream(streamFrom(object));
  }

  return new Body(toUSVString(object), TEXT_TYPE);
}

function bodyOfStream(stream) {
  const body = new Body(null, null);

  body.stream = stream;

  return body;
}

/** https://github.com/whatwg/fetch/issues/1291, as other servers have it: objects, but no text that was made one. */
function isIterable(value) {
  if (typeof value !== 'object' || value === null || isBoxedString(value)) return false;

  return isPresent(value[SymbolAsyncIterator]) || isPresent(value[SymbolIterator]);
}

function isPresent(member) {
  return member !== undefined && member !== null;
}

function isBoxedString(object) {
  try {
    stringValueOf(object);

    return true;
  } catch {
    return false;
  }
}

/**
 * https://webidl.spec.whatwg.org/#dfn-get-buffer-source-copy: nothing for what was detached
 * @returns {Uint8Array | null} null for what is no BufferSource
 */
function copyOfSource(object) {
  if (isView(object)) return byteLengthOf(object) === 0 ? new Uint8Array() : copyAsBytes(object);

  const length = lengthOfBuffer(object);

  if (length === null) return null;

  return length === 0 ? new Uint8Array() : new Uint8Array(copyOfBuffer(object, 0, length));
}

function lengthOfBuffer(object) {
  try {
    return sizeOfBuffer(object);
  } catch {
    return null;
  }
}

/** https://infra.spec.whatwg.org/#serialize-a-javascript-value-to-a-json-string */
export function serializeJSON(value) {
  const json = jsonStringify(value);

  if (json === undefined) throw new TypeError('the value is not JSON serializable');

  return json;
}

export function isUnusable(body) {
  return body !== null && (body.used || (body.stream !== null && (isDisturbed(body.stream) || isLocked(body.stream))));
}

/** The record that has the source of a body: that of another body when its stream was given on. */
function holderOf(body) {
  if (body.source !== null || body.stream === null) return body;

  const origin = originOf(body.stream);

  return origin instanceof Body ? origin : body;
}

/**
 * The string or bytes of a body, to be sent; from then on it counts as used. A stream over them need not be read.
 * @param {object} body that is usable
 * @returns {string | Uint8Array | null} null for a body that is not there yet
 */
export function takeSource(body) {
  const { source } = holderOf(body);

  if (source === null || isInbound(source) || (body.stream !== null && !isOpen(body.stream))) return null;

  if (body.stream === null) body.used = true;
  else exhaustStream(body.stream); // disturbed, as the standard has it

  return source;
}

/** The stream of a body. @returns {ReadableStream} */
export function streamOf(body) {
  return (body.stream ??= isInbound(body.source) ? streamOfInbound(body) : streamOfBytes(body));
}

function streamOfInbound(body) {
  const stream = streamInbound(body.source);

  if (body.used) exhaustStream(stream);

  return stream;
}

/** The bytes of a body, given when somebody reads them. */
const BODY_SOURCE = {
  __proto__: null,
  pull(stream, body) {
    const bytes = bytesOf(body);

    if (byteLengthOf(bytes) > 0) enqueueBytes(stream, body.shared ? copyAsBytes(bytes) : bytes);

    closeStream(stream);
  },
};

function streamOfBytes(body) {
  const stream = createByteSource(BODY_SOURCE, body);

  if (body.used) exhaustStream(stream);

  return stream;
}

function bytesOf({ source }) {
  return typeof source === 'string' ? encodeUTF8(source) : source;
}

/**
 * The host's id of a body that it can send on by itself, which counts as used from then on; 0 for another.
 * @param {object} body that is usable
 */
export function takeInboundId(body) {
  const { stream } = body;
  const source = stream === null ? body.source : originOf(stream);

  if (!isInbound(source) || (stream !== null && !isOpen(stream))) return 0;

  if (stream === null) body.used = true;
  else exhaustStream(stream);

  return idOfInbound(source);
}

/** What is not read yet of a body fails. */
export function errorBody(body, error) {
  const { source, used } = body;

  if (!used) errorStream(streamOf(body), error);

  if (isInbound(source)) abortInbound(source, error);
}

/** Nobody wants what is not read yet. */
export function cancelBody(body, reason) {
  if (body.stream !== null) cancelStream(body.stream, reason);
}

/** https://fetch.spec.whatwg.org/#concept-body-clone, for Request.clone and Response.clone */
export function cloneBody(body, where) {
  if (body === null) return null;

  if (isUnusable(body)) throw new TypeError(where + ': the body was already used');

  if (body.stream === null && !isInbound(body.source)) {
    body.shared = true;

    return copyOf(body);
  }

  const { 0: first, 1: second } = teeStream(streamOf(body));

  body.stream = first;
  body.source = isInbound(body.source) ? null : body.source;
  body.shared = true;

  return assign(copyOf(body), { stream: second });
}

function copyOf(body) {
  return assign(new Body(body.source, body.type), body);
}

/** What becomes of a body that was sent before anything made a record of it. */
export const usedBody = assign(createBody(''), { used: true });

/**
 * The same body for another object. The first owner's then counts as used, and its stream, which a function may
 * have, is locked: https://fetch.spec.whatwg.org/#dom-request, steps 42 and 43.
 */
export function moveBody(body) {
  const moved = copyOf(body);

  if (body.stream !== null) {
    moved.stream = null;

    if (hasOwnSource(body)) exhaustStream(body.stream);
    else {
      moved.source = null;
      moved.stream = proxyStream(body.stream);
    }
  }

  body.used = true;
  body.source = '';

  return moved;
}

/** Whether the source can be read again, whatever becomes of the stream. */
function hasOwnSource({ source }) {
  return source !== null && !isInbound(source);
}

// The mixin

/** How a consumed body is wanted, and what becomes of its text or of the buffer with its bytes. */
const BUFFER = { asText: false, convert: (buffer) => buffer };
const BYTES = { asText: false, convert: (buffer) => new Uint8Array(buffer) };
const JSON_VALUE = { asText: true, convert: jsonParse };
const TEXT = { asText: true, convert: (text) => text };

/**
 * https://fetch.spec.whatwg.org/#concept-body-consume-body: what is there already is answered without a wait.
 * @returns {Promise<unknown>}
 */
function consume(body, kind) {
  const { asText, convert } = kind;

  if (body === null) return promiseResolve(convert(asText ? '' : new ArrayBuffer()));

  if (isUnusable(body)) throw new TypeError('the body was already used');

  if (body.stream === null && isInbound(body.source)) return consumeInbound(body, kind);

  const { shared } = holderOf(body);
  const source = takeSource(body);

  if (source === null) return converted(readStream(body.stream, asText), convert);

  return promiseResolve(convert(asText ? textOf(source) : ownBuffer(source, shared)));
}

function consumeInbound(body, { asText, convert }) {
  const { source } = body;

  body.used = true;

  const whole = takeInbound(source, asText);

  return whole === null ? converted(readInbound(source, asText), convert) : promiseResolve(convert(whole));
}

async function converted(promise, convert) {
  return convert(await promise);
}

function textOf(source) {
  return typeof source === 'string' ? withoutMark(source) : decodeUTF8(source);
}

/** "UTF-8 decode" drops a byte order mark, also one that a string began with. */
function withoutMark(string) {
  return stringCharCodeAt(string, 0) === 0xfeff ? stringSlice(string, 1) : string;
}

/** The bytes of a source in a buffer that nobody else has. */
function ownBuffer(source, isShared) {
  if (typeof source === 'string') return bufferOf(encodeUTF8(source));

  return isShared ? copyOfBuffer(bufferOf(source), offsetOf(source), byteLengthOf(source)) : bufferOf(source);
}

function readStream(stream, asText) {
  return new Promise((resolve, reject) => {
    const chunks = list([]);

    const take = (chunk) => {
      if (chunk instanceof Uint8Array) {
        chunks.push(chunk);

        return true;
      }

      reject(new TypeError('the stream of the body gave something else than a Uint8Array'));

      return false;
    };

    readAll(stream, take, () => {
      const bytes = concatenate(chunks);

      resolve(asText ? decodeUTF8(bytes) : bufferOf(bytes));
    }, reject);
  });
}

/**
 * Gives Request or Response the members of the Body mixin.
 * @param {Function} Class
 * @param {(value: unknown) => boolean} isInstance the brand check
 * @param {(object: object) => object | null} bodyOf throws for a wrong receiver
 * @param {(object: object) => string | null} contentTypeOf
 */
export function defineBody(Class, isInstance, bodyOf, contentTypeOf) {
  const members = {
    get body() {
      const body = checked(this, 'body');

      return body === null ? null : streamOf(body);
    },
    get bodyUsed() {
      const body = checked(this, 'bodyUsed');

      return body !== null && (body.used || (body.stream !== null && isDisturbed(body.stream)));
    },
    arrayBuffer() {
      return answer(this, BUFFER, 'arrayBuffer');
    },
    blob() {
      return answer(this, {
        asText: false,
        convert: (buffer) => load('fetch/body_data.js').toBlob(new Uint8Array(buffer), contentTypeOf(this)),
      }, 'blob');
    },
    bytes() {
      return answer(this, BYTES, 'bytes');
    },
    formData() {
      return answer(this, {
        asText: false,
        convert: (buffer) => load('fetch/body_data.js').toFormData(new Uint8Array(buffer), contentTypeOf(this)),
      }, 'formData');
    },
    json() {
      return answer(this, JSON_VALUE, 'json');
    },
    text() {
      return answer(this, TEXT, 'text');
    },
  };

  defineProperties(Class.prototype, getOwnPropertyDescriptors(members));

  function checked(object, member) {
    if (!isInstance(object)) throw receiverError(Class.name, member);

    return bodyOf(object);
  }

  function answer(object, kind, member) {
    try {
      return consume(bodyOf(object), kind);
    } catch (error) {
      return promiseReject(isInstance(object) ? error : receiverError(Class.name, member));
    }
  }
}
