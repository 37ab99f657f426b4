// https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts
// Between the channels of one isolate. An isolate has no origin: a name is all that they have in common.

import { DOMException, WeakRef, createMap, createRegistry, createSet, weakRefDeref } from '../boundary/built_ins.js';
import { EventTarget, defineEventHandlers, fireMessageEvent, hasListeners, observeListeners } from '../dom/events.js';
import { setInspector } from '../inspect/inspectors.js';
import { structuredDeserialize, structuredSerialize } from '../structured_data/structured_clone.js';
import { expectTasks, queueTask } from '../boundary/task_queue.js';
import { constructorOf, defineInterface, requireArguments, toDOMString } from '../webidl/webidl.js';

/**
 * What is known of a channel. One with a listener is held; another may be collected.
 * @typedef {{ name: string, isOpen: boolean, reference: WeakRef<BroadcastChannel>, held: BroadcastChannel | null }} Entry
 */

/** Those that are open, by name and in the order of their creation. @type {Map<string, Set<Entry>>} */
const open = createMap();
const collected = createRegistry(remove);

/** @type {(value: unknown) => value is BroadcastChannel} */
let isBroadcastChannel;
/** @type {(channel: BroadcastChannel, type: string) => void} */
let listenersChanged;

class BroadcastChannel extends EventTarget {
  /** @type {Entry} */
  #entry;

  constructor(name) {
    requireArguments(arguments.length, 1, 'BroadcastChannel constructor');
    super();

    const entry = { name: toDOMString(name), isOpen: true, reference: new WeakRef(this), held: null };

    this.#entry = entry;
    add(entry);
    collected.register(this, entry, entry);
    observeListeners(this, listenersChanged);
  }

  static {
    isBroadcastChannel = (value) => typeof value === 'object' && value !== null && #entry in value;
    listenersChanged = (channel, type) => {
      if (type === 'message') hold(channel.#entry, hasListeners(channel, 'message') ? channel : null);
    };
  }

  get name() {
    return this.#entry.name;
  }

  postMessage(message) {
    const entry = this.#entry;

    requireArguments(arguments.length, 1, 'BroadcastChannel.postMessage');

    if (!entry.isOpen) throw new DOMException('BroadcastChannel.postMessage: the channel is closed', 'InvalidStateError');

    broadcast(entry, structuredSerialize(message));
  }

  close() {
    const entry = this.#entry;

    if (!entry.isOpen) return;

    hold(entry, null);
    entry.isOpen = false;
    remove(entry);
    collected.unregister(entry);
  }
}

defineEventHandlers(BroadcastChannel.prototype, ['message', 'messageerror'], isBroadcastChannel);
const Constructor = constructorOf(defineInterface(BroadcastChannel));

export { Constructor as BroadcastChannel };
setInspector(BroadcastChannel, ['name']);

function add(entry) {
  const entries = open.get(entry.name);

  if (entries === undefined) open.set(entry.name, createSet([entry]));
  else entries.add(entry);
}

function remove(entry) {
  const entries = open.get(entry.name);

  entries.delete(entry);

  if (entries.size === 0) open.delete(entry.name);
}

/** A channel that listens keeps a script running, too. @param {Entry} entry @param {BroadcastChannel | null} channel */
function hold(entry, channel) {
  if (!entry.isOpen || entry.held === channel) return;

  entry.held = channel;
  expectTasks(channel === null ? -1 : 1);
}

/** Brings a message to every other channel of the name. @param {Entry} source @param {unknown} record */
function broadcast(source, record) {
  open.get(source.name).forEach((entry) => {
    const channel = entry === source ? undefined : weakRefDeref(entry.reference);

    if (channel !== undefined) queueTask(() => receive(channel, entry, record));
  });
}

function receive(channel, entry, record) {
  if (!entry.isOpen) return;

  let data;

  try {
    data = structuredDeserialize(record);
  } catch {
    fireMessageEvent(channel, 'messageerror', null);

    return;
  }

  fireMessageEvent(channel, 'message', data);
}
