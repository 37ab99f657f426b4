// https://xhr.spec.whatwg.org/#interface-progressevent

import { Boolean } from '../boundary/built_ins.js';
import { Event } from '../dom/events.js';
import { setInspector } from '../inspect/inspectors.js';
import { constructorOf, defineInterface, requireArguments, toDictionary, toDouble } from '../webidl/webidl.js';

class ProgressEvent extends Event {
  #lengthComputable;
  #loaded;
  #total;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'ProgressEvent constructor');
    super(type, init);

    const { lengthComputable, loaded = 0, total = 0 } = toDictionary(init, 'ProgressEvent constructor');

    this.#lengthComputable = Boolean(lengthComputable);
    this.#loaded = toDouble(loaded, 'ProgressEvent constructor: loaded');
    this.#total = toDouble(total, 'ProgressEvent constructor: total');
  }

  get lengthComputable() {
    return this.#lengthComputable;
  }

  get loaded() {
    return this.#loaded;
  }

  get total() {
    return this.#total;
  }
}

const Constructor = constructorOf(defineInterface(ProgressEvent));

export { Constructor as ProgressEvent };
setInspector(ProgressEvent, ['type', 'lengthComputable', 'loaded', 'total']);
