// Streams that the runtime itself fills: their source is the host, or bytes that are already there.

import { returnViews } from './byob_request.js';
import { ByteController } from './byte_controller.js';
import { markHandled, noop } from './promises.js';
import { publish, stateOf } from './readable.js';
import { ReadableState, cancelReadable } from './readable_core.js';

/**
 * A byte stream that the runtime fills.
 * @param {{ pull?: (stream: ReadableStream) => unknown, cancel?: (reason: unknown) => unknown }} source
 *   pull: somebody wants bytes. It is not called again before `enqueueBytes`, and never after the stream's end.
 *   Both may return a promise; an error of theirs errors the stream or fails the cancel.
 * @returns {ReadableStream}
 */
export function createByteSource({ pull = noop, cancel = noop }) {
  const state = new ReadableState();
  const stream = publish(state);
  const controller = new ByteController(state, { pull: ask, cancel, highWaterMark: 0 });

  function ask() {
    if (controller.asked) return undefined;

    controller.asked = true;

    return pull(stream);
  }

  controller.asked = false;
  controller.started = true; // there is no start() to wait for

  return stream;
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

export function isDisturbed(stream) {
  return stateOf(stream, 'isDisturbed').disturbed;
}

export function isLocked(stream) {
  return stateOf(stream, 'isLocked').reader !== undefined;
}
