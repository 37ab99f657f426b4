// Promises as the standard uses them, at the price an interpreter can pay.
//
// Where nobody can hold the promise there is none: a reaction to an already fulfilled promise is a
// microtask, and the promise of an attribute (`closed`, `ready`) exists from its first reading on.
// Both are unobservable, and so is a patched `Promise.prototype.then`.

import { Promise, queueMicrotask } from '../boundary/built_ins.js';
import { invoke, isolated } from './facade.js';

const PromiseHere = Promise;

/** Runs a callback as the reaction to an already settled promise would run. */
export const later = queueMicrotask;

export const noop = () => {};

/** "a promise resolved with": always a new one. */
export function resolvedWith(value) {
  return new PromiseHere((resolve) => resolve(value));
}

/** "a promise rejected with" */
export function rejectedWith(reason) {
  return new PromiseHere((_, reject) => reject(reason));
}

/** @returns {{ promise: Promise, resolve: Function, reject: Function }} */
export function deferred() {
  let resolve;
  let reject;
  const promise = new PromiseHere((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });

  return { promise, resolve, reject };
}

/** "upon fulfillment" and "upon rejection". An await costs a third of a call of `then`. */
export async function upon(promise, fulfilled, rejected) {
  let value;

  try {
    value = await promise;
  } catch (error) {
    rejected(error);

    return;
  }

  fulfilled(value);
}

/** The promise that reacting gives. */
export async function transform(promise, fulfilled) {
  return fulfilled(await promise);
}

/** Sets [[PromiseIsHandled]]: nobody is told when the promise is rejected. */
export function markHandled(promise) {
  upon(promise, noop, noop);
}

export function isObject(value) {
  return typeof value === 'object' ? value !== null : typeof value === 'function';
}

/**
 * Runs an algorithm whose result counts as a promise, and calls back when that is settled.
 * Neither callback may throw.
 */
export function run(algorithm, fulfilled, rejected) {
  let result;

  try {
    result = algorithm();
  } catch (error) {
    later(() => rejected(error));

    return;
  }

  settle(result, fulfilled, rejected);
}

/** The same with an argument. */
export function runWith(algorithm, argument, fulfilled, rejected) {
  let result;

  try {
    result = algorithm(argument);
  } catch (error) {
    later(() => rejected(error));

    return;
  }

  settle(result, fulfilled, rejected);
}

/**
 * What an algorithm of the runtime returns when it reports by itself, to the callbacks of its controller and from
 * a microtask: where a promise would be made for nobody.
 */
export const REPORTS = { __proto__: null };

/** Reacts to what an algorithm has returned. A native promise is awaited as it is, without another around it. */
export function settle(result, fulfilled, rejected) {
  if (result === undefined || !isObject(result)) later(fulfilled);
  else if (result !== REPORTS) upon(result, fulfilled, rejected);
}

/** The same for algorithms whose promise is handed on. */
export function promiseOf(algorithm, argument) {
  try {
    return resolvedWith(algorithm(argument));
  } catch (error) {
    return rejectedWith(error);
  }
}

/**
 * Reacts to "a promise resolved with" a value, without making that promise for most values.
 * Looks once at a property `then`, as resolving does.
 */
export function assimilate(value, fulfilled, rejected) {
  let then;

  try {
    if (isObject(value)) ({ then } = value);
  } catch (error) {
    later(() => rejected(error));

    return;
  }

  if (typeof then !== 'function') {
    later(() => fulfilled(value));
  } else {
    // oxlint-disable-next-line unicorn/no-thenable -- so that the property is not read a second time
    upon(resolvedWith({ __proto__: null, then: (a, b) => invoke(then, value, a, b) }), fulfilled, rejected);
  }
}

/** "wait for all", of two. */
export function both(one, other) {
  const { promise, resolve, reject } = deferred();
  let remaining = 2;
  const count = () => {
    if (--remaining === 0) resolve(undefined);
  };

  upon(one, count, reject);
  upon(other, count, reject);

  return promise;
}

/** The promise behind an attribute: it never goes unhandled, and is made when somebody asks. */
export class Settlement {
  constructor() {
    this.state = 'pending';
    this.reason = undefined;
    this.held = undefined; // { promise, resolve, reject }
    this.listener = undefined;
  }

  get promise() {
    if (this.held === undefined) {
      this.held = deferred();
      markHandled(this.held.promise);

      if (this.state === 'fulfilled') this.held.resolve();
      else if (this.state === 'rejected') this.held.reject(this.reason);
    }

    return this.held.promise;
  }

  fulfil() {
    if (this.state !== 'pending') return;

    this.state = 'fulfilled';

    if (this.held !== undefined) this.held.resolve();

    if (this.listener !== undefined) {
      later(this.listener);
      this.listener = undefined;
    }
  }

  /** A pending one: this, when nobody can tell that it was settled. */
  renewed() {
    if (this.held !== undefined) return new Settlement();

    this.state = 'pending';

    return this;
  }

  /** Reacts to the fulfillment alone; one listener at most. */
  whenFulfilled(listener) {
    if (this.state === 'pending') this.listener = listener;
    else if (this.state === 'fulfilled') later(listener);
  }

  reject(reason) {
    if (this.state !== 'pending') return;

    this.state = 'rejected';
    this.reason = reason;

    if (this.held !== undefined) this.held.reject(reason);
  }
}

isolated(Settlement);

/** @returns {Settlement} */
export function rejectedSettlement(reason) {
  const settlement = new Settlement();

  settlement.reject(reason);

  return settlement;
}
