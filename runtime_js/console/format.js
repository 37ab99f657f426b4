// https://console.spec.whatwg.org/#formatter
// The arguments of a log call as one text, and times. Specifiers print what Node prints for them. Part of console.js

import {
  String, SymbolToPrimitive, floor, functionToString, jsonStringify, list, numberToFixed, parseFloat, parseInt,
  pattern, plainToString, stringIncludes, stringIndexOf, stringSlice,
} from '../boundary/built_ins.js';
import { inspect } from '../inspect/inspect.js';
import { isolated } from '../streams/facade.js';
import { numberText } from '../inspect/text.js';
import { isPlatformObject } from '../webidl/webidl.js';

const NATIVE = pattern(/\{\s*\[native code\]\s*\}$/);

/**
 * @param {unknown[]} data one alone is not searched for specifiers
 * @param {boolean} colors
 * @returns {string}
 */
export function format(data, colors) {
  const { length } = data;
  let text = '';
  let next = 0;

  if (typeof data[0] === 'string') {
    next = 1;
    text = data[0];

    if (length > 1 && stringIncludes(text, '%')) ({ 0: text, 1: next } = substitute(data, colors));
  }

  for (let i = next; i < length; i++) {
    if (i > 0) text += ' ';

    text += typeof data[i] === 'string' ? data[i] : inspect(data[i], { colors });
  }

  return text;
}

/** The first text with its specifiers replaced, and how many arguments that took. */
function substitute(data, colors) {
  const first = data[0];
  let text = '';
  let start = 0;
  let next = 1;

  for (let at = stringIndexOf(first, '%'); at >= 0 && at < first.length - 1; at = stringIndexOf(first, '%', at)) {
    const specifier = first[at + 1];
    const shown = specifier === '%' ? '%' : next < data.length ? convert(specifier, data[next], colors) : undefined;

    if (shown === undefined) {
      at++;
      continue;
    }

    if (specifier !== '%') next++;

    text += stringSlice(first, start, at) + shown;
    start = at += 2;
  }

  return [text + stringSlice(first, start), next];
}

function convert(specifier, value, colors) {
  switch (specifier) {
    case 's': return asString(value);
    case 'd':
    case 'i': return asNumber(value, parseInt);
    case 'f': return asNumber(value, parseFloat);
    case 'o': return inspect(value, { colors, showHidden: true, showProxy: true, depth: 4 });
    case 'O': return inspect(value, { colors });
    case 'j': return asJSON(value);
    case 'c': return '';
    default: return undefined;
  }
}

/** What a log call throws: an error of the function's own, out of a toJSON(). */
export class Thrown {
  constructor(error) {
    this.error = error;
  }
}

isolated(Thrown);

/** The engine's message for a value that contains itself. */
const CIRCULAR = (() => {
  const circle = list([]);

  circle[0] = circle;

  try {
    return jsonStringify(circle);
  } catch (error) {
    return error.message;
  }
})();

function asJSON(value) {
  try {
    return '' + jsonStringify(value);
  } catch (error) {
    if (messageOf(error) === CIRCULAR) return '[Circular]';

    throw new Thrown(error);
  }
}

function messageOf(error) {
  try {
    return error.message;
  } catch {
    return undefined;
  }
}

function asString(value) {
  switch (typeof value) {
    case 'number': return numberText(value);
    case 'bigint': return value + 'n';
    case 'object': return value === null ? 'null' : objectAsString(value);
    default: return safely(() => String(value), value);
  }
}

function objectAsString(object) {
  return safely(() => (hasOwnText(object) ? String(object) : undefined), object);
}

function safely(convertIt, value) {
  let text;

  try {
    text = convertIt();
  } catch {
    // What it shows instead says more than an error out of a log call.
  }

  return text ?? inspect(value, { depth: 0 });
}

/** Whether someone gave it a text form; the engine's own say little. */
function hasOwnText(object) {
  const { toString, [SymbolToPrimitive]: toPrimitive } = object;

  return isOwn(toString) || isOwn(toPrimitive) || (toString !== plainToString && isPlatformObject(object));
}

function isOwn(method) {
  return typeof method === 'function' && !NATIVE.test(functionToString(method));
}

function asNumber(value, parse) {
  if (typeof value === 'bigint') return value + 'n';

  if (typeof value === 'symbol') return 'NaN';

  try {
    return numberText(parse(value, 10));
  } catch {
    return 'NaN';
  }
}

/**
 * A time in the units that read best: "12.5ms", "3.200s", "4m 3.200s", "1h 4m 3.200s".
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  if (milliseconds < 1000) return (+numberToFixed(milliseconds, 3)) + 'ms';

  const minutes = floor(milliseconds / 60_000);
  const seconds = numberToFixed((milliseconds % 60_000) / 1000, 3) + 's';

  if (minutes === 0) return seconds;

  return minutes < 60 ? minutes + 'm ' + seconds : floor(minutes / 60) + 'h ' + (minutes % 60) + 'm ' + seconds;
}
