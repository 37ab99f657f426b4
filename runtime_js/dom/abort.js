// https://dom.spec.whatwg.org/#aborting-ongoing-activities

import { DOMException, TypeError, WeakRef, createSet, list, max, weakRefDeref } from '../boundary/built_ins.js';
import { abortWith } from './event_target.js';
import { EventTarget, defineEventHandlers, fire, hasListeners, newEvent, observeListeners } from './events.js';
import { startBackgroundTimer } from '../html/timers.js';
import { closedConstructorOf, defineInterface, requireArguments, toInteger, toSequence } from '../webidl/webidl.js';

/** @type {(value: unknown) => boolean} */
export let isAbortSignal;
/** @type {() => AbortSignal} one that only the runtime can abort */
export let createSignal;
/** @type {(reason: unknown) => AbortSignal} one that is aborted already */
export let createAbortedSignal;
/** @type {(signals: AbortSignal[]) => AbortSignal} one that aborts with the first of these */
export let createDependentSignal;
/** @type {(signal: AbortSignal, reason?: unknown) => void} */
export let signalAbort;
/** @type {(signal: AbortSignal) => boolean} */
export let isAborted;
/** @type {(signal: AbortSignal) => unknown} */
export let abortReason;
/** Runs an algorithm with the reason when the signal aborts. @type {(signal: AbortSignal, algorithm: (reason: unknown) => void) => void} */
export let addAbortAlgorithm;
/** @type {(signal: AbortSignal, algorithm: Function) => void} */
export let removeAbortAlgorithm;

const SWEEP = 32; // dependents of a signal among which the first search for dead ones is made

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  #algorithms = null; // Set of functions
  #sources = null; // of a dependent signal: WeakRefs to signals that do not depend on others
  #dependents = null; // WeakRefs
  #sweepAt = SWEEP; // dependents
  #observed = null; // Set of those dependents that someone waits for: they must not be collected

  static abort(reason = undefined) {
    return createAbortedSignal(reason);
  }

  static timeout(milliseconds) {
    requireArguments(arguments.length, 1, 'AbortSignal.timeout');
    milliseconds = toInteger(milliseconds, 64, { enforceRange: true, where: 'AbortSignal.timeout' });

    // The timer holds a signal of its own, so that one that nobody waits for can be collected.
    const source = createSignal();

    startBackgroundTimer(milliseconds, () => {
      signalAbort(source, new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    });

    return createDependentSignal([source]);
  }

  static any(signals) {
    requireArguments(arguments.length, 1, 'AbortSignal.any');

    return createDependentSignal(toSequence(signals, toSignal, 'AbortSignal.any'));
  }

  get aborted() {
    return this.#aborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  static {
    isAbortSignal = (value) => typeof value === 'object' && value !== null && #aborted in value;
    isAborted = (signal) => signal.#aborted;
    abortReason = (signal) => signal.#reason;
    createSignal = () => new AbortSignal();

    createAbortedSignal = (reason) => {
      const signal = new AbortSignal();

      signal.#setReason(reason);

      return signal;
    };

    addAbortAlgorithm = (signal, algorithm) => {
      if (signal.#aborted) return;

      (signal.#algorithms ??= createSet()).add(algorithm);
      signal.#observe();
    };

    removeAbortAlgorithm = (signal, algorithm) => {
      if (signal.#algorithms?.delete(algorithm)) signal.#observe();
    };

    const listenersChanged = (signal, type) => {
      if (type === 'abort') signal.#observe();
    };

    // https://dom.spec.whatwg.org/#create-a-dependent-abort-signal
    createDependentSignal = (signals) => {
      for (let i = 0; i < signals.length; i++) {
        if (signals[i].#aborted) return createAbortedSignal(signals[i].#reason);
      }

      const result = new AbortSignal();

      result.#sources = list([]);
      observeListeners(result, listenersChanged);

      for (let i = 0; i < signals.length; i++) {
        const signal = signals[i];

        if (signal.#sources === null) result.#dependOn(signal);
        else signal.#forEachSource((source) => result.#dependOn(source));
      }

      return result;
    };

    // https://dom.spec.whatwg.org/#abortsignal-signal-abort
    signalAbort = (signal, reason) => {
      if (signal.#aborted) return;

      signal.#setReason(reason);

      const dependents = signal.#takeDependents();

      for (let i = 0; i < dependents.length; i++) dependents[i].#setReason(signal.#reason);

      signal.#runAbortSteps();

      for (let i = 0; i < dependents.length; i++) dependents[i].#runAbortSteps();
    };

    abortWith({
      isSignal: isAbortSignal,
      isAborted,
      add: addAbortAlgorithm,
      remove: removeAbortAlgorithm,
    });
  }

  #setReason(reason) {
    this.#aborted = true;
    this.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
  }

  #runAbortSteps() {
    const algorithms = this.#algorithms;

    this.#algorithms = null;

    algorithms?.forEach((algorithm) => algorithm(this.#reason));

    if (hasListeners(this, 'abort')) fire(this, newEvent('abort'));
  }

  #dependOn(source) {
    const self = new WeakRef(this);
    const dependents = source.#dependents ??= list([]);

    this.#sources[this.#sources.length] = new WeakRef(source);
    dependents[dependents.length] = self;

    if (dependents.length >= source.#sweepAt) source.#sweep();
  }

  /** Forgets dependents that were collected; amortized over their making. */
  #sweep() {
    this.#dependents = this.#dependents.filter((dependent) => weakRefDeref(dependent) !== undefined);
    this.#sweepAt = max(SWEEP, 2 * this.#dependents.length);
  }

  #takeDependents() {
    const taken = list([]);
    const dependents = this.#dependents ?? taken;

    for (let i = 0; i < dependents.length; i++) {
      const signal = weakRefDeref(dependents[i]);

      if (signal !== undefined && !signal.#aborted) taken.push(signal);
    }

    this.#dependents = null;
    this.#observed = null;

    return taken;
  }

  #forEachSource(use) {
    for (let i = 0; i < this.#sources.length; i++) {
      const source = weakRefDeref(this.#sources[i]);

      if (source !== undefined) use(source);
    }
  }

  /** Its sources hold a dependent signal while an abort would be noticed. */
  #observe() {
    if (this.#sources === null || this.#aborted) return;

    const matters = this.#algorithms?.size > 0 || hasListeners(this, 'abort');

    this.#forEachSource((source) => {
      if (matters) (source.#observed ??= createSet()).add(this);
      else source.#observed?.delete(this);
    });
  }
}

defineEventHandlers(AbortSignal.prototype, ['abort'], isAbortSignal);
const Constructor = closedConstructorOf(defineInterface(AbortSignal));

export { Constructor as AbortSignal };

function toSignal(value) {
  if (!isAbortSignal(value)) throw new TypeError('AbortSignal.any: a member is not an AbortSignal');

  return value;
}

export class AbortController {
  #signal = createSignal();

  get signal() {
    return this.#signal;
  }

  abort(reason = undefined) {
    signalAbort(this.#signal, reason);
  }
}

defineInterface(AbortController);
