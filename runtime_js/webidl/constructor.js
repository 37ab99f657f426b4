// https://webidl.spec.whatwg.org/#interface-object
// What scripts get of a class that makes its objects unasked: a constructor which has its name, its prototype and its
// statics. The class itself is out of their reach, so that what it is given need not be checked, and nobody can put
// another class in the place of its parent: `super` looks for that at each call.

// Not from built_ins.js, which is evaluated after stack_traces.js, which needs this.
const { TypeError } = globalThis;
const { apply, construct, ownKeys } = Reflect;
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Object;
const { call } = Function.prototype;

/** By prototype: a script may have changed its `constructor` before a lazy file asks. */
const constructors = new WeakMap();
const remember = call.bind(WeakMap.prototype.set, constructors);
const constructorFor = call.bind(WeakMap.prototype.get, constructors);

/**
 * @param {Function} Class an interface that is defined
 * @param {(...given: unknown[]) => unknown[]} [convert] a script's arguments to those of the class; without it they
 *   are the same
 * @returns {Function} the constructor for scripts
 */
export function constructorOf(Class, convert = undefined) {
  const { name } = Class;
  const Constructor = function () {
    if (new.target === undefined) throw new TypeError(name + ' is a constructor: it needs new');

    return construct(Class, convert === undefined ? arguments : apply(convert, undefined, arguments), new.target);
  };

  return asConstructorOf(Class, (convert ?? Class).length, Constructor);
}

/**
 * The same for a class that is made of one value, with nothing that tells a missing argument from `undefined`.
 * Every request makes some: this is the quickest way that the engine has.
 * @param {Function} Class an interface that is defined
 * @param {(first: unknown, second: unknown) => unknown} convert a script's arguments to that value
 * @returns {Function} the constructor for scripts
 */
export function quickConstructorOf(Class, convert) {
  const Constructor = function (first, second) {
    if (new.target === Constructor) return new Class(convert(first, second));

    if (new.target === undefined) throw new TypeError(Class.name + ' is a constructor: it needs new');

    return construct(Class, [convert(first, second)], new.target);
  };

  return asConstructorOf(Class, convert.length, Constructor);
}

/**
 * The constructor of an interface that has none for scripts.
 * @param {Function} Class an interface that is defined
 */
export function closedConstructorOf(Class) {
  return asConstructorOf(Class, 0, function () {
    throw new TypeError('Illegal constructor');
  });
}

/** Gives a function what scripts find on a class. @param {Function} Class @param {number} length @param {Function} Constructor */
export function asConstructorOf(Class, length, Constructor) {
  const { name, prototype } = Class;
  const keys = ownKeys(Class);

  defineProperty(Constructor, 'length', { __proto__: null, value: length });
  defineProperty(Constructor, 'name', { __proto__: null, value: name });
  defineProperty(Constructor, 'prototype', { __proto__: null, value: prototype, writable: false });
  defineProperty(prototype, 'constructor', { __proto__: null, value: Constructor });

  setPrototypeOf(Constructor, constructorFor(getPrototypeOf(prototype)) ?? getPrototypeOf(Class));
  remember(prototype, Constructor);

  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];

    if (key !== 'length' && key !== 'name' && key !== 'prototype') {
      defineProperty(Constructor, key, { __proto__: null, ...getOwnPropertyDescriptor(Class, key) });
    }
  }

  return Constructor;
}
