// https://fetch.spec.whatwg.org/#concept-scheme-fetch
// A network error is a TypeError here, which fetch() rejects with.

import { blobSize, blobType, sliceBlob } from '../file/blob.js';
import { createBody, extractBody } from './body.js';
import { Number, TypeError, list, max, min, pattern } from '../boundary/built_ins.js';
import { processDataURL } from './data_url.js';
import { findHeader } from './headers.js';
import { protocolOf, withoutFragment } from '../url/url_parts.js';

/** By scheme. @type {Record<string, (request: object) => object>} */
const FETCHERS = {
  __proto__: null,
  'blob:': fetchBlob,
  'data:': fetchData,
};

/**
 * @param {{ method: string, url: string, headers: string[], blob: Blob | null }} request
 * @returns {{ status?: number, statusText: string, headers: string[], body: object | null }}
 */
export function schemeFetch(request) {
  const scheme = protocolOf(request.url);
  const fetcher = FETCHERS[scheme];

  if (fetcher === undefined) throw new TypeError("fetch: URLs of the scheme '" + scheme + "' cannot be fetched");

  return fetcher(request);
}

function fetchData({ url }) {
  const data = processDataURL(withoutFragment(url));

  if (data === null) throw new TypeError('fetch: the data: URL has no comma, or its base64 is malformed');

  return { __proto__: null, statusText: 'OK', headers: ['content-type', data.type], body: createBody(data.bytes) };
}

function fetchBlob({ method, url, headers, blob }) {
  if (method !== 'GET') throw new TypeError('fetch: blob: URLs know only GET, not ' + method);

  if (blob === null) throw new TypeError('fetch: ' + url + ' stands for no Blob, or no longer');

  const range = findHeader(headers, 'range');

  return range === null ? { __proto__: null, statusText: 'OK', ...wholeBlob(blob) } : partOfBlob(blob, range);
}

function wholeBlob(blob) {
  return {
    headers: list(['content-length', '' + blobSize(blob), 'content-type', blobType(blob)]),
    body: extractBody(blob, 'fetch'),
  };
}

function partOfBlob(blob, range) {
  const size = blobSize(blob);
  const { 0: start, 1: end } = placesOf(range, size);
  const { headers, body } = wholeBlob(sliceBlob(blob, start, end + 1, blobType(blob)));

  headers.push('content-range', 'bytes ' + start + '-' + end + '/' + size);

  return { __proto__: null, status: 206, statusText: 'Partial Content', headers, body };
}

const RANGE = pattern(/^bytes[\t ]*=[\t ]*(?:(\d+)[\t ]*-[\t ]*(\d*)|-[\t ]*(\d+))$/);

/**
 * https://fetch.spec.whatwg.org/#simple-range-header-value, and what it means for so many bytes.
 * @returns {[number, number]} the first and the last
 */
function placesOf(range, size) {
  const match = RANGE.exec(range);

  if (match === null) throw new TypeError("fetch: '" + range + "' is no range of bytes that a blob: URL knows");

  const { 1: start, 2: end, 3: length } = match;
  const first = start === undefined ? max(size - Number(length), 0) : Number(start);
  const last = end ? min(Number(end), size - 1) : size - 1;

  if (first > last) throw new TypeError("fetch: the range '" + range + "' is empty in " + size + ' bytes');

  return [first, last];
}
