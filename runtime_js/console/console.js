// https://console.spec.whatwg.org/  Twin: edgehost/bindings/console/
// The console namespace. Text goes to the host with its level; nothing here waits or throws, but for
// labels that cannot be made strings, as the standard has it, and for what %j cannot make JSON of, as in Node.

import {
  Error, SymbolToStringTag, create, createMap, getOwnPropertyDescriptors, list, min, stringRepeat, stringReplaceAll,
  stringSlice,
} from '../boundary/built_ins.js';
import { now } from '../performance/clock.js';
import { inspectWith } from '../boundary/error_text.js';
import { op, query, text } from '../boundary/host.js';
import { current } from '../boundary/invocation.js';
import { ifLoaded, load } from '../boundary/lazy.js';
import { framesOf } from '../boundary/stack_traces.js';
import { toDOMString, toSequence } from '../webidl/webidl.js';

const NO_LIMIT = 2 ** 53;
const MOST_GROUPS = 100; // deeper ones are not indented further
const MOST_INVOCATIONS = 1000; // whose open groups are remembered
const TO_STDERR = { __proto__: null, warn: true, error: true, trace: true, assert: true };

const counts = createMap();
const timers = createMap();
const groups = createMap(); // how deep, by invocation: one that forgets groupEnd() indents no other

let colored = -1; // which streams are coloured: 1 stdout, 2 stderr
let mostCharacters = 0; // of one message; 0: not asked yet

function colorsFor(level) {
  if (colored < 0) colored = query.consoleColors?.() ?? 0;

  return (colored & (TO_STDERR[level] ? 2 : 1)) !== 0;
}

const printer = () => load('console/printer.js');
const format = (data, level) => printer().format(data, colorsFor(level));

inspectWith((value) => printer().inspect(value, { colors: colorsFor('error') }));

/** The standard's Logger. */
function log(level, data) {
  if (data.length === 0) return;

  write(level, data.length === 1 && typeof data[0] === 'string' ? data[0] : safely(() => format(data, level)));
}

function safely(print) {
  try {
    return print();
  } catch (error) {
    const Thrown = ifLoaded('console/printer.js')?.Thrown;

    if (Thrown !== undefined && error instanceof Thrown) throw error.error;

    return '<the value cannot be printed>';
  }
}

function write(level, message) {
  const depth = groups.size === 0 ? undefined : groups.get(current);

  if (mostCharacters === 0) mostCharacters = query.consoleLimit?.() || NO_LIMIT;

  if (message.length > mostCharacters) message = cut(message);

  if (depth !== undefined) message = indented(message, stringRepeat('  ', min(depth, MOST_GROUPS)));

  op.log?.(level, text(message), current);
}

/** A message that is too long, with a note instead of its rest: before it crosses to the host. */
function cut(message) {
  const rest = message.length - mostCharacters;

  return stringSlice(message, 0, mostCharacters) + '... ' + rest + ' more character' + (rest > 1 ? 's' : '');
}

function indented(message, indentation) {
  return indentation + stringReplaceAll(message, '\n', '\n' + indentation);
}

function openGroup(data) {
  log('log', data);

  if (groups.size >= MOST_INVOCATIONS && !groups.has(current)) forgetOldest();

  groups.set(current, (groups.get(current) ?? 0) + 1);
}

function forgetOldest() {
  let isFirst = true;

  groups.forEach((depth, invocation) => {
    if (isFirst) groups.delete(invocation);

    isFirst = false;
  });
}

function prepend(item, data) {
  return list([item]).concat(data);
}

function closeGroup() {
  const depth = groups.get(current) ?? 0;

  if (depth > 1) groups.set(current, depth - 1);
  else groups.delete(current);
}

/** @param {string} label @returns {string | undefined} the time since the timer's start */
function elapsed(label) {
  const start = timers.get(label);

  if (start !== undefined) return printer().duration(now() - start);

  log('warn', ["no timer has the label '" + label + "'"]);

  return undefined;
}

const methods = {
  // Logging

  assert(condition = false, ...data) {
    if (condition) return;

    if (data.length > 0 && typeof data[0] === 'string') data[0] = 'Assertion failed: ' + data[0];
    else data = prepend('Assertion failed', data);

    log('assert', data);
  },

  clear() {
    // The stream is shared with the host and other functions, so it is not emptied.
    groups.delete(current);
  },

  debug(...data) {
    log('debug', data);
  },

  error(...data) {
    log('error', data);
  },

  info(...data) {
    log('info', data);
  },

  log(...data) {
    log('log', data);
  },

  table(tabularData = undefined, properties = undefined) {
    const wanted = properties === undefined ? undefined : toSequence(properties, toDOMString, 'console.table');

    if (typeof tabularData !== 'object' || tabularData === null) {
      log('log', [tabularData]);

      return;
    }

    let drawn;

    try {
      drawn = printer().table(tabularData, wanted, colorsFor('log'));
    } catch {
      drawn = safely(() => format([tabularData], 'log'));
    }

    write('log', drawn);
  },

  trace(...data) {
    const frames = printer().userFrames(framesOf(new Error())).join('\n');
    const title = data.length === 0 ? 'Trace' : 'Trace: ' + safely(() => format(data, 'trace'));

    write('trace', frames === '' ? title : title + '\n' + frames);
  },

  warn(...data) {
    log('warn', data);
  },

  dir(item = undefined, options = undefined) {
    const how = { __proto__: null, customInspect: false, colors: colorsFor('log') };

    write('log', safely(() => printer().inspect(item, { ...how, ...options })));
  },

  dirxml(...data) {
    log('log', data);
  },

  // Counting

  count(label = 'default') {
    label = toDOMString(label);
    const count = (counts.get(label) ?? 0) + 1;

    counts.set(label, count);
    log('info', [label + ': ' + count]);
  },

  countReset(label = 'default') {
    label = toDOMString(label);

    if (!counts.delete(label)) log('warn', ["no count has the label '" + label + "'"]);
  },

  // Grouping

  group(...data) {
    openGroup(data);
  },

  groupCollapsed(...data) {
    openGroup(data);
  },

  groupEnd() {
    closeGroup();
  },

  // Timing

  time(label = 'default') {
    label = toDOMString(label);

    if (timers.has(label)) log('warn', ["a timer with the label '" + label + "' is running"]);
    else timers.set(label, now());
  },

  timeLog(label = 'default', ...data) {
    label = toDOMString(label);
    const time = elapsed(label);

    if (time !== undefined) log('log', prepend('%s', prepend(label + ': ' + time, data)));
  },

  timeEnd(label = 'default') {
    label = toDOMString(label);
    const time = elapsed(label);

    timers.delete(label);

    if (time !== undefined) log('info', [label + ': ' + time]);
  },
};

// A namespace object: its prototype is an empty object, its methods are own properties.
export const console = create({}, {
  ...getOwnPropertyDescriptors(methods),
  [SymbolToStringTag]: { value: 'console', configurable: true },
});
