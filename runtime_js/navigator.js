// https://html.spec.whatwg.org/multipage/system-state.html#the-navigator-object
// As much of it as WinterTC's minimum common API asks for.

import { defineInterface } from './webidl.js';

const KEY = {};

export class Navigator {
  #userAgent = 'edgehost';

  constructor(key = undefined) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
  }

  get userAgent() {
    return this.#userAgent;
  }
}

defineInterface(Navigator);

export const navigator = new Navigator(KEY);
