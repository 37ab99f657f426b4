// The Streams Standard (https://streams.spec.whatwg.org/): its interfaces, and what the runtime does with streams.

import { markHandled } from './promises.js';
import { pipe } from './pipe.js';
import { readableFrom } from './from_iterable.js';
import { publish, stateOf, tee } from './readable.js';
import { createTransform } from './transform.js';
import { stateOfWritable } from './writable.js';

export { ReadableByteStreamController } from './byte_controller.js';
export { ReadableStreamBYOBRequest } from './byob_request.js';
export { pumpInto, readAll } from './consume.js';
export { ReadableStreamDefaultController } from './default_controller.js';
export { ByteLengthQueuingStrategy, CountQueuingStrategy } from './queuing_strategy.js';
export { ReadableStream, isReadableStream } from './readable.js';
export { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from './reader.js';
export {
  cancelStream, closeStream, createByteSource, enqueueBytes, errorStream, exhaustStream, isDisturbed, isLocked, isOpen,
  originOf,
} from './source.js';
export { TransformStream, TransformStreamDefaultController, createTransform } from './transform.js';
export { WritableStream, isWritableStream } from './writable.js';
export { WritableStreamDefaultController } from './writable_controller.js';
export { WritableStreamDefaultWriter } from './writer.js';

/** A stream of what an iterable gives: the iteration begins with the first read, and a cancelled one ends it. */
export function streamFrom(iterable) {
  return publish(readableFrom(iterable));
}

/**
 * Two streams with the chunks of one, each with its own copy of them.
 * @param {ReadableStream} stream not locked; stays locked
 * @returns {[ReadableStream, ReadableStream]}
 */
export function teeStream(stream) {
  return tee(stateOf(stream, 'teeStream'), true);
}

/**
 * Another stream with the chunks of one: https://streams.spec.whatwg.org/#readablestream-create-a-proxy
 * @param {ReadableStream} stream not locked; stays locked
 * @returns {ReadableStream}
 */
export function proxyStream(stream) {
  const { readable, writable } = createTransform({ __proto__: null, transform: (chunk, controller) => controller.enqueue(chunk) });

  markHandled(pipe(stateOf(stream, 'proxyStream'), stateOfWritable(writable, 'proxyStream'), {}));

  return readable;
}
