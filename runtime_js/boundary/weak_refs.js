// What a WeakRef was made of, or has given, is kept until the turn is over; the engine lets go of it at once.
// https://tc39.es/ecma262/#sec-addtokeptobjects

import { TypeError, WeakRef, construct, defineProperty, globalObject, list, weakRefDeref } from './built_ins.js';
import { op } from './host.js';
import { queueTask } from './task_queue.js';
import { asConstructorOf } from '../webidl/constructor.js';

const kept = list([]);

function keep(target) {
  if (op.queueTask === undefined) return; // no host that runs tasks, and then turns have no end

  if (kept.length === 0) queueTask(clear);

  kept[kept.length] = target;
}

function clear() {
  kept.length = 0;
}

// A method of a literal, because a built-in method has no prototype.
const NAME = 'deref';
const { [NAME]: method } = {
  [NAME]() {
    const target = weakRefDeref(this);

    if (target !== undefined) keep(target);

    return target;
  },
};

defineProperty(WeakRef.prototype, NAME, { __proto__: null, value: method });

const Constructor = asConstructorOf(WeakRef, 1, function (target) {
  if (new.target === undefined) throw new TypeError("WeakRef is a constructor: it needs 'new'");

  const reference = construct(WeakRef, [target], new.target);

  keep(target);

  return reference;
});

defineProperty(globalObject, 'WeakRef', { __proto__: null, value: Constructor });
