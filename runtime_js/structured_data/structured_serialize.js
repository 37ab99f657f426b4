// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal
// A value to records: primitives stand for themselves, an object is { type, ... } with records inside.

import {
  Object, SymbolToStringTag, bigIntValueOf, booleanValueOf, dateGetTime, errorStack, getOwnPropertyDescriptor,
  getPrototypeOf, hasOwn, isView, keys, list, mapForEach, numberValueOf, regExpFlags, regExpSource, setForEach,
  stringValueOf,
} from '../boundary/built_ins.js';
import { serializeBuffer, serializeView } from './clone_buffers.js';
import { dataCloneError, serializableSteps } from './cloneable.js';
import { query } from '../boundary/host.js';
import { isPlatformObject, toDOMString } from '../webidl/webidl.js';

const { prototype: objectPrototype } = Object;

/**
 * @param {unknown} value
 * @param {boolean} forStorage
 * @param {Map<object, object>} memory the records of the objects that were seen
 */
export function serialize(value, forStorage, memory) {
  return serializeInternal(value, { forStorage, memory });
}

function serializeInternal(value, context) {
  switch (typeof value) {
    case 'object':
      return value === null ? null : context.memory.get(value) ?? serializeObject(value, context);
    case 'function':
      throw dataCloneError('a function');
    case 'symbol':
      throw dataCloneError('a symbol');
    default:
      return value;
  }
}

function serializeObject(value, context) {
  // The engine's own name of the class: a proxy, or an object with another prototype, cannot deceive it.
  const type = query.classOf(value);
  const serializer = serializers[type];

  if (serializer !== undefined) return serializer(value, context);

  if (isView(value)) return remember(value, context, serializeView(value, (buffer) => serializeInternal(buffer, context)));

  return serializePlatformObject(value, context, type);
}

const boxed = (valueOf) => (value, context) => {
  return remember(value, context, { type: 'Boxed', value: valueOf(value) });
};

/** By class, as the engine names it. */
const serializers = {
  __proto__: null,
  Array: (value, context) => addProperties(value, context, { type: 'Array', length: value.length, properties: list([]) }),
  Object: serializeOrdinary,
  Arguments: serializeOrdinary,
  Error: serializeError,
  Boolean: boxed(booleanValueOf),
  Number: boxed(numberValueOf),
  String: boxed(stringValueOf),
  BigInt: boxed(bigIntValueOf),
  Date: (value, context) => remember(value, context, { type: 'Date', time: dateGetTime(value) }),
  RegExp: (value, context) => remember(value, context, {
    type: 'RegExp', source: regExpSource(value), flags: regExpFlags(value),
  }),
  Map: (value, context) => {
    const entries = list([]);

    mapForEach(value, (member, key) => entries.push(key, member));

    return serializeEntries(value, context, { type: 'Map', entries });
  },
  Set: (value, context) => {
    const entries = list([]);

    setForEach(value, (member) => entries.push(member));

    return serializeEntries(value, context, { type: 'Set', entries });
  },
  ArrayBuffer: (value, context) => remember(value, context, serializeBuffer(value)),
  SharedArrayBuffer: (buffer, context) => {
    if (context.forStorage) throw dataCloneError('a SharedArrayBuffer');

    return remember(buffer, context, { type: 'SharedArrayBuffer', buffer });
  },
};

function remember(value, context, record) {
  context.memory.set(value, record);

  return record;
}

/** An object without internal slots. The runtime's own classes have private fields instead. */
function serializeOrdinary(value, context) {
  const prototype = getPrototypeOf(value);

  if (prototype !== objectPrototype && prototype !== null && isPlatformObject(value)) {
    return serializePlatformObject(value, context, prototype[SymbolToStringTag]);
  }

  return addProperties(value, context, { type: 'Object', properties: list([]) });
}

function serializePlatformObject(value, context, kind) {
  const steps = kind === 'Proxy' ? null : serializableSteps(value);

  if (steps === null) throw dataCloneError('an object of the class ' + kind);

  const record = remember(value, context, { type: 'Platform', steps, data: undefined });

  record.data = steps.serialize(value, (member) => serializeInternal(member, context), context.forStorage);

  return record;
}

/** Own enumerable properties, in order; what a getter deletes meanwhile is left out. */
function addProperties(value, context, record) {
  const names = keys(value);
  const { properties } = remember(value, context, record);

  for (let i = 0; i < names.length; i++) {
    const name = names[i];

    if (hasOwn(value, name)) properties.push(name, serializeInternal(value[name], context));
  }

  return record;
}

/** The members of a Map or Set, all of which were taken before the first of them is serialized. */
function serializeEntries(value, context, record) {
  const { entries } = remember(value, context, record);

  for (let i = 0; i < entries.length; i++) entries[i] = serializeInternal(entries[i], context);

  return record;
}

const ERROR_NAMES = list(['EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError']);

function serializeError(value, context) {
  const { name } = value;
  const message = getOwnPropertyDescriptor(value, 'message');
  const record = remember(value, context, {
    type: 'Error',
    name: ERROR_NAMES.includes(name) ? name : 'Error',
    message: message !== undefined && hasOwn(message, 'value') ? toDOMString(message.value) : undefined,
    stack: errorStack(value),
    hasCause: false,
    cause: undefined,
  });
  // Note: the standard leaves the cause and the stack to the implementation.
  const cause = getOwnPropertyDescriptor(value, 'cause');

  if (cause !== undefined && hasOwn(cause, 'value')) {
    record.hasCause = true;
    record.cause = serializeInternal(cause.value, context);
  }

  return record;
}
