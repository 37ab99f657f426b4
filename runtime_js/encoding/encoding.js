// UTF-8 and TextEncoder: https://encoding.spec.whatwg.org/  Twin: edgehost/bindings/encoding/
//
// Short text is converted by the engine's own base64 and percent-encoding functions, which together know UTF-8:
// below the lengths named here that takes less time than a crossing to the host.

import { byteLengthOf, isUint8Array } from '../webidl/buffer_source.js';
import {
  TypeError, Uint8Array, atob, btoa, bytesBetween, decodeURIComponent, encodeURI, escape, fromBase64, stringSlice,
  stringToWellFormed, typedArraySet, uint8ArrayToBase64, unescape,
} from '../boundary/built_ins.js';
import { ask, query, utf8 } from '../boundary/host.js';
import { defineInterface, requireArguments, toDOMString, toUSVString } from '../webidl/webidl.js';

const ENCODE_HERE = 256; // shorter strings, in code units
const DECODE_HERE = 128; // shorter inputs, in bytes

const base64ToLatin1 = atob;
const latin1ToBase64 = btoa;
const percentEncode = encodeURI;
const percentDecode = decodeURIComponent;
const latin1ToPercent = escape;
const percentToLatin1 = unescape;

export const BOM = '\ufeff';

/**
 * UTF-8 encode.
 * @param {string} string lone surrogates become U+FFFD
 * @returns {Uint8Array} with a buffer of its own
 */
export function encodeUTF8(string) {
  const { length } = string;

  if (length === 0) return new Uint8Array();

  const whole = stringToWellFormed(string);

  if (length >= ENCODE_HERE) return new Uint8Array(ask(query.encodeUtf8(utf8(whole))));

  const escaped = percentEncode(whole);

  return fromBase64(latin1ToBase64(escaped.length === length ? whole : percentToLatin1(escaped)));
}

/**
 * UTF-8 decode: a byte order mark at the start is dropped.
 * @param {Uint8Array} bytes
 * @param {boolean} [fatal] throws a TypeError for malformed input
 */
export function decodeUTF8(bytes, fatal = false) {
  const string = decodeUTF8WithoutBOM(bytes, fatal);

  return string[0] === BOM ? stringSlice(string, 1) : string;
}

/**
 * UTF-8 decode without BOM: a byte order mark at the start stays.
 * @param {Uint8Array} bytes
 * @param {boolean} [fatal] throws a TypeError for malformed input
 */
export function decodeUTF8WithoutBOM(bytes, fatal = false) {
  return byteLengthOf(bytes) < DECODE_HERE ? decodeHere(bytes, fatal) : ask(query.decodeText(bytes, 'utf-8', fatal));
}

function decodeHere(bytes, fatal) {
  const latin1 = base64ToLatin1(uint8ArrayToBase64(bytes));
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

    if (room === 0) return { read: 0, written: 0 }; // its buffer may be detached

    // No code unit takes less than a byte, so no more of them can fit.
    const part = stringSlice(source, 0, room);
    const bytes = encodeUTF8(part);

    if (byteLengthOf(bytes) <= room) {
      typedArraySet(destination, bytes);

      return { read: part.length, written: byteLengthOf(bytes) };
    }

    const fitting = bytesBetween(bytes, 0, boundaryBefore(bytes, room));

    typedArraySet(destination, fitting);

    return { read: decodeUTF8WithoutBOM(fitting).length, written: byteLengthOf(fitting) };
  }
}

defineInterface(TextEncoder);

/** The last place up to `end` that does not cut a character in two. */
function boundaryBefore(bytes, end) {
  while ((bytes[end] & 0xc0) === 0x80) end--;

  return end;
}
