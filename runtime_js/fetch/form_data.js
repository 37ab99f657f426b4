// https://xhr.spec.whatwg.org/#interface-formdata

import { TypeError, arrayOf, list } from '../boundary/built_ins.js';
import { fileOf, fileTime, isFile } from '../file/file.js';
import { groupPairs, setInspector } from '../inspect/inspectors.js';
import { isBlob, setFormDataBrand } from '../boundary/lazy_brands.js';
import { defineInterface, definePairIterable, requireArguments, toUSVString } from '../webidl/webidl.js';

/** The entry list, not to be changed. @type {(form: FormData) => [string, string | File][]} */
export let entriesOf;
/** A FormData with these entries. @type {(entries: [string, string | File][]) => FormData} */
export let createFormData;

export class FormData {
  #entries = list([]);

  constructor(form = undefined, submitter = undefined) {
    void submitter;

    if (form !== undefined) throw new TypeError('FormData constructor: there are no form elements here');
  }

  static {
    setFormDataBrand((value) => typeof value === 'object' && value !== null && #entries in value);
    entriesOf = (form) => form.#entries;
    createFormData = (entries) => {
      const form = new FormData();

      form.#entries = list(entries);

      return form;
    };
  }

  append(name, value, filename = undefined) {
    void this.#entries;

    const entry = toEntry('FormData.append', arguments.length, name, value, filename);

    this.#entries.push(entry);
  }

  delete(name) {
    void this.#entries;
    requireArguments(arguments.length, 1, 'FormData.delete');
    name = toUSVString(name);
    this.#entries = this.#entries.filter((entry) => entry[0] !== name);
  }

  get(name) {
    const entries = this.#entries;

    requireArguments(arguments.length, 1, 'FormData.get');
    name = toUSVString(name);

    return entries.find((entry) => entry[0] === name)?.[1] ?? null;
  }

  getAll(name) {
    const entries = this.#entries;

    requireArguments(arguments.length, 1, 'FormData.getAll');
    name = toUSVString(name);

    return arrayOf(entries.filter((entry) => entry[0] === name).map((entry) => entry[1]));
  }

  has(name) {
    const entries = this.#entries;

    requireArguments(arguments.length, 1, 'FormData.has');
    name = toUSVString(name);

    return entries.some((entry) => entry[0] === name);
  }

  set(name, value, filename = undefined) {
    void this.#entries;

    const entry = toEntry('FormData.set', arguments.length, name, value, filename);
    const at = this.#entries.findIndex((other) => other[0] === entry[0]);

    if (at < 0) this.#entries.push(entry);
    else {
      this.#entries = this.#entries.filter((other, i) => i <= at || other[0] !== entry[0]);
      this.#entries[at] = entry;
    }
  }

  static {
    definePairIterable(FormData, 'FormData', entriesOf);
  }
}

defineInterface(FormData);
setInspector(FormData, (form) => groupPairs(entriesOf(form)));

/** The arguments of one of the two overloads, and https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#create-an-entry */
function toEntry(where, given, name, value, filename) {
  requireArguments(given, 2, where);
  name = toUSVString(name);

  if (isBlob(value)) return [name, toFile(value, filename === undefined ? undefined : toUSVString(filename))];

  if (given > 2) throw new TypeError(where + ': with a file name, the value must be a Blob');

  return [name, toUSVString(value)];
}

function toFile(blob, name) {
  if (!isFile(blob)) return fileOf(blob, name ?? 'blob');

  return name === undefined ? blob : fileOf(blob, name, fileTime(blob));
}
