// https://html.spec.whatwg.org/multipage/web-messaging.html#message-channels

import { defineInterface } from '../webidl/webidl.js';
import { setInspector } from '../inspect/inspectors.js';
import { createChannel } from './channel.js';
import { createMessagePort } from './message_port.js';

export class MessageChannel {
  #port1;
  #port2;

  constructor() {
    const end = createChannel();

    this.#port1 = createMessagePort(end);
    this.#port2 = createMessagePort(end.other);
  }

  get port1() {
    return this.#port1;
  }

  get port2() {
    return this.#port2;
  }
}

defineInterface(MessageChannel);
setInspector(MessageChannel, ['port1', 'port2']);
