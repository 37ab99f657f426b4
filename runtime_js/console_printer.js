// What shows values to people. Evaluated when there is a value to show, and not only a string to print.

import './inspect_platform.js';

export { duration, format } from './console_format.js';
export { table } from './console_table.js';
export { userFrames } from './inspect_error.js';
export { inspect } from './inspect.js';
