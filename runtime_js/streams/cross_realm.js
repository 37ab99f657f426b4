// https://streams.spec.whatwg.org/#transferrable-streams
// Streams over a channel: what is written to one end is read at the other.

import { dataCloneError } from '../structured_data/cloneable.js';
import { disentangle, enable, send } from '../messaging/channel.js';
import { structuredDeserializeWithTransfer, structuredSerializeWithTransfer } from '../structured_data/structured_transfer.js';
import { DefaultController } from './default_controller.js';
import { deferred, noop } from './promises.js';
import { ReadableState } from './readable_core.js';
import { WritableController } from './writable_controller.js';
import { WritableState } from './writable_core.js';

/** SetUpCrossRealmTransformReadable @returns {ReadableState} */
export function readFrom(end) {
  const state = new ReadableState();
  const controller = new DefaultController(state, {
    pull: () => post(end, 'pull', undefined),
    cancel: (reason) => endWithError(end, reason),
    highWaterMark: 0,
    size: undefined,
  });

  listen(end, {
    chunk: (chunk) => controller.enqueue(chunk),
    close: () => {
      controller.close();
      disentangle(end);
    },
    error: (error) => {
      controller.error(error);
      disentangle(end);
    },
  });
  controller.begin(noop);

  return state;
}

/** SetUpCrossRealmTransformWritable @returns {WritableState} */
export function writeTo(end) {
  const state = new WritableState();
  let pulled = deferred(); // a chunk is sent for each pull of the other side
  const controller = new WritableController(state, {
    write: async (chunk) => {
      await pulled.promise;
      pulled = deferred();
      sendChunk(end, chunk);
    },
    close: () => {
      post(end, 'close', undefined);
      disentangle(end);
    },
    abort: (reason) => endWithError(end, reason),
    highWaterMark: 1,
    size: undefined,
  });

  listen(end, {
    pull: () => pulled.resolve(undefined),
    error: (error) => {
      controller.errorIfNeeded(error);
      pulled.resolve(undefined);
    },
  });
  controller.begin(noop);

  return state;
}

/** Takes what comes, by its type. @param {Record<string, (value: unknown) => void>} handlers */
function listen(end, handlers) {
  end.receiver = {
    receive({ type, content }) {
      let value;

      try {
        ({ value } = structuredDeserializeWithTransfer(content));
      } catch {
        value = dataCloneError('a chunk, for want of memory,');
        type = 'error';
        postError(end, value);
        disentangle(end);
      }

      handlers[type](value);
    },
    disentangled: noop,
  };
  enable(end);
}

/** PackAndPostMessage: throws for what cannot be cloned, also when nobody listens. */
function post(end, type, value) {
  const content = structuredSerializeWithTransfer(value, []);

  if (end.other !== null) send(end.other, { type, content });
}

/** CrossRealmTransformSendError */
function postError(end, error) {
  try {
    post(end, 'error', error);
  } catch {
    // The other side is not told.
  }
}

function sendChunk(end, chunk) {
  try {
    post(end, 'chunk', chunk);
  } catch (error) {
    postError(end, error);
    disentangle(end);
    throw error;
  }
}

function endWithError(end, reason) {
  try {
    post(end, 'error', reason);
  } catch (error) {
    postError(end, error);
    throw error;
  } finally {
    disentangle(end);
  }
}
