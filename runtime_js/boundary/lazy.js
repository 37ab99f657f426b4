// Parts of the runtime that few functions use: a file is evaluated when something of it is first touched.
// Twin: edgehost/engine/lazy.py
//
// A function may have patched built-ins by then: all files take them from built_ins.js, which is evaluated at start.

import {
  InternalError, TypeError, defineProperty, getOwnPropertyDescriptor, isFrozen, list, reflectDefine, reflectSet,
} from './built_ins.js';
import { ask, query, rejected } from './host.js';

/** The files, by the names that they have in `load`. @type {Record<string, true>} */
const files = { __proto__: null };
/** What each evaluated file exports. @type {Record<string, object>} */
const exported = { __proto__: null };
/** The names that stand for each file which is not evaluated yet. @type {Record<string, Property[]>} */
const waiting = { __proto__: null };
/** @typedef {{ target: object, name: string, enumerable: boolean, get: Function }} Property */

list([
  'console/printer.js', 'crypto/crypto.js', 'crypto/crypto_key.js', 'crypto/subtle_crypto.js',
  'encoding/encoding_streams.js', 'encoding/text_decoder.js', 'fetch/body_data.js', 'fetch/fetch.js', 'fetch/form_data.js', 'fetch/http_fetch.js', 'fetch/multipart.js', 'file/blob.js',
  'file/blob_url.js', 'file/file.js', 'file/file_reader.js', 'file/progress_event.js', 'function/fetch_event.js',
  'function/import_meta.js', 'function/process.js', 'html/navigator.js', 'messaging/broadcast_channel.js', 'messaging/message_channel.js',
  'messaging/message_port.js', 'performance/entry.js', 'performance/observer.js', 'performance/timeline.js',
  'performance/user_timing.js', 'server_sent_events/event_source.js', 'structured_data/structured_clone.js', 'websockets/address.js',
]).forEach((file) => {
  files[file] = true;
});

/** The host hands over what a file exports. @param {string} file @param {object} exports */
export function loaded(file, exports) {
  exported[file] = exports;

  const properties = waiting[file] ?? list([]);

  delete waiting[file];

  for (let i = 0; i < properties.length; i++) settle(properties[i], exports);
}

/** The exports of a runtime file, evaluated now if it was not yet. @param {string} file @returns {object} */
export function load(file) {
  if (exported[file] === undefined) evaluate(file);

  return exported[file];
}

/** The messages for files that could not be evaluated: it is not tried again. @type {Record<string, string>} */
const failures = { __proto__: null };

function evaluate(file) {
  if (failures[file] === undefined) failures[file] = reasonToFail(file);

  if (exported[file] === undefined) throw new InternalError(failures[file]);
}

/** Evaluates a file. @returns {string} the message of why it has no exports, if it has none */
function reasonToFail(file) {
  if (files[file] !== true) return file + ' is no part of the runtime';

  const before = rejected.length;

  // What it says when it is asked for once more, while its own evaluation goes on or was cut short.
  failures[file] = file + ' of the runtime is not evaluated to its end';

  const unread = ask(query.evaluate(file));

  if (unread !== '') { // nothing of it has run
    delete failures[file];
    throw new InternalError(file + ' of the runtime cannot be read: ' + unread);
  }

  if (rejected.length === before) return '';

  const error = rejected[before + 1]; // before it stands the promise

  rejected.length = before;

  return messageFor(file, isObject(error) ? getOwnPropertyDescriptor(error, 'message')?.value : error);
}

/** @param {string} file @param {unknown} message of the error: null is what the engine throws where none has room */
function messageFor(file, message) {
  if (message === 'out of memory' || message === null) return 'out of memory';

  const start = file + ' of the runtime cannot be evaluated: ';

  if (message === 'interrupted') return start + 'it was stopped';

  if (message === 'Maximum call stack size exceeded') return start + 'no stack was left';

  return start + 'the function has replaced a built-in that it needs (' + message + ')';
}

/** The exports of a runtime file if anything has touched it: nobody has an instance of its classes before. */
export function ifLoaded(file) {
  return exported[file];
}

/**
 * Defines properties that load a runtime file when they are first read. They become ordinary ones then, and behave so
 * before: they can be written, on the target and on what inherits from it.
 * @param {object} target
 * @param {string} file
 * @param {string[]} names of its exports
 * @param {boolean} enumerable
 */
export function defineLazily(target, file, names, enumerable) {
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    let written = null; // what was written while the property could not be exchanged, in an array

    const { get, set } = getOwnPropertyDescriptor({
      get [name]() {
        return written === null ? load(file)[name] : written[0];
      },
      set [name](value) {
        const receiver = this ?? target;

        if (isFrozen(target) || !write(receiver, value)) throw new TypeError("'" + name + "' is read-only");
      },
    }, name);

    // https://tc39.es/ecma262/#sec-ordinarysetwithowndescriptor, as if the target had a data property
    const write = (receiver, value) => {
      if (!isObject(receiver) || getOwnPropertyDescriptor(receiver, name)?.get !== get) {
        return reflectSet({ __proto__: null, [name]: undefined }, name, value, receiver);
      }

      // The target, or a proxy that shows its properties. When it is sealed, the value stays here.
      if (!reflectDefine(receiver, name, ordinary(value, enumerable))) written = [value];

      return true;
    };

    defineProperty(target, name, { __proto__: null, get, set, enumerable, configurable: true });
    (waiting[file] ??= list([])).push({ target, name, enumerable, get });
  }
}

/** Unless the function has put something else in its place, or has sealed the target. @param {Property} property */
function settle({ target, name, enumerable, get }, exports) {
  if (getOwnPropertyDescriptor(target, name)?.get !== get) return;

  const { [name]: value } = exports;

  reflectDefine(target, name, ordinary(value, enumerable));
}

function ordinary(value, enumerable) {
  return { __proto__: null, value, writable: true, enumerable, configurable: true };
}

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
