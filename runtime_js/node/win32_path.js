// Paths as Windows has them. https://nodejs.org/api/path.html

import {
  createSet, max, stringCharCodeAt, stringIncludes, stringIndexOf, stringSlice, stringToLowerCase,
  stringToUpperCase,
} from '../boundary/built_ins.js';
import {
  CURRENT_FOLDER, extensionOf, format, lastSegment, normalizeSegments, parsed, requireText, segmentsOf, wayBetween,
  withoutSuffix,
} from './path_parts.js';

/** Devices that are there in every folder. */
const DEVICES = createSet([
  'CON', 'PRN', 'AUX', 'NUL', 'COM1', 'COM2', 'COM3', 'COM4', 'COM5', 'COM6', 'COM7', 'COM8', 'COM9', 'LPT1', 'LPT2',
  'LPT3', 'LPT4', 'LPT5', 'LPT6', 'LPT7', 'LPT8', 'LPT9', 'COM\xb9', 'COM\xb2', 'COM\xb3', 'LPT\xb9', 'LPT\xb2', 'LPT\xb3',
]);

const isSeparator = (code) => code === 0x2f || code === 0x5c;
const isSeparatorAt = (path, at) => isSeparator(stringCharCodeAt(path, at));
const isLetter = (code) => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
const hasDrive = (path) => path[1] === ':' && isLetter(stringCharCodeAt(path, 0));
const driveLength = (path) => (hasDrive(path) ? 2 : 0);

/**
 * The share that a path begins with: \\server\share
 * @returns {{ server: string, share: string, end: number } | null} where the share ends
 */
function shareOf(path) {
  if (!isSeparatorAt(path, 0) || !isSeparatorAt(path, 1)) return null;

  const serverEnd = endOfSegment(path, 2);
  let shareStart = serverEnd;

  while (isSeparatorAt(path, shareStart)) shareStart++;

  const end = endOfSegment(path, shareStart);

  if (serverEnd === 2 || end === shareStart) return null;

  return { server: stringSlice(path, 2, serverEnd), share: stringSlice(path, shareStart, end), end };
}

function endOfSegment(path, start) {
  let end = start;

  while (end < path.length && !isSeparatorAt(path, end)) end++;

  return end;
}

/**
 * What paths are made of when they are resolved.
 * @returns {{ device: string, tail: string, isAbsolute: boolean }} device: a drive or share, normalized, or empty
 */
function split(path) {
  if (isSeparatorAt(path, 0)) {
    const found = shareOf(path);

    if (found === null) return { device: '', tail: stringSlice(path, 1), isAbsolute: true };

    const { server, share, end } = found;

    // What stands behind \\.\ and \\?\ is no share.
    return server === '.' || server === '?'
      ? { device: '\\\\' + server, tail: stringSlice(path, 4), isAbsolute: true }
      : { device: '\\\\' + server + '\\' + share, tail: stringSlice(path, end), isAbsolute: true };
  }

  const length = driveLength(path);

  return { device: stringSlice(path, 0, length), tail: stringSlice(path, length), isAbsolute: length > 0 && isSeparatorAt(path, 2) };
}

/** Where the root of a path ends, as it is written: with the separator behind a share or a drive. */
function rootLength(path) {
  const end = shareOf(path)?.end ?? driveLength(path);

  return isSeparatorAt(path, end) ? end + 1 : end;
}

const normalizeTail = (tail, isAbsolute) => normalizeSegments(tail, isSeparator, '\\', !isAbsolute);

function normalize(path) {
  if (path === '') return '.';

  const reserved = deviceName(path);
  const { device, tail, isAbsolute } = reserved === ''
    ? split(path)
    : { device: reserved, tail: stringSlice(path, reserved.length), isAbsolute: false };
  let normalized = normalizeTail(tail, isAbsolute);

  if (normalized === '' && !isAbsolute) normalized = '.';

  if (normalized !== '' && isSeparatorAt(path, path.length - 1)) normalized += '\\';

  if (reserved !== '' || (device === '' && !isAbsolute && mayNameDrive(path, normalized))) return '.\\' + device + normalized;

  return device + (isAbsolute ? '\\' : '') + normalized;
}

/** "CON:" and the like at the start of a path, or an empty text. */
function deviceName(path) {
  const colon = stringIndexOf(path, ':');

  return DEVICES.has(stringToUpperCase(stringSlice(path, 0, max(colon, 0)))) ? stringSlice(path, 0, colon + 1) : '';
}

