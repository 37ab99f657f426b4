// https://html.spec.whatwg.org/multipage/web-messaging.html#message-ports

import {
  SymbolIterator, apply, arrayOf, defineProperty, freeze, getOwnPropertyDescriptor, list,
} from '../boundary/built_ins.js';
import { dataCloneError, defineTransferable } from '../structured_data/cloneable.js';
import {
  EventTarget, defineEventHandlers, fire, fireMessageEvent, hasListeners, newEvent, observeListeners,
} from '../dom/events.js';
import { isMessagePort, setMessagePortBrand } from '../boundary/lazy_brands.js';
import {
  structuredDeserializeWithTransfer, structuredSerializeWithTransfer, toSerializeOptions, toTransferList,
} from '../structured_data/structured_clone.js';
import { expectTasks, queueTask } from '../boundary/task_queue.js';
import { closedConstructorOf, defineInterface, requireArguments } from '../webidl/webidl.js';
import { detach, disentangle, enable, send } from './channel.js';

/** @type {(end: import('./channel.js').ChannelEnd) => MessagePort} */
export let createMessagePort;
/** @type {(port: MessagePort) => import('./channel.js').ChannelEnd} */
let takeEnd;
/** @type {(port: MessagePort) => void} */
let start;

class MessagePort extends EventTarget {
  #end = null; // none once it was transferred
  #isDetached = false;
  #isAwaited = false; // it keeps a script running

  static {
    setMessagePortBrand((value) => typeof value === 'object' && value !== null && #end in value);

    createMessagePort = (end) => {
      const port = new MessagePort();

      port.#end = end;
      end.receiver = {
        receive: (message) => receive(port, message),
        disentangled: () => port.#disentangled(),
      };
      observeListeners(port, listenersChanged);

      return port;
    };

    const listenersChanged = (port, type) => {
      if (type === 'message') port.#await();
    };

    takeEnd = (port) => {
      const end = port.#end;

      if (port.#isDetached) throw dataCloneError('a MessagePort that was closed or transferred');

      detach(end);
      port.#end = null;
      port.#isDetached = true;
      port.#await();

      return end;
    };

    start = (port) => {
      const end = port.#end;

      if (end === null || end.isEnabled) return;

      enable(end);
      port.#await();
    };
  }

  // https://html.spec.whatwg.org/multipage/web-messaging.html#message-port-post-message-steps
  postMessage(message, options = undefined) {
    const end = this.#end;

    requireArguments(arguments.length, 1, 'MessagePort.postMessage');
    const transfer = toTransfer(options, 'MessagePort.postMessage');
    const target = end === null ? null : end.other;
    let isDoomed = target === null;

    for (let i = 0; i < transfer.length; i++) {
      const object = transfer[i];

      if (object === this) throw dataCloneError('the port that the message is posted to');

      if (target !== null && isMessagePort(object) && object.#end === target) isDoomed = true;
    }

    const content = structuredSerializeWithTransfer(message, transfer);

    if (!isDoomed) send(target, content);
  }

  start() {
    void this.#end; // the brand check
    start(this);
  }

  close() {
    const end = this.#end;

    this.#isDetached = true;

    if (end === null) return;

    disentangle(end);
    this.#await();
  }

  #disentangled() {
    this.#await();

    // The standard fires at once, which would be before the messages that were posted before.
    if (hasListeners(this, 'close')) queueTask(() => fire(this, newEvent('close')));
  }

  /** A script goes on while somebody listens and messages may come. */
  #await() {
    const end = this.#end;
    const isAwaited = end !== null && end.isEnabled && end.other !== null && hasListeners(this, 'message');

    if (isAwaited === this.#isAwaited) return;

    this.#isAwaited = isAwaited;
    expectTasks(isAwaited ? 1 : -1);
  }
}

defineEventHandlers(MessagePort.prototype, ['close', 'message', 'messageerror'], isMessagePort);
startWithHandler(MessagePort.prototype);
const Constructor = closedConstructorOf(defineInterface(MessagePort));

export { Constructor as MessagePort };
defineTransferable(MessagePort, { isInstance: isMessagePort, transfer: takeEnd, receive: createMessagePort });

/** Setting `onmessage` starts a port, as start() does. */
function startWithHandler(prototype) {
  const { get, set } = getOwnPropertyDescriptor(prototype, 'onmessage');
  // From a literal, so that it is named "set onmessage" and has no prototype.
  const accessor = getOwnPropertyDescriptor({
    set onmessage(handler) {
      apply(set, this, [handler]);
      start(this);
    },
  }, 'onmessage');

  defineProperty(prototype, 'onmessage', { __proto__: null, get, set: accessor.set });
}

/** The second argument of both overloads of postMessage. @returns {object[]} */
function toTransfer(value, where) {
  const isIterable = (typeof value === 'object' || typeof value === 'function') && (value?.[SymbolIterator] ?? null) !== null;

  return isIterable ? toTransferList(value, where) : toSerializeOptions(value, where);
}

function receive(port, message) {
  let received;

  try {
    received = structuredDeserializeWithTransfer(message);
  } catch {
    fireMessageEvent(port, 'messageerror', null);

    return;
  }

  const { value, transferred } = received;
  const ports = list([]);

  for (let i = 0; i < transferred.length; i++) {
    if (isMessagePort(transferred[i])) ports[ports.length] = transferred[i];
  }

  fireMessageEvent(port, 'message', value, { origin: '', lastEventId: '', source: null, ports: freeze(arrayOf(ports)) });
}
