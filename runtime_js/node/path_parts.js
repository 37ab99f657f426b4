// What paths of both kinds have in common. https://nodejs.org/api/path.html

import {
  TypeError, defineProperty, is, list, stringCharCodeAt, stringEndsWith, stringLastIndexOf, stringSlice, symbolToString,
} from '../boundary/built_ins.js';
import { toDOMString } from '../webidl/webidl.js';

/** Where relative paths begin: the function's own folder is the root of all it can see. */
export const CURRENT_FOLDER = '/';

/**
 * Removes empty segments, '.' and as many '..' as there are segments before them.
 * @param {string} text
 * @param {(code: number) => boolean} isSeparator
 * @param {string} separator that the result has
 * @param {boolean} mayLeadUp whether '..' stays where nothing is before it
 */
export function normalizeSegments(text, isSeparator, separator, mayLeadUp) {
  const segments = segmentsOf(text, isSeparator);
  const kept = list([]);

  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i];

    if (segment === '.') continue;

    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept[kept.length - 1] !== '..') kept.pop();
    else if (mayLeadUp) kept.push('..');
  }

  return kept.join(separator);
}

/** What stands between separators, without what is empty. @returns {string[]} a list */
export function segmentsOf(text, isSeparator) {
  const segments = list([]);
  let start = 0;

  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && !isSeparator(stringCharCodeAt(text, i))) continue;

    if (i > start) segments.push(stringSlice(text, start, i));
    start = i + 1;
  }

  return segments;
}

/**
 * Where the last segment of a path is. Separators behind it do not count.
 * @param {string} path
 * @param {(code: number) => boolean} isSeparator
 * @param {number} from where to look
 * @returns {{ start: number, end: number }} both `from` where there is none
 */
export function lastSegment(path, isSeparator, from) {
  let end = path.length;

  while (end > from && isSeparator(stringCharCodeAt(path, end - 1))) end--;

  let start = end;

  while (start > from && !isSeparator(stringCharCodeAt(path, start - 1))) start--;

  return { start, end };
}

/** The segment without a suffix, which may not be all of it. @param {string} suffix may be empty */
export function withoutSuffix(segment, suffix) {
  return segment !== suffix && stringEndsWith(segment, suffix) ? stringSlice(segment, 0, segment.length - suffix.length) : segment;
}

/** From the last dot of a segment on, if anything is before it. */
export function extensionOf(segment) {
  const dot = segment === '..' ? 0 : stringLastIndexOf(segment, '.');

  return dot > 0 ? stringSlice(segment, dot) : '';
}

/** The members of what `parse` returns. */
export function parsed(root, dir, base) {
  const ext = extensionOf(base);

  return { root, dir, base, ext, name: stringSlice(base, 0, base.length - ext.length) };
}

/**
 * From one path to another, as far as their segments differ.
 * @param {string[]} from
 * @param {string[]} to
 * @param {number} shared how many they have in common
 * @param {string} separator
 */
export function wayBetween(from, to, shared, separator) {
  return from.slice(shared).map(() => '..').concat(to.slice(shared)).join(separator);
}

/** `format`, for a kind of paths. @param {object} pathObject @param {string} separator */
export function format(pathObject, separator) {
  if (typeof pathObject !== 'object' || pathObject === null) throw wrongType('pathObject', 'object', pathObject);

  const { root, base, name, ext } = pathObject;
  const dir = pathObject.dir || root;
  const file = toDOMString(base || toDOMString(name || '') + extensionWithDot(ext));

  if (!dir) return file;

  return toDOMString(dir) + (dir === root ? '' : separator) + file;
}

function extensionWithDot(ext) {
  if (!ext) return '';

  return (ext[0] === '.' ? '' : '.') + toDOMString(ext);
}

/** @param {unknown} value @param {string} name of the argument */
export function requireText(value, name) {
  if (typeof value !== 'string') throw wrongType(name, 'string', value);
}

function wrongType(name, type, value) {
  const error = new TypeError('The "' + name + '" argument must be of type ' + type + '. Received ' + described(value));

  return defineProperty(error, 'code', {
    __proto__: null, value: 'ERR_INVALID_ARG_TYPE', writable: true, enumerable: true, configurable: true,
  });
}

const MOST = 28; // characters that are shown of a value

function described(value) {
  if (value === undefined || value === null) return '' + value;

  if (typeof value === 'function') return 'function ' + value.name;

  if (typeof value === 'object') {
    const { constructor } = value;

    return constructor?.name ? 'an instance of ' + constructor.name : '[Object: null prototype] {}';
  }

  const shown = literal(value);

  return 'type ' + typeof value + ' (' + (shown.length > MOST ? stringSlice(shown, 0, MOST - 3) + '...' : shown) + ')';
}

function literal(value) {
  switch (typeof value) {
    case 'string':
      return "'" + value + "'";
    case 'symbol':
      return symbolToString(value);
    case 'bigint':
      return value + 'n';
    default:
      return is(value, -0) ? '-0' : '' + value;
  }
}
