// https://streams.spec.whatwg.org/#ts-class

import { RangeError, TypeError } from '../boundary/built_ins.js';
import { closedConstructorOf, constructorOf, defineInterface, toDictionary } from '../webidl/webidl.js';
import { bind, callbackOf, invoke } from './facade.js';
import { noop } from './promises.js';
import { extractMark, extractSize, toStrategy } from './queuing_strategy.js';
import { publish } from './readable.js';
import { TransformState } from './transform_core.js';
import { publishWritable } from './writable.js';

/** @type {(value: unknown) => value is TransformStream} */
export let isTransformStream;
/** Its two sides. @type {(stream: TransformStream) => { readable: ReadableStream, writable: WritableStream }} */
export let sidesOf;
/** @type {(stream: TransformState) => TransformStreamDefaultController} */
let createTransformController;

class TransformStream {
  #readable;
  #writable;

  static {
    isTransformStream = (value) => typeof value === 'object' && value !== null && #readable in value;
    sidesOf = (stream) => ({ readable: stream.#readable, writable: stream.#writable });
  }

  constructor(readable, writable) {
    this.#readable = readable;
    this.#writable = writable;
  }

  get readable() {
    return this.#readable;
  }

  get writable() {
    return this.#writable;
  }
}

const Constructor = constructorOf(defineInterface(TransformStream), sidesFrom);

export { Constructor as TransformStream };

/** What a script's constructor call says. @returns {[ReadableStream, WritableStream]} */
function sidesFrom(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
  if (transformer === null) throw new TypeError('TransformStream: the transformer is null');

  const writableHow = toStrategy(writableStrategy, 'TransformStream');
  const readableHow = toStrategy(readableStrategy, 'TransformStream');
  const { cancel, flush, start, transform } = toTransformer(transformer);
  const readableMark = extractMark(readableHow, 0);
  const readableSize = extractSize(readableHow);
  const writableMark = extractMark(writableHow, 1);
  const writableSize = extractSize(writableHow);
  const state = new TransformState(
    { highWaterMark: writableMark, size: writableSize }, { highWaterMark: readableMark, size: readableSize },
  );
  const controller = createTransformController(state);
  const readable = publish(state.readable);
  const writable = publishWritable(state.writable);

  if (transform !== undefined) state.transform = (chunk) => invoke(transform, transformer, chunk, controller);

  if (flush !== undefined) state.flush = () => invoke(flush, transformer, controller);

  if (cancel !== undefined) state.cancel = bind(cancel, transformer);

  state.begin(start === undefined ? undefined : invoke(start, transformer, controller));

  return [readable, writable];
}

/** One that consists of two streams which are there already. @returns {TransformStream} */
export function publishTransform(readable, writable) {
  return new TransformStream(readable, writable);
}

/**
 * A transform of the runtime. Its algorithms may throw and may return a promise.
 * @param {{ transform: (chunk: unknown, controller: TransformState) => unknown,
 *   flush?: (controller: TransformState) => unknown, cancel?: (reason: unknown) => unknown }} transformer
 *   The controller has the methods enqueue(chunk), error(error) and terminate().
 * @returns {{ readable: ReadableStream, writable: WritableStream }}
 */
export function createTransform({ transform, flush = noop, cancel = noop }) {
  const state = new TransformState({ highWaterMark: 1, size: undefined }, { highWaterMark: 0, size: undefined });

  state.transform = (chunk) => transform(chunk, state);
  state.flush = () => flush(state);
  state.cancel = cancel;
  state.begin(undefined);

  return { readable: publish(state.readable), writable: publishWritable(state.writable) };
}

const NO_TRANSFORMER = { cancel: undefined, flush: undefined, start: undefined, transform: undefined };

/** The dictionary Transformer. */
function toTransformer(object) {
  if (object === undefined) return NO_TRANSFORMER;

  toDictionary(object, 'TransformStream');
  const cancel = callbackOf(object, 'cancel', 'transformer');
  const flush = callbackOf(object, 'flush', 'transformer');

  refuseType(object.readableType, 'readableType');
  const start = callbackOf(object, 'start', 'transformer');
  const transform = callbackOf(object, 'transform', 'transformer');

  refuseType(object.writableType, 'writableType');

  return { cancel, flush, start, transform };
}

function refuseType(type, member) {
  if (type !== undefined) throw new RangeError('TransformStream: there is no ' + member + ' yet');
}

class TransformStreamDefaultController {
  #stream;

  constructor(stream) {
    this.#stream = stream;
  }

  static {
    createTransformController = (stream) => new TransformStreamDefaultController(stream);
  }

  get desiredSize() {
    return this.#stream.source.desiredSize;
  }

  enqueue(chunk = undefined) {
    this.#stream.enqueue(chunk);
  }

  error(reason = undefined) {
    this.#stream.error(reason);
  }

  terminate() {
    this.#stream.terminate();
  }
}

const ControllerConstructor = closedConstructorOf(defineInterface(TransformStreamDefaultController));

export { ControllerConstructor as TransformStreamDefaultController };
