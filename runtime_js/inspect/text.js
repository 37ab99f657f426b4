// Pieces of printed values: quoted strings, styles, and how wide a text is on a screen. Part of inspect.js

import {
  RegExp, fromCharCode, fromCodePoint, is, numberToString, pattern, stringCharCodeAt, stringCodePointAt,
  stringIncludes, stringPadStart, stringReplace, stringToUpperCase,
} from '../boundary/built_ins.js';

// A style is a pair of noncharacters around the text; the console's host half makes escape sequences
// of them, and shows every other control character, so no text of a function can drive a terminal.
const mark = (index) => fromCharCode(0xfdd0 + index);
const plain = mark(0);
const STYLES = {
  special: [mark(3), plain],
  number: [mark(4), plain],
  bigint: [mark(4), plain],
  boolean: [mark(4), plain],
  undefined: [mark(5), plain],
  null: [mark(6), mark(1)],
  string: [mark(7), plain],
  symbol: [mark(7), plain],
  date: [mark(8), plain],
  regexp: [mark(9), plain],
  module: [mark(10), mark(2)],
};

/** @param {string} string @param {string} style */
export function withColor(string, style) {
  const marks = STYLES[style];

  return marks === undefined ? string : marks[0] + string + marks[1];
}

/** @param {string} string */
export function withoutColor(string) {
  return string;
}

const MARKS = pattern(/[\ufdd0-\ufdef]/g);

/** @param {string} string */
export function removeColors(string) {
  return stringReplace(string, MARKS, '');
}

const SHORT = {
  __proto__: null,
  '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\', "'": "\\'",
};
let escaped = null; // regular expressions, made when the first string is quoted

/** A string as a literal, in the first quotes that it does not hold. @param {string} string */
export function quote(string) {
  const mark = quotesFor(string);

  return mark === '' ? "'" + escapeAll(string) + "'" : mark + escapeAll(string, false) + mark;
}

function quotesFor(string) {
  if (!stringIncludes(string, "'")) return "'";

  if (!stringIncludes(string, '"')) return '"';

  return stringIncludes(string, '`') || stringIncludes(string, '${') ? '' : '`';
}

/** Makes control characters, backslashes and lone surrogates visible. @param {string} string */
export function escapeAll(string, alsoQuotes = true) {
  escaped ??= [pattern(/[\p{Cc}\p{Cs}\\]/gu), pattern(/[\p{Cc}\p{Cs}\\']/gu)]; // as code points: only lone surrogates are of Cs

  return stringReplace(string, escaped[+alsoQuotes], escapeOne);
}

function escapeOne(character) {
  const short = SHORT[character];

  if (short !== undefined) return short;

  const code = numberToString(stringCharCodeAt(character, 0), 16);

  return code.length > 2 ? '\\u' + code : '\\x' + stringPadStart(stringToUpperCase(code), 2, '0');
}

/** @param {number} number */
export function numberText(number) {
  return is(number, -0) ? '-0' : '' + number;
}

/** Columns of a terminal that a text fills. @param {string} string */
export function width(string) {
  if (ASCII.test(string)) return string.length;

  const text = removeColors(string);

  if (ASCII.test(text)) return text.length;

  let columns = 0;

  for (let i = 0; i < text.length;) {
    const character = fromCodePoint(stringCodePointAt(text, i));

    columns += columnsOf(character);
    i += character.length;
  }

  return columns;
}

const ASCII = pattern(/^[ -~]*$/);
let zeroWidth = null; // made when the first text is not ASCII
let wide = null;

function columnsOf(character) {
  zeroWidth ??= pattern(/[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff]/u);

  if (zeroWidth.test(character)) return 0; // with the vowels and finals of Hangul

  wide ??= pattern(new RegExp(WIDE, 'u'));

  return wide.test(character) ? 2 : 1;
}

// Unicode's East Asian Width W and F, in blocks.
const WIDE = '['
  + '\\u1100-\\u115f\\u231a\\u231b\\u2329\\u232a\\u23e9-\\u23ec\\u23f0\\u23f3\\u2614\\u2615\\u2648-\\u2653\\u267f\\u2693'
  + '\\u26a1\\u26bd\\u26be\\u26c4\\u26c5\\u26ce\\u26d4\\u26ea\\u26f2\\u26f3\\u26f5\\u26fa\\u26fd\\u2705\\u270a\\u270b\\u2728'
  + '\\u274c\\u274e\\u2753-\\u2755\\u2757\\u2795-\\u2797\\u27b0\\u27bf\\u2b1b\\u2b1c\\u2b50\\u2b55\\u2e80-\\u303e\\u3041-\\u33ff'
  + '\\u3400-\\u4dbf\\u4e00-\\ua4cf\\ua960-\\ua97c\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe10-\\ufe19\\ufe30-\\ufe6b\\uff01-\\uff60'
  + '\\uffe0-\\uffe6\\u{1b000}-\\u{1b2ff}\\u{1f004}\\u{1f0cf}\\u{1f18e}\\u{1f191}-\\u{1f19a}\\u{1f200}-\\u{1f320}'
  + '\\u{1f32d}-\\u{1f335}\\u{1f337}-\\u{1f37c}\\u{1f37e}-\\u{1f393}\\u{1f3a0}-\\u{1f3ca}\\u{1f3cf}-\\u{1f3d3}'
  + '\\u{1f3e0}-\\u{1f3f0}\\u{1f3f4}\\u{1f3f8}-\\u{1f43e}\\u{1f440}\\u{1f442}-\\u{1f4fc}\\u{1f4ff}-\\u{1f53d}'
  + '\\u{1f54b}-\\u{1f54e}\\u{1f550}-\\u{1f567}\\u{1f57a}\\u{1f595}\\u{1f596}\\u{1f5a4}\\u{1f5fb}-\\u{1f64f}'
  + '\\u{1f680}-\\u{1f6c5}\\u{1f6cc}\\u{1f6d0}-\\u{1f6d2}\\u{1f6d5}-\\u{1f6d7}\\u{1f6dc}-\\u{1f6df}\\u{1f6eb}\\u{1f6ec}'
  + '\\u{1f6f4}-\\u{1f6fc}\\u{1f7e0}-\\u{1f7eb}\\u{1f90c}-\\u{1f93a}\\u{1f93c}-\\u{1f945}\\u{1f947}-\\u{1f9ff}'
  + '\\u{1fa70}-\\u{1faff}\\u{20000}-\\u{3fffd}]';
