// https://www.rfc-editor.org/rfc/rfc7578: a body of type multipart/form-data, to entries.
// Where that leaves names open, they are read as browsers write them: UTF-8 with "%22", "%0D" and "%0A", no other escapes.

import { createBlob, normalizeType } from './blob.js';
import { decodeUTF8WithoutBOM, encodeUTF8 } from './encoding.js';
import { fileOf } from './file.js';

const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
const EMPTY_LINE = encodeUTF8('\r\n\r\n');

const HEADER = /^([^\s:]+)[\t ]*:[\t ]*([^\r\n]*)$/;
const DISPOSITION = /^form-data((?:[\t ]*;[\t ]*[^\t ;="]+=(?:"[^"]*"|[^\t ;"]*))*)[\t ]*$/i;
const PARAMETER = /([^\t ;="]+)=(?:"([^"]*)"|([^\t ;"]*))/g;

/**
 * @param {Uint8Array} bytes that nobody else has: the files keep them
 * @param {string} boundary
 * @returns {[string, string | File][]} throws a TypeError for what is malformed
 */
export function parseMultipart(bytes, boundary) {
  const delimiter = encodeUTF8(`\r\n--${boundary}`);
  const entries = [];
  let at = afterFirst(bytes, delimiter);

  while (bytes[at] !== DASH || bytes[at + 1] !== DASH) {
    const start = nextLine(bytes, at);
    const end = find(bytes, delimiter, start, 'the delimiter that ends a part');

    entries.push(toEntry(bytes.subarray(start, end)));
    at = end + delimiter.length;
  }

  return entries;
}

/** The first delimiter needs no line before it. */
function afterFirst(bytes, delimiter) {
  const atStart = delimiter.subarray(2);

  return isAt(bytes, atStart, 0) ? atStart.length : find(bytes, delimiter, 0, 'the first delimiter') + delimiter.length;
}

/** Where a pattern is, which begins with CR. @param {string} what it is, for the error where there is none */
function find(bytes, pattern, from, what) {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (isAt(bytes, pattern, at)) return at;
  }

  throw malformed(`${what} is missing`);
}

function isAt(bytes, pattern, at) {
  for (let i = 0; i < pattern.length; i++) if (bytes[at + i] !== pattern[i]) return false;

  return true;
}

/** Behind a delimiter and the padding that may follow it. */
function nextLine(bytes, at) {
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;

  if (bytes[at] !== CR || bytes[at + 1] !== LF) throw malformed('a delimiter does not end its line');

  return at + 2;
}

/** @param {Uint8Array} part with its headers */
function toEntry(part) {
  const end = find(part, EMPTY_LINE, 0, 'the empty line after the headers of a part');
  const { name, filename, type } = parseHeaders(decodeUTF8WithoutBOM(part.subarray(0, end)));
  const content = part.subarray(end + EMPTY_LINE.length);

  if (name === undefined) throw malformed('a part has no name');

  return [name, filename === undefined ? decodeUTF8WithoutBOM(content) : fileOf(createBlob(content, type), filename)];
}

function parseHeaders(text) {
  let disposition = {};
  let type = 'text/plain'; // RFC 7578, section 4.4

  for (const line of text.split('\r\n')) {
    const header = HEADER.exec(line);

    if (header === null) throw malformed('a header of a part is no header');

    const name = header[1].toLowerCase();

    if (name === 'content-disposition') disposition = parseDisposition(header[2]);
    else if (name === 'content-type') type = normalizeType(header[2].trimEnd());
  }

  return { name: disposition.name, filename: disposition.filename, type };
}

function parseDisposition(value) {
  const match = DISPOSITION.exec(value);
  const parameters = { __proto__: null };

  if (match === null) throw malformed('the content-disposition of a part is not form-data');

  for (let found = PARAMETER.exec(match[1]); found !== null; found = PARAMETER.exec(match[1])) {
    parameters[found[1].toLowerCase()] = unescapeName(found[2] ?? found[3]);
  }

  return parameters;
}

const UNESCAPED = { '%0A': '\n', '%0D': '\r', '%22': '"' };

function unescapeName(name) {
  return name.includes('%') ? name.replace(/%(?:0A|0D|22)/g, (escaped) => UNESCAPED[escaped]) : name;
}

function malformed(what) {
  return new TypeError(`the body is not multipart/form-data: ${what}`);
}
