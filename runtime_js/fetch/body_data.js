// https://fetch.spec.whatwg.org/#concept-body-consume-body: what blob() and formData() make of the bytes of a body.

import { createBlob } from '../file/blob.js';
import { TypeError, stringSplit } from '../boundary/built_ins.js';
import { decodeUTF8WithoutBOM } from '../encoding/encoding.js';
import { createFormData } from './form_data.js';
import { extractMimeType, serializeMimeType } from './mime_type.js';
import { parseMultipart } from './multipart_parser.js';
import { parseForm } from '../url/form_urlencoded.js';

const MOST_ENTRIES = 10_000; // of a form: a client decides about them, and each costs more time than it sends bytes

/**
 * @param {Uint8Array} bytes that nobody else has
 * @param {string | null} contentType the value of the header
 */
export function toBlob(bytes, contentType) {
  const type = extractMimeType(contentType);

  return createBlob(bytes, type === null ? '' : serializeMimeType(type));
}

/**
 * @param {Uint8Array} bytes that nobody else has
 * @param {string | null} contentType the value of the header
 */
export function toFormData(bytes, contentType) {
  const type = extractMimeType(contentType);

  switch (type?.essence) {
    case 'multipart/form-data':
      return createFormData(parseMultipart(bytes, boundaryOf(type), MOST_ENTRIES));

    case 'application/x-www-form-urlencoded':
      return createFormData(parseUrlencoded(decodeUTF8WithoutBOM(bytes)));

    default:
      throw new TypeError("formData: the body's type is " + (contentType === null ? 'not given' : "'" + contentType + "'") + ', '
        + 'not multipart/form-data or application/x-www-form-urlencoded');
  }
}

function boundaryOf({ parameters }) {
  const boundary = parameters.get('boundary');

  if (boundary === undefined) throw new TypeError("formData: the body's type names no boundary");

  return boundary;
}

function parseUrlencoded(string) {
  if (stringSplit(string, '&', MOST_ENTRIES + 1).length > MOST_ENTRIES) {
    throw new TypeError('formData: the form has more than ' + MOST_ENTRIES + ' entries');
  }

  return parseForm(string);
}
