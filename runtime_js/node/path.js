// node:path and node:path/posix. https://nodejs.org/api/path.html

import { posix } from './posix_path.js';
import { win32 } from './win32_path.js';

posix.win32 = win32.win32 = win32;
posix.posix = win32.posix = posix;
posix._makeLong = posix.toNamespacedPath;
win32._makeLong = win32.toNamespacedPath;

export default posix;
export { posix, win32 };
export const {
  _makeLong, basename, delimiter, dirname, extname, format, isAbsolute, join, normalize, parse, relative, resolve, sep,
  toNamespacedPath,
} = posix;
