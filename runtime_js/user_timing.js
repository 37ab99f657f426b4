// https://w3c.github.io/user-timing/ and the entries of https://w3c.github.io/performance-timeline/
// Left out: `id` and `navigationId`, which tell apart what belongs to which navigation of a page.

import { now } from './clock.js';
import { setInspector } from './inspectors.js';
import { load } from './lazy.js';
import {
  INTERNAL, defineInterface, requireArguments, requireInternal, toDictionary, toDOMString, toDouble,
} from './webidl.js';

export class PerformanceEntry {
  #name;
  #entryType;
  #startTime;
  #duration;

  constructor(key = undefined, name = '', entryType = '', startTime = 0, duration = 0) {
    requireInternal(key);
    this.#name = name;
    this.#entryType = entryType;
    this.#startTime = startTime;
    this.#duration = duration;
  }

  get name() {
    return this.#name;
  }

  get entryType() {
    return this.#entryType;
  }

  get startTime() {
    return this.#startTime;
  }

  get duration() {
    return this.#duration;
  }

  toJSON() {
    return { name: this.#name, entryType: this.#entryType, startTime: this.#startTime, duration: this.#duration };
  }
}

export class PerformanceMark extends PerformanceEntry {
  #detail;

  constructor(markName, markOptions = undefined) {
    requireArguments(arguments.length, 1, 'PerformanceMark');

    const name = toDOMString(markName);
    const { detail, startTime } = toDictionary(markOptions, 'PerformanceMark');

    super(INTERNAL, name, 'mark', startTime === undefined ? now() : toTimestamp(startTime, 'startTime'), 0);
    this.#detail = cloned(detail);
  }

  get detail() {
    return this.#detail;
  }
}

export class PerformanceMeasure extends PerformanceEntry {
  #detail;

  constructor(key = undefined, name = '', startTime = 0, duration = 0, detail = null) {
    super(key, name, 'measure', startTime, duration);
    this.#detail = detail;
  }

  get detail() {
    return this.#detail;
  }
}

for (const Class of [PerformanceEntry, PerformanceMark, PerformanceMeasure]) defineInterface(Class);

setInspector(PerformanceEntry, ['name', 'entryType', 'startTime', 'duration']);
setInspector(PerformanceMark, ['name', 'entryType', 'startTime', 'duration', 'detail']);
setInspector(PerformanceMeasure, ['name', 'entryType', 'startTime', 'duration', 'detail']);

/** The performance entry buffer: all entries in the order of their making. @type {PerformanceEntry[]} */
let timeline = [];

/** @returns {PerformanceEntry[]} those of a name and a type, if given, by start time */
export function select(list, name = undefined, type = undefined) {
  return list
    .filter((entry) => (name === undefined || entry.name === name) && (type === undefined || entry.entryType === type))
    .sort((a, b) => a.startTime - b.startTime);
}

/** The same, of the whole timeline. */
export function entries(name = undefined, type = undefined) {
  return select(timeline, name, type);
}

let notify = () => {};

/** Says who is told of every entry. @param {(entry: PerformanceEntry) => void} handler */
export function notifyWith(handler) {
  notify = handler;
}

/** https://w3c.github.io/performance-timeline/#queue-a-performanceentry */
function queue(entry) {
  notify(entry);
  timeline.push(entry);

  return entry;
}

/** Removes the entries of a type, or those of them that have a name. */
export function clear(type, name) {
  timeline = timeline.filter((entry) => entry.entryType !== type || (name !== undefined && entry.name !== name));
}

/** https://w3c.github.io/user-timing/#mark-method */
export function mark(markName, markOptions) {
  return queue(new PerformanceMark(markName, markOptions));
}

/** https://w3c.github.io/user-timing/#measure-method */
export function measure(measureName, startOrMeasureOptions, endMark) {
  const name = toDOMString(measureName);
  const { detail, duration, end, start } = toSpan(startOrMeasureOptions, endMark);
  let endTime = now();
  let startTime = 0;

  if (end !== undefined) endTime = timeOf(end);
  else if (start !== undefined && duration !== undefined) endTime = timeOf(start) + timeOf(duration);

  if (start !== undefined) startTime = timeOf(start);
  else if (duration !== undefined && end !== undefined) startTime = endTime - timeOf(duration);

  return queue(new PerformanceMeasure(INTERNAL, name, startTime, endTime - startTime, cloned(detail)));
}

/** @typedef {{ detail: unknown, duration?: number, end?: string | number, start?: string | number }} Span */

/** What the arguments after the name say, in one form. @returns {Span} */
function toSpan(startOrMeasureOptions, endMark) {
  const isMark = startOrMeasureOptions !== null
    && !['undefined', 'object', 'function'].includes(typeof startOrMeasureOptions);
  const span = isMark ? { start: toDOMString(startOrMeasureOptions) } : toMeasureOptions(startOrMeasureOptions);
  const mark = endMark === undefined ? undefined : toDOMString(endMark);

  if (!isMark) checkMembers(span, mark);

  if (mark !== undefined) span.end = mark;

  return span;
}

/** The dictionary PerformanceMeasureOptions. @returns {Span} */
function toMeasureOptions(value) {
  const dictionary = toDictionary(value, 'Performance.measure');
  const { detail } = dictionary;
  const duration = toOptional(dictionary.duration, toDouble, 'duration');
  const end = toOptional(dictionary.end, toMark, 'end');
  const start = toOptional(dictionary.start, toMark, 'start');

  return { detail, duration, end, start };
}

const toOptional = (value, convert, where) => (value === undefined ? undefined : convert(value, where));
/** (DOMString or DOMHighResTimeStamp) */
const toMark = (value, where) => (typeof value === 'number' ? toDouble(value, where) : toDOMString(value));

/** @param {Span} span @param {string | undefined} endMark */
function checkMembers({ detail, duration, end, start }, endMark) {
  const isEmpty = [detail, duration, end, start].every((member) => member === undefined);

  if (isEmpty) return;

  if (endMark !== undefined) throw new TypeError('Performance.measure: an end mark beside options; give options.end');

  if (start === undefined && end === undefined) throw new TypeError('Performance.measure: neither start nor end');

  if (start !== undefined && end !== undefined && duration !== undefined) {
    throw new TypeError('Performance.measure: start, end and duration are one too many');
  }
}

/** https://w3c.github.io/user-timing/#convert-a-mark-to-a-timestamp @param {string | number} mark */
function timeOf(mark) {
  if (typeof mark === 'number') return toTimestamp(mark, 'Performance.measure');

  const entry = timeline.findLast(({ name, entryType }) => name === mark && entryType === 'mark');

  if (entry === undefined) throw new DOMException(`Performance.measure: no mark is named '${mark}'`, 'SyntaxError');

  return entry.startTime;
}

function toTimestamp(value, where) {
  const time = toDouble(value, where);

  if (time < 0) throw new TypeError(`${where}: ${time} lies before the time origin`);

  return time;
}

/** A copy of a `detail`, null for none. */
function cloned(detail) {
  return detail === undefined || detail === null ? null : load('structured_clone.js').structuredClone(detail);
}
