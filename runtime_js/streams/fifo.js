// A list that is filled at one end and emptied at the other.

import { isolated } from './facade.js';

/** Its items are records of the runtime; each has a field `next`, which belongs to the list. */
export class Fifo {
  constructor() {
    this.first = undefined;
    this.last = undefined;
    this.length = 0;
  }

  push(item) {
    item.next = undefined;

    if (this.length++ === 0) this.first = item;
    else this.last.next = item;

    this.last = item;
  }

  shift() {
    const item = this.first;

    this.first = item.next;

    if (--this.length === 0) this.last = undefined;

    return item;
  }

  clear() {
    this.first = undefined;
    this.last = undefined;
    this.length = 0;
  }
}

isolated(Fifo);
