// What each class of values looks like: its beginning, its end, and what it holds. Part of inspect.js

import {
  Error, bigIntValueOf, booleanValueOf, dateGetTime, dateToISOString, functionToString, getOwnPropertyNames,
  getOwnPropertySymbols, getPrototypeOf, hasOwn, isNaN, keys as keysOf, list, max, numberValueOf,
  objectPropertyIsEnumerable, pattern, regExpFlags, regExpSource, stringEndsWith, stringToLowerCase, stringValueOf,
  symbolValueOf,
} from '../boundary/built_ins.js';
import { inherits, nameOf, tagText, titleOf } from './class.js';
import {
  INDEX, arrayItems, bindings, bufferParts, lengthOfTyped, mapItems, pairItems, promiseState, setItems, sizeOfMap,
  sizeOfSet, typedItems, unknownItems, viewParts,
} from './contents.js';
import { describe } from './error.js';
import { withoutColor } from './text.js';
import { isInterface } from '../webidl/webidl.js';

const { prototype: ErrorPrototype } = Error;
const primitiveOf = {
  __proto__: null,
  Number: numberValueOf, String: stringValueOf, Boolean: booleanValueOf, BigInt: bigIntValueOf, Symbol: symbolValueOf,
};

const SHAPE = { __proto__: null, base: '', open: '{', close: '}', isList: false, keys: list([]), more: 0, contents: null };
const CLASS = pattern(/^class(?![\w$])/);
const NO_PROPERTIES = {};

const MOST_PROPERTIES = 1000; // of one object
const MOST_SEARCHED = 2000; // a longer dense list is not searched for properties beside its items

/**
 * @typedef {object} Shape
 * @property {string} base what stands before the brace, such as a function's text
 * @property {string} open with the brace
 * @property {string} close
 * @property {boolean} isList whether items may stand in columns
 * @property {PropertyKey[]} keys of the properties to print
 * @property {number} more properties that are not printed
 * @property {Function | null} contents what prints the items
 */

/**
 * How to print an object.
 * @param {object} ctx of the inspection
 * @param {object} value
 * @param {{ kind: string, name: string | null, tag: string, level: number }} about
 * @returns {Shape | { whole: string }}
 */
export function shapeOf(ctx, value, about) {
  if (typeof value === 'function') return shapes.Function(ctx, value, about);

  // Platform errors and Object.create(Error.prototype) are of the class Object, yet errors to their users.
  if (about.kind === 'Object' && about.name !== 'Object' && inherits(value, ErrorPrototype)) return shapes.Error(ctx, value, about);

  return (shapes[about.kind] ?? shapes.Object)(ctx, value, about);
}

// The parts of a shape

function braces(ctx, value, prefix, contents = null) {
  return withKeys({ __proto__: null, ...SHAPE, open: prefix === '' ? '{' : prefix + ' {', contents }, ownKeys(ctx, value));
}

function listShape(ctx, value, prefix, length, contents) {
  const keys = keysBeside(ctx, value, length);
  const open = prefix === '' ? '[' : prefix + ' [';

  if (length === 0 && keys.length === 0) return { __proto__: null, whole: open + ']' };

  return withKeys({ __proto__: null, ...SHAPE, open, close: ']', isList: true, contents }, keys);
}

/** The keys that are no indices, which come first. */
function keysBeside(ctx, value, length) {
  if (length > MOST_SEARCHED) return symbolKeys(ctx, value);

  const keys = ownKeys(ctx, value);
  let start = keys.length;

  while (start > 0 && !(typeof keys[start - 1] === 'string' && INDEX.test(keys[start - 1]))) start--;

  return keys.slice(start);
}

function withKeys(shape, keys) {
  shape.more = max(0, keys.length - MOST_PROPERTIES);
  shape.keys = shape.more > 0 ? keys.slice(0, MOST_PROPERTIES) : keys;

  return shape;
}

function ownKeys(ctx, value) {
  const keys = ctx.showHidden ? list(getOwnPropertyNames(value)) : enumerableKeys(value);
  const symbols = symbolKeys(ctx, value);

  return symbols.length === 0 ? keys : keys.concat(symbols);
}

function enumerableKeys(value) {
  try {
    return list(keysOf(value));
  } catch {
    return list(getOwnPropertyNames(value)); // a module whose bindings have no value yet
  }
}

function symbolKeys(ctx, value) {
  const symbols = list(getOwnPropertySymbols(value));

  return ctx.showHidden || symbols.length === 0
    ? symbols
    : symbols.filter((symbol) => objectPropertyIsEnumerable(value, symbol));
}

/** Prints the text alone when the object has no properties beside it. */
function alone(shape, whole) {
  return shape.keys.length === 0 ? { __proto__: null, whole } : shape;
}

// The classes

