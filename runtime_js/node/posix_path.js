// Paths as POSIX has them. https://nodejs.org/api/path.html

import { stringCharCodeAt, stringSlice } from '../boundary/built_ins.js';
import {
  CURRENT_FOLDER, extensionOf, format, lastSegment, normalizeSegments, parsed, requireText, segmentsOf, wayBetween,
  withoutSuffix,
} from './path_parts.js';

const isSlash = (code) => code === 0x2f;
const startsAtRoot = (path) => isSlash(stringCharCodeAt(path, 0));
const endsInSlash = (path) => isSlash(stringCharCodeAt(path, path.length - 1));

function normalize(path) {
  if (path === '') return '.';

  const isAbsolute = startsAtRoot(path);
  const segments = normalizeSegments(path, isSlash, '/', !isAbsolute);

  if (segments === '') return isAbsolute ? '/' : endsInSlash(path) ? './' : '.';

  return (isAbsolute ? '/' : '') + segments + (endsInSlash(path) ? '/' : '');
}

function resolve(paths) {
  let resolved = '';

  for (let i = paths.length - 1; i >= 0 && !startsAtRoot(resolved); i--) {
    const path = paths[i];

    requireText(path, 'paths[' + i + ']');

    if (path !== '') resolved = path + '/' + resolved;
  }

  return '/' + normalizeSegments(startsAtRoot(resolved) ? resolved : CURRENT_FOLDER + resolved, isSlash, '/', false);
}

export const posix = {
  resolve(...paths) {
    return resolve(paths);
  },

  normalize(path) {
    requireText(path, 'path');

    return normalize(path);
  },

  isAbsolute(path) {
    requireText(path, 'path');

    return startsAtRoot(path);
  },

  join(...paths) {
    let joined = '';

    for (let i = 0; i < paths.length; i++) {
      const path = paths[i];

      requireText(path, 'path');

      if (path !== '') joined += joined === '' ? path : '/' + path;
    }

    return normalize(joined);
  },

  relative(from, to) {
    requireText(from, 'from');
    requireText(to, 'to');

    const start = segmentsOf(resolve([from]), isSlash);
    const end = segmentsOf(resolve([to]), isSlash);
    let shared = 0;

    while (shared < start.length && shared < end.length && start[shared] === end[shared]) shared++;

    return wayBetween(start, end, shared, '/');
  },

  toNamespacedPath(path) {
    return path;
  },

  dirname(path) {
    requireText(path, 'path');

    const { start } = lastSegment(path, isSlash, 1);

    if (start > 1) return start === 2 && startsAtRoot(path) ? '//' : stringSlice(path, 0, start - 1);

    return startsAtRoot(path) ? '/' : '.';
  },

  basename(path, suffix) {
    if (suffix !== undefined) requireText(suffix, 'suffix');
    requireText(path, 'path');

    if (path === suffix) return '';

    const { start, end } = lastSegment(path, isSlash, 0);

    return withoutSuffix(stringSlice(path, start, end), suffix ?? '');
  },

  extname(path) {
    requireText(path, 'path');

    const { start, end } = lastSegment(path, isSlash, 0);

    return extensionOf(stringSlice(path, start, end));
  },

  format(pathObject) {
    return format(pathObject, '/');
  },

  parse(path) {
    requireText(path, 'path');

    const root = startsAtRoot(path) ? '/' : '';
    const { start, end } = lastSegment(path, isSlash, root.length);

    return parsed(root, start > root.length ? stringSlice(path, 0, start - 1) : root, stringSlice(path, start, end));
  },

  sep: '/',
  delimiter: ':',
};