/** A relative path must not turn into one of a drive, or of a stream of a file. */
function mayNameDrive(path, normalized) {
  if (!stringIncludes(path, ':') || path.length === 1) return false;

  if (hasDrive(normalized)) return true;

  for (let colon = stringIndexOf(path, ':'); colon >= 0; colon = stringIndexOf(path, ':', colon + 1)) {
    if (colon === path.length - 1 || isSeparatorAt(path, colon + 1)) return true;
  }

  return false;
}

function join(paths) {
  let joined = '';
  let first = '';

  for (let i = 0; i < paths.length; i++) {
    const path = paths[i];

    requireText(path, 'path');

    if (path === '') continue;

    if (joined === '') joined = first = path;
    else joined += '\\' + path;
  }

  // Only what begins as a share by itself is one: '\\' and 'a' are not \\a.
  const isShare = isSeparatorAt(first, 0) && isSeparatorAt(first, 1) && first.length > 2 && !isSeparatorAt(first, 2);

  return normalize(isShare ? joined : withOneSeparator(joined));
}

/** Several separators at the start become one. */
function withOneSeparator(path) {
  let count = 0;

  while (isSeparatorAt(path, count)) count++;

  return count > 1 ? '\\' + stringSlice(path, count) : path;
}

function resolve(paths) {
  let device = '';
  let tail = '';
  let isAbsolute = false;

  for (let i = paths.length - 1; i >= -1 && !(isAbsolute && device !== ''); i--) {
    const path = i < 0 ? CURRENT_FOLDER : paths[i];

    requireText(path, 'paths[' + i + ']');

    if (path === '') continue;

    const parts = split(path);

    if (parts.device !== '') {
      if (device === '') device = parts.device;
      else if (stringToLowerCase(parts.device) !== stringToLowerCase(device)) continue; // of another drive
    }

    if (isAbsolute) continue;

    tail = parts.tail + '\\' + tail;
    isAbsolute = parts.isAbsolute;
  }

  return device + '\\' + normalizeTail(tail, true);
}

function relative(from, to) {
  const target = resolve([to]);
  const start = segmentsOf(resolve([from]), isSeparator);
  const end = segmentsOf(target, isSeparator);
  let shared = 0;

  while (shared < start.length && shared < end.length && stringToLowerCase(start[shared]) === stringToLowerCase(end[shared])) shared++;

  return shared === 0 && start.length > 0 && end.length > 0 ? target : wayBetween(start, end, shared, '\\');
}

function namespaced(path) {
  const resolved = resolve([path]);

  if (resolved.length <= 2) return path;

  if (resolved[0] === '\\' && resolved[1] === '\\') {
    return resolved[2] === '?' || resolved[2] === '.' ? resolved : '\\\\?\\UNC\\' + stringSlice(resolved, 2);
  }

  return hasDrive(resolved) ? '\\\\?\\' + resolved : resolved;
}

export const win32 = {
  resolve(...paths) {
    return resolve(paths);
  },

  normalize(path) {
    requireText(path, 'path');

    return normalize(path);
  },

  isAbsolute(path) {
    requireText(path, 'path');

    return isSeparatorAt(path, driveLength(path));
  },

  join(...paths) {
    return join(paths);
  },

  relative(from, to) {
    requireText(from, 'from');
    requireText(to, 'to');

    return from === to ? '' : relative(from, to);
  },

  toNamespacedPath(path) {
    return typeof path === 'string' && path !== '' ? namespaced(path) : path;
  },

  dirname(path) {
    requireText(path, 'path');

    const root = rootLength(path);
    const { start } = lastSegment(path, isSeparator, root);

    if (start > root) return stringSlice(path, 0, start - 1);

    return root > 0 ? stringSlice(path, 0, root) : '.';
  },

  basename(path, suffix) {
    if (suffix !== undefined) requireText(suffix, 'suffix');
    requireText(path, 'path');

    if (path === suffix) return '';

    const { start, end } = lastSegment(path, isSeparator, driveLength(path));

    return withoutSuffix(stringSlice(path, start, end), suffix ?? '');
  },

  extname(path) {
    requireText(path, 'path');

    const { start, end } = lastSegment(path, isSeparator, driveLength(path));

    return extensionOf(stringSlice(path, start, end));
  },

  format(pathObject) {
    return format(pathObject, '\\');
  },

  parse(path) {
    requireText(path, 'path');

    const length = rootLength(path);
    const root = stringSlice(path, 0, length);
    const { start, end } = lastSegment(path, isSeparator, length);

    return parsed(root, start > length ? stringSlice(path, 0, start - 1) : root, stringSlice(path, start, end));
  },

  sep: '\\',
  delimiter: ';',
};
