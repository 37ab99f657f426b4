// https://encoding.spec.whatwg.org/  Twin: edgehost/bindings/encoding.py
//
// Short text is converted by the engine's own base64 and percent-encoding functions, which together know UTF-8:
// below the lengths named here that takes less time than a crossing to the host.

import { byteLengthOf, bytesOf, isUint8Array } from './buffer_source.js';
import { ask, query, text, utf8 } from './host.js';
import { defineInterface, requireArguments, toDictionary, toDOMString, toUSVString } from './webidl.js';

const ENCODE_HERE = 256; // shorter strings, in code units
const DECODE_HERE = 128; // shorter inputs, in bytes

const { call } = Function.prototype;
const { fromBase64 } = Uint8Array;
const { subarray, slice, set } = Object.getPrototypeOf(Uint8Array.prototype);
const toBase64 = call.bind(Uint8Array.prototype.toBase64);
const subarrayOf = call.bind(subarray);
const copyOf = call.bind(slice);
const copyInto = call.bind(set);
const cut = call.bind(String.prototype.slice);
const wellFormed = call.bind(String.prototype.toWellFormed);
const base64ToLatin1 = atob;
const latin1ToBase64 = btoa;
const percentEncode = encodeURI;
const percentDecode = decodeURIComponent;
const latin1ToPercent = escape;
const percentToLatin1 = unescape;

const BOM = '\ufeff';

/**
 * UTF-8 encode.
 * @param {string} string lone surrogates become U+FFFD
 * @returns {Uint8Array} with a buffer of its own
 */
export function encodeUTF8(string) {
  const { length } = string;

  if (length === 0) return new Uint8Array();

  const whole = wellFormed(string);

  if (length >= ENCODE_HERE) return new Uint8Array(ask(query.encodeUtf8(utf8(whole))));

  const escaped = percentEncode(whole);

  return fromBase64(latin1ToBase64(escaped.length === length ? whole : percentToLatin1(escaped)));
}

/**
 * UTF-8 decode: a byte order mark at the start is dropped.
 * @param {Uint8Array} bytes
 */
export function decodeUTF8(bytes) {
  const string = decodeUTF8WithoutBOM(bytes);

  return string[0] === BOM ? cut(string, 1) : string;
}

/**
 * UTF-8 decode without BOM: a byte order mark at the start stays.
 * @param {Uint8Array} bytes
 */
export function decodeUTF8WithoutBOM(bytes) {
  return byteLengthOf(bytes) < DECODE_HERE ? decodeHere(bytes, false) : ask(query.decodeText(bytes, 'utf-8', false));
}

function decodeHere(bytes, fatal) {
  const latin1 = base64ToLatin1(toBase64(bytes));
  const escaped = latin1ToPercent(latin1);

  if (escaped.length === latin1.length) return latin1;

  try {
    return percentDecode(escaped);
  } catch {
    return ask(query.decodeText(bytes, 'utf-8', fatal)); // malformed
  }
}

export class TextEncoder {
  #brand;

  get encoding() {
    void this.#brand;

    return 'utf-8';
  }

  encode(input = '') {
    void this.#brand;

    return encodeUTF8(toDOMString(input));
  }

  encodeInto(source, destination) {
    void this.#brand;
    requireArguments(arguments.length, 2, 'TextEncoder.encodeInto');
    source = toUSVString(source);

    if (!isUint8Array(destination)) throw new TypeError('TextEncoder.encodeInto: the destination is not a Uint8Array');

    const room = byteLengthOf(destination);
    // No code unit takes less than a byte, so no more of them can fit.
    const part = cut(source, 0, room);
    const bytes = encodeUTF8(part);

    if (byteLengthOf(bytes) <= room) {
      copyInto(destination, bytes);

      return { read: part.length, written: byteLengthOf(bytes) };
    }

    const fitting = subarrayOf(bytes, 0, boundaryBefore(bytes, room));

    copyInto(destination, fitting);

    return { read: decodeUTF8WithoutBOM(fitting).length, written: byteLengthOf(fitting) };
  }
}

defineInterface(TextEncoder);

