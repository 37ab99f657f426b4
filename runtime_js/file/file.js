// https://w3c.github.io/FileAPI/#file-section

import {
  BlobClass, blobType, partsOf, processParts, toBlobOptions, toBlobParts,
} from './blob.js';
import { dateNow } from '../boundary/built_ins.js';
import { defineSerializable } from '../structured_data/cloneable.js';
import { setInspector } from '../inspect/inspectors.js';
import { constructorOf, defineInterface, requireArguments, toDictionary, toInteger, toUSVString } from '../webidl/webidl.js';

/** @type {(value: unknown) => value is File} */
export let isFile;
/** @type {(file: File) => string} */
export let fileName;
/** @type {(file: File) => number} */
export let fileTime;

class File extends BlobClass {
  #name;
  #lastModified;

  constructor(name, parts, type, lastModified) {
    super(parts, type);
    this.#name = name;
    this.#lastModified = lastModified;
  }

  static {
    isFile = (value) => typeof value === 'object' && value !== null && #name in value;
    fileName = (file) => file.#name;
    fileTime = (file) => file.#lastModified;
  }

  get name() {
    return this.#name;
  }

  get lastModified() {
    return this.#lastModified;
  }
}

/** What a script's constructor call says. @returns {[string, Uint8Array[], string, number]} */
function fileFrom(fileBits, fileName, options = undefined) {
  requireArguments(arguments.length, 2, 'File constructor');

  const parts = toBlobParts(fileBits, 'File constructor');
  const name = toUSVString(fileName);
  const { isNative, type } = toBlobOptions(options, 'File constructor');
  const { lastModified: time } = toDictionary(options, 'File constructor');
  const lastModified = time === undefined ? dateNow() : toInteger(time, 64, { __proto__: null, signed: true });

  return [name, processParts(parts, isNative), type, lastModified];
}

const Constructor = constructorOf(defineInterface(File), fileFrom);

export { Constructor as File };
setInspector(File, ['size', 'type', 'name', 'lastModified']);
defineSerializable(File, {
  isInstance: isFile,
  serialize: (file) => ({
    parts: partsOf(file), name: fileName(file), type: blobType(file), lastModified: fileTime(file),
  }),
  deserialize: ({ parts, name, type, lastModified }) => new File(name, parts, type, lastModified),
});

/**
 * A File with the bytes of a Blob.
 * @param {Blob} blob
 * @param {string} name
 * @param {number} [lastModified]
 */
export function fileOf(blob, name, lastModified = dateNow()) {
  return new File(name, partsOf(blob), blobType(blob), lastModified);
}
