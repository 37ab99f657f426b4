// What a handler gets beside the request: `ctx`, which keeps an invocation alive after its response.

import { op } from './host.js';
import { reportRejection } from './report.js';
import { defineInterface, requireArguments } from './webidl.js';

const resolved = Promise.resolve.bind(Promise);
const then = Function.prototype.call.bind(Promise.prototype.then);
const INTERNAL = {};

/** @type {(id: number) => ExecutionContext} */
export let createContext;
/** Adds a promise that the invocation waits for. @type {(context: ExecutionContext, promise: unknown) => void} */
export let extendLifetime;
/** Says that the response is complete; the invocation ends when nothing is pending. @type {(context: ExecutionContext) => void} */
export let responseDone;

export class ExecutionContext {
  #id;
  #pending = 0;
  #responded = false;

  constructor(key, id) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');

    this.#id = id;
  }

  static {
    createContext = (id) => new ExecutionContext(INTERNAL, id);
    extendLifetime = (context, promise) => {
      const settled = () => {
        context.#pending--;
        context.#endIfDone();
      };

      context.#pending++;
      then(resolved(promise), settled, (reason) => {
        reportRejection(reason);
        settled();
      });
    };
    responseDone = (context) => {
      context.#responded = true;
      context.#endIfDone();
    };
  }

  #endIfDone() {
    if (this.#responded && this.#pending === 0) op.invocationDone(this.#id);
  }

  waitUntil(promise) {
    void this.#id;
    requireArguments(arguments.length, 1, 'ctx.waitUntil');
    extendLifetime(this, promise);
  }
}

defineInterface(ExecutionContext);
