// What Web IDL does with an underlying source, sink or transformer.

const { call, bind: bindMethod } = Function.prototype;
const { setPrototypeOf } = Object;
const rejected = Promise.reject.bind(Promise);

/** bind(method, receiver, ...arguments) and invoke(method, receiver, ...arguments) */
export const bind = call.bind(bindMethod);
export const invoke = call.bind(call);

/** What a promise-returning member gives a wrong receiver. */
export function wrongReceiver(member) {
  return rejected(new TypeError(`${member}: the receiver is of another class`));
}

/**
 * A callback of a dictionary.
 * @returns {Function | undefined}
 */
export function callbackOf(object, member, where) {
  const value = object[member];

  if (value === undefined) return undefined;

  if (typeof value !== 'function') throw new TypeError(`${where}.${member} is not a function`);

  return value;
}

/**
 * Cuts a class of the runtime's own records off from `Object.prototype`, where a user may have put setters.
 * @template {Function} C
 * @param {C} Class
 * @returns {C}
 */
export function isolated(Class) {
  setPrototypeOf(Class.prototype, null);

  return Class;
}
