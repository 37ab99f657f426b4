// What a handler gets beside the request: `ctx`, which keeps an invocation alive after its response.

import { op } from '../boundary/host.js';
import { reportRejection } from '../html/report.js';
import { upon } from '../streams/promises.js';
import { closedConstructorOf, defineInterface, requireArguments } from '../webidl/webidl.js';

/** @type {(id: number) => ExecutionContext} */
export let createContext;
/** Adds a promise that the invocation waits for. @type {(context: ExecutionContext, promise: unknown) => void} */
export let extendLifetime;

class ExecutionContext {
  #id;

  constructor(id) {
    this.#id = id;
  }

  static {
    createContext = (id) => new ExecutionContext(id);
    extendLifetime = (context, promise) => {
      const id = context.#id;
      const settled = () => op.invocationDone(id);

      op.invocationExtended(id);
      upon(promise, settled, (reason) => {
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

const Constructor = closedConstructorOf(defineInterface(ExecutionContext));

export { Constructor as ExecutionContext };
