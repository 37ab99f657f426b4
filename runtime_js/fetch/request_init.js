// https://fetch.spec.whatwg.org/#requestinit and what the Request constructor makes of it

import { isAbortSignal } from '../dom/abort.js';
import { Boolean, TypeError, createSet, keys, pattern, stringToUpperCase } from '../boundary/built_ins.js';
import { parseURL } from '../url/url.js';
import { toByteString, toDictionary, toDOMString, toEnum, toUSVString } from '../webidl/webidl.js';

const TOKEN = pattern(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
const NORMALIZED = createSet(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']);
const FORBIDDEN = createSet(['CONNECT', 'TRACE', 'TRACK']);
const SAFELISTED = createSet(['GET', 'HEAD', 'POST']);

/** What only a client acts on. */
export const DEFAULTS = {
  __proto__: null,
  mode: 'cors', credentials: 'same-origin', cache: 'default', redirect: 'follow', referrerPolicy: '',
  referrer: 'about:client', integrity: '', keepalive: false,
};
const SETTINGS = keys(DEFAULTS);

const asItIs = (value) => value; // converted where it is used
const oneOf = (member, ...allowed) => (value) => toEnum(value, allowed, 'Request: ' + member);

/** The dictionary's members, in the order in which Web IDL reads them. */
const CONVERSIONS = {
  body: asItIs,
  cache: oneOf('cache', 'default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'),
  credentials: oneOf('credentials', 'omit', 'same-origin', 'include'),
  duplex: oneOf('duplex', 'half'),
  headers: asItIs,
  integrity: toDOMString,
  keepalive: Boolean,
  method: (value) => toByteString(value, 'Request: method'),
  mode: oneOf('mode', 'navigate', 'same-origin', 'no-cors', 'cors'),
  priority: oneOf('priority', 'high', 'low', 'auto'),
  redirect: oneOf('redirect', 'follow', 'error', 'manual'),
  referrer: toUSVString,
  referrerPolicy: oneOf('referrerPolicy', '', 'no-referrer', 'no-referrer-when-downgrade', 'same-origin', 'origin',
    'strict-origin', 'origin-when-cross-origin', 'strict-origin-when-cross-origin', 'unsafe-url'),
  signal: toSignal,
  window: asItIs,
};
const MEMBERS = keys(CONVERSIONS);
const EMPTY = { __proto__: null };

/** The members that a RequestInit has, converted. @param {unknown} given @returns {object} */
export function toRequestInit(given) {
  if (given === undefined || given === null) return EMPTY;

  const dictionary = toDictionary(given, 'Request');
  let init = EMPTY;

  for (let i = 0; i < MEMBERS.length; i++) {
    const member = MEMBERS[i];
    const value = dictionary[member];

    if (value === undefined) continue;

    if (init === EMPTY) init = { __proto__: null };

    init[member] = CONVERSIONS[member](value);
  }

  return init;
}

function toSignal(value) {
  if (value !== null && !isAbortSignal(value)) throw new TypeError('Request: signal is not an AbortSignal');

  return value;
}

/**
 * The settings of a request with those of another, or the defaults, as its base.
 * @param {object} init from `toRequestInit`
 * @param {typeof DEFAULTS} base
 */
export function settingsWith(init, base) {
  if (init === EMPTY) return base;

  const settings = { __proto__: null, ...base, referrer: DEFAULTS.referrer, referrerPolicy: DEFAULTS.referrerPolicy };

  for (let i = 0; i < SETTINGS.length; i++) {
    const value = init[SETTINGS[i]];

    if (value !== undefined) settings[SETTINGS[i]] = value;
  }

  if (init.window !== undefined && init.window !== null) throw new TypeError('Request: window can only be null');

  if (init.referrer !== undefined) settings.referrer = referrerOf(init.referrer);

  if (settings.mode === 'navigate') throw new TypeError("Request: the mode cannot be 'navigate'");

  if (settings.cache === 'only-if-cached' && settings.mode !== 'same-origin') {
    throw new TypeError("Request: the cache mode 'only-if-cached' needs the mode 'same-origin'");
  }

  return settings;
}

function referrerOf(value) {
  if (value === '') return ''; // none

  const href = parseURL(value);

  if (href === null) throw new TypeError('Request: the referrer is not a URL');

  return href;
}

/** The method under its normalized name. @param {string} method */
export function methodOf(method) {
  const upper = stringToUpperCase(method);

  if (!TOKEN.test(method)) throw new TypeError("Request: '" + method + "' is not a method");

  if (FORBIDDEN.has(upper)) throw new TypeError('Request: the method ' + upper + ' is not allowed');

  return NORMALIZED.has(upper) ? upper : method;
}

export function checkMode(mode, method) {
  if (mode === 'no-cors' && !SAFELISTED.has(method)) {
    throw new TypeError('Request: the method ' + method + " cannot be used with the mode 'no-cors'");
  }
}
