// https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes
// Attributes such as `onmessage`: one listener each, whose callback can be exchanged in place.

import { SymbolToStringTag, defineProperty, getOwnPropertyDescriptor, globalObject } from '../boundary/built_ins.js';
import { addHandler, exchangeHandler, handlersOf, removeListener } from './event_target.js';
import { receiverError } from '../webidl/receiver.js';

/**
 * Defines an `on<type>` attribute for each type.
 * @param {object} target a prototype, or the global object
 * @param {string[]} types
 * @param {(object: unknown) => boolean} isInstance the brand check
 * @param {(callback: Function | object, event: Event) => void} [handle] for handlers that are called in their own way
 */
export function defineEventHandlers(target, types, isInstance, handle = undefined) {
  for (let i = 0; i < types.length; i++) {
    const type = types[i];
    const name = 'on' + type;

    const receiver = (object) => {
      const instance = object ?? globalObject;

      if (!isInstance(instance)) {
        throw receiverError(getOwnPropertyDescriptor(target, SymbolToStringTag)?.value ?? 'globalThis', name);
      }

      return instance;
    };

    // From a literal, because an accessor of an interface is named "get x" and has no prototype.
    const accessor = getOwnPropertyDescriptor({
      get [name]() {
        return handlersOf(receiver(this)).get(type)?.callback ?? null;
      },
      set [name](value) {
        setHandler(receiver(this), type, value, handle);
      },
    }, name);

    defineProperty(target, name, { __proto__: null, ...accessor }); // whatever is on Object.prototype
  }
}

function setHandler(target, type, value, handle) {
  const handlers = handlersOf(target);
  const listener = handlers.get(type);

  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    if (listener !== undefined) removeListener(target, type, listener);

    handlers.delete(type);
  } else if (listener !== undefined) exchangeHandler(listener, value);
  else handlers.set(type, addHandler(target, type, value, handle));
}
