// process.env: the function's variables where packages look for them, as the platform offers them too.
// https://nodejs.org/api/process.html#processenv

import {
  Proxy, TypeError, assign, hasOwn, reflectDefine, reflectSet, setPrototypeOf,
} from '../boundary/built_ins.js';
import { toDOMString } from '../webidl/webidl.js';
import { env } from './function.js';

// Packages choose their code for production by this one.
const variables = { NODE_ENV: 'production', ...env };

/** What is assigned becomes a text. */
const proxy = new Proxy(variables, {
  __proto__: null,

  set(target, name, value, receiver) {
    if (receiver !== proxy) return reflectSet(target, name, value, receiver); // an heir's property

    return define(name, value);
  },

  defineProperty(target, name, descriptor) {
    if (hasOwn(descriptor, 'get') || hasOwn(descriptor, 'set')) {
      throw invalid("'process.env' does not accept an accessor(getter/setter) descriptor");
    }

    const { value, writable, enumerable, configurable } = setPrototypeOf(descriptor, null);

    if (!writable || !enumerable || !configurable) {
      throw invalid("'process.env' only accepts a configurable, writable, and enumerable data descriptor");
    }

    return define(name, value);
  },

  preventExtensions() {
    return false;
  },
});

/** Symbols are refused by the conversion, as names and as values. */
function define(name, value) {
  return reflectDefine(variables, toDOMString(name), {
    __proto__: null, value: toDOMString(value), writable: true, enumerable: true, configurable: true,
  });
}

function invalid(message) {
  return assign(new TypeError(message), { code: 'ERR_INVALID_OBJECT_DEFINE_PROPERTY' });
}

// Nothing else of Node's object: packages tell Node by that.
export const process = { env: proxy };
