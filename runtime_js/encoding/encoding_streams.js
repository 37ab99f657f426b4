// https://encoding.spec.whatwg.org/#interface-textdecoderstream
// https://encoding.spec.whatwg.org/#interface-textencoderstream

import { bytesOf } from '../webidl/buffer_source.js';
import { TypeError, Uint8Array, stringSlice } from '../boundary/built_ins.js';
import { encodeUTF8 } from './encoding.js';
import { createTransform } from '../streams/index.js';
import { TextDecoder, decodeChunk, settingsOf } from './text_decoder.js';
import { defineInterface, toDOMString } from '../webidl/webidl.js';

export class TextDecoderStream {
  #settings;
  #streams;

  constructor(label = 'utf-8', options = undefined) {
    const decoder = new TextDecoder(label, options);

    this.#settings = settingsOf(decoder);
    this.#streams = createTransform({
      __proto__: null,
      transform(chunk, controller) {
        const bytes = bytesOf(chunk);

        if (bytes === null) throw new TypeError('TextDecoderStream: a chunk is neither an ArrayBuffer nor a view');

        enqueueText(controller, decodeChunk(decoder, bytes, true));
      },
      flush(controller) {
        enqueueText(controller, decodeChunk(decoder, new Uint8Array(), false));
      },
    });
  }

  get encoding() {
    return this.#settings.encoding;
  }

  get fatal() {
    return this.#settings.fatal;
  }

  get ignoreBOM() {
    return this.#settings.ignoreBOM;
  }

  get readable() {
    return this.#streams.readable;
  }

  get writable() {
    return this.#streams.writable;
  }
}

defineInterface(TextDecoderStream);

function enqueueText(controller, string) {
  if (string !== '') controller.enqueue(string);
}

export class TextEncoderStream {
  #streams;

  constructor() {
    let pending = ''; // a leading surrogate at the end of a chunk, whose other half the next may begin with

    this.#streams = createTransform({
      __proto__: null,
      transform(chunk, controller) {
        const string = pending + toDOMString(chunk);
        const end = string.length - 1;
        const last = string[end];

        pending = last >= '\ud800' && last <= '\udbff' ? last : '';

        const whole = pending === '' ? string : stringSlice(string, 0, end);

        if (whole !== '') controller.enqueue(encodeUTF8(whole));
      },
      flush(controller) {
        if (pending !== '') controller.enqueue(encodeUTF8(pending));
      },
    });
  }

  get encoding() {
    void this.#streams;

    return 'utf-8';
  }

  get readable() {
    return this.#streams.readable;
  }

  get writable() {
    return this.#streams.writable;
  }
}

defineInterface(TextEncoderStream);
