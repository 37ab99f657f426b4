// https://url.spec.whatwg.org/#url-serializing, read backwards.
//
// A serialized URL is ASCII, and every delimiter in it is unambiguous: a "#" or "?" inside an earlier part, and
// an "@" or ":" inside user name or password, are percent-encoded; a host holds ":" only between brackets. So
// each part is found by looking for its delimiters, and nothing has to be kept beside the string.
//
// Strings are joined with "+": the engine runs a template literal as a call of String.prototype.concat, which a
// function may have replaced.

const { call } = Function.prototype;
const { indexOf, lastIndexOf, slice } = String.prototype;
const find = call.bind(indexOf);
const findLast = call.bind(lastIndexOf);
const cut = call.bind(slice);

/** The scheme with its colon. */
export function protocolOf(href) {
  return cut(href, 0, find(href, ':') + 1);
}

/** User information, host and port; '' also where there is no authority. */
function authorityOf(href) {
  const colon = find(href, ':');

  return hasAuthority(href, colon) ? cut(href, colon + 3, pathStart(href, colon, pathEnd(href))) : '';
}

function hasAuthority(href, colon) {
  return href[colon + 1] === '/' && href[colon + 2] === '/';
}

/** Everything up to the "@", without it. */
function userInfoOf(href) {
  const authority = authorityOf(href);
  const at = findLast(authority, '@');

  return at < 0 ? '' : cut(authority, 0, at);
}

export function usernameOf(href) {
  const user = userInfoOf(href);
  const colon = find(user, ':');

  return colon < 0 ? user : cut(user, 0, colon);
}

export function passwordOf(href) {
  const user = userInfoOf(href);
  const colon = find(user, ':');

  return colon < 0 ? '' : cut(user, colon + 1);
}

/** The host with its port. */
export function hostOf(href) {
  const authority = authorityOf(href);

  return cut(authority, findLast(authority, '@') + 1);
}

export function hostnameOf(href) {
  const host = hostOf(href);
  const colon = portColon(host);

  return colon < 0 ? host : cut(host, 0, colon);
}

export function portOf(href) {
  const host = hostOf(href);
  const colon = portColon(host);

  return colon < 0 ? '' : cut(host, colon + 1);
}

function portColon(host) {
  const colon = findLast(host, ':');

  return colon > findLast(host, ']') ? colon : -1;
}

export function pathnameOf(href) {
  const end = pathEnd(href);

  return cut(href, pathStart(href, find(href, ':'), end), end);
}

function pathStart(href, colon, end) {
  if (hasAuthority(href, colon)) {
    const slash = find(href, '/', colon + 3);

    return slash < 0 || slash > end ? end : slash;
  }

  // Without a host, a path that begins with "//" is written "/.//", lest it be taken for an authority.
  const marked = href[colon + 1] === '/' && href[colon + 2] === '.' && href[colon + 3] === '/';

  return marked ? colon + 3 : colon + 1;
}

/** Where the path ends: at the "?", at the "#", or at the end. */
function pathEnd(href) {
  const fragment = fragmentStart(href);
  const mark = find(href, '?');

  return mark < 0 || mark > fragment ? fragment : mark;
}

function fragmentStart(href) {
  const mark = find(href, '#');

  return mark < 0 ? href.length : mark;
}

/** The query without its "?". */
export function queryOf(href) {
  const mark = find(href, '?');

  if (mark < 0) return '';

  const end = fragmentStart(href);

  return mark > end ? '' : cut(href, mark + 1, end);
}

/** The query with its "?"; '' when it is empty. */
export function searchOf(href) {
  const query = queryOf(href);

  return query === '' ? '' : '?' + query;
}

/** The fragment with its "#"; '' when it is empty. */
export function hashOf(href) {
  const start = fragmentStart(href);

  return start >= href.length - 1 ? '' : cut(href, start);
}

/** The URL up to its fragment. */
export function withoutFragment(href) {
  return cut(href, 0, fragmentStart(href));
}

/** The same URL with another query, which is already percent-encoded; '' takes the query away. */
export function withQuery(href, query) {
  const before = cut(href, 0, pathEnd(href));
  const after = cut(href, fragmentStart(href));

  return query === '' ? before + after : before + '?' + query + after;
}
