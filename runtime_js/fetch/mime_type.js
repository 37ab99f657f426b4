// https://mimesniff.spec.whatwg.org/#understanding-mime-types

import { createMap, list, pattern, stringReplace, stringSlice, stringToLowerCase } from '../boundary/built_ins.js';

const TYPE = pattern(/^([^/]+)\/([^;]+)/);
const TOKEN = pattern(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
const QUOTABLE = pattern(/^[\t\x20-\x7e\x80-\xff]*$/); // HTTP quoted-string token code points
const ESCAPED = pattern(/\\([^])/g);
const TO_ESCAPE = pattern(/["\\]/g);

/** @typedef {{ essence: string, parameters: Map<string, string> }} MimeType */

/**
 * https://mimesniff.spec.whatwg.org/#parse-a-mime-type
 * @param {string} input
 * @returns {MimeType | null} null for failure
 */
export function parseMimeType(input) {
  const trimmed = trim(input);
  const match = TYPE.exec(trimmed);

  if (match === null) return null;

  const type = match[1];
  const subtype = trimEnd(match[2]);

  if (!TOKEN.test(type) || !TOKEN.test(subtype)) return null;

  return {
    essence: stringToLowerCase(type + '/' + subtype),
    parameters: parseParameters(stringSlice(trimmed, match[0].length)),
  };
}

// A name, and the value after "=". What stands between a quoted value and the next ";" is ignored; a missing quote ends with the input.
const PARAMETER = pattern(/;[\t\n\r ]*([^;=]*)(?:=(?:"((?:[^"\\]|\\[^]|\\$)*)(?:"[^;]*|$)|([^;]*)))?/gy);

/** @param {string} input empty, or ";" and so on */
function parseParameters(input) {
  const parameters = createMap();

  PARAMETER.lastIndex = 0;

  for (let match = PARAMETER.exec(input); match !== null; match = PARAMETER.exec(input)) {
    const { 1: name, 2: quoted, 3: plain = '' } = match;
    const key = stringToLowerCase(name);
    const value = quoted === undefined ? trimEnd(plain) : stringReplace(quoted, ESCAPED, '$1');

    if (quoted === undefined && value === '') continue;

    if (TOKEN.test(name) && QUOTABLE.test(value) && !parameters.has(key)) parameters.set(key, value);
  }

  return parameters;
}

// Without HTTP whitespace. Regular expressions would take quadratic time.

const isSpace = (character) => character === ' ' || character === '\t' || character === '\n' || character === '\r';

function trim(string) {
  let start = 0;

  while (isSpace(string[start])) start++;

  return trimEnd(stringSlice(string, start));
}

function trimEnd(string) {
  let end = string.length;

  while (isSpace(string[end - 1])) end--;

  return stringSlice(string, 0, end);
}

/**
 * https://mimesniff.spec.whatwg.org/#serialize-a-mime-type
 * @param {MimeType} type
 */
export function serializeMimeType({ essence, parameters }) {
  let result = essence;

  parameters.forEach((value, name) => {
    result += ';' + name + '=' + (TOKEN.test(value) ? value : '"' + stringReplace(value, TO_ESCAPE, '\\$&') + '"');
  });

  return result;
}

/**
 * https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
 * @param {string | null} header the value of Content-Type; several are joined by commas
 * @returns {MimeType | null} null for failure
 */
export function extractMimeType(header) {
  let found = null;
  let charset;

  for (let i = 0, values = splitHeader(header ?? ''); i < values.length; i++) {
    const type = parseMimeType(values[i]);

    if (type === null || type.essence === '*/*') continue;

    if (type.essence !== found?.essence) charset = undefined;

    if (type.parameters.has('charset')) charset = type.parameters.get('charset');
    else if (charset !== undefined) type.parameters.set('charset', charset);

    found = type;
  }

  return found;
}

const ITEM = pattern(/(?:"(?:[^"\\]|\\[^]|\\$)*(?:"|$)|[^",])+/g);

/** https://fetch.spec.whatwg.org/#header-value-get-decode-and-split: at the commas outside of quoted strings. */
function splitHeader(value) {
  const items = list([]);

  ITEM.lastIndex = 0;

  for (let match = ITEM.exec(value); match !== null; match = ITEM.exec(value)) items.push(match[0]);

  return items;
}
