// https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes
// Attributes such as `onmessage`: one listener each, whose callback can be exchanged in place.

import { cancel, handlersOf, listen } from './event_target.js';

const { defineProperty, getOwnPropertyDescriptor } = Object;
const { apply } = Reflect;

/**
 * Defines an `on<type>` attribute for each type.
 * @param {object} target a prototype, or the global object
 * @param {string[]} types
 * @param {(object: unknown) => boolean} isInstance the brand check
 * @param {(callback: Function, event: Event, target: object) => void} [invoke] for handlers that are called in their own way
 */
export function defineEventHandlers(target, types, isInstance, invoke = invokeHandler) {
  for (const type of types) {
    const name = `on${type}`;

    const receiver = (object) => {
      const instance = object ?? globalThis;

      if (!isInstance(instance)) throw new TypeError(`${name}: the receiver has no such event handler`);

      return instance;
    };

    // From a literal, because an accessor of an interface is named "get x" and has no prototype.
    const accessor = getOwnPropertyDescriptor({
      get [name]() {
        return handlersOf(receiver(this)).get(type)?.callback ?? null;
      },
      set [name](value) {
        setHandler(receiver(this), type, value, invoke);
      },
    }, name);

    defineProperty(target, name, accessor);
  }
}

function setHandler(target, type, value, invoke) {
  const handlers = handlersOf(target);
  const handler = handlers.get(type);

  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    handler?.remove();
    handlers.delete(type);
  } else if (handler !== undefined) {
    handler.callback = value;
  } else {
    const made = { callback: value, remove: null };

    handlers.set(type, made);
    made.remove = listen(target, type, (receiver, event) => {
      const { callback } = made;

      // An object that is no function may be assigned; calling it does nothing.
      if (typeof callback === 'function') invoke(callback, event, receiver);
    });
  }
}

// https://html.spec.whatwg.org/multipage/webappapis.html#the-event-handler-processing-algorithm
function invokeHandler(callback, event, target) {
  if (apply(callback, target, [event]) === false) cancel(event);
}
