// https://streams.spec.whatwg.org/#rs-class

import { RangeError, SymbolAsyncIterator, TypeError, defineProperty, list } from '../boundary/built_ins.js';
import { constructorOf, defineInterface, requireArguments, toDictionary, toEnum, toInteger } from '../webidl/webidl.js';
import { createIterator } from './async_iterator.js';
import { ByteController, createByteController } from './byte_controller.js';
import { teeBytes } from './byte_tee.js';
import { DefaultController, createDefaultController } from './default_controller.js';
import { bind, callbackOf, wrongReceiver } from './facade.js';
import { readableFrom } from './from_iterable.js';
import { pipe, toPipeOptions } from './pipe.js';
import { markHandled, noop, rejectedWith } from './promises.js';
import { extractMark, extractSize, toStrategy } from './queuing_strategy.js';
import { ReadableState, cancelReadable } from './readable_core.js';
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from './reader.js';
import { teeDefault } from './tee.js';
import { stateOfWritable } from './writable.js';

/** @type {(value: unknown) => value is ReadableStream} */
export let isReadableStream;
/** @type {(value: unknown, where: string) => ReadableState} throws for anything but a ReadableStream */
export let stateOf;

class ReadableStream {
  #state;

  static {
    isReadableStream = (value) => typeof value === 'object' && value !== null && #state in value;
    stateOf = (value, where) => {
      if (!isReadableStream(value)) throw new TypeError(where + ': not a ReadableStream');

      return value.#state;
    };
  }

  constructor(state) {
    this.#state = state;
  }

  static from(asyncIterable) {
    requireArguments(arguments.length, 1, 'ReadableStream.from');

    return publish(readableFrom(asyncIterable));
  }

  get locked() {
    return this.#state.reader !== undefined;
  }

  cancel(reason = undefined) {
    if (!isReadableStream(this)) return wrongReceiver('ReadableStream', 'cancel');

    const state = this.#state;

    if (state.reader !== undefined) return rejectedWith(new TypeError('cancel: the stream is locked to a reader'));

    return cancelReadable(state, reason);
  }

  getReader(options = undefined) {
    stateOf(this, 'getReader');
    const { mode } = toDictionary(options, 'getReader');

    if (mode === undefined) return new ReadableStreamDefaultReader(this);

    toEnum(mode, list(['byob']), 'getReader: mode');

    return new ReadableStreamBYOBReader(this);
  }

  pipeThrough(transform, options = undefined) {
    const source = this.#state;

    requireArguments(arguments.length, 1, 'pipeThrough');
    const { readable, writable } = toPair(transform);
    const how = toPipeOptions(options, 'pipeThrough');

    if (source.reader !== undefined) throw new TypeError('pipeThrough: the stream is locked to a reader');

    const target = stateOfWritable(writable, 'pipeThrough');

    if (target.writer !== undefined) throw new TypeError('pipeThrough: the writable side is locked to a writer');

    markHandled(pipe(source, target, how));

    return readable;
  }

  pipeTo(destination, options = undefined) {
    if (!isReadableStream(this)) return wrongReceiver('ReadableStream', 'pipeTo');

    try {
      requireArguments(arguments.length, 1, 'pipeTo');
      const target = stateOfWritable(destination, 'pipeTo');
      const how = toPipeOptions(options, 'pipeTo');

      if (this.#state.reader !== undefined) throw new TypeError('pipeTo: the stream is locked to a reader');

      if (target.writer !== undefined) throw new TypeError('pipeTo: the destination is locked to a writer');

      return pipe(this.#state, target, how);
    } catch (error) {
      return rejectedWith(error);
    }
  }

  tee() {
    return tee(this.#state, false);
  }

  values(options = undefined) {
    const state = this.#state;

    return createIterator(state, !!toDictionary(options, 'values').preventCancel);
  }
}

const Constructor = constructorOf(defineInterface(ReadableStream), stateFrom);

export { Constructor as ReadableStream };
defineProperty(ReadableStream.prototype, SymbolAsyncIterator, {
  value: ReadableStream.prototype.values, writable: true, enumerable: false, configurable: true,
});

/** What a script's constructor call says. @returns {[ReadableState]} */
function stateFrom(underlyingSource = undefined, strategy = undefined) {
  if (underlyingSource === null) throw new TypeError('ReadableStream: the underlying source is null');

  const { highWaterMark, size } = toStrategy(strategy, 'ReadableStream');
  const source = toSource(underlyingSource);
  const state = new ReadableState();

  if (source.type === 'bytes') {
    if (size !== undefined) throw new RangeError('ReadableStream: a byte stream has no size function');

    setUpBytes(state, underlyingSource, source, extractMark({ highWaterMark }, 0));
  } else {
    setUpDefault(state, underlyingSource, source, extractMark({ highWaterMark }, 1), extractSize({ size }));
  }

  return [state];
}

/** The object that users see for a state. @returns {ReadableStream} */
export function publish(state) {
  return new ReadableStream(state);
}

/** ReadableStreamTee @returns {[ReadableStream, ReadableStream]} */
export function tee(state, cloneForSecond) {
  const branches = state.controller.isByte ? teeBytes(state) : teeDefault(state, cloneForSecond);

  return [publish(branches[0]), publish(branches[1])];
}

const NO_SOURCE = {
  autoAllocateChunkSize: undefined, cancel: undefined, pull: undefined, start: undefined, type: undefined,
};

/** The dictionary UnderlyingSource. */
function toSource(object) {
  if (object === undefined) return NO_SOURCE;

  const { autoAllocateChunkSize } = toDictionary(object, 'ReadableStream');
  const size = autoAllocateChunkSize === undefined ? undefined
    : toInteger(autoAllocateChunkSize, 64, { enforceRange: true, where: 'autoAllocateChunkSize' });
  const cancel = callbackOf(object, 'cancel', 'underlying source');
  const pull = callbackOf(object, 'pull', 'underlying source');
  const start = callbackOf(object, 'start', 'underlying source');
  const { type } = object;

  if (type !== undefined) toEnum(type, list(['bytes']), 'underlying source: type');

  return { autoAllocateChunkSize: size, cancel, pull, start, type: type === undefined ? undefined : 'bytes' };
}

/** SetUpReadableStreamDefaultControllerFromUnderlyingSource */
function setUpDefault(stream, object, { start, pull, cancel }, highWaterMark, size) {
  const controller = new DefaultController(stream, { pull: noop, cancel: noop, highWaterMark, size });

  connect(controller, createDefaultController(controller), object, start, pull, cancel);
}

/** SetUpReadableByteStreamControllerFromUnderlyingSource */
function setUpBytes(stream, object, { start, pull, cancel, autoAllocateChunkSize }, highWaterMark) {
  if (autoAllocateChunkSize === 0) throw new TypeError('ReadableStream: autoAllocateChunkSize is 0');

  const controller = new ByteController(stream, { __proto__: null, pull: noop, cancel: noop, highWaterMark, autoAllocateChunkSize });

  connect(controller, createByteController(controller), object, start, pull, cancel);
}

function connect(controller, facade, object, start, pull, cancel) {
  if (pull !== undefined) controller.pull = bind(pull, object, facade);

  if (cancel !== undefined) controller.cancel = bind(cancel, object);

  controller.begin(start === undefined ? noop : bind(start, object, facade));
}

/** The dictionary ReadableWritablePair. */
function toPair(value) {
  const pair = toDictionary(value, 'pipeThrough');
  const { readable } = pair;

  stateOf(readable, 'pipeThrough: readable');
  const { writable } = pair;

  stateOfWritable(writable, 'pipeThrough: writable');

  return { readable, writable };
}
