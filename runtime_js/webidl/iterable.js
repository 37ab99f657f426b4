// https://webidl.spec.whatwg.org/#js-iterable

import { SymbolIterator, apply, defineProperty, getPrototypeOf, keys, setPrototypeOf } from '../boundary/built_ins.js';
import { markPlatformObjects, requireArguments } from './interface.js';
import { receiverError } from './receiver.js';
import { toCallback } from './types.js';

const IteratorPrototype = getPrototypeOf(getPrototypeOf([][SymbolIterator]()));

/**
 * Declares an interface iterable over pairs, as `iterable<K, V>` does.
 * @param {Function} Class
 * @param {string} name of the interface
 * @param {(object: object) => [any, any][]} pairsOf the live list of pairs; throws for a wrong receiver
 */
export function definePairIterable(Class, name, pairsOf) {
  const PairIterator = createPairIterator(name, pairsOf);
  const { prototype } = Class;

  const checked = (object, member) => {
    try {
      return pairsOf(object);
    } catch {
      throw receiverError(name, member);
    }
  };

  const iterate = (object, shown, member) => {
    checked(object, member);

    return new PairIterator(object, shown);
  };

  const methods = {
    entries() {
      return iterate(this, BOTH, 'entries');
    },
    keys() {
      return iterate(this, KEY, 'keys');
    },
    values() {
      return iterate(this, VALUE, 'values');
    },
    forEach(callback, thisArg = undefined) {
      let pairs = checked(this, 'forEach');

      requireArguments(arguments.length, 1, name + '.forEach');
      toCallback(callback, name + '.forEach');

      // The callback may change the list.
      for (let i = 0; i < pairs.length; i++, pairs = pairsOf(this)) {
        apply(callback, thisArg, [pairs[i][1], pairs[i][0], this]);
      }
    },
  };

  for (let i = 0, names = keys(methods); i < names.length; i++) {
    const key = names[i];

    defineProperty(prototype, key, {
      __proto__: null, value: methods[key], writable: true, enumerable: true, configurable: true,
    });
  }

  defineProperty(prototype, SymbolIterator, {
    __proto__: null, value: methods.entries, writable: true, configurable: true,
  });
}

// What an iterator shows of each pair.
const KEY = 0;
const VALUE = 1;
const BOTH = 2;

/** https://webidl.spec.whatwg.org/#es-default-iterator-object: one class for each interface. */
function createPairIterator(name, pairsOf) {
  class PairIterator {
    #object;
    #shown;
    #index = 0;

    constructor(object, shown) {
      this.#object = object;
      this.#shown = shown;
    }

    next() {
      if (typeof this !== 'object' || this === null || !(#index in this)) throw receiverError(name + ' Iterator', 'next');

      const index = this.#index;
      const pairs = pairsOf(this.#object);

      if (index >= pairs.length) return { value: undefined, done: true };

      const pair = pairs[index];
      const shown = this.#shown;

      this.#index = index + 1;

      return { value: shown === BOTH ? [pair[0], pair[1]] : pair[shown], done: false };
    }
  }

  const { prototype } = PairIterator;

  delete prototype.constructor;
  defineProperty(prototype, 'next', { __proto__: null, enumerable: true });
  setPrototypeOf(prototype, IteratorPrototype);
  markPlatformObjects(prototype, name + ' Iterator');

  return PairIterator;
}
