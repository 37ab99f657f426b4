// The one list of what a function finds on its global object.

import { AbortController, AbortSignal } from './abort.js';
import { atob, btoa } from './base64.js';
import { defineProperty, globalObject, keys } from './built_ins.js';
import { console } from './console.js';
import { QuotaExceededError } from './dom_exception.js';
import { TextEncoder } from './encoding.js';
import {
  CloseEvent, CustomEvent, ErrorEvent, Event, EventTarget, MessageEvent, PromiseRejectionEvent,
} from './events.js';
import { ExecutionContext } from './context.js';
import './global_scope.js';
import { Headers } from './headers.js';
import { defineLazily } from './lazy.js';
import { Performance, performance } from './performance.js';
import { reportError } from './report.js';
import { Request } from './request.js';
import { Response } from './response.js';
import {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
} from './streams/index.js';
import { clearInterval, clearTimeout, queueMicrotask, setInterval, setTimeout } from './timers.js';
import { upgradeWebSocket } from './upgrade_websocket.js';
import { URL } from './url.js';
import { URLSearchParams } from './url_search_params.js';
import { WebSocket } from './websocket.js';

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
  'blob.js': [['Blob'], []],
  'crypto.js': [['Crypto'], ['crypto']],
  'encoding_streams.js': [['TextDecoderStream', 'TextEncoderStream'], []],
  'fetch.js': [[], ['fetch']],
  'fetch_event.js': [['ExtendableEvent', 'FetchEvent'], []],
  'file.js': [['File'], []],
  'file_reader.js': [['FileReader'], []],
  'form_data.js': [['FormData'], []],
  'messaging/broadcast_channel.js': [['BroadcastChannel'], []],
  'messaging/message_channel.js': [['MessageChannel'], []],
  'messaging/message_port.js': [['MessagePort'], []],
  'navigator.js': [['Navigator'], ['navigator']],
  'performance/entry.js': [['PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure'], []],
  'performance/observer.js': [['PerformanceObserver', 'PerformanceObserverEntryList'], []],
  'process.js': [['process'], []],
  'progress_event.js': [['ProgressEvent'], []],
  'structured_clone.js': [[], ['structuredClone']],
  'text_decoder.js': [['TextDecoder'], []],
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
