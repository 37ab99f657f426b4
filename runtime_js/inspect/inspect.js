// Values as text for people, the way Node prints them. Twin: edgehost/engine/peek.py
//
// Total: it prints something for every value and throws for none. Getters, traps and methods of the
// value do not run, but for `Symbol.toStringTag`, an error's own texts, and the two custom inspectors.
// The work is bounded: at most 100 items of a list, 1,000 properties, and then a budget for the whole.

import {
  Object, SymbolFor, apply, createMap, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, isArray, keys, list,
  max, pattern, stringIndexOf, stringRepeat, stringReplaceAll, stringSlice, symbolToString,
} from '../boundary/built_ins.js';
import { query } from '../boundary/host.js';
import { MOST_PROTOTYPES, classNameOf, tagOf, titleOf } from './class.js';
import { layOut } from './layout.js';
import { shapeOf } from './shapes.js';
import { escapeAll, numberText, quote, withColor, withoutColor } from './text.js';
import { inspectorOf } from './inspectors.js';

const { prototype: ObjectPrototype } = Object;

const CUSTOM = SymbolFor('nodejs.util.inspect.custom');
const BUDGET = 1024 * 1024; // characters, and a share for each value; past it, objects are not entered
const SHARE = 64; // what a value costs beside its characters: bounds the time, to about 0.3 s

const DEFAULTS = {
  depth: 2,
  colors: false,
  showHidden: false,
  showProxy: false,
  customInspect: true,
  getters: false,
  sorted: false,
  compact: 3,
  breakLength: 80,
  maxArrayLength: 100,
  maxStringLength: 10_000,
};

/**
 * @param {unknown} value
 * @param {Partial<typeof DEFAULTS>} [options] as Node's; depth null means no limit
 * @returns {string}
 */
export function inspect(value, options = undefined) {
  const ctx = { __proto__: null, ...DEFAULTS, ...options, seen: list([]), circular: null, indentation: 0, height: 0, spent: 0 };

  ctx.depth ??= Infinity;
  ctx.maxArrayLength = max(0, ctx.maxArrayLength ?? Infinity);
  ctx.maxStringLength = max(0, ctx.maxStringLength ?? Infinity);
  ctx.compact = ctx.compact === true ? 3 : +ctx.compact;
  ctx.stylize = ctx.colors ? withColor : withoutColor;
  ctx.print = print;
  ctx.printInner = printInner;
  ctx.printProperty = printProperty;

  return print(ctx, value, 0);
}

defineProperty(inspect, 'custom', { __proto__: null, value: CUSTOM, writable: true, enumerable: true, configurable: true });

/** @param {object} ctx @param {unknown} value @param {number} level of nesting, from 0 */
function print(ctx, value, level) {
  ctx.spent += SHARE;

  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return printPrimitive(ctx, value);

  const { indentation, seen } = ctx;
  const { length } = seen;

  try {
    return printObject(ctx, value, level);
  } catch (error) {
    ctx.indentation = indentation;
    seen.length = length;

    return ctx.stylize('<Inspection threw' + reasonOf(error) + '>', 'special');
  }
}

/** A value that stands inside another: further lines of it are indented. */
function printInner(ctx, value, level) {
  ctx.indentation += 2;
  const text = print(ctx, value, level);

  ctx.indentation -= 2;

  return text;
}

function reasonOf(error) {
  try {
    const { message } = error;

    return typeof message === 'string' && message !== '' ? ' (' + stringSlice(message, 0, 200) + ')' : '';
  } catch {
    return '';
  }
}

// Primitive values

function printPrimitive(ctx, value) {
  switch (typeof value) {
    case 'string': return printString(ctx, value);
    case 'number': return ctx.stylize(numberText(value), 'number');
    case 'bigint': return ctx.stylize(value + 'n', 'bigint');
    case 'symbol': return ctx.stylize(symbolToString(value), 'symbol');
    default: return ctx.stylize('' + value, value === null ? 'null' : typeof value);
  }
}

const LEAST_ROOM = 16; // a string that is no longer is not broken at its line ends, however deep it stands

