// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize
// Records to values. They must come from structured_serialize.js.

import {
  Date, Error, EvalError, Map, Object, RangeError, ReferenceError, RegExp, Set, SyntaxError, TypeError, URIError,
  defineProperty, mapSet, setAdd,
} from '../boundary/built_ins.js';
import { deserializeBuffer, deserializeView } from './clone_buffers.js';
import { dataCloneError } from './cloneable.js';

/** The classes as they were when the runtime started. */
const classes = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, Date, RegExp, Map, Set };

/**
 * @param {unknown} record
 * @param {Map<object, object>} memory the values of the records that were seen
 * @param {boolean} once whether the record is not needed again, so that its buffers need no copy
 */
export function deserialize(record, memory, once) {
  if (typeof record !== 'object' || record === null) return record;

  return memory.get(record) ?? makers[record.type](record, memory, once);
}

const makers = {
  __proto__: null,

  Object: (record, memory, once) => addProperties({}, record, memory, once),

  Array: (record, memory, once) => {
    const array = [];

    array.length = record.length;

    return addProperties(array, record, memory, once);
  },

  Map: (record, memory, once) => {
    const { entries } = record;
    const map = remember(memory, record, new classes.Map());

    for (let i = 0; i < entries.length; i += 2) {
      mapSet(map, deserialize(entries[i], memory, once), deserialize(entries[i + 1], memory, once));
    }

    return map;
  },

  Set: (record, memory, once) => {
    const { entries } = record;
    const set = remember(memory, record, new classes.Set());

    for (let i = 0; i < entries.length; i++) setAdd(set, deserialize(entries[i], memory, once));

    return set;
  },

  Error: (record, memory, once) => {
    const { name, message, stack, hasCause, cause } = record;
    const error = remember(memory, record, new classes[name](message));

    hide(error, 'stack', stack);

    if (hasCause) hide(error, 'cause', deserialize(cause, memory, once));

    return error;
  },

  Boxed: (record, memory) => remember(memory, record, Object(record.value)),

  Date: (record, memory) => remember(memory, record, new classes.Date(record.time)),

  RegExp: (record, memory) => remember(memory, record, new classes.RegExp(record.source, record.flags)),

  ArrayBuffer: (record, memory, once) => remember(memory, record, attempt(() => deserializeBuffer(record, once))),

  SharedArrayBuffer: (record) => record.buffer,

  View: (record, memory, once) => {
    const buffer = deserialize(record.buffer, memory, once);

    return remember(memory, record, attempt(() => deserializeView(record, buffer)));
  },

  Platform: (record, memory, once) => {
    const sub = (member) => deserialize(member, memory, once);

    return remember(memory, record, record.steps.deserialize(record.data, sub));
  },
};

function remember(memory, record, value) {
  memory.set(record, value);

  return value;
}

function addProperties(object, record, memory, once) {
  const { properties } = record;

  remember(memory, record, object);

  for (let i = 0; i < properties.length; i += 2) {
    const name = properties[i];
    const value = deserialize(properties[i + 1], memory, once);

    // Assigning is much faster, but something inherited (such as __proto__) may answer to it.
    if (!(name in object)) object[name] = value;
    else {
      defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    }
  }

  return object;
}

function hide(object, name, value) {
  defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}

/** Whatever goes wrong with memory, in the main that there is not enough, is a DataCloneError. */
function attempt(make) {
  try {
    return make();
  } catch {
    throw dataCloneError('memory of this size');
  }
}
