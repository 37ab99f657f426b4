// https://url.spec.whatwg.org/#url-serializing, read backwards.
//
// A serialized URL is ASCII, and every delimiter in it is unambiguous: a "#" or "?" inside an earlier part, and
// an "@" or ":" inside user name or password, are percent-encoded; a host holds ":" only between brackets. So
// each part is found by looking for its delimiters, and nothing has to be kept beside the string.
//
// Strings are joined with "+": the engine runs a template literal as a call of String.prototype.concat, which a
// function may have replaced.

import { stringIndexOf, stringLastIndexOf, stringReplace, stringSlice, stringStartsWith } from '../boundary/built_ins.js';

// Where the parts of one URL are: of the last that was asked about, since several parts of one are read in a row.
let located = '';
let scheme = 0; // where it ends: at the ":"
let authority = 0; // where it begins: after the "//"; where there is none, the path begins here too
let host = 0; // where it begins: after the "@", if there is one; -1 while nothing has asked
let path = 0;
let query = 0; // where the path ends: at the "?", at the "#", or at the end
let fragment = 0; // where everything before it ends

function locate(href) {
  if (href === located) return;

  scheme = stringIndexOf(href, ':');
  // Few URLs have a "#", and replacing it tells so sooner than looking for it.
  fragment = stringReplace(href, '#', '') === href ? href.length : stringIndexOf(href, '#');

  const mark = stringIndexOf(href, '?', scheme);

  query = mark < 0 || mark > fragment ? fragment : mark;

  if (stringStartsWith(href, '//', scheme + 1)) {
    authority = scheme + 3;
    host = -1;

    const slash = stringIndexOf(href, '/', authority);

    path = slash < 0 || slash > query ? query : slash;
  } else {
    // Without a host, a path that begins with "//" is written "/.//", lest it be taken for an authority.
    authority = host = path = stringStartsWith(href, '/.//', scheme + 1) ? scheme + 3 : scheme + 1;
  }

  located = href;
}

function locateHost(href) {
  locate(href);

  if (host >= 0) return;

  const at = stringLastIndexOf(href, '@', path);

  host = at < 0 ? authority : at + 1;
}

/** The scheme with its colon. */
export function protocolOf(href) {
  locate(href);

  return stringSlice(href, 0, scheme + 1);
}

/** Everything up to the "@", without it. */
function userInfoOf(href) {
  locateHost(href);

  return host > authority ? stringSlice(href, authority, host - 1) : '';
}

export function usernameOf(href) {
  const user = userInfoOf(href);
  const colon = stringIndexOf(user, ':');

  return colon < 0 ? user : stringSlice(user, 0, colon);
}

export function passwordOf(href) {
  const user = userInfoOf(href);
  const colon = stringIndexOf(user, ':');

  return colon < 0 ? '' : stringSlice(user, colon + 1);
}

/** The host with its port. */
export function hostOf(href) {
  locateHost(href);

  return stringSlice(href, host, path);
}

export function hostnameOf(href) {
  const host = hostOf(href);
  const colon = portColon(host);

  return colon < 0 ? host : stringSlice(host, 0, colon);
}

export function portOf(href) {
  const host = hostOf(href);
  const colon = portColon(host);

  return colon < 0 ? '' : stringSlice(host, colon + 1);
}

function portColon(host) {
  const colon = stringLastIndexOf(host, ':');

  return colon > stringLastIndexOf(host, ']') ? colon : -1;
}

export function pathnameOf(href) {
  locate(href);

  return stringSlice(href, path, query);
}

/** The query without its "?". */
export function queryOf(href) {
  locate(href);

  return query < fragment ? stringSlice(href, query + 1, fragment) : '';
}

/** The query with its "?"; '' when it is empty. */
export function searchOf(href) {
  locate(href);

  return query + 1 < fragment ? stringSlice(href, query, fragment) : '';
}

/** The fragment with its "#"; '' when it is empty. */
export function hashOf(href) {
  locate(href);

  return fragment + 1 < href.length ? stringSlice(href, fragment) : '';
}

/** The URL up to its fragment. */
export function withoutFragment(href) {
  locate(href);

  return stringSlice(href, 0, fragment);
}

/** The same URL with another query, which is already percent-encoded; '' takes the query away. */
export function withQuery(href, serialized) {
  locate(href);

  const before = stringSlice(href, 0, query);
  const after = stringSlice(href, fragment);

  return serialized === '' ? before + after : before + '?' + serialized + after;
}