function printString(ctx, string) {
  const rest = string.length - ctx.maxStringLength;
  const note = rest > 0 ? '... ' + rest + ' more character' + (rest > 1 ? 's' : '') : '';
  const shown = rest > 0 ? stringSlice(string, 0, ctx.maxStringLength) : string;
  const room = max(LEAST_ROOM, ctx.breakLength - ctx.indentation - 4);

  ctx.spent += shown.length;

  return (shown.length > room ? linesOf(ctx, shown) : ctx.stylize(quote(shown), 'string')) + note;
}

/** A long string as a sum of its lines. */
function linesOf(ctx, string) {
  const plus = ' +\n' + stringRepeat(' ', ctx.indentation + 2);
  let text = '';

  for (let start = 0, end; start < string.length; start = end) {
    end = stringIndexOf(string, '\n', start) + 1 || string.length;
    text += (start > 0 ? plus : '') + ctx.stylize(quote(stringSlice(string, start, end)), 'string');
  }

  return text;
}

// Objects

function printObject(ctx, original, level) {
  let value = original;
  let kind = query.classOf(value);

  while (kind === 'Proxy') {
    const box = [];

    if (query.lookInto(value, box) === 0) return ctx.stylize('<Revoked Proxy>', 'special');

    if (ctx.showProxy) return printProxy(ctx, box, level);

    value = box[0];
    kind = query.classOf(value);
  }

  const method = ctx.customInspect ? customOf(value) : undefined;

  if (method !== undefined) {
    const text = customText(ctx, method, original, level);

    if (text !== undefined) return text;
  }

  return ctx.seen.includes(value) ? printCircular(ctx, value) : printByClass(ctx, value, kind, level);
}

/** The target and the handler. */
function printProxy(ctx, box, level) {
  if (level > ctx.depth) return ctx.stylize('Proxy [Array]', 'special');

  const shape = { base: '', open: 'Proxy [', close: ']', isList: false };
  const parts = list([printInner(ctx, box[0], level + 1), printInner(ctx, box[1], level + 1)]);

  return layOut(ctx, parts, list([]), shape, ++ctx.height);
}

/** The value's own way of being shown, but that of a class's prototype, which is for the instances. */
function customOf(value) {
  try {
    const method = value[CUSTOM];
    const isOwn = typeof method === 'function' && method !== inspect;

    return isOwn && value.constructor?.prototype !== value ? method : undefined;
  } catch {
    return undefined;
  }
}

/** What the method says; undefined when it fails or leaves the value as it is. */
function customText(ctx, method, value, level) {
  let result;

  try {
    result = apply(method, value, [ctx.depth - level, optionsOf(ctx), inspect]);
  } catch {
    return undefined;
  }

  if (typeof result !== 'string') return result === value ? undefined : print(ctx, result, level);

  ctx.spent += result.length;

  return stringReplaceAll(result, '\n', '\n' + stringRepeat(' ', ctx.indentation));
}

function optionsOf(ctx) {
  const options = { stylize: ctx.stylize };

  for (let i = 0, names = keys(DEFAULTS); i < names.length; i++) options[names[i]] = ctx[names[i]];

  return options;
}

function printCircular(ctx, value) {
  ctx.circular ??= createMap();

  if (!ctx.circular.has(value)) ctx.circular.set(value, ctx.circular.size + 1);

  return ctx.stylize('[Circular *' + ctx.circular.get(value) + ']', 'special');
}

function printByClass(ctx, value, kind, level) {
  const view = kind === 'Object' ? platformView(value) : undefined;

  if (typeof view === 'string') return view;

  const about = {
    kind: isArray(view) ? 'Pairs' : kind,
    name: classNameOf(value, kind),
    tag: view === undefined ? tagOf(ctx, value) : '',
    level,
  };
  const shape = shapeOf(ctx, view ?? value, about);

  if (shape.whole !== undefined) return shape.whole;

  if (level > ctx.depth) return ctx.stylize(collapsed(about), 'special');

  return printInside(ctx, value, view ?? value, shape, level + 1);
}

function collapsed(about) {
  const title = titleOf(about);

  return about.name === null ? title : '[' + title + ']';
}

