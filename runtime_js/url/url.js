// https://url.spec.whatwg.org/#url-class  Twin: edgehost/bindings/url.py
//
// A URL object is its serialization. Parsing and setting ask the host once and get the new serialization;
// the getters cut it into parts here.

import { TypeError, jsonStringify, stringSlice } from '../boundary/built_ins.js';
import { ask, query, text, without } from '../boundary/host.js';
import { ifLoaded, load } from '../boundary/lazy.js';
import {
  hashOf, hostnameOf, hostOf, passwordOf, pathnameOf, portOf, protocolOf, queryOf, searchOf, usernameOf, withQuery,
} from './url_parts.js';
import { createParams, resetParams, whenChanged } from './url_search_params.js';
import { defineInterface, requireArguments, toUSVString } from '../webidl/webidl.js';

/** A serialization that needs no parsing: what parsing gave last, or the URL of a request. */
let known = 'about:blank';

/** Says that a string is the serialization of a URL, since `new URL(request.url)` is likely to follow. @param {string} href */
export function expectURL(href) {
  known = href;

  return href;
}

/**
 * The serialization of a URL, or null when it is invalid.
 * @param {string} url a USVString
 * @param {string} [base] a USVString
 * @returns {string | null}
 */
export function parseURL(url, base = undefined) {
  if (base === undefined && url === known) return url;

  const href = base === undefined ? query.parseUrl(whole(url)) : query.parseUrl(whole(url), whole(base));

  if (href !== null) known = href;

  return href;
}

/** `text` for what is known to be well-formed. */
function whole(string) {
  return string.length < 4096 && without(string, '\0', '') === string ? string : [string, false];
}

function mustParse(url, base) {
  const href = parseURL(url, base);

  if (href !== null) return href;

  throw new TypeError('Invalid URL: ' + jsonStringify(url) + (base === undefined ? '' : ' with base ' + jsonStringify(base)));
}

const toBase = (base) => (base === undefined ? undefined : toUSVString(base));

/** Sets a part; returns what it was given. @type {(url: URL, part: string, value: unknown) => string} */
let setPart;
/** @type {(url: URL, query: string) => void} */
let refreshParams;

export class URL {
  #href;
  #params = null; // made when first asked for

  // Without an argument there is nothing to parse: "undefined" is no absolute URL, so this throws as it should.
  constructor(url, base = undefined) {
    this.#href = url === known && base === undefined ? url : mustParse(toUSVString(url), toBase(base));
  }

  static parse(url, base = undefined) {
    requireArguments(arguments.length, 1, 'URL.parse');
    url = toUSVString(url);

    const href = parseURL(url, toBase(base));

    return href === null ? null : new URL(href);
  }

  static canParse(url, base = undefined) {
    requireArguments(arguments.length, 1, 'URL.canParse');
    url = toUSVString(url);
    base = toBase(base);

    return base === undefined ? query.canParseUrl(text(url)) : query.canParseUrl(text(url), text(base));
  }

  static createObjectURL(obj) {
    requireArguments(arguments.length, 1, 'URL.createObjectURL');

    return load('file/blob_url.js').createObjectURL(obj);
  }

  static revokeObjectURL(url) {
    requireArguments(arguments.length, 1, 'URL.revokeObjectURL');
    url = toUSVString(url);
    ifLoaded('file/blob_url.js')?.revokeObjectURL(url);
  }

  static {
    whenChanged((url, serialized) => {
      url.#href = withQuery(url.#href, serialized);
    });

    // Functions rather than private methods, which would cost every URL a brand.
    setPart = (url, part, value) => {
      void url.#href;

      const given = toUSVString(value);

      url.#href = ask(query.setUrlPart(text(url.#href), part, text(given)));

      return given;
    };
    refreshParams = (url, string) => {
      if (url.#params !== null) resetParams(url.#params, string);
    };
  }

  get href() {
    return this.#href;
  }

  set href(value) {
    void this.#href;
    this.#href = mustParse(toUSVString(value));
    refreshParams(this, queryOf(this.#href));
  }

  get origin() {
    return originOf(this.#href);
  }

  get protocol() {
    return protocolOf(this.#href);
  }

  set protocol(value) {
    setPart(this, 'protocol', value);
  }

  get username() {
    return usernameOf(this.#href);
  }

  set username(value) {
    setPart(this, 'username', value);
  }

  get password() {
    return passwordOf(this.#href);
  }

  set password(value) {
    setPart(this, 'password', value);
  }

  get host() {
    return hostOf(this.#href);
  }

  set host(value) {
    setPart(this, 'host', value);
  }

  get hostname() {
    return hostnameOf(this.#href);
  }

  set hostname(value) {
    setPart(this, 'hostname', value);
  }

  get port() {
    return portOf(this.#href);
  }

  set port(value) {
    setPart(this, 'port', value);
  }

  get pathname() {
    return pathnameOf(this.#href);
  }

  set pathname(value) {
    setPart(this, 'pathname', value);
  }

  get search() {
    return searchOf(this.#href);
  }

  set search(value) {
    const given = setPart(this, 'search', value);

    // The list comes from what was given, not from what the URL made of it: tabs and line ends stay.
    void this.searchParams;
    refreshParams(this, given[0] === '?' ? stringSlice(given, 1) : given);
  }

  get searchParams() {
    return (this.#params ??= createParams(queryOf(this.#href), this));
  }

  get hash() {
    return hashOf(this.#href);
  }

  set hash(value) {
    setPart(this, 'hash', value);
  }

  toString() {
    return this.#href;
  }

  toJSON() {
    return this.#href;
  }
}

defineInterface(URL);

/** https://url.spec.whatwg.org/#concept-url-origin, serialized */
function originOf(href) {
  const protocol = protocolOf(href);

  switch (protocol) {
    case 'http:':
    case 'https:':
    case 'ws:':
    case 'wss:':
    case 'ftp:':
      return protocol + '//' + hostOf(href);

    case 'blob:':
      return blobOriginOf(pathnameOf(href));

    default:
      return 'null';
  }
}

function blobOriginOf(path) {
  const href = parseURL(path);
  const protocol = href === null ? '' : protocolOf(href);

  return protocol === 'http:' || protocol === 'https:' ? originOf(href) : 'null';
}
