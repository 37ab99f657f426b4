// What the console shows of the platform's objects, whose state is private. Part of inspect.js
// Only attributes that are cheap and change nothing by being read: no bodies, no lazily made streams.

import { AbortController, AbortSignal } from '../dom/abort.js';
import { CloseEvent, CustomEvent, ErrorEvent, Event, MessageEvent, PromiseRejectionEvent } from '../dom/events.js';
import { Headers, headerPairs } from '../fetch/headers.js';
import { groupPairs, setInspector } from './inspectors.js';
import { Performance } from '../performance/performance.js';
import { Request } from '../fetch/request.js';
import { Response } from '../fetch/response.js';
import { ReadableStream, TransformStream, WritableStream } from '../streams/index.js';
import { URL } from '../url/url.js';
import { URLSearchParams, paramPairs } from '../url/url_search_params.js';
import { WebSocket } from '../websockets/websocket.js';

setInspector(AbortController, ['signal']);
setInspector(AbortSignal, (signal) => (signal.aborted ? { aborted: true, reason: signal.reason } : { aborted: false }));
setInspector(Event, ['type', 'defaultPrevented', 'cancelable', 'timeStamp']);
setInspector(CloseEvent, ['type', 'code', 'reason', 'wasClean']);
setInspector(CustomEvent, ['type', 'detail']);
setInspector(ErrorEvent, ['type', 'message', 'filename', 'lineno', 'colno', 'error']);
setInspector(MessageEvent, ['type', 'data', 'origin']);
setInspector(PromiseRejectionEvent, ['type', 'promise', 'reason']);
setInspector(Performance, ['timeOrigin']);
setInspector(Headers, (headers) => groupPairs(headerPairs(headers)));
setInspector(Request, ['method', 'url', 'headers', 'redirect', 'bodyUsed']);
setInspector(Response, ['status', 'statusText', 'headers', 'bodyUsed', 'ok', 'redirected', 'type', 'url']);
setInspector(ReadableStream, ['locked']);
setInspector(TransformStream, ['readable', 'writable']);
setInspector(WritableStream, ['locked']);
setInspector(URL, [
  'href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash',
]);
setInspector(URLSearchParams, paramPairs);
setInspector(WebSocket, ['url', 'readyState', 'protocol', 'extensions', 'bufferedAmount', 'binaryType']);
