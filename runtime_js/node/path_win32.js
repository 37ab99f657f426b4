// node:path/win32. https://nodejs.org/api/path.html

import { posix, win32 } from './path.js';

export default win32;
export { posix, win32 };
export const {
  _makeLong, basename, delimiter, dirname, extname, format, isAbsolute, join, normalize, parse, relative, resolve, sep,
  toNamespacedPath,
} = win32;
