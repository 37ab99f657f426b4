// https://html.spec.whatwg.org/multipage/web-messaging.html#entangle
// A channel as two ends that no user sees. A MessagePort is a coat over one end; a transferred stream has one
// without a coat. What is transferred is the end: it keeps its place in the channel, and its messages.

import { Fifo } from '../streams/fifo.js';
import { isolated } from '../streams/facade.js';
import { queueTask } from '../boundary/task_queue.js';

/**
 * What an end tells who has it. Neither may throw.
 * @typedef {{ receive: (message: object) => void, disentangled: () => void }} Receiver
 */

class ChannelEnd {
  constructor() {
    /** @type {ChannelEnd | null} the end that it is entangled with */
    this.other = null;
    /** @type {Receiver | null} none while it is on its way */
    this.receiver = null;
    /** The port message queue: messages wait here until it is enabled. */
    this.messages = new Fifo();
    this.isEnabled = false;
  }
}

isolated(ChannelEnd);

/** @returns {ChannelEnd} one of two that are entangled */
export function createChannel() {
  const end = new ChannelEnd();

  end.other = new ChannelEnd();
  end.other.other = end;

  return end;
}

/**
 * Queues a message at the end that is to receive it.
 * @param {ChannelEnd} target
 * @param {object} content
 */
export function send(target, content) {
  target.messages.push({ next: undefined, content });

  if (target.isEnabled) queueTask(() => deliver(target));
}

/** Has the messages of an end delivered, those that wait there and those to come. @param {ChannelEnd} end */
export function enable(end) {
  end.isEnabled = true;

  for (let i = 0; i < end.messages.length; i++) queueTask(() => deliver(end));
}

/** There is a task for each message, but the end may have been transferred since, and even enabled again. */
function deliver(end) {
  if (end.isEnabled && end.messages.length > 0) end.receiver.receive(end.messages.shift().content);
}

/** Takes an end from who has it: its messages wait until somebody enables it again. @param {ChannelEnd} end */
export function detach(end) {
  end.receiver = null;
  end.isEnabled = false;
}

/** Cuts the channel and tells the other end. Messages that are on their way still arrive. @param {ChannelEnd} end */
export function disentangle(end) {
  const { other } = end;

  if (other === null) return;

  end.other = null;
  other.other = null;
  other.receiver?.disentangled();
}
