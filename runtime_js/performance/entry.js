// https://w3c.github.io/performance-timeline/#the-performanceentry-interface and the two of
// https://w3c.github.io/user-timing/
// Left out: `id` and `navigationId`, which tell apart what belongs to which navigation of a page.

import { TypeError } from '../boundary/built_ins.js';
import { now } from './clock.js';
import { setInspector } from '../inspect/inspectors.js';
import { load } from '../boundary/lazy.js';
import {
  closedConstructorOf, constructorOf, defineInterface, requireArguments, toDictionary, toDOMString, toDouble,
} from '../webidl/webidl.js';

/** @type {(name: string, startTime: number, duration: number, detail: unknown) => PerformanceMeasure} */
export let createMeasure;

class PerformanceEntry {
  #name;
  #entryType;
  #startTime;
  #duration;

  constructor(name, entryType, startTime, duration) {
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

class PerformanceMark extends PerformanceEntry {
  #detail;

  constructor(markName, markOptions = undefined) {
    requireArguments(arguments.length, 1, 'PerformanceMark');

    const name = toDOMString(markName);
    const { detail, startTime } = toDictionary(markOptions, 'PerformanceMark');

    super(name, 'mark', startTime === undefined ? now() : toTimestamp(startTime, 'startTime'), 0);
    this.#detail = cloned(detail);
  }

  get detail() {
    return this.#detail;
  }
}

class PerformanceMeasure extends PerformanceEntry {
  #detail;

  constructor(name, startTime, duration, detail) {
    super(name, 'measure', startTime, duration);
    this.#detail = detail;
  }

  static {
    createMeasure = (name, startTime, duration, detail) => new PerformanceMeasure(name, startTime, duration, detail);
  }

  get detail() {
    return this.#detail;
  }
}

const EntryConstructor = closedConstructorOf(defineInterface(PerformanceEntry));
const MarkConstructor = constructorOf(defineInterface(PerformanceMark));
const MeasureConstructor = closedConstructorOf(defineInterface(PerformanceMeasure));

export {
  EntryConstructor as PerformanceEntry, MarkConstructor as PerformanceMark, MeasureConstructor as PerformanceMeasure,
};

setInspector(PerformanceEntry, ['name', 'entryType', 'startTime', 'duration']);
setInspector(PerformanceMark, ['name', 'entryType', 'startTime', 'duration', 'detail']);
setInspector(PerformanceMeasure, ['name', 'entryType', 'startTime', 'duration', 'detail']);

/** A DOMHighResTimeStamp that lies after the time origin. @returns {number} */
export function toTimestamp(value, where) {
  const time = toDouble(value, where);

  if (time < 0) throw new TypeError(where + ': ' + time + ' lies before the time origin');

  return time;
}

/** A copy of a `detail`, null for none. */
export function cloned(detail) {
  return detail === undefined || detail === null ? null : load('structured_data/structured_clone.js').structuredClone(detail);
}
