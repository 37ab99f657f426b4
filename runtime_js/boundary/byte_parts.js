// Bytes in several pieces that nobody changes, so that Blobs can share them.

import { byteLengthOf, concatenate } from '../webidl/buffer_source.js';
import { bytesBetween, list } from './built_ins.js';
import { encodeUTF8 } from '../encoding/encoding.js';

/**
 * Text that stands together becomes one piece.
 * @param {(string | Uint8Array)[]} items well-formed text, and bytes that nobody else has
 * @returns {Uint8Array[]}
 */
export function encodeParts(items) {
  const parts = list([]);
  let text = '';

  const endText = () => {
    if (text !== '') parts[parts.length] = encodeUTF8(text);

    text = '';
  };

  for (let i = 0; i < items.length; i++) {
    const item = items[i];

    if (typeof item === 'string') {
      text += item;
    } else if (byteLengthOf(item) > 0) {
      endText();
      parts[parts.length] = item;
    }
  }

  endText();

  return parts;
}

/** @param {Uint8Array[]} parts */
export function sizeOf(parts) {
  let size = 0;

  for (let i = 0; i < parts.length; i++) size += byteLengthOf(parts[i]);

  return size;
}

/**
 * The pieces between two places, over the same memory.
 * @param {Uint8Array[]} parts
 * @param {number} start
 * @param {number} end
 */
export function sliceParts(parts, start, end) {
  const slice = list([]);

  for (let i = 0, at = 0; i < parts.length && at < end; at += byteLengthOf(parts[i++])) {
    const from = start > at ? start - at : 0;
    const length = byteLengthOf(parts[i]);
    const to = end - at < length ? end - at : length;

    if (from < to) slice[slice.length] = to - from === length ? parts[i] : bytesBetween(parts[i], from, to);
  }

  return slice;
}

/** All bytes in one array, which must not be changed: it may be a part. @param {Uint8Array[]} parts */
export function joined(parts) {
  return parts.length === 1 ? parts[0] : concatenate(parts);
}

/** Like `push(...more)`, whatever their number. */
export function appendAll(items, more) {
  for (let i = 0; i < more.length; i++) items[items.length] = more[i];
}
