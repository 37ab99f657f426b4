// https://html.spec.whatwg.org/multipage/webappapis.html#atob
// The engine has both, but makes text of a missing argument.

import { requireArguments } from './webidl.js';

const { atob: decode, btoa: encode } = globalThis;

export const { atob, btoa } = {
  atob(data) {
    requireArguments(arguments.length, 1, 'atob');

    return decode(data);
  },

  btoa(data) {
    requireArguments(arguments.length, 1, 'btoa');

    return encode(data);
  },
};
