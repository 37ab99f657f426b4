// https://html.spec.whatwg.org/multipage/webappapis.html#queue-a-task
// Tasks that the runtime queues for itself: each runs in a turn of its own, in order.
// Twin: edgehost/bindings/task_queue.py

import { on, op } from './host.js';
import { current, enter } from './invocation.js';
import { Fifo } from '../streams/fifo.js';

const tasks = new Fifo();

/**
 * Runs steps when the turn, and all that is due before, has ended. They belong to the invocation that runs now.
 * @param {() => void} steps must not throw
 */
export function queueTask(steps) {
  tasks.push({ next: undefined, steps, invocation: current });
  op.queueTask();
}

on('task', () => {
  const { steps, invocation } = tasks.shift();

  enter(invocation);
  steps();
});

/**
 * Says that somebody waits for tasks which may yet be queued (1), or no longer does (-1): meanwhile a script
 * does not end.
 * @param {1 | -1} change
 */
export function expectTasks(change) {
  op.expectTasks(change);
}
