// https://www.rfc-editor.org/rfc/rfc7578: a body of type multipart/form-data, to entries.
// Twin: edgehost/bindings/multipart_parser.py
//
// Where the RFC leaves names open, they are read as browsers write them: UTF-8 with "%22", "%0D" and "%0A", no other escapes.

import { createBlob, normalizeType } from '../file/blob.js';
import {
  TypeError, Uint32Array, bytesBetween, list, pattern, stringIncludes, stringReplace, stringToLowerCase,
  stringTrimEnd, typedArrayLength,
} from '../boundary/built_ins.js';
import { decodeUTF8WithoutBOM } from '../encoding/encoding.js';
import { fileOf } from '../file/file.js';
import { ask, query, text } from '../boundary/host.js';

const EMPTY_LINE = 4; // bytes of "\r\n\r\n"

const HEADERS = pattern(/^(?:[^\s:]+[\t ]*:[^\r\n]*(?:\r\n|$))+$/);
const TYPE = pattern(/(?:^|\n)content-type[\t ]*:[\t ]*([^\r\n]*)/i);
const DISPOSITION = pattern(/(?:^|\n)content-disposition[\t ]*:[\t ]*form-data((?:[\t ]*;[\t ]*[^\t ;="]+=(?:"[^"\r\n]*"|[^\t ;"\r\n]*))*)[\t ]*(?:\r|$)/i);
const PARAMETER = pattern(/([^\t ;="]+)=(?:"([^"]*)"|([^\t ;"]*))/g);

/**
 * @param {Uint8Array} bytes that nobody else has: the files keep them
 * @param {string} boundary
 * @param {number} most entries that there may be
 * @returns {[string, string | File][]} throws a TypeError for what is malformed
 */
export function parseMultipart(bytes, boundary, most) {
  const places = new Uint32Array(ask(query.multipartParts(bytes, text(boundary), most)));
  const count = typedArrayLength(places);
  const entries = list([]);

  for (let i = 0; i < count; i += 3) {
    const head = decodeUTF8WithoutBOM(bytesBetween(bytes, places[i], places[i + 1]));

    entries.push(toEntry(head, bytesBetween(bytes, places[i + 1] + EMPTY_LINE, places[i + 2])));
  }

  return entries;
}

/** @param {string} head the headers @param {Uint8Array} content */
function toEntry(head, content) {
  if (!HEADERS.test(head)) throw malformed('a header of a part is no header');

  const { name, filename } = parseDisposition(head);

  if (name === undefined) throw malformed('a part has no name');

  if (filename === undefined) return [name, decodeUTF8WithoutBOM(content)];

  const type = TYPE.exec(head)?.[1] ?? 'text/plain'; // RFC 7578, section 4.4

  return [name, fileOf(createBlob(content, normalizeType(stringTrimEnd(type))), filename)];
}

/** The parameters of Content-Disposition. */
function parseDisposition(head) {
  const match = DISPOSITION.exec(head);
  const parameters = { __proto__: null };

  if (match === null) throw malformed('a part has no content-disposition of form-data');

  for (let found = PARAMETER.exec(match[1]); found !== null; found = PARAMETER.exec(match[1])) {
    parameters[stringToLowerCase(found[1])] = unescapeName(found[2] ?? found[3]);
  }

  return parameters;
}

const ESCAPED = pattern(/%(?:0A|0D|22)/g);
const UNESCAPED = { '%0A': '\n', '%0D': '\r', '%22': '"' };

function unescapeName(name) {
  return stringIncludes(name, '%') ? stringReplace(name, ESCAPED, (escaped) => UNESCAPED[escaped]) : name;
}

function malformed(what) {
  return new TypeError('the body is not multipart/form-data: ' + what);
}
