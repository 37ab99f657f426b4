// https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts
// Between the channels of one isolate. An isolate has no origin: a name is all that they have in common.

import { EventTarget, defineEventHandlers, fireMessageEvent, hasListeners, observeListeners } from '../events.js';
import { setInspector } from '../inspectors.js';
import { structuredDeserialize, structuredSerialize } from '../structured_clone.js';
import { expectTasks, queueTask } from '../task_queue.js';
import { defineInterface, requireArguments, toDOMString } from '../webidl.js';

/**
 * What is known of a channel that is open. One with a listener is held; another may be collected.
 * @typedef {{ name: string, reference: WeakRef<BroadcastChannel>, held: BroadcastChannel | null }} Entry
 */

/** In the order of their creation; exchanged as a whole, never changed in place. @type {Entry[]} */
let entries = [];

const forget = (entry) => {
  const rest = [];

  for (let i = 0; i < entries.length; i++) if (entries[i] !== entry) rest[rest.length] = entries[i];

  entries = rest;
};
const registry = new FinalizationRegistry(forget);

/** A channel that listens keeps a script running, too. @param {Entry} entry @param {BroadcastChannel | null} channel */
function hold(entry, channel) {
  if (entry.held !== channel) expectTasks(channel === null ? -1 : 1);

  entry.held = channel;
}

/** @type {(channel: BroadcastChannel, type: string) => void} */
let listenersChanged;
/** @type {(channel: BroadcastChannel, record: unknown) => void} the task that brings a message to a channel */
let receive;
/** @type {(value: unknown) => value is BroadcastChannel} */
let isBroadcastChannel;

export class BroadcastChannel extends EventTarget {
  #entry;
  #isClosed = false;

  constructor(name) {
    requireArguments(arguments.length, 1, 'BroadcastChannel constructor');
    super();

    const entry = { name: toDOMString(name), reference: new WeakRef(this), held: null };

    this.#entry = entry;
    entries = [...entries, entry];
    registry.register(this, entry, entry);
    observeListeners(this, listenersChanged);
  }

  static {
    listenersChanged = (channel, type) => {
      if (type !== 'message' || channel.#isClosed) return;

      hold(channel.#entry, hasListeners(channel, 'message') ? channel : null);
    };

    isBroadcastChannel = (value) => typeof value === 'object' && value !== null && #entry in value;

    receive = (channel, record) => {
      if (channel.#isClosed) return;

      let data;

      try {
        data = structuredDeserialize(record);
      } catch {
        fireMessageEvent(channel, 'messageerror', null);

        return;
      }

      fireMessageEvent(channel, 'message', data);
    };
  }

  get name() {
    return this.#entry.name;
  }

  postMessage(message) {
    const entry = this.#entry;

    requireArguments(arguments.length, 1, 'BroadcastChannel.postMessage');

    if (this.#isClosed) throw new DOMException('BroadcastChannel.postMessage: the channel is closed', 'InvalidStateError');

    broadcast(entry.name, structuredSerialize(message), entry);
  }

  close() {
    const entry = this.#entry;

    this.#isClosed = true;
    hold(entry, null);
    forget(entry);
    registry.unregister(entry);
  }
}

defineEventHandlers(BroadcastChannel.prototype, ['message', 'messageerror'], isBroadcastChannel);
defineInterface(BroadcastChannel);
setInspector(BroadcastChannel, ['name']);

/**
 * Brings a message to every channel of a name except the one that sends it.
 * @param {string} name
 * @param {unknown} record of structuredSerialize
 * @param {Entry} source
 */
function broadcast(name, record, source) {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    const channel = entry.name === name && entry !== source ? entry.reference.deref() : undefined;

    if (channel !== undefined) queueTask(() => receive(channel, record));
  }
}