/** The last place up to `end` that does not cut a character in two. */
function boundaryBefore(bytes, end) {
  while ((bytes[end] & 0xc0) === 0x80) end--;

  return end;
}

export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #continues = false; // the last call was told that more will come ("do not flush")
  #atStart = true; // nothing was decoded yet, so that a byte order mark may come ("BOM seen" unset)
  #held = null; // the bytes of a character that is not complete yet: up to three

  constructor(label = 'utf-8', options = undefined) {
    label = toDOMString(label);

    const { fatal, ignoreBOM } = toDictionary(options, 'TextDecoder');

    this.#encoding = label === 'utf-8' ? label : ask(query.encodingName(text(label)));
    this.#fatal = Boolean(fatal);
    this.#ignoreBOM = Boolean(ignoreBOM);
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input = undefined, options = undefined) {
    const encoding = this.#encoding;
    let bytes = input === undefined ? new Uint8Array() : bytesOf(input);

    if (bytes === null) throw new TypeError('TextDecoder.decode: the input is neither an ArrayBuffer nor a view');

    const stream = options !== undefined && Boolean(toDictionary(options, 'TextDecoder.decode').stream);

    if (!this.#continues) {
      this.#held = null;
      this.#atStart = true;
    }

    this.#continues = stream;

    if (this.#held !== null) bytes = join(this.#held, bytes);

    this.#held = null;

    if (stream) bytes = this.#hold(bytes);

    return this.#withoutBOM(decodeBytes(bytes, encoding, this.#fatal));
  }

  /** Sets an incomplete character at the end aside and returns what comes before it. */
  #hold(bytes) {
    const length = (this.#encoding === 'utf-8' ? incompleteUTF8 : incompleteUTF16)(bytes, this.#encoding);

    if (length === 0) return bytes;

    const end = byteLengthOf(bytes) - length;

    this.#held = copyOf(bytes, end);

    return subarrayOf(bytes, 0, end);
  }

  #withoutBOM(string) {
    if (!this.#atStart || string === '') return string;

    this.#atStart = false;

    return string[0] === BOM && !this.#ignoreBOM ? cut(string, 1) : string;
  }
}

defineInterface(TextDecoder);

function decodeBytes(bytes, encoding, fatal) {
  const length = byteLengthOf(bytes);

  if (length === 0) return '';

  return encoding === 'utf-8' && length < DECODE_HERE
    ? decodeHere(bytes, fatal)
    : ask(query.decodeText(bytes, encoding, fatal));
}

function join(first, second) {
  const bytes = new Uint8Array(byteLengthOf(first) + byteLengthOf(second));

  copyInto(bytes, first);
  copyInto(bytes, second, byteLengthOf(first));

  return bytes;
}

/** How many bytes at the end could become a character with what follows them. */
function incompleteUTF8(bytes) {
  const length = byteLengthOf(bytes);

  for (let count = 1; count <= 3 && count <= length; count++) {
    const byte = bytes[length - count];

    if ((byte & 0xc0) === 0x80) continue;

    return count < neededFrom(byte) && (count === 1 || secondFits(byte, bytes[length - count + 1])) ? count : 0;
  }

  return 0;
}

/** How many bytes a character has that begins with this one; 0 when none does. */
function neededFrom(lead) {
  if (lead < 0xc2 || lead > 0xf4) return 0;

  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** Whether this continuation byte may come second: no overlong form, no surrogate, nothing above U+10FFFF. */
function secondFits(lead, second) {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0;

    case 0xed:
      return second <= 0x9f;

    case 0xf0:
      return second >= 0x90;

    case 0xf4:
      return second <= 0x8f;

    default:
      return true;
  }
}

/** An odd byte, and before it the first half of a surrogate pair. */
function incompleteUTF16(bytes, encoding) {
  const odd = byteLengthOf(bytes) % 2;
  const even = byteLengthOf(bytes) - odd;
  const high = even === 0 ? 0 : bytes[encoding === 'utf-16le' ? even - 1 : even - 2];

  return (high & 0xfc) === 0xd8 ? odd + 2 : odd;
}
