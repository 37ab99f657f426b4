// What other platforms have and this one does not yet. Packages find it out by a test or a caught error, and then answer
// otherwise, or wrongly, without a word: so the first use that can be seen is logged, by name, once in an isolate.
// A test such as `typeof Intl` cannot be seen, and answers as it has to.

import { createSet, pattern } from './built_ins.js';
import { op, text } from './host.js';
import { current } from './invocation.js';

/** Globals of servers and browsers. */
const GLOBALS = createSet([
  'Buffer', 'Cache', 'CacheStorage', 'CompressionStream', 'DecompressionStream', 'HTMLRewriter',
  'Intl', 'SharedWorker', 'URLPattern', 'WebAssembly', 'WebSocketPair', 'WebTransport', 'Worker',
  'XMLHttpRequest', 'caches', 'clearImmediate', 'global', 'indexedDB', 'localStorage', 'scheduler', 'sessionStorage',
  'setImmediate',
]);
const NOT_DEFINED = pattern(/^(\w+) is not defined$/);
const told = createSet();

/**
 * @param {string} name
 * @param {string} consequence what happens instead
 */
export function warnOfMissing(name, consequence) {
  if (told.has(name)) return;

  told.add(name);
  op.log?.('warn', text(name + ' is missing: ' + consequence), current);
}

/** Of an error that nobody caught. @param {string} message */
export function warnOfMissingGlobal(message) {
  const name = NOT_DEFINED.exec(message)?.[1];

  if (GLOBALS.has(name)) warnOfMissing(name, 'edgehost does not have this global (docs/reference.md lists those it has)');
}