function printInside(ctx, value, shown, shape, level) {
  const besides = ctx.height; // of what stands beside this value

  ctx.height = 0;
  ctx.seen.push(value);

  const rest = list([]);
  const items = shape.contents === null ? list([]) : list(shape.contents(ctx, shown, level, rest));
  const properties = shape.keys.map((key) => printProperty(ctx, shown, key, level));

  // What a subclass or the user put on a platform object.
  if (shown !== value) ownData(value).forEach((key) => properties.push(printProperty(ctx, value, key, level)));

  if (ctx.sorted) properties.sort(typeof ctx.sorted === 'function' ? ctx.sorted : undefined);

  if (shape.more > 0) properties.push('... ' + shape.more + ' more propert' + (shape.more > 1 ? 'ies' : 'y'));

  ctx.seen.pop();
  shape.base = withReference(ctx, value, shape.base);

  if (ctx.spent > BUDGET) ctx.depth = -1;

  const height = ctx.height + 1;

  ctx.height = max(besides, height);

  return layOut(ctx, items, rest.concat(properties), shape, height);
}

/** Marks the value that a circular one inside it refers to. */
function withReference(ctx, value, base) {
  const number = ctx.circular?.get(value);

  if (number === undefined) return base;

  const mark = ctx.stylize('<ref *' + number + '>', 'special');

  return base === '' ? mark : mark + ' ' + base;
}

function ownData(object) {
  return list(keys(object)).filter((key) => getOwnPropertyDescriptor(object, key).get === undefined);
}

/** What the registry shows in place of a platform object. */
function platformView(value) {
  let prototype = getPrototypeOf(value);

  for (let i = 0; i < MOST_PROTOTYPES && prototype !== null && prototype !== ObjectPrototype; i++) {
    const show = inspectorOf(prototype);

    if (show !== undefined) {
      try {
        return typeof show === 'function' ? show(value) : pick(value, show);
      } catch {
        return undefined; // it only looks like one: a prototype object, say
      }
    }

    prototype = getPrototypeOf(prototype);
  }

  return undefined;
}

function pick(value, names) {
  const shown = {};

  for (let i = 0; i < names.length; i++) {
    defineProperty(shown, names[i], {
      __proto__: null, value: value[names[i]], writable: true, enumerable: true, configurable: true,
    });
  }

  return shown;
}

// Properties

const IDENTIFIER = pattern(/^[a-z_]\w*$/i);

/** @param {boolean} [isItem] whether the key is an index, which is not printed */
function printProperty(ctx, object, key, level, isItem = false) {
  const descriptor = getOwnPropertyDescriptor(object, key);
  const { get, set } = descriptor;
  const text = get === undefined && set === undefined
    ? printInner(ctx, descriptor.value, level)
    : printAccessor(ctx, object, get, set, level);

  return isItem ? text : printKey(ctx, key, descriptor.enumerable) + ': ' + text;
}

function printAccessor(ctx, object, get, set, level) {
  if (get === undefined) return ctx.stylize('[Setter]', 'special');

  const kind = set === undefined ? 'Getter' : 'Getter/Setter';
  const isRun = ctx.getters === true || ctx.getters === (set === undefined ? 'get' : 'set');

  return isRun ? printGot(ctx, object, get, kind, level) : ctx.stylize('[' + kind + ']', 'special');
}

/** What a getter returns: within the brackets, or behind them when it is an object. */
function printGot(ctx, object, get, kind, level) {
  let value;

  try {
    value = apply(get, object, []);
  } catch (error) {
    return ctx.stylize('[' + kind + ': <Inspection threw' + reasonOf(error) + '>]', 'special');
  }

  const text = printInner(ctx, value, level);
  if (typeof value === 'object' && value !== null) return ctx.stylize('[' + kind + ']', 'special') + ' ' + text;

  return ctx.stylize('[' + kind + ':', 'special') + ' ' + text + ctx.stylize(']', 'special');
}

function printKey(ctx, key, isEnumerable) {
  ctx.spent += key.length ?? 0;

  if (typeof key === 'symbol') return '[' + ctx.stylize(escapeAll(symbolToString(key)), 'symbol') + ']';

  if (key === '__proto__') return "['__proto__']"; // a plain one would read as the prototype

  if (!isEnumerable) return '[' + escapeAll(key) + ']';

  return IDENTIFIER.test(key) ? key : ctx.stylize(quote(key), 'string');
}
