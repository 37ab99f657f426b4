// https://w3c.github.io/FileAPI/#dfn-filereader

import { blobSize, blobType, bytesOfBlob, partsOf } from './blob.js';
import { concatenate } from '../webidl/buffer_source.js';
import { DOMException, TypeError, typedArrayBuffer, uint8ArrayToBase64 } from '../boundary/built_ins.js';
import { EventTarget, defineEventHandlers, fire } from '../dom/events.js';
import { setInspector } from '../inspect/inspectors.js';
import { isomorphicDecode } from '../boundary/isomorphic.js';
import { isBlob } from '../boundary/lazy_brands.js';
import { parseMimeType } from '../fetch/mime_type.js';
import { ProgressEvent } from './progress_event.js';
import { queueTask } from '../boundary/task_queue.js';
import { TextDecoder } from '../encoding/text_decoder.js';
import { constructorOf, defineInterface, requireArguments, toDOMString } from '../webidl/webidl.js';

const EMPTY = 0;
const LOADING = 1;
const DONE = 2;

/** @type {(value: unknown) => boolean} */
let isFileReader;

class FileReader extends EventTarget {
  #state = EMPTY;
  #result = null;
  #error = null;
  #reading = null; // the read operation, begun last, that was not aborted

  static {
    isFileReader = (value) => typeof value === 'object' && value !== null && #reading in value;
  }

  get readyState() {
    return this.#state;
  }

  get result() {
    return this.#result;
  }

  get error() {
    return this.#error;
  }

  readAsArrayBuffer(blob) {
    this.#check('readAsArrayBuffer', arguments.length, blob);
    this.#read(blob, () => typedArrayBuffer(concatenate(partsOf(blob))));
  }

  readAsBinaryString(blob) {
    this.#check('readAsBinaryString', arguments.length, blob);
    this.#read(blob, () => isomorphicDecode(bytesOfBlob(blob)));
  }

  readAsText(blob, encoding = undefined) {
    this.#check('readAsText', arguments.length, blob);

    const label = encoding === undefined ? undefined : toDOMString(encoding);

    this.#read(blob, () => decode(bytesOfBlob(blob), label, blobType(blob)));
  }

  readAsDataURL(blob) {
    this.#check('readAsDataURL', arguments.length, blob);
    this.#read(blob, () => dataURL(bytesOfBlob(blob), blobType(blob)));
  }

  abort() {
    if (this.#state !== LOADING) {
      this.#result = null;

      return;
    }

    this.#reading = null;
    this.#end(null);
    this.#fire('abort', 0, 0);

    if (this.#state !== LOADING) this.#fire('loadend', 0, 0); // no listener has begun to read again
  }

  #check(method, given, blob) {
    requireArguments(given, 1, 'FileReader.' + method);

    if (!isBlob(blob)) throw new TypeError('FileReader.' + method + ': the argument is not a Blob');
  }

  /** https://w3c.github.io/FileAPI/#readOperation: the bytes are there, so each event is one task. */
  #read(blob, packageData) {
    if (this.#state === LOADING) throw new DOMException('FileReader: a read operation is under way', 'InvalidStateError');

    const size = blobSize(blob);
    const reading = {};

    this.#state = LOADING;
    this.#result = null;
    this.#error = null;
    this.#reading = reading;

    const queue = (task) => queueTask(() => {
      if (this.#reading === reading) task();
    });

    queue(() => this.#fire('loadstart', 0, size));

    if (size > 0) queue(() => this.#fire('progress', size, size));

    queue(() => {
      this.#end(packageData());
      this.#fire('load', size, size);
      // The standard has it in the same task, but after the microtasks that the listeners caused.
      queue(() => this.#fire('loadend', size, size));
    });
  }

  #end(result) {
    this.#state = DONE;
    this.#result = result;
  }

  #fire(type, loaded, total) {
    fire(this, new ProgressEvent(type, { __proto__: null, lengthComputable: total > 0, loaded, total }));
  }
}

defineEventHandlers(FileReader.prototype, ['loadstart', 'progress', 'load', 'abort', 'error', 'loadend'], isFileReader);
const Constructor = constructorOf(defineInterface(FileReader, { EMPTY, LOADING, DONE }));

export { Constructor as FileReader };
setInspector(FileReader, ['readyState', 'result', 'error']);

function dataURL(bytes, type) {
  return 'data:' + (type || 'application/octet-stream') + ';base64,' + uint8ArrayToBase64(bytes);
}

/** The label, the type's charset, or else UTF-8; and a byte order mark before these. */
function decode(bytes, label, type) {
  const charset = parseMimeType(type)?.parameters.get('charset');
  const decoder = decoderOf(markOf(bytes)) ?? decoderOf(label) ?? decoderOf(charset) ?? new TextDecoder();

  return decoder.decode(bytes);
}

function decoderOf(label) {
  if (label === undefined) return null;

  try {
    return new TextDecoder(label);
  } catch {
    return null;
  }
}

/** https://encoding.spec.whatwg.org/#bom-sniff */
function markOf({ 0: first, 1: second, 2: third }) {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';

  if (first === 0xfe && second === 0xff) return 'utf-16be';

  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
}
