// https://w3c.github.io/hr-time/#sec-tools: the clocks, in milliseconds.

const clock = globalThis.performance; // the engine's

/** Milliseconds since `timeOrigin`; never goes back. @type {() => number} */
export const now = clock.now.bind(clock);

/** When the isolate was made, in milliseconds since 1970; from here on only the monotonic clock counts. */
export const timeOrigin = Date.now() - now();
