// https://w3c.github.io/hr-time/
// The clock. Marks and measures (https://w3c.github.io/user-timing/) are not here yet.

import { EventTarget } from './events.js';
import { INTERNAL, defineInterface, requireInternal } from './webidl.js';

const clock = globalThis.performance; // the engine's: milliseconds since the isolate was made
const readClock = clock.now;

/** Milliseconds since `timeOrigin`. */
export const now = readClock.bind(clock);

const timeOrigin = Date.now() - now(); // both in ms; from here on only the monotonic clock counts

export class Performance extends EventTarget {
  #timeOrigin = timeOrigin;

  constructor(key = undefined) {
    requireInternal(key);
    super();
  }

  get timeOrigin() {
    return this.#timeOrigin;
  }

  now() {
    void this.#timeOrigin; // the brand check

    return now();
  }

  toJSON() {
    return { timeOrigin: this.#timeOrigin };
  }
}

defineInterface(Performance);

export const performance = new Performance(INTERNAL);
