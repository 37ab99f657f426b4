// `import.meta.resolve` of the function's modules. Twin: edgehost/engine/modules/module_map.py
//
// The host can make no functions. It gives each module the property with a getter and a setter from function.js, and
// the first that is called makes it an ordinary one.

import { TypeError, getOwnPropertyDescriptor, reflectDefine, stringSlice } from '../boundary/built_ins.js';
import { ask, query, text } from '../boundary/host.js';
import { parseURL } from '../url/url.js';
import { toUSVString } from '../webidl/webidl.js';

/** The function for a module that has none yet. @param {object} meta */
export function createResolve(meta) {
  const base = getOwnPropertyDescriptor(meta, 'url')?.value;

  if (typeof base !== 'string') throw new TypeError('import.meta.url is not what it was');

  const resolve = (specifier) => resolved(toUSVString(specifier), base);

  settle(meta, resolve);

  return resolve;
}

/** Gives a module the property. @param {object} meta @param {unknown} value */
export function settle(meta, value) {
  reflectDefine(meta, 'resolve', { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#resolve-a-module-specifier, with packages for import maps. */
function resolved(specifier, base) {
  const url = isPath(specifier) ? parseURL(specifier, base) : parseURL(specifier);

  return url ?? ask(query.resolvePackage(text(toUSVString(base)), text(specifier)));
}

function isPath(specifier) {
  return stringSlice(specifier, 0, 1) === '/' || stringSlice(specifier, 0, 2) === './' || stringSlice(specifier, 0, 3) === '../';
}
