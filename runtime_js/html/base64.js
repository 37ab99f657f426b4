// https://html.spec.whatwg.org/multipage/webappapis.html#atob
// The engine has both, but makes text of a missing argument.

import { atob as decode, btoa as encode } from '../boundary/built_ins.js';
import { isDOMException } from '../webidl/dom_exception.js';
import { withOwnStack } from '../boundary/stack_traces.js';
import { requireArguments, toDOMString } from '../webidl/webidl.js';

export const { atob, btoa } = {
  atob(data) {
    requireArguments(arguments.length, 1, 'atob');

    return told(decode, toDOMString(data));
  },

  btoa(data) {
    requireArguments(arguments.length, 1, 'btoa');

    return told(encode, toDOMString(data));
  },
};

/** What fails has a stack as other errors of ours have. */
function told(convert, string) {
  try {
    return convert(string);
  } catch (error) {
    throw isDOMException(error) ? withOwnStack(error) : error;
  }
}
