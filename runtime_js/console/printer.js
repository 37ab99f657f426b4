// What shows values to people. Evaluated when there is a value to show, and not only a string to print.

import '../inspect/platform.js';

export { Thrown, duration, format } from './format.js';
export { table } from './table.js';
export { userFrames } from '../inspect/error.js';
export { inspect } from '../inspect/inspect.js';
