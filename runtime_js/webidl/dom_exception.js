// https://webidl.spec.whatwg.org/#idl-DOMException
// The engine has DOMException. What is added: it is an error for Error.isError too, and its one subclass.

export { DOMException } from '../boundary/built_ins.js';
import {
  DOMException, Error, RangeError, TypeError, defineProperty, domExceptionName, errorIsError, isFinite,
} from '../boundary/built_ins.js';
import { constructorOf, defineInterface, toDictionary } from './webidl.js';

/** @returns {value is DOMException} */
export function isDOMException(value) {
  if (typeof value !== 'object' || value === null) return false;

  try {
    domExceptionName(value);

    return true;
  } catch {
    return false;
  }
}

// From a literal, because a built-in method has no prototype.
export const { isError } = {
  isError(value) {
    return errorIsError(value) || isDOMException(value);
  },
};

defineProperty(Error, 'isError', { value: isError, writable: true, enumerable: false, configurable: true });

/** https://webidl.spec.whatwg.org/#quotaexceedederror */
class QuotaExceededError extends DOMException {
  #quota = null;
  #requested = null;

  constructor(message = '', options = undefined) {
    super(message, 'QuotaExceededError');

    const { quota, requested } = toDictionary(options, 'QuotaExceededError');

    if (quota !== undefined) this.#quota = toAmount(quota);

    if (requested !== undefined) this.#requested = toAmount(requested);

    if (this.#quota !== null && this.#requested !== null && this.#requested < this.#quota) {
      throw new RangeError('QuotaExceededError: requested is less than quota');
    }
  }

  get quota() {
    return this.#quota;
  }

  get requested() {
    return this.#requested;
  }
}

const Constructor = constructorOf(defineInterface(QuotaExceededError));

export { Constructor as QuotaExceededError };

function toAmount(value) {
  const amount = +value;

  if (!isFinite(amount)) throw new TypeError('QuotaExceededError: not a finite number');

  if (amount < 0) throw new RangeError('QuotaExceededError: less than zero');

  return amount;
}
