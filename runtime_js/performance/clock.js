// https://w3c.github.io/hr-time/#sec-tools: the clocks, in milliseconds.

import { dateNow, functionBind, globalObject } from '../boundary/built_ins.js';

const clock = globalObject.performance; // the engine's

/** Milliseconds since `timeOrigin`; never goes back. @type {() => number} */
export const now = functionBind(clock.now, clock);

/** When the isolate was made, in milliseconds since 1970; from here on only the monotonic clock counts. */
export const timeOrigin = dateNow() - now();
