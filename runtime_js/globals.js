// The one list of what a function finds on its global object.

import { AbortController, AbortSignal } from './dom/abort.js';
import { atob, btoa } from './html/base64.js';
import { defineProperty, globalObject, keys } from './boundary/built_ins.js';
import { console } from './console/console.js';
import { QuotaExceededError } from './webidl/dom_exception.js';
import { TextEncoder } from './encoding/encoding.js';
import {
  CloseEvent, CustomEvent, ErrorEvent, Event, EventTarget, MessageEvent, PromiseRejectionEvent,
} from './dom/events.js';
import { ExecutionContext } from './function/context.js';
import './html/global_scope.js';
import { Headers } from './fetch/headers.js';
import { defineLazily } from './boundary/lazy.js';
import { Performance, performance } from './performance/performance.js';
import { reportError } from './html/report.js';
import { Request } from './fetch/request.js';
import { Response } from './fetch/response.js';
import {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
} from './streams/index.js';
import { clearInterval, clearTimeout, queueMicrotask, setInterval, setTimeout } from './html/timers.js';
import { upgradeWebSocket } from './websockets/upgrade_websocket.js';
import { URL } from './url/url.js';
import { URLSearchParams } from './url/url_search_params.js';
import { WebSocket } from './websockets/websocket.js';

const interfaces = {
  console, // a namespace
  TextEncoder, URL, URLSearchParams,
  AbortController, AbortSignal, CloseEvent, CustomEvent, ErrorEvent, Event, EventTarget,
  MessageEvent, Performance, PromiseRejectionEvent, QuotaExceededError,
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
  ExecutionContext, Headers, Request, Response, WebSocket,
};
const attributes = {
  atob, btoa, clearInterval, clearTimeout, performance, queueMicrotask, reportError, self: globalObject,
  setInterval, setTimeout, upgradeWebSocket,
  Deno: { upgradeWebSocket },
};

/** By file: interfaces, then attributes, of what not every function uses. @type {Record<string, [string[], string[]]>} */
const lazily = {
  'file/blob.js': [['Blob'], []],
  'crypto/crypto.js': [['Crypto'], ['crypto']],
  'crypto/crypto_key.js': [['CryptoKey'], []],
  'crypto/subtle_crypto.js': [['SubtleCrypto'], []],
  'encoding/encoding_streams.js': [['TextDecoderStream', 'TextEncoderStream'], []],
  'fetch/fetch.js': [[], ['fetch']],
  'function/fetch_event.js': [['ExtendableEvent', 'FetchEvent'], []],
  'server_sent_events/event_source.js': [['EventSource'], []],
  'file/file.js': [['File'], []],
  'file/file_reader.js': [['FileReader'], []],
  'fetch/form_data.js': [['FormData'], []],
  'messaging/broadcast_channel.js': [['BroadcastChannel'], []],
  'messaging/message_channel.js': [['MessageChannel'], []],
  'messaging/message_port.js': [['MessagePort'], []],
  'html/navigator.js': [['Navigator'], ['navigator']],
  'performance/entry.js': [['PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure'], []],
  'performance/observer.js': [['PerformanceObserver', 'PerformanceObserverEntryList'], []],
  'function/process.js': [['process'], []],
  'file/progress_event.js': [['ProgressEvent'], []],
  'structured_data/structured_clone.js': [[], ['structuredClone']],
  'encoding/text_decoder.js': [['TextDecoder'], []],
};

define(interfaces, false);
define(attributes, true);

for (let i = 0, files = keys(lazily); i < files.length; i++) {
  const { 0: lazyInterfaces, 1: lazyAttributes } = lazily[files[i]];

  defineLazily(globalObject, files[i], lazyInterfaces, false);
  defineLazily(globalObject, files[i], lazyAttributes, true);
}

function define(members, enumerable) {
  for (let i = 0, names = keys(members); i < names.length; i++) {
    const value = members[names[i]];

    defineProperty(globalObject, names[i], { __proto__: null, value, writable: true, enumerable, configurable: true });
  }
}
