// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

import { pattern, stringIncludes, stringIndexOf, stringSlice } from '../boundary/built_ins.js';
import { TextDecoder, decodeChunk } from '../encoding/text_decoder.js';
import { isolated } from '../streams/facade.js';

const DIGITS = pattern(/^[0-9]+$/);
const END = pattern(/\r\n|\n|\r/g);

/** Takes the bytes of a stream, and gives its events. */
export class EventStream {
  /**
   * @param {string} lastEventId of the stream before
   * @param {(type: string, data: string, lastEventId: string) => void} dispatch
   * @param {(milliseconds: number) => void} retry the stream says how long to wait before connecting again
   */
  constructor(lastEventId, dispatch, retry) {
    this.decoder = new TextDecoder();
    this.dispatch = dispatch;
    this.retry = retry;
    this.lastEventId = lastEventId; // as of the last event, or the end of an empty one
    this.id = lastEventId;
    this.rest = ''; // the beginning of a line
    this.data = null; // lines of the event
    this.type = '';
  }

  /** @param {Uint8Array} bytes */
  feed(bytes) {
    const text = this.rest + decodeChunk(this.decoder, bytes, true);
    let start = 0;

    END.lastIndex = 0;

    for (let end = END.exec(text); end !== null; end = END.exec(text)) {
      if (end[0] === '\r' && END.lastIndex === text.length) break; // a "\n" may follow

      this.line(stringSlice(text, start, end.index));
      start = END.lastIndex;
    }

    this.rest = stringSlice(text, start);
  }

  line(line) {
    if (line === '') return this.end();

    const colon = stringIndexOf(line, ':');

    if (colon === 0) return; // a comment

    if (colon < 0) return this.field(line, '');

    const value = stringSlice(line, colon + 1);

    this.field(stringSlice(line, 0, colon), value[0] === ' ' ? stringSlice(value, 1) : value);
  }

  field(name, value) {
    if (name === 'data') this.data = this.data === null ? value : this.data + '\n' + value;
    else if (name === 'event') this.type = value;
    else if (name === 'id' && !stringIncludes(value, '\0')) this.id = value;
    else if (name === 'retry' && DIGITS.test(value)) this.retry(+value);
  }

  end() {
    const { data, type } = this;

    this.lastEventId = this.id;
    this.data = null;
    this.type = '';

    if (data !== null) this.dispatch(type === '' ? 'message' : type, data, this.lastEventId);
  }
}

isolated(EventStream);