const shapes = {
  __proto__: null,

  Object(ctx, value, about) {
    const shape = braces(ctx, value, about.name === 'Object' && about.tag === '' ? '' : titleOf(about));

    return alone(shape, shape.open + '}');
  },

  Arguments(ctx, value) {
    const shape = braces(ctx, value, '[Arguments]');

    return alone(shape, shape.open + '}');
  },

  Array(ctx, value, about) {
    const isPlain = about.name === 'Array' && about.tag === '';

    return listShape(ctx, value, isPlain ? '' : titleOf(about, '(' + value.length + ')'), value.length, arrayItems);
  },

  Set(ctx, value, about) {
    const size = sizeOfSet(value);
    const shape = braces(ctx, value, titleOf(about, '(' + size + ')'), setItems);

    return size === 0 ? alone(shape, shape.open + '}') : shape;
  },

  Map(ctx, value, about) {
    const size = sizeOfMap(value);
    const shape = braces(ctx, value, titleOf(about, '(' + size + ')'), mapItems);

    return size === 0 ? alone(shape, shape.open + '}') : shape;
  },

  /** The view of a platform object that is a list of pairs. */
  Pairs(ctx, value, about) {
    const shape = braces(ctx, NO_PROPERTIES, titleOf(about), pairItems);

    return value.length === 0 ? { __proto__: null, whole: shape.open + '}' } : shape;
  },

  Function(ctx, value, about) {
    const isClass = CLASS.test(functionToString(value)) || isInterface(value);

    return withBase(ctx, value, isClass ? classText(value, about) : functionText(value, about), 'special');
  },

  RegExp(ctx, value, about) {
    const text = titled(about, '/' + regExpSource(value) + '/' + regExpFlags(value));

    // However deep it stands: "[RegExp]" would not be shorter.
    return about.level > ctx.depth
      ? { __proto__: null, whole: ctx.stylize(text, 'regexp') }
      : withBase(ctx, value, text, 'regexp');
  },

  Date(ctx, value, about) {
    return withBase(ctx, value, titled(about, isNaN(dateGetTime(value)) ? 'Invalid Date' : dateToISOString(value)), 'date');
  },

  Error(ctx, value, about) {
    const { text, keys } = describe(ctx, value, about, ownKeys(ctx, value));

    return alone(withKeys({ __proto__: null, ...SHAPE, base: text }, keys), text);
  },

  ArrayBuffer(ctx, value, about) {
    return braces(ctx, value, titleOf(about), bufferParts);
  },

  DataView(ctx, value, about) {
    return braces(ctx, value, titleOf(about), viewParts);
  },

  Promise(ctx, value, about) {
    return braces(ctx, value, titleOf(about), promiseState);
  },

  WeakSet(ctx, value, about) {
    return braces(ctx, value, titleOf(about), unknownItems);
  },

  'Map Iterator'(ctx, value, { kind, tag }) {
    return braces(ctx, value, tag === kind || tag === '' ? '[' + kind + ']' : '[' + tag + '] [' + kind + ']', unknownItems);
  },

  Module(ctx, value, about) {
    const names = ownKeys(ctx, value);
    const contents = (inner, module, level) => bindings(inner, module, level, names);

    return { __proto__: null, ...SHAPE, open: titleOf(about) + ' {', contents };
  },

  Number(ctx, value, { kind, name, tag }) {
    const primitive = primitiveOf[kind](value);
    const class_ = name === kind ? kind : kind + ' (' + (name ?? 'null prototype') + ')';
    const text = '[' + class_ + ': ' + ctx.print({ ...ctx, stylize: withoutColor }, primitive, 0) + ']' + tagText(tag, name);
    // The characters of a string are keys too, and no news.
    const keys = kind === 'String' ? keysBeside(ctx, value, primitive.length) : ownKeys(ctx, value);

    return alone(withKeys({ __proto__: null, ...SHAPE, base: text }, keys), ctx.stylize(text, stringToLowerCase(kind)));
  },
};

/** A shape that begins with a text, which has its style where it stands alone. */
function withBase(ctx, value, text, style) {
  return alone(withKeys({ __proto__: null, ...SHAPE, base: text }, ownKeys(ctx, value)), ctx.stylize(text, style));
}

/** A text that names its class by itself, but for a subclass. */
function titled(about, text) {
  const title = titleOf(about);

  return title === about.kind ? text : title + ' ' + text;
}

shapes.DOMException = shapes.Error;
shapes.SharedArrayBuffer = shapes.ArrayBuffer;
shapes.WeakMap = shapes.WeakSet;
shapes['Set Iterator'] = shapes['Map Iterator'];
shapes.String = shapes.Boolean = shapes.BigInt = shapes.Symbol = shapes.Number;

list([
  'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array',
  'BigInt64Array', 'BigUint64Array', 'Float16Array', 'Float32Array', 'Float64Array',
]).forEach((kind) => {
  shapes[kind] = typedArray;
});

function typedArray(ctx, value, about) {
  const length = lengthOfTyped(value);

  return listShape(ctx, value, titleOf(about, '(' + length + ')'), length, typedItems);
}

// Functions

function functionText(value, { kind, name, tag }) {
  const type = stringEndsWith(kind, 'Function') ? kind : 'Function';
  const own = nameOf(value) === '' ? ' (anonymous)' : ': ' + nameOf(value);
  const class_ = name === type || name === null ? '' : ' ' + name;

  return '[' + type + (name === null ? ' (null prototype)' : '') + own + ']' + class_ + tagText(tag, name);
}

function classText(value, { name, tag }) {
  const own = (hasOwn(value, 'name') && nameOf(value)) || '(anonymous)'; // not the parent's
  const parent = name === null ? '[null prototype]' : nameOf(getPrototypeOf(value));

  return '[class ' + own + (parent === '' ? '' : ' extends ' + parent) + ']' + tagText(tag, name);
}
