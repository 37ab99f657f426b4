// https://w3c.github.io/performance-timeline/: the entries that were made, and who is told of them.

import { arrayOf, list } from '../boundary/built_ins.js';

/** The performance entry buffer, in the order of making. @type {PerformanceEntry[]} */
let timeline = list([]);
let notify = () => {};

/** @returns {PerformanceEntry[]} those of a name and a type, if given, by start time */
export function select(from, name = undefined, type = undefined) {
  const selected = from.filter((entry) => (name === undefined || entry.name === name) && (type === undefined || entry.entryType === type));

  return arrayOf(selected.sort((a, b) => a.startTime - b.startTime));
}

/** The same, of the whole timeline. */
export function entries(name = undefined, type = undefined) {
  return select(timeline, name, type);
}

/** The mark of a name that was made last. @param {string} name @returns {PerformanceEntry | undefined} */
export function lastMark(name) {
  return timeline.findLast((entry) => entry.name === name && entry.entryType === 'mark');
}

/** Says who is told of every entry. @param {(entry: PerformanceEntry) => void} handler */
export function notifyWith(handler) {
  notify = handler;
}

/** https://w3c.github.io/performance-timeline/#queue-a-performanceentry */
export function queue(entry) {
  notify(entry);
  timeline.push(entry);

  return entry;
}

/** Removes the entries of a type, or those of them that have a name. */
export function clear(type, name) {
  timeline = timeline.filter((entry) => entry.entryType !== type || (name !== undefined && entry.name !== name));
}
