// Streams that the runtime itself fills: their source is the host, or bytes that are already there.

import { assign } from '../boundary/built_ins.js';
import { returnViews } from './byob_request.js';
import { ByteController } from './byte_controller.js';
import { isolated } from './facade.js';
import { markHandled, noop } from './promises.js';
import { publish, stateOf } from './readable.js';
import { cancelReadable, exhaustReadable } from './readable_core.js';

/** The internal slots of a ReadableStream that the runtime fills. Most are sent as a whole and never read. */
class SourceState {
  constructor(source, origin) {
    this.source = source;
    this.origin = origin;
  }

  get controller() {
    return (this.made ??= startSource(this));
  }

  set controller(controller) {
    this.made = controller;
  }
}

isolated(SourceState);
// Here, since most never change them, and each property of its own costs every stream.
assign(SourceState.prototype, {
  state: 'readable',
  reader: undefined,
  made: undefined, // the controller, once something asks for it
  storedError: undefined,
  disturbed: false,
});

/**
 * A byte stream that the runtime fills.
 * @param {{ pull?: (stream: ReadableStream, origin: any) => unknown, cancel?: (reason: unknown) => unknown }} source
 *   pull: somebody wants bytes. It is not called again before `enqueueBytes`, and never after the stream's end.
 *   Both may return a promise; an error of theirs errors the stream or fails the cancel.
 * @param {object} [origin] what `originOf` answers
 * @returns {ReadableStream}
 */
export function createByteSource(source, origin = undefined) {
  return publish(new SourceState(source, origin));
}

function startSource(state) {
  const { source: { pull = noop, cancel = noop }, origin } = state;
  const stream = publish(state); // not the one that users have: that and its slots would be a cycle from the start
  const controller = new ByteController(state, { __proto__: null, pull: ask, cancel, highWaterMark: 0 });

  function ask() {
    if (controller.asked) return undefined;

    controller.asked = true;

    return pull(stream, origin);
  }

  controller.asked = false;
  controller.started = true; // there is no start() to wait for

  return controller;
}

/**
 * Gives bytes to a stream made by `createByteSource`. It keeps the buffer: nobody else may use it.
 * Does nothing once the stream is closed, cancelled or errored, or for no bytes.
 * @param {ReadableStream} stream
 * @param {Uint8Array} bytes
 */
export function enqueueBytes(stream, bytes) {
  const { controller } = stateOf(stream, 'enqueueBytes');

  if (!controller.canCloseOrEnqueue()) return;

  controller.asked = false;

  try {
    controller.take(bytes);
  } catch (error) {
    controller.error(error); // a function has detached the buffer that it was to be given
  }
}

/** Ends a stream made by `createByteSource`, once what it holds has been read. */
export function closeStream(stream) {
  const { controller } = stateOf(stream, 'closeStream');

  if (!controller.canCloseOrEnqueue()) return;

  try {
    controller.close();
  } catch {
    return; // in the middle of an element: the stream is errored now
  }

  returnViews(controller);
}

export function errorStream(stream, error) {
  stateOf(stream, 'errorStream').controller.error(error);
}

/** @returns {Promise<undefined>} also for a locked stream, unlike the method */
export function cancelStream(stream, reason) {
  const result = cancelReadable(stateOf(stream, 'cancelStream'), reason);

  markHandled(result); // the runtime tells nobody how its cancel went

  return result;
}

/** What was said of a stream when it was made; undefined for a stream of the function. */
export function originOf(stream) {
  return stateOf(stream, 'originOf').origin;
}

/** Locks a stream whose bytes have gone another way. Nobody has read from it, or has its reader. */
export function exhaustStream(stream) {
  const state = stateOf(stream, 'exhaustStream');

  exhaustReadable(state);
  state.origin = undefined; // which has the stream
}

/** Whether a stream is neither closed nor errored. */
export function isOpen(stream) {
  return stateOf(stream, 'isOpen').state === 'readable';
}

export function isDisturbed(stream) {
  return stateOf(stream, 'isDisturbed').disturbed;
}

export function isLocked(stream) {
  return stateOf(stream, 'isLocked').reader !== undefined;
}
