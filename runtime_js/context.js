// What a handler gets beside the request: `ctx`, which keeps an invocation alive after its response.

import { op } from './host.js';
import { reportRejection } from './report.js';
import { INTERNAL, defineInterface, requireArguments, requireInternal } from './webidl.js';

const resolved = Promise.resolve.bind(Promise);
const then = Function.prototype.call.bind(Promise.prototype.then);

/** @type {(id: number) => ExecutionContext} */
export let createContext;
/** Adds a promise that the invocation waits for. @type {(context: ExecutionContext, promise: unknown) => void} */
export let extendLifetime;
/** Says that the response is complete. @type {(context: ExecutionContext) => boolean} whether that ends the invocation */
export let responseDone;

export class ExecutionContext {
  #id;
  #pending = 1; // what the invocation waits for; the response is the first

  constructor(key, id) {
    requireInternal(key);
    this.#id = id;
  }

  static {
    createContext = (id) => new ExecutionContext(INTERNAL, id);
    responseDone = (context) => --context.#pending === 0;
    extendLifetime = (context, promise) => {
      const settled = () => {
        if (--context.#pending === 0) op.invocationDone(context.#id);
      };

      context.#pending++;
      then(resolved(promise), settled, (reason) => {
        reportRejection(reason);
        settled();
      });
    };
  }

  waitUntil(promise) {
    void this.#id;
    requireArguments(arguments.length, 1, 'ctx.waitUntil');
    extendLifetime(this, promise);
  }
}

defineInterface(ExecutionContext);
