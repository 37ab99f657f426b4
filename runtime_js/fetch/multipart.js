// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
// A FormData as the body of a message. The way back: multipart_parser.js

import { blobType, partsOf } from '../file/blob.js';
import { list, pattern, stringReplace } from '../boundary/built_ins.js';
import { appendAll, encodeParts, joined } from '../boundary/byte_parts.js';
import { fileName } from '../file/file.js';
import { entriesOf } from './form_data.js';
import { ask, query } from '../boundary/host.js';

/**
 * @param {FormData} form
 * @returns {{ bytes: Uint8Array, type: string }}
 */
export function encodeMultipart(form) {
  const boundary = '----formdata-' + ask(query.randomUUID());
  const items = list([]);

  for (let i = 0, entries = entriesOf(form); i < entries.length; i++) {
    const { 0: name, 1: value } = entries[i];

    items.push('--' + boundary + '\r\nContent-Disposition: form-data; name="' + escape(withLineEnds(name)) + '"');

    if (typeof value === 'string') items.push('\r\n\r\n' + withLineEnds(value));
    else addFile(items, value);

    items.push('\r\n');
  }

  items.push('--' + boundary + '--\r\n');

  return { bytes: joined(encodeParts(items)), type: 'multipart/form-data; boundary=' + boundary };
}

function addFile(items, file) {
  const type = blobType(file) || 'application/octet-stream';

  items.push('; filename="' + escape(fileName(file)) + '"\r\nContent-Type: ' + type + '\r\n\r\n');
  appendAll(items, partsOf(file));
}

const LINE_END = pattern(/\r\n?|\n/g);

function withLineEnds(string) {
  return stringReplace(string, LINE_END, '\r\n');
}

const TO_ESCAPE = pattern(/[\n\r"]/g);
const ESCAPES = { '\n': '%0A', '\r': '%0D', '"': '%22' };

function escape(string) {
  return stringReplace(string, TO_ESCAPE, (character) => ESCAPES[character]);
}
