// https://w3c.github.io/FileAPI/#blob-section

import { byteLengthOf, bytesOf, concatenate } from '../webidl/buffer_source.js';
import {
  bytesBetween, list, max, min, pattern, stringReplace, stringToLowerCase, typedArrayBuffer,
} from '../boundary/built_ins.js';
import { appendAll, encodeParts, joined, sizeOf, sliceParts } from '../boundary/byte_parts.js';
import { defineSerializable } from '../structured_data/cloneable.js';
import { decodeUTF8 } from '../encoding/encoding.js';
import { setInspector } from '../inspect/inspectors.js';
import { isBlob, setBlobBrand } from '../boundary/lazy_brands.js';
import { closeStream, createByteSource, enqueueBytes } from '../streams/index.js';
import { copyAsBytes } from '../streams/views.js';
import {
  constructorOf, defineInterface, toDictionary, toDOMString, toEnum, toInteger, toSequence, toUSVString,
} from '../webidl/webidl.js';

const CHUNK = 64 * 1024; // bytes that a stream of a Blob gives at once
const LINE_END = pattern(/\r\n?/g);
const NOT_PRINTABLE = pattern(/[^\x20-\x7e]/);

/** The bytes in pieces, none of which may be changed. @type {(blob: Blob) => Uint8Array[]} */
export let partsOf;
/** @type {(blob: Blob) => number} */
export let blobSize;
/** @type {(blob: Blob) => string} */
export let blobType;
/** All bytes in one array, which must not be changed. @type {(blob: Blob) => Uint8Array} */
export let bytesOfBlob;

/** Made of pieces that nobody changes, and a type that is normalized. */
class Blob {
  #parts;
  #size;
  #type;

  constructor(parts, type) {
    this.#parts = parts;
    this.#type = type;
    this.#size = sizeOf(parts);
  }

  static {
    setBlobBrand((value) => typeof value === 'object' && value !== null && #parts in value);
    partsOf = (blob) => blob.#parts;
    blobSize = (blob) => blob.#size;
    blobType = (blob) => blob.#type;
    bytesOfBlob = (blob) => {
      const bytes = joined(blob.#parts);

      blob.#parts = [bytes]; // nothing is to be joined twice

      return bytes;
    };
  }

  get size() {
    return this.#size;
  }

  get type() {
    return this.#type;
  }

  slice(start = 0, end = undefined, contentType = '') {
    const size = this.#size;

    start = placeIn(size, start);
    end = end === undefined ? size : placeIn(size, end);
    contentType = normalizeType(toDOMString(contentType));

    return sliceBlob(this, start, end, contentType);
  }

  stream() {
    return streamParts(this.#parts);
  }

  async text() {
    return decodeUTF8(bytesOfBlob(this));
  }

  async arrayBuffer() {
    return typedArrayBuffer(concatenate(this.#parts));
  }

  async bytes() {
    return concatenate(this.#parts);
  }
}

/** What a script's constructor call says. @returns {[Uint8Array[], string]} */
function partsFrom(blobParts = undefined, options = undefined) {
  const parts = blobParts === undefined ? [] : toBlobParts(blobParts, 'Blob constructor');
  const { isNative, type } = toBlobOptions(options, 'Blob constructor');

  return [processParts(parts, isNative), type];
}

const Constructor = constructorOf(defineInterface(Blob), partsFrom);

export { Blob as BlobClass, Constructor as Blob };
setInspector(Blob, ['size', 'type']);
defineSerializable(Blob, {
  isInstance: isBlob,
  serialize: (blob) => ({ parts: partsOf(blob), type: blobType(blob) }),
  deserialize: ({ parts, type }) => new Blob(parts, type),
});

/** A Blob of bytes that nobody else has. @param {Uint8Array} bytes @param {string} [type] already normalized */
export function createBlob(bytes, type = '') {
  return new Blob(byteLengthOf(bytes) === 0 ? [] : [bytes], type);
}

/** @param {Blob} blob @param {number} start @param {number} end @param {string} type already normalized */
export function sliceBlob(blob, start, end, type) {
  return new Blob(sliceParts(partsOf(blob), start, end), type);
}

/**
 * sequence<BlobPart>: Blobs, BufferSources and strings.
 * @param {unknown} value
 * @param {string} where
 */
export function toBlobParts(value, where) {
  return toSequence(value, (part) => (isBlob(part) || bytesOf(part) !== null ? part : toUSVString(part)), where);
}

/** The dictionary BlobPropertyBag. @param {unknown} value @param {string} where */
export function toBlobOptions(value, where) {
  const dictionary = toDictionary(value, where);
  const { endings } = dictionary;
  const isNative = endings !== undefined && toEnum(endings, ['transparent', 'native'], where + ': endings') === 'native';
  const { type } = dictionary;

  return { isNative, type: type === undefined ? '' : normalizeType(toDOMString(type)) };
}

/** https://w3c.github.io/FileAPI/#process-blob-parts */
export function processParts(given, isNative) {
  const items = list([]);

  for (let i = 0; i < given.length; i++) {
    const part = given[i];

    if (typeof part === 'string') items.push(isNative ? stringReplace(part, LINE_END, '\n') : part);
    else if (isBlob(part)) appendAll(items, partsOf(part));
    else items.push(copyAsBytes(bytesOf(part)));
  }

  return encodeParts(items);
}

/** What the `type` of a Blob becomes. @param {string} type */
export function normalizeType(type) {
  return NOT_PRINTABLE.test(type) ? '' : stringToLowerCase(type);
}

/** A relative place as in `slice`. */
function placeIn(size, value) {
  const place = toInteger(value, 64, { __proto__: null, signed: true, clamp: true });

  return place < 0 ? max(size + place, 0) : min(place, size);
}

/** A stream of copies. */
function streamParts(parts) {
  let part = 0;
  let at = 0; // in the part
  const stream = createByteSource({
    __proto__: null,
    pull() {
      if (part === parts.length) {
        closeStream(stream);

        return;
      }

      const end = min(at + CHUNK, byteLengthOf(parts[part]));

      enqueueBytes(stream, copyAsBytes(bytesBetween(parts[part], at, end)));
      at = end;

      if (at === byteLengthOf(parts[part])) {
        part++;
        at = 0;
      }
    },
  });

  return stream;
}
