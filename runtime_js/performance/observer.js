// https://w3c.github.io/performance-timeline/#the-performanceobserver-interface

import {
  Boolean, DOMException, TypeError, apply, arrayIncludes, arrayOf, createSet, freeze, list,
} from '../boundary/built_ins.js';
import { appendAll } from '../boundary/byte_parts.js';
import { reportException } from '../html/report.js';
import { queueTask } from '../boundary/task_queue.js';
import {
  closedConstructorOf, defineInterface, requireArguments, toCallback, toDictionary, toDOMString, toSequence,
} from '../webidl/webidl.js';
import { entries, notifyWith, select } from './timeline.js';

const WHERE = 'PerformanceObserver.observe';
const TYPES = freeze(['mark', 'measure']);

/** The list of registered performance observers. @type {Set<PerformanceObserver>} */
const registered = createSet();
let isTaskQueued = false;

/** @type {(observer: PerformanceObserver, entry: PerformanceEntry) => void} */
let record;
/** Calls the observer back, if there is anything to tell. @type {(observer: PerformanceObserver) => void} */
let deliver;

export class PerformanceObserver {
  #callback;
  #types = createSet(); // that are observed
  #records = list([]); // the observer buffer
  #observes = null; // the observer type: 'several' types at once, 'single' ones, null while it is open
  #wasCalled = false;

  constructor(callback) {
    requireArguments(arguments.length, 1, 'PerformanceObserver');
    this.#callback = toCallback(callback, 'PerformanceObserver');
  }

  static get supportedEntryTypes() {
    return TYPES;
  }

  observe(options = undefined) {
    void this.#types;

    const { buffered, types, type } = toOptions(options);

    this.#settle(types === undefined ? 'single' : 'several');

    const supported = list(types ?? [type]).filter((wanted) => arrayIncludes(TYPES, wanted));

    if (supported.length === 0) return;

    if (types !== undefined) this.#types.clear();

    supported.forEach((each) => this.#types.add(each));

    registered.add(this);

    if (type === undefined || !buffered) return;

    appendAll(this.#records, entries(undefined, type));
    queueDelivery();
  }

  #settle(observes) {
    this.#observes ??= observes;

    if (this.#observes !== observes) {
      throw new DOMException(WHERE + ': an observer takes either type or entryTypes, always', 'InvalidModificationError');
    }
  }

  disconnect() {
    this.#records = list([]);
    this.#types.clear();
    registered.delete(this);
  }

  takeRecords() {
    return arrayOf(this.#take());
  }

  #take() {
    const records = this.#records;

    this.#records = list([]);

    return records;
  }

  static {
    record = (observer, entry) => {
      if (observer.#types.has(entry.entryType)) observer.#records.push(entry);
    };

    deliver = (observer) => {
      const records = observer.#take();

      if (records.length === 0) return;

      // Nothing is ever dropped, which is said once.
      const options = observer.#wasCalled ? {} : { droppedEntriesCount: 0 };
      const list = new PerformanceObserverEntryList(records);

      observer.#wasCalled = true;
      apply(observer.#callback, observer, [list, observer, options]);
    };
  }
}

class PerformanceObserverEntryList {
  #entries;

  constructor(records) {
    this.#entries = records;
  }

  getEntries() {
    return select(this.#entries);
  }

  getEntriesByType(type) {
    void this.#entries;
    requireArguments(arguments.length, 1, 'PerformanceObserverEntryList.getEntriesByType');

    return select(this.#entries, undefined, toDOMString(type));
  }

  getEntriesByName(name, type = undefined) {
    void this.#entries;
    requireArguments(arguments.length, 1, 'PerformanceObserverEntryList.getEntriesByName');

    return select(this.#entries, toDOMString(name), type === undefined ? undefined : toDOMString(type));
  }
}

defineInterface(PerformanceObserver);
const Constructor = closedConstructorOf(defineInterface(PerformanceObserverEntryList));

export { Constructor as PerformanceObserverEntryList };

/** @returns {{ buffered: boolean, types?: string[], type?: string }} from a PerformanceObserverInit */
function toOptions(options) {
  const { buffered, entryTypes, type } = toDictionary(options, WHERE);

  if ((entryTypes === undefined) === (type === undefined)) {
    throw new TypeError(WHERE + ': either type or entryTypes says what to observe');
  }

  if (type !== undefined) return { buffered: Boolean(buffered), types: undefined, type: toDOMString(type) };

  // Browsers ignore `buffered` beside `entryTypes`; the standard would throw.
  return { buffered: false, types: toSequence(entryTypes, toDOMString, WHERE + ': entryTypes'), type: undefined };
}

notifyWith((entry) => {
  registered.forEach((observer) => record(observer, entry));

  if (registered.size > 0) queueDelivery();
});

/** https://w3c.github.io/performance-timeline/#queue-the-performanceobserver-task */
function queueDelivery() {
  if (isTaskQueued) return;

  isTaskQueued = true;

  queueTask(() => {
    isTaskQueued = false;

    const observers = list([]);

    registered.forEach((observer) => observers.push(observer)); // a callback may change the list
    observers.forEach((observer) => {
      try {
        deliver(observer);
      } catch (error) {
        reportException(error);
      }
    });
  });
}
