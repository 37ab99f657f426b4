// Methods that take locales, in an engine without Intl: what they are asked for is ignored.
// https://tc39.es/ecma402/#locale-sensitive-functions

import { Date, Number, String, defineProperty, getOwnPropertyDescriptor, list, uncurry } from './built_ins.js';
import { warnOfMissing } from './missing.js';

list([
  [Date, 'toLocaleDateString', 0],
  [Date, 'toLocaleString', 0],
  [Date, 'toLocaleTimeString', 0],
  [Number, 'toLocaleString', 0],
  [String, 'localeCompare', 1],
  [String, 'toLocaleLowerCase', 0],
  [String, 'toLocaleUpperCase', 0],
]).forEach(({ 0: { name: owner, prototype }, 1: name, 2: arity }) => {
  const { value: native } = getOwnPropertyDescriptor(prototype, name);
  const plain = uncurry(native);

  const check = (locales, options) => {
    if (locales !== undefined || options !== undefined) {
      warnOfMissing('Intl', owner + '.prototype.' + name + ' ignores the locales and options that it is given');
    }
  };

  // Methods of a literal, because a built-in method has no prototype.
  const { [name]: method } = arity === 0 ? {
    [name](locales, options) {
      check(locales, options);

      return plain(this);
    },
  } : {
    [name](that, locales, options) {
      check(locales, options);

      return plain(this, that);
    },
  };

  defineProperty(method, 'length', { __proto__: null, value: arity });
  defineProperty(prototype, name, { __proto__: null, value: method });
});
