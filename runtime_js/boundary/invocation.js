// Which invocation of the function the running code belongs to.

import { invocationSlot } from './host.js';

/** The id of the invocation whose event is being handled; 0 when there is none. */
export let current = 0;

/**
 * Says whose code runs from now on. A handler of a host event enters first and does not leave:
 * the jobs that follow it in the same turn belong to it too.
 * @param {number} id of an invocation, or 0
 * @returns {number} the one before
 */
export function enter(id) {
  const before = current;

  current = id;
  invocationSlot[0] = id;

  return before;
}
