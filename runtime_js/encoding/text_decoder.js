// https://encoding.spec.whatwg.org/#interface-textdecoder  Twin: edgehost/bindings/encoding/
//
// The host decodes whole chunks. What a chunk leaves unfinished is kept here: an incomplete character in UTF-8 and
// UTF-16 is found here, in the other encodings by the host's decoder.

import { byteLengthOf, bytesOf } from '../webidl/buffer_source.js';
import {
  Boolean, TypeError, Uint8Array, bytesBetween, stringCharCodeAt, stringSlice, typedArraySet,
} from '../boundary/built_ins.js';
import { BOM, decodeUTF8, decodeUTF8WithoutBOM } from './encoding.js';
import { ask, query, text } from '../boundary/host.js';
import { defineInterface, toDictionary, toDOMString } from '../webidl/webidl.js';

/** What decode() does with a chunk. @type {(decoder: TextDecoder, bytes: Uint8Array, more: boolean) => string} */
export let decodeChunk;
/** @type {(decoder: TextDecoder) => { encoding: string, fatal: boolean, ignoreBOM: boolean }} */
export let settingsOf;

export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #isLegacy;
  #continues = false; // the last call was told that more will come ("do not flush")
  #atStart = true; // nothing was decoded yet, so that a byte order mark may come ("BOM seen" unset)
  #held = null; // the bytes of a character that is not complete yet: up to three
  #state = 0; // of the host's decoder

  constructor(label = 'utf-8', options = undefined) {
    label = toDOMString(label);

    const { fatal, ignoreBOM } = toDictionary(options, 'TextDecoder');
    const encoding = label === 'utf-8' ? label : ask(query.encodingName(text(label)));

    this.#encoding = encoding;
    this.#fatal = Boolean(fatal);
    this.#ignoreBOM = Boolean(ignoreBOM);
    this.#isLegacy = encoding !== 'utf-8' && encoding !== 'utf-16le' && encoding !== 'utf-16be';
  }

  static {
    decodeChunk = (decoder, bytes, more) => decoder.#decode(bytes, more);
    settingsOf = (decoder) => ({ encoding: decoder.#encoding, fatal: decoder.#fatal, ignoreBOM: decoder.#ignoreBOM });
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
    const isWhole = this.#encoding === 'utf-8' && options === undefined && !this.#continues;
    const bytes = input === undefined ? new Uint8Array() : bytesOf(input);

    if (bytes === null) throw new TypeError('TextDecoder.decode: the input is neither an ArrayBuffer nor a view');

    if (isWhole) return this.#ignoreBOM ? decodeUTF8WithoutBOM(bytes, this.#fatal) : decodeUTF8(bytes, this.#fatal);

    return this.#decode(bytes, Boolean(toDictionary(options, 'TextDecoder.decode').stream));
  }

  #decode(bytes, more) {
    if (!this.#continues) {
      this.#held = null;
      this.#atStart = true;
      this.#state = 0;
    }

    this.#continues = more;

    if (this.#held !== null) bytes = join(this.#held, bytes);

    this.#held = null;

    if (this.#isLegacy) return this.#decodeLegacy(bytes, more);

    if (more) bytes = this.#hold(bytes, incompleteLength(bytes, this.#encoding));

    return this.#withoutBOM(decodeUnicode(bytes, this.#encoding, this.#fatal));
  }

  #decodeLegacy(bytes, more) {
    const answer = ask(query.decodeLegacy(bytes, this.#encoding, this.#fatal, more, this.#state));
    const end = answer.length - 1;
    const rest = stringCharCodeAt(answer, end); // how many bytes are left over, and the state

    this.#hold(bytes, rest & 3);
    this.#state = rest >> 2;

    return stringSlice(answer, 0, end);
  }

  /** Sets bytes at the end aside and returns what comes before them. */
  #hold(bytes, length) {
    if (length === 0) return bytes;

    const end = byteLengthOf(bytes) - length;

    this.#held = new Uint8Array(bytesBetween(bytes, end, byteLengthOf(bytes)));

    return bytesBetween(bytes, 0, end);
  }

  #withoutBOM(string) {
    if (!this.#atStart || string === '') return string;

    this.#atStart = false;

    return string[0] === BOM && !this.#ignoreBOM ? stringSlice(string, 1) : string;
  }
}

defineInterface(TextDecoder);

function decodeUnicode(bytes, encoding, fatal) {
  if (byteLengthOf(bytes) === 0) return '';

  return encoding === 'utf-8' ? decodeUTF8WithoutBOM(bytes, fatal) : ask(query.decodeText(bytes, encoding, fatal));
}

function join(first, second) {
  const bytes = new Uint8Array(byteLengthOf(first) + byteLengthOf(second));

  typedArraySet(bytes, first);
  typedArraySet(bytes, second, byteLengthOf(first));

  return bytes;
}

/** How many bytes at the end could become a character with what follows them. */
function incompleteLength(bytes, encoding) {
  return encoding === 'utf-8' ? incompleteUTF8(bytes) : incompleteUTF16(bytes, encoding);
}

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
