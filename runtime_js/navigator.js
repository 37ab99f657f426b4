// https://html.spec.whatwg.org/multipage/system-state.html#the-navigator-object
// As much of it as WinterTC's minimum common API asks for.

import { INTERNAL, defineInterface, requireInternal } from './webidl.js';

export class Navigator {
  #userAgent = 'edgehost';

  constructor(key = undefined) {
    requireInternal(key);
  }

  get userAgent() {
    return this.#userAgent;
  }
}

defineInterface(Navigator);

export const navigator = new Navigator(INTERNAL);
