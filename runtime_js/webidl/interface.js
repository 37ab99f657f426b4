// https://webidl.spec.whatwg.org/#es-interfaces

import {
  SymbolToStringTag, TypeError, createWeakSet, defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames,
  getPrototypeOf,
} from '../boundary/built_ins.js';

const ENUMERABLE = { __proto__: null, enumerable: true };

/** The prototypes of all interfaces. */
const prototypes = createWeakSet();

/**
 * @param {number} given
 * @param {number} required
 * @param {string} where such as "Headers.append"
 */
export function requireArguments(given, required, where) {
  if (given < required) {
    throw new TypeError(where + ': ' + required + ' argument' + (required === 1 ? '' : 's') + ' required, but only ' + given + ' present');
  }
}

/**
 * Gives a class the shape that Web IDL asks of an interface: enumerable members, a string tag.
 * @template {Function} C
 * @param {C} Class
 * @param {Record<string, number>} [constants]
 * @returns {C}
 */
export function defineInterface(Class, constants = undefined) {
  const { prototype } = Class;
  const members = getOwnPropertyNames(prototype);
  const statics = getOwnPropertyNames(Class);

  for (let i = 0; i < members.length; i++) {
    if (members[i] !== 'constructor') defineProperty(prototype, members[i], ENUMERABLE);
  }

  for (let i = 0; i < statics.length; i++) {
    const key = statics[i];

    if (key !== 'length' && key !== 'name' && key !== 'prototype') defineProperty(Class, key, ENUMERABLE);
  }

  if (constants !== undefined) defineConstants([Class, prototype], constants);

  markPlatformObjects(prototype, Class.name);

  return Class;
}

function defineConstants(targets, constants) {
  for (let i = 0, names = getOwnPropertyNames(constants); i < names.length; i++) {
    const name = names[i];
    const constant = { __proto__: null, value: constants[name], enumerable: true };

    for (let j = 0; j < targets.length; j++) defineProperty(targets[j], name, constant);
  }
}

/** Says that what inherits from this prototype is a platform object, and gives it a string tag. */
export function markPlatformObjects(prototype, tag) {
  prototypes.add(prototype);
  defineProperty(prototype, SymbolToStringTag, { __proto__: null, value: tag, configurable: true });
}

/** Whether an object is an instance of an interface, or at least looks like one. */
export function isPlatformObject(object) {
  for (let prototype = getPrototypeOf(object); prototype !== null; prototype = getPrototypeOf(prototype)) {
    if (prototypes.has(prototype)) return true;
  }

  return false;
}

/** Whether a function is the constructor of an interface: unlike a class of the user's, its text does not say so. */
export function isInterface(value) {
  return prototypes.has(getOwnPropertyDescriptor(value, 'prototype')?.value);
}
