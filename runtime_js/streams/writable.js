// https://streams.spec.whatwg.org/#ws-class

import { RangeError, TypeError } from '../boundary/built_ins.js';
import { constructorOf, defineInterface, toDictionary } from '../webidl/webidl.js';
import { bind, callbackOf, invoke, wrongReceiver } from './facade.js';
import { noop, rejectedWith } from './promises.js';
import { extractMark, extractSize, toStrategy } from './queuing_strategy.js';
import { WritableController, createWritableController } from './writable_controller.js';
import { WritableState, abortWritable, closeWritable, isClosing } from './writable_core.js';
import { WritableStreamDefaultWriter } from './writer.js';

/** @type {(value: unknown) => value is WritableStream} */
export let isWritableStream;
/** @type {(value: unknown, where: string) => WritableState} throws for anything but a WritableStream */
export let stateOfWritable;

class WritableStream {
  #state;

  static {
    isWritableStream = (value) => typeof value === 'object' && value !== null && #state in value;
    stateOfWritable = (value, where) => {
      if (isWritableStream(value)) return value.#state;

      throw new TypeError(where + ': not a WritableStream');
    };
  }

  constructor(state) {
    this.#state = state;
  }

  get locked() {
    return this.#state.writer !== undefined;
  }

  abort(reason = undefined) {
    if (!isWritableStream(this)) return wrongReceiver('WritableStream', 'abort');

    if (this.#state.writer !== undefined) return rejectedWith(new TypeError('abort: the stream is locked to a writer'));

    return abortWritable(this.#state, reason);
  }

  close() {
    if (!isWritableStream(this)) return wrongReceiver('WritableStream', 'close');

    if (this.#state.writer !== undefined) return rejectedWith(new TypeError('close: the stream is locked to a writer'));

    if (isClosing(this.#state)) return rejectedWith(new TypeError('close: the stream is already closing'));

    return closeWritable(this.#state);
  }

  getWriter() {
    stateOfWritable(this, 'getWriter');

    return new WritableStreamDefaultWriter(this);
  }
}

const Constructor = constructorOf(defineInterface(WritableStream), stateFrom);

export { Constructor as WritableStream };

/** What a script's constructor call says. @returns {[WritableState]} */
function stateFrom(underlyingSink = undefined, strategy = undefined) {
  if (underlyingSink === null) throw new TypeError('WritableStream: the underlying sink is null');

  const { highWaterMark, size } = toStrategy(strategy, 'WritableStream');
  const sink = toSink(underlyingSink);
  const state = new WritableState();

  setUp(state, underlyingSink, sink, extractSize({ size }), extractMark({ highWaterMark }, 1));

  return [state];
}

/** The object that users see for a state. @returns {WritableStream} */
export function publishWritable(state) {
  return new WritableStream(state);
}

const NO_SINK = { abort: undefined, close: undefined, start: undefined, write: undefined };

/** The dictionary UnderlyingSink. */
function toSink(object) {
  if (object === undefined) return NO_SINK;

  toDictionary(object, 'WritableStream');
  const abort = callbackOf(object, 'abort', 'underlying sink');
  const close = callbackOf(object, 'close', 'underlying sink');
  const start = callbackOf(object, 'start', 'underlying sink');

  if (object.type !== undefined) throw new RangeError('WritableStream: there are no types of underlying sinks yet');

  return { abort, close, start, write: callbackOf(object, 'write', 'underlying sink') };
}

/** SetUpWritableStreamDefaultControllerFromUnderlyingSink */
function setUp(stream, object, { abort, close, start, write }, size, highWaterMark) {
  const controller = new WritableController(stream, {
    write: write === undefined ? noop : (chunk) => invoke(write, object, chunk, facade),
    close: close === undefined ? noop : bind(close, object),
    abort: abort === undefined ? noop : bind(abort, object),
    highWaterMark,
    size,
  });
  const facade = createWritableController(controller);

  controller.begin(start === undefined ? noop : bind(start, object, facade));
}
