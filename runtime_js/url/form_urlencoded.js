// https://url.spec.whatwg.org/#application/x-www-form-urlencoded  Twin: edgehost/bindings/url.py

import {
  decodeURIComponent, encodeURIComponent, pattern, regExpExec, stringIndexOf, stringReplaceAll, stringSlice,
  stringSplit,
} from '../boundary/built_ins.js';
import { ask, query, text, without } from '../boundary/host.js';

const decode = decodeURIComponent;
const encode = encodeURIComponent;

/**
 * The application/x-www-form-urlencoded parser.
 * @param {string} string a USVString
 * @returns {[string, string][]} names and values
 */
export function parseForm(string) {
  if (string === '') return [];

  const pairs = stringSplit(string, '&');
  let count = 0;

  for (let i = 0; i < pairs.length; i++) {
    const sequence = pairs[i];
    let pair = stringSplit(sequence, '=');

    if (pair.length !== 2) {
      if (sequence === '') continue;

      pair = [pair[0], stringSlice(sequence, pair[0].length + 1)];
    }

    pairs[count++] = pair;
  }

  if (count < pairs.length) pairs.length = count;

  if (without(string, '%', '') !== string || without(string, '+', '') !== string) decodePairs(pairs);

  return pairs;
}

function decodePairs(pairs) {
  for (let i = 0; i < pairs.length; i++) {
    pairs[i][0] = decodePart(pairs[i][0]);
    pairs[i][1] = decodePart(pairs[i][1]);
  }
}

function decodePart(string) {
  const spaced = stringIndexOf(string, '+') < 0 ? string : stringReplaceAll(string, '+', ' ');

  if (stringIndexOf(spaced, '%') < 0) return spaced;

  try {
    // Where it succeeds, it is the percent-decoding of valid UTF-8 that the standard asks for.
    return decode(spaced);
  } catch {
    return ask(query.percentDecode(text(spaced)));
  }
}

/**
 * The application/x-www-form-urlencoded serializer.
 * @param {[string, string][]} pairs of USVStrings
 */
export function serializeForm(pairs) {
  let result = '';

  for (let i = 0; i < pairs.length; i++) {
    result += (i === 0 ? '' : '&') + encodePart(pairs[i][0]) + '=' + encodePart(pairs[i][1]);
  }

  return result;
}

// What encodeURIComponent writes otherwise than a form does.
const DIFFERENT = pattern(/[!'()~]|%20/);
const FORM = { __proto__: null, '!': '%21', "'": '%27', '(': '%28', ')': '%29', '~': '%7E', '%20': '+' };

function encodePart(string) {
  let encoded = encode(string);

  if (regExpExec(DIFFERENT, encoded) === null) return encoded;

  for (const sequence in FORM) encoded = stringReplaceAll(encoded, sequence, FORM[sequence]);

  return encoded;
}
