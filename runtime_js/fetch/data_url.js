// https://fetch.spec.whatwg.org/#data-urls

import {
  fromBase64, pattern, stringIncludes, stringIndexOf, stringReplaceAll, stringSlice, stringTrim, unescape,
} from '../boundary/built_ins.js';
import { isomorphicEncode } from '../boundary/isomorphic.js';
import { parseMimeType, serializeMimeType } from './mime_type.js';

const BASE64 = pattern(/^(.*); *base64$/i);
const DEFAULT = 'text/plain;charset=US-ASCII';

/**
 * https://fetch.spec.whatwg.org/#data-url-processor
 * @param {string} href a serialized URL without its fragment
 * @returns {{ type: string, bytes: Uint8Array } | null} null for failure
 */
export function processDataURL(href) {
  const comma = stringIndexOf(href, ',');

  if (comma < 0) return null;

  const head = stringTrim(stringSlice(href, 'data:'.length, comma)); // of ASCII whitespace, as a serialized URL is ASCII
  const base64 = BASE64.exec(head);
  const bytes = (base64 === null ? isomorphicEncode : forgivingBase64)(percentDecode(stringSlice(href, comma + 1)));

  if (bytes === null) return null;

  const named = base64 === null ? head : base64[1];
  const type = parseMimeType(named[0] === ';' ? 'text/plain' + named : named);

  return { type: type === null ? DEFAULT : serializeMimeType(type), bytes };
}

/** To bytes, isomorphically decoded. `unescape` does that, but for the "%u" that it knows too. */
function percentDecode(string) {
  return stringIncludes(string, '%') ? unescape(stringReplaceAll(string, '%u', '%25u')) : string;
}

/** https://infra.spec.whatwg.org/#forgiving-base64-decode */
function forgivingBase64(string) {
  try {
    return fromBase64(string);
  } catch {
    return null;
  }
}
