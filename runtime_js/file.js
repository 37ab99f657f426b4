// https://w3c.github.io/FileAPI/#file-section

import {
  Blob, blobType, partsOf, processParts, toBlobOptions, toBlobParts,
} from './blob.js';
import { defineSerializable } from './cloneable.js';
import { setInspector } from './inspectors.js';
import { INTERNAL, defineInterface, requireArguments, toDictionary, toInteger, toUSVString } from './webidl.js';

const { now } = Date;

/** @type {(value: unknown) => value is File} */
export let isFile;
/** @type {(file: File) => string} */
export let fileName;
/** @type {(file: File) => number} */
export let fileTime;

export class File extends Blob {
  #name;
  #lastModified;

  constructor(fileBits, fileName, options = undefined, type = undefined, lastModified = undefined) {
    if (fileBits === INTERNAL) {
      super(INTERNAL, options, type);
      this.#name = fileName;
      this.#lastModified = lastModified;

      return;
    }

    requireArguments(arguments.length, 2, 'File constructor');

    const parts = toBlobParts(fileBits, 'File constructor');
    const name = toUSVString(fileName);
    const given = toBlobOptions(options, 'File constructor');
    const time = toDictionary(options, 'File constructor').lastModified;
    const modified = time === undefined ? now() : toInteger(time, 64, { signed: true });

    super(INTERNAL, processParts(parts, given.isNative), given.type);
    this.#name = name;
    this.#lastModified = modified;
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

defineInterface(File);
setInspector(File, ['size', 'type', 'name', 'lastModified']);
defineSerializable(File, {
  isInstance: isFile,
  serialize: (file) => ({
    parts: partsOf(file), name: fileName(file), type: blobType(file), lastModified: fileTime(file),
  }),
  deserialize: ({ parts, name, type, lastModified }) => new File(INTERNAL, name, parts, type, lastModified),
});

/**
 * A File with the bytes of a Blob.
 * @param {Blob} blob
 * @param {string} name
 * @param {number} [lastModified]
 */
export function fileOf(blob, name, lastModified = now()) {
  return new File(INTERNAL, name, partsOf(blob), blobType(blob), lastModified);
}
