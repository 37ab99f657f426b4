// The boundary, seen from the realm. Twin: edgehost/engine/isolate.py
//
// Three kinds of crossing and no fourth: an event comes in (`on`), an op goes out (`op.name(...)`,
// which only notes what the host shall do when the turn ends), a query is answered at once
// (`ask(query.name(...))`). Booleans, numbers, null and plain text cross as they are; bytes go out
// as a Uint8Array or ArrayBuffer, any text as `text(string)`; both come in as an ArrayBuffer and a string.

import {
  ArrayBuffer, DOMException, Error, Float64Array, InternalError, RangeError, TypeError, Uint32Array,
  Uint8Array, getOwnPropertyNames, globalObject, list, pattern, stringIndexOf, stringIsWellFormed, stringReplace,
  stringSlice, typedArraySet,
} from './built_ins.js';

// Looks for NUL: of the engine's built-ins those that replace find a character the fastest, with memchr.
export const without = stringReplace;

/** @type {Record<string, Function>} what the host does after the turn */
export const op = { __proto__: null };
/** The same, where the arguments are known to cross as they are. */
export const plain = op;
/** @type {Record<string, Function>} what the host answers at once; null means that it failed */
export const query = { __proto__: null };

/** The events that were declared, each a name and a handler: without a prototype, where a setter could take them. */
const declared = list([]);
let taken = 0;

const DOOR = pattern(/^edgehost:(op|query):(.*)$/);

for (let i = 0, names = getOwnPropertyNames(globalObject); i < names.length; i++) {
  const key = names[i];
  const match = DOOR.exec(key);

  if (match) {
    ({ op, query })[match[1]][match[2]] = globalObject[key];
    delete globalObject[key];
  }
}

/** What the host's rejection tracker writes: promise, reason, handled, promise, ... */
export const rejected = globalObject['edgehost:rejected'];
delete globalObject['edgehost:rejected'];

// The head of the engine's queue of jobs, an address read as a number: the queue's own while no job waits, as now.
export const jobQueue = new Float64Array(globalObject['edgehost:jobQueue']);
export const { 0: NO_JOBS } = jobQueue;
delete globalObject['edgehost:jobQueue'];

/** What the host takes next of them, a name and then its handler; undefined when it has all. */
globalObject['edgehost:nextOfEvents'] = () => (taken < declared.length ? declared[taken++] : undefined);

/**
 * Says what an event of the host does. Handlers must not throw.
 * @param {string} event
 * @param {Function} handler
 */
export function on(event, handler) {
  declared[declared.length] = event;
  declared[declared.length] = handler;
}

// Small pieces of bytes wait here until the turn ends, when the host copies them from memory it knows:
// that saves the host a look into each array. Its head says how much is filled, which the host resets,
// and the invocation that runs, so that the host knows whom to charge when a turn is stopped.
// When it is full the host puts its contents aside, and a place counts on from there: it is
// (full outboxes before it) * OUTBOX_SIZE + (where in the outbox).
const OUTBOX_SIZE = 64 * 1024;
const OFFSET = OUTBOX_SIZE - 1;
const OUTBOX_HEAD = 28;
const outboxBuffer = new ArrayBuffer(OUTBOX_SIZE);
const outbox = new Uint8Array(outboxBuffer);
const filled = new Uint32Array(outboxBuffer, 0, 1);

filled[0] = OUTBOX_HEAD;

/** One number: the id of the invocation whose event is being handled, 0 when none. */
export const invocationSlot = new Float64Array(outboxBuffer, 8, 1);

/**
 * Of the texts that came together: how many are still to be handled, how many answers they got, and whether (1) those
 * that are left shall wait until others had their turn.
 */
export const textCounts = new Uint32Array(outboxBuffer, 16, 3);

globalObject['edgehost:outbox'] = outbox;

/**
 * Copies bytes to the outbox.
 * @param {Uint8Array} bytes
 * @param {number} length of them
 * @returns {number} where they are for the host, or -1 when there are too many
 */
export function post(bytes, length) {
  if (!hasRoom(filled[0], length)) {
    if (!hasRoom(OUTBOX_HEAD, length)) return -1;

    endRun();
    query.turnPage();
  }

  const at = filled[0];

  typedArraySet(outbox, bytes, at & OFFSET);
  filled[0] = at + length;

  return at;
}

/** A place at the very end would look like one at the start of the next. */
function hasRoom(at, length) {
  return (at & OFFSET) + length < OUTBOX_SIZE;
}

// Pieces that one user posts in a row leave as one op, when something else happens to it or the turn ends.
const runIsOpen = new Uint32Array(outboxBuffer, 4, 1); // read by the host, which then sends 'turnEnd'
let runSend = null;
let runId = 0;
let runAt = 0;
let runEnd = 0;

/**
 * Posts bytes that may join the ones before.
 * @param {Function} send the op: id, where, length
 * @param {number} id
 * @param {Uint8Array} bytes
 * @param {number} length of them
 * @returns {boolean} false when there are too many; what was posted before is then on its way
 */
export function postInRun(send, id, bytes, length) {
  const offset = runEnd & OFFSET;

  if (id === runId && send === runSend && runEnd === filled[0] && offset + length < OUTBOX_SIZE) {
    typedArraySet(outbox, bytes, offset);
    runEnd += length;
    filled[0] = runEnd;

    return true;
  }

  const at = post(bytes, length);

  endRun();

  if (at < 0) return false;

  runSend = send;
  runId = id;
  runAt = at;
  runEnd = at + length;
  runIsOpen[0] = 1;

  return true;
}

/** Sends the run. Whoever uses an op of its own for the same id calls this before. */
export function endRun() {
  if (runSend === null) return;

  runSend(runId, runAt, runEnd - runAt);
  runSend = null;
  runEnd = 0;
  runIsOpen[0] = 0;
}

on('turnEnd', endRun);

/** Removes the host's doors from the global object, once it has taken them. */
export function seal() {
  delete globalObject['edgehost:nextOfEvents'];
  delete globalObject['edgehost:outbox'];
}

// A longer string may be a rope, the engine's form of a concatenation, which the binding refuses.
export const FLAT = 512;

/** Whether text crosses as it is: short, well-formed and free of NUL. @param {string} string */
export function isPlain(string) {
  return string.length <= FLAT && stringIsWellFormed(string) && without(string, '\0', '') === string;
}

/**
 * Text for an op or a query, whatever it contains. Short and plain text goes as it is.
 * @param {string} string
 * @returns {string | [string, false]}
 */
export function text(string) {
  return isPlain(string) ? string : [string, false];
}

/**
 * Text that the host wants as UTF-8 bytes. Lone surrogates must have been replaced.
 * @param {string} string
 * @returns {string | [string, true]}
 */
export function utf8(string) {
  return string.length <= FLAT && without(string, '\0', '') === string ? string : [string, true];
}

/**
 * The answer of a query, or the error that it failed with.
 * @template T
 * @param {T | null} answer
 * @returns {T}
 */
export function ask(answer) {
  if (answer === null || answer === undefined) throw failure();

  return answer;
}

function failure() {
  const said = query.failure();
  const end = stringIndexOf(said, '\n');
  const name = stringSlice(said, 0, end);
  const message = stringSlice(said, end + 1);
  const ErrorClass = { TypeError, RangeError, InternalError, Error }[name];

  return ErrorClass ? new ErrorClass(message) : new DOMException(message, name);
}
