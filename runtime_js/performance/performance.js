// https://w3c.github.io/hr-time/#sec-performance, with what https://w3c.github.io/performance-timeline/ and
// https://w3c.github.io/user-timing/ add: that part, in performance/, is evaluated for the first who needs it.

import { now, timeOrigin } from './clock.js';
import { EventTarget } from '../dom/events.js';
import { load } from '../boundary/lazy.js';
import { closedConstructorOf, defineInterface, requireArguments, toDOMString } from '../webidl/webidl.js';

const timeline = () => load('performance/timeline.js');
const userTiming = () => load('performance/user_timing.js');
const toType = (value) => (value === undefined ? undefined : toDOMString(value));

class Performance extends EventTarget {
  #timeOrigin = timeOrigin;

  get timeOrigin() {
    return this.#timeOrigin;
  }

  now() {
    void this.#timeOrigin;

    return now();
  }

  toJSON() {
    return { timeOrigin: this.#timeOrigin };
  }

  getEntries() {
    void this.#timeOrigin;

    return timeline().entries();
  }

  getEntriesByType(type) {
    void this.#timeOrigin;
    requireArguments(arguments.length, 1, 'Performance.getEntriesByType');

    return timeline().entries(undefined, toDOMString(type));
  }

  getEntriesByName(name, type = undefined) {
    void this.#timeOrigin;
    requireArguments(arguments.length, 1, 'Performance.getEntriesByName');

    return timeline().entries(toDOMString(name), toType(type));
  }

  mark(markName, markOptions = undefined) {
    void this.#timeOrigin;
    requireArguments(arguments.length, 1, 'Performance.mark');

    return userTiming().mark(markName, markOptions);
  }

  clearMarks(markName = undefined) {
    void this.#timeOrigin;
    timeline().clear('mark', toType(markName));
  }

  measure(measureName, startOrMeasureOptions = undefined, endMark = undefined) {
    void this.#timeOrigin;
    requireArguments(arguments.length, 1, 'Performance.measure');

    return userTiming().measure(measureName, startOrMeasureOptions, endMark);
  }

  clearMeasures(measureName = undefined) {
    void this.#timeOrigin;
    timeline().clear('measure', toType(measureName));
  }
}

const Constructor = closedConstructorOf(defineInterface(Performance));

export { Constructor as Performance };

export const performance = new Performance();
