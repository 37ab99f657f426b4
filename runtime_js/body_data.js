// https://fetch.spec.whatwg.org/#concept-body-consume-body: what blob() and formData() make of the bytes of a body.

import { createBlob } from './blob.js';
import { createFormData } from './form_data.js';
import { isomorphicDecode } from './isomorphic.js';
import { extractMimeType, serializeMimeType } from './mime_type.js';
import { parseMultipart } from './multipart_parser.js';
import { parseForm } from './url_search_params.js';

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
      return createFormData(parseMultipart(bytes, boundaryOf(type)));

    case 'application/x-www-form-urlencoded':
      return createFormData(parseForm(escapedText(bytes)));

    default:
      throw new TypeError(`formData: the body's type is ${contentType === null ? 'not given' : `'${contentType}'`}, `
        + 'not multipart/form-data or application/x-www-form-urlencoded');
  }
}

function boundaryOf({ parameters }) {
  const boundary = parameters.get('boundary');

  if (boundary === undefined) throw new TypeError("formData: the body's type names no boundary");

  return boundary;
}

/** Text that is ASCII: the parser of forms is to see bytes, which decoding could change. */
function escapedText(bytes) {
  return isomorphicDecode(bytes).replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
}
