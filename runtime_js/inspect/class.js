// Which class a value belongs to, by its prototypes and by its tag. Part of inspect.js

import { Function, Object, SymbolToStringTag, getOwnPropertyDescriptor, getPrototypeOf } from '../boundary/built_ins.js';

const { prototype: ObjectPrototype } = Object;
const { prototype: FunctionPrototype } = Function;

export const MOST_PROTOTYPES = 100; // a proxy in the chain can make it endless

/**
 * The class as printed before the braces: "Foo", "Foo(2) [tag]", "[Map: null prototype]".
 * @param {{ kind: string, name: string | null, tag: string }} about
 */
export function titleOf({ kind, name, tag }, size = '') {
  const title = name === null ? '[' + kind + size + ': null prototype]' : name + size;

  return title + tagText(tag, name ?? kind);
}

/** A tag in brackets, where it says more than the class's name. */
export function tagText(tag, name) {
  return tag === '' || tag === name ? '' : ' [' + tag + ']';
}

/** The name of a function, if it is text. @returns {string} */
export function nameOf(function_) {
  try {
    const { name } = function_;

    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}

/** instanceof, without the class's say and with an end. */
export function inherits(value, prototype) {
  let object = value;

  for (let i = 0; i < MOST_PROTOTYPES && object !== null; i++) {
    object = getPrototypeOf(object);

    if (object === prototype) return object !== null;
  }

  return false;
}

/** The value's Symbol.toStringTag, where it is not printed as a property. */
export function tagOf(ctx, value) {
  let tag;

  try {
    tag = value[SymbolToStringTag];
  } catch {
    return '';
  }

  if (typeof tag !== 'string' || tag === '') return '';

  // An own, enumerable one is printed as a property.
  const own = getOwnPropertyDescriptor(value, SymbolToStringTag);

  return own !== undefined && (own.enumerable || ctx.showHidden) ? '' : tag;
}

/**
 * The name of the class that the value is an instance of; null for one without a prototype.
 * @param {object} value
 * @param {string} kind what it is by itself
 * @returns {string | null}
 */
export function classNameOf(value, kind) {
  let name = namedBy(value, value);
  let prototype = getPrototypeOf(value);

  if (name === '' && prototype === null) return null;

  for (let i = 0; i < MOST_PROTOTYPES && name === '' && prototype !== null; i++) {
    name = namedBy(prototype, value);
    prototype = getPrototypeOf(prototype);
  }

  // A chain in which no class has a name ends in an object without a prototype.
  return name === '' ? kind + ' <[Object: null prototype] {}>' : name;
}

/** The class that an object of the chain names as the value's constructor, if the value is an instance of it. */
function namedBy(object, value) {
  if (object !== value && object === ObjectPrototype) return 'Object';

  if (object !== value && object === FunctionPrototype) return 'Function';

  const constructor = getOwnPropertyDescriptor(object, 'constructor')?.value;

  return typeof constructor === 'function' && inherits(value, constructor.prototype) ? nameOf(constructor) : '';
}
