// The boundary, seen from the realm. Twin: edgehost/engine/isolate.py
//
// Three kinds of crossing and no fourth: an event comes in (`on`), an op goes out (`op.name(...)`,
// which only notes what the host shall do when the turn ends), a query is answered at once
// (`ask(query.name(...))`). Booleans, numbers, null and plain text cross as they are; bytes go out
// as a Uint8Array or ArrayBuffer, any text as `text(string)`; both come in as an ArrayBuffer and a string.

const { isWellFormed, includes } = String.prototype;
const { call } = Function.prototype;
const wellFormed = call.bind(isWellFormed);
const contains = call.bind(includes);

/** @type {Record<string, Function>} what the host does after the turn */
export const op = { __proto__: null };
/** @type {Record<string, Function>} what the host answers at once; null means that it failed */
export const query = { __proto__: null };

const events = [];

for (const key of Object.getOwnPropertyNames(globalThis)) {
  const match = /^edgehost:(op|query):(.*)$/.exec(key);

  if (match) {
    (match[1] === 'op' ? op : query)[match[2]] = globalThis[key];
    delete globalThis[key];
  }
}

/** What the host's rejection tracker writes: promise, reason, handled, promise, ... */
export const rejected = globalThis['edgehost:rejected'];
delete globalThis['edgehost:rejected'];

globalThis['edgehost:events'] = () => events.join(' ');

/**
 * Says what an event of the host does. Handlers must not throw.
 * @param {string} event
 * @param {Function} handler
 */
export function on(event, handler) {
  events.push(event);
  globalThis[`edgehost:on:${event}`] = handler;
}

/** Removes the host's doors from the global object, once it has taken them. */
export function seal() {
  for (const event of events) delete globalThis[`edgehost:on:${event}`];
  delete globalThis['edgehost:events'];
}

/**
 * Text for an op or a query, whatever it contains. Short and plain text goes as it is.
 * @param {string} string
 * @returns {string | [string]}
 */
export function text(string) {
  return string.length < 4096 && wellFormed(string) && !contains(string, '\0') ? string : [string];
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
  const end = said.indexOf('\n');
  const name = said.slice(0, end);
  const message = said.slice(end + 1);
  const ErrorClass = { TypeError, RangeError, Error }[name];

  return ErrorClass ? new ErrorClass(message) : new DOMException(message, name);
}
