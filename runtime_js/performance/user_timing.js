// https://w3c.github.io/user-timing/#extensions-performance-interface

import { DOMException, TypeError } from '../boundary/built_ins.js';
import { now } from './clock.js';
import { toDictionary, toDOMString, toDouble } from '../webidl/webidl.js';
import { PerformanceMark, cloned, createMeasure, toTimestamp } from './entry.js';
import { lastMark, queue } from './timeline.js';

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

  return queue(createMeasure(name, startTime, endTime - startTime, cloned(detail)));
}

/** @typedef {{ detail?: unknown, duration?: number, end?: string | number, start?: string | number }} Span */

/** What the arguments after the name say, in one form. @returns {Span} */
function toSpan(startOrMeasureOptions, endMark) {
  const kind = typeof startOrMeasureOptions;
  const isMark = kind !== 'undefined' && kind !== 'object' && kind !== 'function';
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
  const isEmpty = detail === undefined && duration === undefined && end === undefined && start === undefined;

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

  const entry = lastMark(mark);

  if (entry === undefined) throw new DOMException("Performance.measure: no mark is named '" + mark + "'", 'SyntaxError');

  return entry.startTime;
}
