// https://w3c.github.io/FileAPI/#url: the store of blob URLs. It is reached through load() and ifLoaded() only.

import { TypeError, createMap } from '../boundary/built_ins.js';
import { ask, query } from '../boundary/host.js';
import { isBlob } from '../boundary/lazy_brands.js';
import { parseURL } from '../url/url.js';
import { withoutFragment } from '../url/url_parts.js';

/** @type {Map<string, Blob>} by URL */
const store = createMap();

/** A URL that stands for the Blob until it is revoked; it keeps the Blob alive. */
export function createObjectURL(object) {
  if (!isBlob(object)) throw new TypeError('URL.createObjectURL: the argument is not a Blob');

  const url = 'blob:null/' + ask(query.randomUUID()); // there is no origin here

  store.set(url, object);

  return url;
}

/** @param {string} url a USVString */
export function revokeObjectURL(url) {
  store.delete(parseURL(url));
}

/** https://w3c.github.io/FileAPI/#blob-url-resolve  @param {string} href @returns {Blob | undefined} */
export function resolveBlobURL(href) {
  return store.get(withoutFragment(href));
}
