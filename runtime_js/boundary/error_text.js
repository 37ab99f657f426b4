// What was thrown, as text for the host. Whatever was thrown: null, proxies, getters that throw;
// and whatever the function patched: the engine's template literals call String.prototype.concat.

import { Error, String, objectToString, pattern } from './built_ins.js';
import { isError } from '../webidl/dom_exception.js';
import { ask, query, text } from './host.js';
import { warnOfMissingGlobal } from './missing.js';
import { framesOf } from './stack_traces.js';

// Enough for the user's frames behind those of the runtime; a stack costs as many frames as there are.
Error.stackTraceLimit = 50;

let inspect = null;

/** Says how values are shown to people, as the console shows them. @param {(value: unknown) => string} function_ */
export function inspectWith(function_) {
  inspect = function_;
}

/**
 * @param {unknown} error
 * @returns {[string, string, string, string]} name, message, stack, and all of it as the console shows it
 */
export function describeError(error) {
  const known = isError(error);
  const name = known ? safely(() => String(error.name), 'Error') : 'Uncaught value';
  const message = known ? messageForPeople(error, safely(() => String(error.message), '')) : shown(error);
  const stack = known ? stackOf(error) : '';

  if (name === 'ReferenceError') warnOfMissingGlobal(message);

  const inspected = known ? shown(error, name + ': ' + message + '\n' + stack) : message;

  return [name, message, stack, inspected];
}

/**
 * The text that an ErrorEvent carries, and where the error was made.
 * @param {unknown} error
 */
export function describePlace(error) {
  const known = isError(error);
  const title = known ? safely(() => String(error), 'Error') : shown(error);
  const place = safely(() => FRAME.exec(originalStack(stackOf(error) || framesOf(new Error()))), null);

  return {
    message: 'Uncaught ' + title,
    filename: place === null ? '' : place[1],
    lineno: place === null ? 0 : +place[2],
    colno: place === null ? 0 : +place[3],
  };
}

/** The innermost frame that lies in the user's files. */
const FRAME = pattern(/^ {4}at (?:.* \()?(?!edgehost:|native\))([^()\n]+?):(\d+):(\d+)\)?$/m);

/**
 * A stack with places in the files as their author wrote them, where something else was made of them.
 * @param {string} stack
 * @returns {string}
 */
export function originalStack(stack) {
  return ask(query.originalStack(text(stack))) || stack;
}

/**
 * The frames of an error as the engine names their places. What it finds when it links modules has none, but an import.
 * @param {object} error
 * @returns {string | undefined} undefined for what has no stack
 */
export function framesForPeople(error) {
  const frames = framesOf(error);

  return frames === '' ? safely(() => ask(query.linkPlace(text(String(error.message)))), '') : frames;
}

const NAMELESS = pattern(/^(?:not a (?:function|constructor)|value is not iterable|empty array|Bun is not defined)$/);
const CONVERSION = pattern(/^(?:cannot convert BigInt to number|Cannot convert undefined or null to object)$/);
const MEMBER = pattern(/^cannot (?:read|set) property '[^]+' of (?:null|undefined)$/);

/**
 * A message that names what it is about, where the engine's does not: the host has the source.
 * @param {object} error
 * @param {string} message
 */
export function messageForPeople(error, message) {
  if (!NAMELESS.test(message) && !CONVERSION.test(message) && !MEMBER.test(message)) return message;

  return safely(() => ask(query.clearMessage(text(message), text(framesOf(error) ?? ''))) || message, message);
}

function stackOf(error) {
  return safely(() => String(framesForPeople(error) ?? error.stack ?? ''), '');
}

function shown(value, otherwise = safely(() => plainly(value), 'a value that cannot be shown')) {
  return inspect === null ? otherwise : safely(() => String(inspect(value)), otherwise);
}

function plainly(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? objectToString(value)
    : String(value);
}

function safely(compute, otherwise) {
  try {
    return compute();
  } catch {
    return otherwise;
  }
}

/** What a message calls a value of the wrong kind. */
export function kindOf(value) {
  if (value === null || value === undefined) return '' + value;

  return typeof value === 'object' ? 'an object' : 'a ' + (typeof value);
}
