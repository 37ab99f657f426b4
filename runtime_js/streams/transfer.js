// https://streams.spec.whatwg.org/#rs-transfer, #ws-transfer and #ts-transfer
// The content of a stream is piped through a channel, whose other end is what moves.

import { dataCloneError, defineTransferable } from '../structured_data/cloneable.js';
import { createChannel } from '../messaging/channel.js';
import { readFrom, writeTo } from './cross_realm.js';
import { pipe } from './pipe.js';
import { markHandled } from './promises.js';
import { ReadableStream, isReadableStream, publish, stateOf } from './readable.js';
import { TransformStream, isTransformStream, publishTransform, sidesOf } from './transform.js';
import { WritableStream, isWritableStream, publishWritable, stateOfWritable } from './writable.js';

const DEFAULTS = { __proto__: null }; // of a pipe

defineTransferable(ReadableStream, { isInstance: isReadableStream, transfer: transferReadable, receive: receiveReadable });
defineTransferable(WritableStream, { isInstance: isWritableStream, transfer: transferWritable, receive: receiveWritable });
defineTransferable(TransformStream, {
  isInstance: isTransformStream,
  transfer(stream) {
    const { readable, writable } = sidesOf(stream);

    requireUnlocked(stateOf(readable, 'transfer').reader, 'a TransformStream whose readable side is locked');
    requireUnlocked(stateOfWritable(writable, 'transfer').writer, 'a TransformStream whose writable side is locked');

    return { readable: transferReadable(readable), writable: transferWritable(writable) };
  },
  receive: ({ readable, writable }) => publishTransform(receiveReadable(readable), receiveWritable(writable)),
});

function transferReadable(stream) {
  const state = stateOf(stream, 'transfer');

  requireUnlocked(state.reader, 'a ReadableStream that is locked to a reader');

  const end = createChannel();

  markHandled(pipe(state, writeTo(end), DEFAULTS));

  return end.other;
}

function receiveReadable(end) {
  return publish(readFrom(end));
}

function transferWritable(stream) {
  const state = stateOfWritable(stream, 'transfer');

  requireUnlocked(state.writer, 'a WritableStream that is locked to a writer');

  const end = createChannel();

  markHandled(pipe(readFrom(end), state, DEFAULTS));

  return end.other;
}

function receiveWritable(end) {
  return publishWritable(writeTo(end));
}

function requireUnlocked(lock, what) {
  if (lock !== undefined) throw dataCloneError(what);
}
