// https://webidl.spec.whatwg.org/#js-operations: a member that is called on what is no object of its interface.
// edgehost/engine/receivers.py has the members of all classes say so.

import { TypeError } from '../boundary/built_ins.js';

/** @param {string} name of the interface @param {string} member */
export function receiverError(name, member) {
  return new TypeError(name + '.' + member + ": 'this' is no " + name);
}
