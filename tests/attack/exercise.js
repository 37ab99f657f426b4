// A walk through the platform that calls nothing of the language by a place that can be patched: what is called
// meanwhile, the runtime called. Each step gives a text, to be compared with that of an untouched realm.

import path from 'node:path';

import { append, invoke, joined, list, uncurry, unwatched } from './patches.js';

// The platform is taken when the walk begins: before the patches for some runs, so that its parts are evaluated by
// then, and after them for others.

const RealPromise = Promise;
const RealError = Error;
const RealMap = Map;
const RealSet = Set;
const RealDate = Date;
const RealUint8Array = Uint8Array;
const RealArrayBuffer = ArrayBuffer;
const RealDataView = DataView;
const RealFloat64Array = Float64Array;
const RealRegExp = RegExp;
const RealObject = Object;
const RealTypeError = TypeError;
const RealProxy = Proxy;
const RealDOMException = DOMException;
const { iterator, asyncIterator } = Symbol;
const { of: bytes } = Uint8Array;
const bytesOf = (items) => invoke(bytes, RealUint8Array, items);
const lengthOf = uncurry(Reflect.getOwnPropertyDescriptor(Reflect.getPrototypeOf(Uint8Array.prototype), 'byteLength').get);
const sizeOf = uncurry(Reflect.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get);
const setInMap = uncurry(Map.prototype.set);
const getOfMap = uncurry(Map.prototype.get);
const addToSet = uncurry(Set.prototype.add);
const hasInSet = uncurry(Set.prototype.has);
const timeOf = uncurry(Date.prototype.getTime);
const toText = String;

const { hasOwn, setPrototypeOf } = Object;
/** A dictionary or record, which inherits nothing. */
const bare = (members) => setPrototypeOf(members, null);

/** What Web IDL takes as a sequence, with an iterator of its own. */
function sequence(...items) {
  return bare({
    [iterator]() {
      let at = 0;

      return bare({ next: () => (at < items.length ? bare({ value: items[at++], done: false }) : bare({ value: undefined, done: true })) });
    },
  });
}

/** A callback as a promise. */
const event = (target, type) => new RealPromise((resolve) => {
  target.addEventListener(type, (happened) => resolve(bare({ happened })), bare({ once: true }));
});

function textOf(bytes) {
  let text = '';

  for (let i = 0, length = lengthOf(bytes); i < length; i++) text += (i > 0 ? ',' : '') + bytes[i];

  return text;
}

const bufferText = (buffer) => textOf(new RealUint8Array(buffer));

async function readAll(stream) {
  const reader = stream.getReader();
  let text = '';

  for (;;) {
    const { done, value } = await reader.read();

    if (done) return text;

    text += (typeof value === 'string' ? value : textOf(value)) + ';';
  }
}

function pairsOf(object) {
  const entries = object.entries();
  let text = '';

  for (let found = entries.next(); !found.done; found = entries.next()) text += found.value[0] + '=' + (typeof found.value[1] === 'string' ? found.value[1] : found.value[1].name) + ';';

  return text;
}

async function failure(steps) {
  try {
    await steps();
  } catch (error) {
    if (error === undefined) return 'undefined';

    return unwatched(() => error.name + ': ' + error.message);
  }

  return 'no error';
}

