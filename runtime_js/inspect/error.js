// Errors as text: the title, the frames in the user's files, and what is left out. Part of inspect.js
// The title is made from the name and message of now, and names the class: the stack's first line does not.

import {
  String, arrayJoin, isArray, list, pattern, stringEndsWith, stringIncludes, stringRepeat, stringReplace,
  stringReplaceAll, stringSlice, stringSplit, stringTrimEnd,
} from '../boundary/built_ins.js';
import { isError } from '../webidl/dom_exception.js';
import { framesForPeople, messageForPeople, originalStack } from '../boundary/error_text.js';
import { isMadeStack, textBeforeHook } from '../boundary/stack_traces.js';
import { titleOf as classTitle } from './class.js';
import { folded } from './frames.js';

const OURS = pattern(/^\s*at (?:.* \()?(?:edgehost:|native\))/);
const FRAME = pattern(/^\s*at /m);
const PACKAGE = pattern(/(?<=\bnode_modules\/)(?:@[^/]+\/)?[^/]+/g);

/**
 * @param {object} ctx of the inspection
 * @param {object} error
 * @param {{ kind: string, name: string | null, tag: string }} about
 * @param {PropertyKey[]} keys of the error's own properties
 * @returns {{ text: string, keys: PropertyKey[] }} with the keys of what the text does not say yet
 */
export function describe(ctx, error, about, keys) {
  const own = { name: textOf(error, 'name') ?? 'Error', message: textOf(error, 'message') ?? '' };
  const { title, frames } = partsOf(error, own, about);
  const shown = withoutShared(ctx, error, frames);
  const text = frames.length === 0 ? '[' + title + ']' : arrayJoin(list([title]).concat(shown), '\n');
  const isSaid = (key) => key === 'stack' || ((key === 'name' || key === 'message') && stringIncludes(title, own[key]));

  ctx.spent += title.length;

  return {
    text: stringReplaceAll(text, '\n', '\n' + stringRepeat(' ', ctx.indentation)),
    keys: keys.filter((key) => !isSaid(key)).concat(hiddenKeys(error, keys)),
  };
}

/** The lines of a stack that lie in the user's files. @param {string} stack @returns {string[]} */
export function userFrames(stack) {
  return list(stringSplit(originalStack(stack), '\n')).filter((line) => FRAME.test(line) && !OURS.test(line));
}

function textOf(object, key) {
  try {
    const value = object[key];

    return value === undefined || value === null ? undefined : String(value);
  } catch {
    return undefined;
  }
}

/**
 * Also of an error that lost its prototype, or whose stack a hook made something else of that does not say enough.
 * A title was written by the function, or comes from another engine.
 */
function stackOf(error, message) {
  const stack = textOf(error, 'stack');

  if (stack === undefined || isMadeStack(error, stack)) {
    return { title: '', frames: isError(error) || stack !== undefined ? userFrames(framesForPeople(error) ?? '') : [] };
  }

  const plain = textBeforeHook(error);
  const start = FRAME.exec(stack)?.index ?? stack.length;

  if (plain !== undefined && (start === stack.length || !stringIncludes(stack, message))) {
    return { title: '', frames: userFrames(plain) };
  }

  return { title: stringTrimEnd(stringSlice(stack, 0, start)), frames: userFrames(stringSlice(stack, start)) };
}

function partsOf(error, own, about) {
  const { title, frames } = stackOf(error, own.message);

  return { title: title || titleOf({ name: own.name, message: messageForPeople(error, own.message) }, about), frames };
}

function titleOf({ name, message }, about) {
  const heading = name === '' ? '' : headingOf(name, about);

  return heading === '' || message === '' ? heading + message : heading + ': ' + message;
}

/** The error's name, and its class where the name does not say it. */
function headingOf(name, about) {
  if (about.name === null) return '[' + name + ': null prototype]';

  if (!stringEndsWith(name, 'Error') && about.name !== 'DOMException') return name;

  const title = classTitle(about);

  return stringIncludes(title, name) ? title : title + ' [' + name + ']';
}

/** What an error holds that is no enumerable property of it. */
function hiddenKeys(error, keys) {
  const isHidden = (key) => !keys.includes(key) && has(error, key);

  return list(['cause', 'errors']).filter((key) => isHidden(key) && (key === 'cause' || isList(error)));
}

function has(object, key) {
  try {
    return key in object;
  } catch {
    return false;
  }
}

function isList(error) {
  try {
    return isArray(error.errors);
  } catch {
    return false;
  }
}

const FEW_SHARED = 3; // frames that are printed twice: a note on them would save little

/** Leaves out the outer frames that the stack of the cause, which is printed below, ends with too. */
function withoutShared(ctx, error, frames) {
  const others = framesOfCause(causeOf(error));
  let shared = 0;

  while (shared < frames.length - 1 && frames[frames.length - 1 - shared] === others[others.length - 1 - shared]) shared++;

  if (shared <= FEW_SHARED) return linesOf(ctx, frames);

  const note = ctx.stylize('    ... ' + shared + ' frames as in the cause', 'undefined');

  return linesOf(ctx, frames.slice(0, frames.length - shared)).concat([note]);
}

function framesOfCause(cause) {
  return stackOf(cause, textOf(cause, 'message') ?? '').frames;
}

const NONE = { __proto__: null };

function causeOf(error) {
  try {
    return isError(error.cause) ? error.cause : NONE;
  } catch {
    return NONE;
  }
}

function linesOf(ctx, frames) {
  return folded(frames).map(({ frame, note }) => (frame === null ? ctx.stylize(note, 'undefined') : decorate(ctx, frame)));
}

function decorate(ctx, frame) {
  return ctx.colors ? stringReplace(frame, PACKAGE, (name) => ctx.stylize(name, 'module')) : frame;
}
