// https://websockets.spec.whatwg.org/#the-websocket-interface
// Twin: edgehost/bindings/websocket.py. Ready state lives here; the host knows frames and handshakes.

import { byteLengthOf, bytesOf } from '../webidl/buffer_source.js';
import {
  DOMException, Error, TypeError, Uint8Array, arrayFrom, arrayJoin, arrayToSpliced, createMap, defineProperty,
  promiseResolve, promiseThen,
} from '../boundary/built_ins.js';
import { encodeUTF8 } from '../encoding/encoding.js';
import {
  CloseEvent, ErrorEvent, EventTarget, defineEventHandlers, fire, fireMessageEvent, fireMessageEvents, message, newEvent,
} from '../dom/events.js';
import { isPlain, on, op, plain, post, query, text, textCounts } from '../boundary/host.js';
import { current, enter } from '../boundary/invocation.js';
import { linesOf } from '../fetch/headers.js';
import { abortRequest } from '../fetch/request.js';
import { load } from '../boundary/lazy.js';
import { isBlob } from '../boundary/lazy_brands.js';
import {
  constructorOf, defineInterface, requireArguments, toDOMString, toInteger, toUSVString,
} from '../webidl/webidl.js';

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
// as `slice`, but it asks no constructor

/** Sockets that are not closed yet, by id. The realm gives the ids. */
const sockets = createMap();
let lastId = 0;

// The texts that came together. They are handled in one crossing, as long as none leaves jobs to run.
const NONE = [];
let receiver = null;
let texts = NONE;
let arePlain = true; // whether each crosses as it is

/** The loop over them ends then. */
function dropTexts() {
  receiver = null;
  texts.length = 0;
  textCounts[0] = 0;
  arePlain = false; // it may say so of texts that never came, and not of the last message
}

// Most messages are answered with a short text on the same socket. While listeners run, such texts wait here to
// leave as one result, which costs a fraction of as many ops; all else that happens to the socket sends them first.
let answering = 0; // the id of the socket
let answered = 0; // how many wait
const answers = arrayFrom({ length: 128 }, () => ''); // there already, so that no setter of a prototype is asked
const BETWEEN_ANSWERS = '\x7f'; // seldom in a text: when it is, the host asks for ops all the same

/** The last text that was sent and crosses as it is: a function often sends it to others too. */
let known = '';

function sendAnswers() {
  sendAll(answering, answered);
  answering = 0;
  answered = 0;
}

function sendAll(id, count) {
  for (let i = 0; i < count; i++) plain.socketText(id, answers[i]);
}

/** @type {(options: { url: string, protocol: string, idleSeconds: number, invocation: number }) => WebSocket} */
export let createServerSocket;
/**
 * Has the host complete the opening handshake that a request began. request: null when its client left.
 * @type {(socket: WebSocket, id: number, request: Request | null, headers: string) => void}
 */
export let acceptSocket;
/** Ends a socket whose opening handshake will not be completed; one that was accepted stays. @type {(socket: WebSocket, reason: string) => void} */
export let refuseSocket;

/** @type {(value: unknown) => boolean} */
let isWebSocket;

class WebSocket extends EventTarget {
  #id = 0;
  #url = '';
  #readyState = CONNECTING;
  #protocol = '';
  #extensions = '';
  #binaryType = 'blob';
  #idleSeconds = 0;
  #invocation = 0;
  #request = null; // of the open socket: its signal aborts with the end
  #closing = null; // code and reason of a close() before the host knows the socket
  #dropped = 0; // bytes of messages that were sent too late
  #isServer = false;

  /** @param {{ url: string, protocols: string[], headers: string[] } | null} address of an outbound socket */
  constructor(address = null) {
    super();

    if (address !== null) this.#connect(address);
  }