/** @type {Record<string, (request: Request, context: object) => string | Promise<string>>} */
export const steps = bare({
  headers() {
    const headers = new Headers(bare({ 'x-one': '1', Accept: 'text/html', 'x-two': ' 2 ' }));

    headers.append('X-One', 'b');
    headers.set('x-three', '3');
    headers.set('x-one', 'c');
    headers.append('set-cookie', 'a=1');
    headers.append('Set-Cookie', 'b=2');
    headers.delete('x-two');

    const cookies = headers.getSetCookie();
    let visited = '';

    headers.forEach((value, name) => {
      visited += name + value;
    });

    const other = new Headers(sequence(sequence('a', 'b'), sequence('c', 'd')));

    other.append('odd', '\tvalue\t');

    return headers.get('x-one') + headers.has('accept') + headers.has('nothing') + pairsOf(headers) + cookies[0] + cookies[1]
      + cookies.length + visited + pairsOf(other) + pairsOf(new Headers(headers));
  },

  headersRefuse: () => failure(() => new Headers(bare({ 'a b': '1' }))),
  headersRefuseValues: () => failure(() => new Headers(bare({ a: '1\n2' }))),

  url() {
    const url = new URL('../d/./e?x=1&y=%20&x=3#hash', 'https://user:pass@Example.com:8080/a/b/c');

    url.searchParams.append('z', 'ü&');
    url.searchParams.set('x', '9');
    url.hostname = 'other.example';
    url.port = '81';
    url.pathname = '/p q';
    url.hash = '';
    url.protocol = 'http:';
    url.username = 'me';

    return url.href + url.origin + url.host + url.search + URL.canParse('nothing') + URL.canParse('a:b') + url.searchParams.size
      + pairsOf(url.searchParams) + url.toJSON() + toText(URL.parse('::')) + url.password;
  },

  searchParams() {
    const params = new URLSearchParams('?b=1&a=2&b=3&a%20b=%C3%BC+x&%');
    const all = params.getAll('b');

    params.sort();
    params.delete('a');

    const record = new URLSearchParams(bare({ one: '1', two: '2' }));
    const pairs = new URLSearchParams(sequence(sequence('k', 'v')));

    pairs.append('k', 'w');

    return params.toString() + all[0] + all[1] + all.length + params.has('b', '3') + toText(params.get('a b')) + record.toString()
      + pairs.toString() + pairsOf(pairs) + params.size;
  },

  async requestBodies() {
    const make = (body) => new Request('http://x/', bare({ method: 'POST', body }));
    const form = new FormData();

    form.append('a', 'b');
    form.append('file', new Blob(sequence('xyz')), 'f.txt');

    const encoded = make(form);
    const read = await encoded.formData();
    const file = read.get('file');

    return await make('text').text() + bufferText(await make(bytesOf([1, 2])).arrayBuffer())
      + textOf(await make(new URLSearchParams('a=b')).bytes()) + (await make('{"a":[1,{"b":null}]}').json()).a[0]
      + await (await make(new Blob(sequence('ab', bytesOf([99])))).blob()).text()
      + (await make(new URLSearchParams('q=1')).formData()).get('q')
      + read.get('a') + file.name + file.size + await file.text() + await readAll(make('streamed').body);
  },

  async requestOfRequest() {
    const first = new Request('http://x/a', bare({ method: 'PUT', headers: bare({ a: 'b' }), body: 'kept', redirect: 'manual' }));
    const clone = first.clone();
    const second = new Request(first, bare({ headers: bare({ c: 'd' }) }));

    return first.method + second.method + pairsOf(second.headers) + pairsOf(clone.headers) + await clone.text() + await second.text()
      + first.bodyUsed + second.redirect + second.url + second.signal.aborted + first.mode + first.credentials + first.cache;
  },

  requestRefuses: () => failure(() => new Request('http://x/', bare({ body: 'no' }))),
  requestRefusesURL: () => failure(() => new Request('no url')),
  requestTakesCredentials: () => new Request('http://a:b@x/').url,
  requestRefusesMethod: () => failure(() => new Request('http://x/', bare({ method: 'TRACE' }))),

  async responses() {
    const json = Response.json(bare({ a: 1 }), bare({ status: 201, headers: bare({ x: 'y' }) }));
    const clone = json.clone();
    const redirect = Response.redirect('http://x/there', 303);
    const stream = new Response(new ReadableStream(bare({
      start(controller) {
        controller.enqueue(bytesOf([104, 105]));
        controller.close();
      },
    })));
    const tee = stream.clone();

    return json.status + await json.text() + (await clone.json()).a + pairsOf(clone.headers) + redirect.status + redirect.headers.get('location')
      + await stream.text() + await tee.text() + Response.error().type + new Response(null, bare({ status: 204, statusText: 'None' })).statusText
      + await new Response('').text() + bufferText(await new Response(bytesOf([7])).arrayBuffer()) + stream.ok + tee.bodyUsed
      + (await new Response('a=b', bare({ headers: bare({ 'content-type': 'application/x-www-form-urlencoded' }) })).formData()).get('a')
      + (await new Response('x', bare({ headers: bare({ 'content-type': 'text/css; charset="a\\"b"' }) })).blob()).type;
  },

  responseRefuses: () => failure(() => new Response('x', bare({ status: 204 }))),
  async usedBodyRefuses() {
    const response = new Response('x');

    await response.text();

    return await failure(() => response.text()) + await failure(() => new Response('{').json())
      + await failure(() => new Response('x').formData());
  },

  async inbound(request) {
    return request.method + request.url + request.headers.get('x-test') + await request.text() + request.headers.has('host')
      + request.signal.aborted;
  },

  async readable() {
    let pulls = 0;
    const made = () => new ReadableStream(bare({
      pull(controller) {
        controller.enqueue('chunk' + pulls++);

        if (pulls % 3 === 0) controller.close();
      },
      cancel: () => {},
    }), bare({ highWaterMark: 0 }));
    const branches = made().tee();
    const both = await readAll(branches[0]) + await readAll(branches[1]);
    const values = made().values();
    const first = await values.next();

    await values.return('done');

    return both + first.value + await readAll(ReadableStream.from(sequence('a', 'b'))) + await failure(async () => {
      const stream = made();

      stream.getReader();
      stream.getReader();
    });
  },

  async asyncIteration() {
    let at = 0;
    const source = bare({
      [asyncIterator]: () => bare({ next: async () => bare({ value: 'v' + at, done: at++ === 2 }) }),
    });

    return await readAll(ReadableStream.from(source));
  },

  async byteStream() {
    const make = () => new ReadableStream(bare({
      type: 'bytes',
      autoAllocateChunkSize: 4,
      pull(controller) {
        const { byobRequest } = controller;

        if (byobRequest === null) {
          controller.enqueue(bytesOf([9]));
          controller.close();
        } else {
          byobRequest.view[0] = 5;
          byobRequest.respond(1);
        }
      },
    }));
    const reader = make().getReader(bare({ mode: 'byob' }));
    const { value } = await reader.read(new RealUint8Array(2));
    const second = await reader.read(new RealUint8Array(4), bare({ min: 2 }));

    reader.releaseLock();

    const branches = make().tee();
    const left = branches[0].getReader(bare({ mode: 'byob' }));
    const right = branches[1].getReader();
    const one = await left.read(new RealUint8Array(3));
    const other = await right.read();

    left.cancel('a'); // waits for the other branch

    return textOf(value) + textOf(second.value) + textOf(one.value) + textOf(other.value);
  },

  async writable() {
    let written = '';
    const stream = new WritableStream(bare({
      write(chunk) {
        written += chunk;
      },
      close() {
        written += '.';
      },
    }), new CountQueuingStrategy(bare({ highWaterMark: 2 })));
    const writer = stream.getWriter();

    await writer.ready;
    writer.write('a');
    await writer.write('b');
    await writer.close();
    await writer.closed;

    return written + writer.desiredSize + await failure(() => writer.write('c')) + await failure(async () => {
      const other = new WritableStream().getWriter();

      await other.abort('reason');
      await other.closed;
    });
  },

  async transforms() {
    const upper = new TransformStream(bare({
      transform(chunk, controller) {
        controller.enqueue('<' + chunk + '>');
      },
      flush(controller) {
        controller.enqueue('end');
      },
    }));
    const source = new ReadableStream(bare({
      start(controller) {
        controller.enqueue('x');
        controller.enqueue('y');
        controller.close();
      },
    }));
    const encoded = source.pipeThrough(upper).pipeThrough(new TextEncoderStream()).pipeThrough(new TextDecoderStream());

    return await readAll(encoded) + await failure(() => new ReadableStream(bare({
      pull() {
        throw new RealTypeError('from the source');
      },
    })).pipeTo(new WritableStream()));
  },

  async pipes() {
    const controller = new AbortController();
    let taken = '';
    const pipe = new ReadableStream(bare({
      pull(c) {
        c.enqueue('1');
        controller.abort(new RealError('stopped'));
      },
    })).pipeTo(new WritableStream(bare({
      write(chunk) {
        taken += chunk;
      },
    })), bare({ signal: controller.signal, preventCancel: true }));

    return await failure(() => pipe) + taken;
  },

  events() {
    const target = new EventTarget();
    let log = '';
    const listener = (happened) => {
      log += happened.type + happened.defaultPrevented + happened.eventPhase;
    };
    const object = { __proto__: null, handleEvent: (happened) => { log += 'object' + happened.detail; } };

    target.addEventListener('a', listener);
    target.addEventListener('a', listener);
    target.addEventListener('b', object, bare({ once: true, capture: true, passive: true }));
    target.dispatchEvent(new Event('a', bare({ cancelable: true })));
    target.dispatchEvent(new CustomEvent('b', bare({ detail: 'd' })));
    target.dispatchEvent(new CustomEvent('b', bare({ detail: 'e' })));
    target.removeEventListener('a', listener);
    target.dispatchEvent(new Event('a'));

    const message = new MessageEvent('message', bare({ data: 'm', ports: sequence(), lastEventId: 'i' }));
    const path = new Event('x').composedPath();

    return log + message.data + message.ports.length + message.lastEventId + path.length + new CloseEvent('close', bare({ code: 3 })).code
      + new ErrorEvent('error', bare({ message: 'e', lineno: 4 })).lineno;
  },

  async abort() {
    const controller = new AbortController();
    let log = '';

    controller.signal.onabort = () => {
      log += 'on';
    };
    controller.signal.addEventListener('abort', () => {
      log += 'listener';
    });

    const any = AbortSignal.any(sequence(controller.signal, new AbortController().signal));

    any.addEventListener('abort', () => {
      log += 'any';
    });
    controller.abort('why');

    const timeout = AbortSignal.timeout(1);

    await event(timeout, 'abort');

    return log + any.reason + unwatched(() => AbortSignal.abort().reason.name + timeout.reason.name) + await failure(() => controller.signal.throwIfAborted());
  },

  async timers() {
    let log = '';
    const unused = setTimeout(() => {
      log += 'never';
    }, 1);

    clearTimeout(unused);
    await new RealPromise((resolve) => setTimeout(resolve, 1, undefined));
    await new RealPromise((resolve) => {
      let rounds = 0;
      const interval = setInterval((a, b) => {
        log += a + b;

        if (++rounds < 2) return;

        clearInterval(interval);
        resolve(undefined);
      }, 1, 'x', 'y');
    });
    await new RealPromise((resolve) => queueMicrotask(() => resolve(undefined)));

    return log;
  },

  clone() {
    const map = setInMap(new RealMap(), 'k', bare({}));
    const set = addToSet(new RealSet(), 'member');
    const value = {
      __proto__: null, a: 1, map, set, date: new RealDate(5), regExp: new RealRegExp('a+', 'gi'), list: [1, , 'three'], big: 10n ** 20n,
      bytes: bytesOf([1, 2, 3]), error: new RealTypeError('copied', { __proto__: null, cause: 'c' }), boxed: RealObject('s'),
      view: new RealDataView(new RealArrayBuffer(3), 1), doubles: new RealFloat64Array(2), number: RealObject(1n),
      resizable: new RealArrayBuffer(2, { __proto__: null, maxByteLength: 4 }), url: undefined,
    };

    value.self = value;

    const copy = structuredClone(value);
    const moved = new RealArrayBuffer(8);
    const transferred = structuredClone(moved, bare({ transfer: sequence(moved) }));

    return (copy.self === copy) + '' + copy.a + typeof getOfMap(copy.map, 'k') + hasInSet(copy.set, 'member') + timeOf(copy.date)
      + copy.list.length + copy.list[2] + unwatched(() => hasOwn(copy.list, 1)) + copy.big + textOf(copy.bytes) + unwatched(() => copy.error.message + copy.error.name + copy.error.cause) + typeof copy.boxed + sizeOf(transferred) + sizeOf(moved) + lengthOf(copy.doubles) + sizeOf(copy.resizable);
  },

  async cloneOfPlatformObjects() {
    const copy = structuredClone(bare({ blob: new Blob(sequence('b')), file: new File(sequence('f'), 'name.txt', bare({ lastModified: 3 })), error: new RealDOMException('m', 'DataError') }));

    return await copy.blob.text() + copy.file.name + copy.file.lastModified + unwatched(() => copy.error.name);
  },

  async cryptography() {
    const { subtle } = crypto;
    const algorithm = bare({ name: 'HMAC', hash: bare({ name: 'SHA-256' }), length: 15 });
    const usages = () => sequence('verify', 'sign');
    const key = structuredClone(await subtle.importKey('raw', bytesOf([255, 255]), algorithm, true, usages()));
    const signature = await subtle.sign('hmac', key, bytesOf([1, 2]));
    const jwk = await subtle.exportKey('jwk', key);
    const again = await subtle.importKey('jwk', bare({ ...jwk, key_ops: usages() }), algorithm, false, usages());
    const { type, extractable } = again;

    return bufferText(await subtle.digest('sha-1', bytesOf([3]))) + bufferText(signature) + type + extractable
      + again.algorithm.hash.name + again.algorithm.length + again.usages[0] + again.usages[1] + again.usages.length
      + await subtle.verify(bare({ name: 'HMAC' }), again, signature, bytesOf([1, 2])) + bufferText(await subtle.exportKey('raw', key))
      + jwk.k + jwk.alg + crypto.randomUUID().length + lengthOf(crypto.getRandomValues(bytesOf([0, 0])));
  },

  paths() {
    const { posix, win32 } = path;
    const { root, dir, base, ext, name } = win32.parse('C:\\a\\b.c');

    return posix.join('a', '../b', 'c/') + posix.relative('/a/b', '/a/c') + posix.resolve('a', '..', 'b') + posix.dirname('/a/b')
      + posix.basename('a/b.c', '.c') + posix.extname('a.b') + posix.format(bare({ dir: 'a', name: 'b', ext: 'c' })) + root + dir + base + ext + name
      + win32.resolve('C:\\a', 'c:..\\b') + win32.normalize('con:../x') + win32.join('\\\\s', 'h') + win32.relative('C:\\a', 'c:\\A\\b')
      + win32.toNamespacedPath('C:\\a');
  },

  pathsRefuse: async () => await failure(() => path.join('a', 1)) + await failure(() => path.format('a text that is longer than it may be')),

  cryptographyRefuses: async () => await failure(() => crypto.subtle.exportKey('raw', bare({})))
    + await failure(() => crypto.subtle.digest('MD5', bytesOf([])))
    + await failure(() => crypto.subtle.importKey('jwk', bare({ kty: 'oct', k: '=' }), bare({ name: 'HMAC', hash: 'SHA-1' }), true, sequence('sign'))),

  cloneRefuses: async () => await failure(() => structuredClone(() => {})) + await failure(() => structuredClone(new Headers())),

  async channels() {
    const { port1, port2 } = new MessageChannel();
    const got = new RealPromise((resolve) => {
      port2.onmessage = (happened) => resolve(happened.data.text + happened.ports.length);
    });
    const { port1: other } = new MessageChannel();

    port1.postMessage(bare({ text: 'hello' }), sequence(other));

    const text = await got;

    port1.close();

    return text;
  },

  async broadcast() {
    const one = new BroadcastChannel('name');
    const two = new BroadcastChannel('name');
    const got = event(two, 'message');

    one.postMessage('said');

    const { happened } = await got;

    one.close();
    two.close();

    return happened.data + one.name;
  },

  async streamsMove() {
    const { port1, port2 } = new MessageChannel();
    const got = event(port2, 'message');

    port2.start();

    const stream = new ReadableStream(bare({
      start(controller) {
        controller.enqueue('moved');
        controller.close();
      },
    }));

    port1.postMessage(stream, sequence(stream));

    const text = await readAll((await got).happened.data);

    port1.close();

    return text;
  },

  async blobs() {
    const blob = new Blob(sequence('héllo\r\nx', bytesOf([1, 2]), new Blob(sequence('in'))), bare({ type: 'Text/Plain', endings: 'native' }));
    const slice = blob.slice(1, -2, 'a/b');
    const file = new File(sequence(blob), 'n', bare({ lastModified: 7 }));

    return blob.size + blob.type + textOf(await slice.bytes()) + slice.type + file.lastModified + await file.text()
      + bufferText(await blob.slice(0, 2).arrayBuffer()) + await readAll(blob.stream());
  },

  async fileReader() {
    const reader = new FileReader();
    const loaded = event(reader, 'loadend');

    reader.readAsDataURL(new Blob(sequence('data'), bare({ type: 'text/x' })));
    await loaded;

    const texts = new FileReader();
    const ended = event(texts, 'load');

    texts.readAsText(new Blob(sequence(bytesOf([0xff, 0xfe, 65, 0]))));
    await ended;

    return reader.result + reader.readyState + texts.result;
  },

  formData() {
    const form = new FormData();

    form.append('a', '1');
    form.append('b', '2');
    form.append('a', '3');
    form.set('a', '4');
    form.append('f', new Blob(sequence('x')), 'n');

    const all = form.getAll('a');

    form.delete('b');

    return all.length + all[0] + form.has('b') + form.get('f').name + pairsOf(form);
  },

  encoding() {
    const encoder = new TextEncoder();
    const into = encoder.encodeInto('äöü', new RealUint8Array(5));
    const decoder = new TextDecoder();

    return textOf(encoder.encode('€\ud800a')) + into.read + into.written + decoder.decode(bytesOf([0xe2, 0x82]), bare({ stream: true }))
      + decoder.decode(bytesOf([0xac])) + new TextDecoder('utf-16le').decode(bytesOf([65, 0, 66, 0]))
      + new TextDecoder('shift_jis').decode(bytesOf([0x82, 0xa0])) + new TextDecoder('latin1').decode(bytesOf([0xe4])) + atob('aGk=') + btoa('hi');
  },

  encodingRefuses: async () => await failure(() => new TextDecoder('none')) + await failure(() => atob('*'))
    + await failure(() => new TextDecoder('utf-8', bare({ fatal: true })).decode(bytesOf([0xff]))),

  crypto() {
    const array = new RealUint8Array(16);

    return (crypto.getRandomValues(array) === array) + toText(crypto.randomUUID().length);
  },

  cryptoRefuses: async () => await failure(() => crypto.getRandomValues(new RealFloat64Array(1)))
    + await failure(() => crypto.getRandomValues(new RealUint8Array(70000))),

  console() {
    const map = setInMap(new RealMap(), 'key', addToSet(new RealSet(), 1));
    const circular = bare({ a: 1 });

    circular.self = circular;

    const values = [
      'text', 1, -0, 10n, true, null, undefined, circular, [1, , 3, 'x'], map, new RealDate(0), new RealRegExp('x', 'g'), bytesOf([1, 2]),
      new RealArrayBuffer(3), new RealDataView(new RealArrayBuffer(2)), () => {}, class A {}, new RealTypeError('shown'),
      new RealPromise(() => {}), new RealProxy(bare({}), bare({})), new Headers(bare({ a: 'b' })), new URL('http://x/?a=b'),
      new Request('http://x/'), new Response('x'), new ReadableStream(), RealObject('boxed'), new Blob(sequence('x')), new FormData(),
      bare({ get x() { return 1; } }), new Event('e'), new URLSearchParams('a=b&a=c'), bare({ nested: bare({ deep: bare({ er: bare({}) }) }) }),
      'a longer text that has\nseveral lines and is longer than what stands on one line of the console, so it is broken up',
      bare({ text: 'ünïcode \u{1f600} \x1b' }), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27],
    ];

    for (let i = 0; i < values.length; i++) console.log(values[i]);

    console.log('%s is %d and %i, %f, %o %O %c%%', 'it', 1.5, '2', '3.5', bare({}), bare({ a: 1 }), 'css');
    console.error(values[17], 'more', 2);
    console.table([bare({ a: 1, b: 'x' }), bare({ a: 2, c: [1] }), 5]);
    console.table(map);
    console.table(addToSet(new RealSet(), 'one'));
    console.table([bare({ a: 1 })], sequence('a'));
    console.group('group');
    console.info('inside\nof it');
    console.groupEnd();
    console.count('c');
    console.countReset('c');
    console.time('t');
    console.timeLog('t', 1);
    console.timeEnd('t');
    console.assert(false, 'asserted');
    console.assert(false);
    console.dir(circular, bare({ depth: 0 }));
    console.trace('trace');

    return 'logged';
  },

  async performance() {
    const observed = new RealPromise((resolve) => {
      const observer = new PerformanceObserver((entries) => {
        resolve(entries.getEntries().length + entries.getEntriesByName('m').length);
        observer.disconnect();
      });

      observer.observe(bare({ entryTypes: sequence('mark', 'measure') }));
    });

    performance.mark('m', bare({ detail: bare({ d: 1 }), startTime: 3 }));
    performance.measure('s', bare({ start: 'm', duration: 2 }));

    const text = performance.getEntriesByName('m')[0].startTime + performance.getEntriesByType('measure')[0].duration
      + performance.getEntries().length + toText(await observed) + (performance.now() >= 0);

    performance.clearMarks();
    performance.clearMeasures('s');

    return text;
  },

  async fetches() {
    const response = await fetch('data:text/plain;base64,aGVsbG8=');
    const plainText = await fetch('data:,a%20b');
    const address = URL.createObjectURL(new Blob(sequence('blob')));
    const blob = await fetch(address, bare({ headers: bare({ range: 'bytes=1-2' }) }));
    const text = await blob.text();

    URL.revokeObjectURL(address);

    return response.headers.get('content-type') + await response.text() + await plainText.text() + text + blob.status
      + await failure(() => fetch('ftp://x/')) + await failure(() => fetch('http://x/'));
  },

  async errors() {
    let log = '';
    const onError = (happened) => {
      happened.preventDefault();
      log += happened.type + (happened.type === 'error' ? happened.message : unwatched(() => happened.reason.message));
    };

    addEventListener('error', onError);
    addEventListener('unhandledrejection', onError);
    reportError(new RealError('reported'));
    setTimeout(() => {
      throw new RealError('thrown');
    });
    new RealPromise((_, reject) => reject(new RealTypeError('rejected')));
    await new RealPromise((resolve) => setTimeout(resolve, 2, undefined));
    removeEventListener('error', onError);
    removeEventListener('unhandledrejection', onError);
    reportError(new RealError('in the log', bare({ cause: new RealError('cause') })));

    return log;
  },

  waitUntil(request, context) {
    context.waitUntil(new RealPromise((resolve) => setTimeout(resolve, 1, undefined)));
    context.waitUntil(bare({ then: (resolve) => resolve(undefined) }));

    return 'waits';
  },

  globals() {
    return typeof navigator.userAgent + typeof process.env + (globalThis === self) + typeof new ProgressEvent('p').loaded
      + unwatched(() => new QuotaExceededError('q').name) + (performance.toJSON().timeOrigin > 0);
  },
});

const names = Reflect.ownKeys(steps);

/** Touches what is evaluated lazily. */
export function touch() {
  for (const name of Object.getOwnPropertyNames(globalThis)) void globalThis[name];

  console.log({}, [new Map()]);
  console.table([{}]);
}

/** All steps in order. @returns {Promise<string>} a line each */
export async function walk(request, context, chosen = names) {
  const lines = list();

  for (let i = 0; i < chosen.length; i++) {
    let text;

    try {
      text = await steps[chosen[i]](request, context);
    } catch (error) {
      text = 'failed: ' + error.name + ': ' + error.message;
    }

    append(lines, chosen[i] + ': ' + text);
  }

  return joined(lines, '\n');
}
