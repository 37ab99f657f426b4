// https://html.spec.whatwg.org/multipage/system-state.html#the-navigator-object
// WinterTC's minimum common API asks for `userAgent` only; the rest is what packages look at.

import { freeze } from '../boundary/built_ins.js';
import { setInspector } from '../inspect/inspectors.js';
import { closedConstructorOf, defineInterface } from '../webidl/webidl.js';

class Navigator {
  #userAgent = 'edgehost';
  #languages = freeze(['en-US']); // as other servers have it: no user has chosen one

  get userAgent() {
    return this.#userAgent;
  }

  get language() {
    return this.#languages[0];
  }

  get languages() {
    return this.#languages;
  }

  get hardwareConcurrency() {
    void this.#userAgent;

    return 1; // an isolate has one thread, and cannot start another
  }
}

const Constructor = closedConstructorOf(defineInterface(Navigator));

export { Constructor as Navigator };
setInspector(Navigator, ['userAgent', 'language', 'languages', 'hardwareConcurrency']);

export const navigator = new Navigator();