  #connect({ url, protocols, headers }) {
    this.#id = ++lastId;
    this.#url = url;
    this.#invocation = current;
    sockets.set(this.#id, this);
    op.socketConnect(this.#id, current, text(url), text(arrayJoin(protocols, ',')), text(linesOf(headers)));
  }

  static {
    isWebSocket = (value) => typeof value === 'object' && value !== null && #readyState in value;
    createServerSocket = ({ url, protocol, idleSeconds, invocation }) => {
      const socket = new WebSocket();

      socket.#isServer = true;
      socket.#url = url;
      socket.#protocol = protocol;
      socket.#binaryType = 'arraybuffer'; // as Deno's server sockets
      socket.#idleSeconds = idleSeconds;
      socket.#invocation = invocation;

      return socket;
    };

    acceptSocket = (socket, id, request, headers) => {
      if (socket.#invocation !== id) {
        throw new TypeError('the fetch handler returned what upgradeWebSocket made for another request');
      }

      socket.#id = ++lastId;
      sockets.set(socket.#id, socket);
      socket.#request = request;
      op.socketAccept(id, socket.#id, headers, socket.#idleSeconds);

      if (socket.#closing !== null) op.socketClose(socket.#id, socket.#closing.code, socket.#closing.reason);
    };

    refuseSocket = (socket, reason) => {
      if (socket.#id !== 0) return;

      // Not at once: the answer that refuses it goes first, whatever a listener does.
      promiseThen(promiseResolve(), () => {
        fail(socket, reason);
        end(socket, 1006, '', false);
      });
    };

    // What the server of an outbound socket chose.
    on('socketAgreed', (id, protocol) => {
      sockets.get(id).#protocol = protocol;
    });

    on('socketOpen', (id, extensions) => {
      const socket = sockets.get(id);

      enter(socket.#invocation);
      socket.#extensions = extensions;

      if (socket.#readyState !== CONNECTING) return; // closed before it opened

      socket.#readyState = OPEN;
      fire(socket, newEvent('open'));
    });

    const receive = (id, data) => {
      const socket = sockets.get(id);

      if (socket.#readyState !== OPEN) return;

      if (current !== socket.#invocation) enter(socket.#invocation);

      fireMessageEvent(socket, 'message', data);
    };

    on('socketBytes', (id, data) => {
      const isWanted = sockets.get(id).#binaryType === 'blob';

      receive(id, isWanted ? load('file/blob.js').createBlob(new Uint8Array(data)) : data);
    });

    // The same for texts, with the answers to them as the result. None given: those that are left.
    on('socketTexts', (id, isPlain, ...given) => {
      if (given.length !== 0) {
        receiver = sockets.get(id);
        texts = given;
        arePlain = isPlain;
        textCounts[0] = given.length;
      }

      const socket = receiver;

      if (socket === null || socket.#readyState !== OPEN) return dropTexts();

      if (current !== socket.#invocation) enter(socket.#invocation);

      answering = socket.#id;
      fireMessageEvents(socket, 'message', texts);
      answering = 0;

      if (textCounts[0] === 0) {
        receiver = null;
        texts = NONE;
      }

      const count = answered;

      answered = 0;
      textCounts[1] = count;

      if (count < 2) return count === 0 ? undefined : answers[0];

      return arrayJoin(arrayToSpliced(answers, count), BETWEEN_ANSWERS);
    });

    // The host gives them again.
    on('socketTextsPutOff', dropTexts);

    // The host cannot tell one answer from the next.
    on('socketAnswers', sendAll);

    // The turn was cut short: what was to be returned is not lost.
    on('stopped', sendAnswers);

    const fail = (socket, message) => {
      enter(socket.#invocation);
      socket.#readyState = CLOSED; // before the event, as the standard has it
      fire(socket, new ErrorEvent('error', { __proto__: null, message, error: new Error(message) }));
    };

    const end = (socket, code, reason, wasClean) => {
      enter(socket.#invocation);
      socket.#readyState = CLOSED;
      fire(socket, new CloseEvent('close', { __proto__: null, code, reason, wasClean }));
    };

    on('socketError', (id, message) => fail(sockets.get(id), message));

    on('socketClosed', (id, code, reason, wasClean) => {
      const socket = sockets.get(id);

      const request = socket.#request;

      sockets.delete(id);
      socket.#request = null;
      end(socket, code, reason, wasClean);

      if (request !== null) abortRequest(request, new DOMException('the WebSocket was closed', 'AbortError'));
    });
  }

  get url() {
    return this.#url;
  }

  get readyState() {
    return this.#readyState;
  }

  get bufferedAmount() {
    if (this.#id === 0) return this.#dropped;

    if (this.#id === answering) sendAnswers();

    return query.socketBuffered(this.#id) + this.#dropped;
  }

  get extensions() {
    return this.#extensions;
  }

  get protocol() {
    return this.#protocol;
  }

  get binaryType() {
    return this.#binaryType;
  }

  set binaryType(value) {
    void this.#binaryType;
    value = toDOMString(value);

    if (value === 'blob' || value === 'arraybuffer') this.#binaryType = value;
  }

  send(...given) { // costs half of what a look at `arguments` does
    const data = given[0];
    const isOpen = this.#readyState === OPEN;

    if (isOpen && ((data === message && arePlain) || data === known || (typeof data === 'string' && isPlain(data)))) {
      known = data;

      if (this.#id === answering && answered < answers.length) answers[answered++] = data;
      else sendPlain(this.#id, data);

      return;
    }

    requireArguments(given.length, 1, 'WebSocket.send');

    if (this.#readyState === CONNECTING) {
      throw new DOMException('WebSocket.send: the socket is not open yet', 'InvalidStateError');
    }

    const bytes = bytesOf(data) ?? bytesOfBlob(data);

    if (bytes !== null) {
      if (isOpen) sendBytes(this.#id, bytes);
      else this.#drop(bytes);

      return;
    }

    const string = toUSVString(data);

    if (!isOpen) this.#drop(encodeUTF8(string));
    else if (isPlain(string)) sendPlain(this.#id, string);
    else sendLong(this.#id, string);
  }

  /** The standard counts what can no longer be sent. */
  #drop(bytes) {
    this.#dropped += byteLengthOf(bytes);
  }

  close(code = undefined, reason = undefined) {
    const state = this.#readyState;

    if (code !== undefined) code = closeCodeOf(code, this.#isServer);

    if (reason !== undefined) reason = reasonOf(reason);

    if (state === CLOSING || state === CLOSED) return;

    this.#readyState = CLOSING;

    if (this === receiver) dropTexts();

    code ??= reason ? 1000 : null;
    reason = text(reason ?? '');

    if (this.#id === 0) {
      this.#closing = { code, reason };

      return;
    }

    if (this.#id === answering) sendAnswers();

    op.socketClose(this.#id, code, reason);
  }
}

defineEventHandlers(WebSocket.prototype, ['open', 'message', 'error', 'close'], isWebSocket);
defineProperty(WebSocket.prototype.send, 'length', { __proto__: null, value: 1 });

const Constructor = constructorOf(defineInterface(WebSocket, { CONNECTING, OPEN, CLOSING, CLOSED }), function (url, protocols = []) {
  requireArguments(arguments.length, 1, 'WebSocket');

  return [load('websockets/address.js').addressOf(url, protocols)];
});

export { Constructor as WebSocket };

function bytesOfBlob(value) {
  return isBlob(value) ? load('file/blob.js').bytesOfBlob(value) : null;
}

function sendPlain(id, string) {
  if (id === answering) sendAnswers();

  plain.socketText(id, string);
}

function sendLong(id, string) {
  if (id === answering) sendAnswers();

  op.socketText(id, text(string));
}

function sendBytes(id, bytes) {
  const length = byteLengthOf(bytes);
  const at = length < 16384 ? post(bytes, length) : -1;

  if (id === answering) sendAnswers();

  if (at >= 0) plain.socketPosted(id, at, length);
  else op.socketBytes(id, bytes);
}

/** A server may send what may stand on the wire; it is not held to 1000 and 3000 to 4999, as a client is. */
function closeCodeOf(value, isServer) {
  const code = toInteger(value, 16, { clamp: true });
  const isOfServers = code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006);

  if (code === 1000 || (isServer && isOfServers) || (code >= 3000 && code <= 4999)) return code;

  throw new DOMException('WebSocket.close: ' + code + ' is not a close code that can be sent', 'InvalidAccessError');
}

function reasonOf(value) {
  const reason = toUSVString(value);

  if (byteLengthOf(encodeUTF8(reason)) > 123) {
    throw new DOMException('WebSocket.close: the reason is longer than 123 bytes', 'SyntaxError');
  }

  return reason;
}
