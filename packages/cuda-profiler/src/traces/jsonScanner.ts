/** What a scanner finds in a Chrome trace. */
export interface JsonHandler {
  /** Text of one entry of the list of events. */
  event(text: string): void;
  /** Text of a value beside that list, if it is not longer than `LONGEST_VALUE`. */
  value(key: string, text: string): void;
}

/** Values beside the list that are longer are not kept, bytes. */
const LONGEST_VALUE = 1 << 20;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;
/** First byte of the mark that some writers put before UTF-8. */
const MARK = [0xef, 0xbb, 0xbf];

type Place =
  | 'before'
  | 'object'
  | 'key'
  | 'colon'
  | 'first'
  | 'value'
  | 'list'
  | 'event'
  | 'done'
  | 'bad';

/** The key of the list of events, as it is written. */
const EVENTS_KEY = '"traceEvents"';

/**
 * Cuts a Chrome trace into its events as bytes arrive, without ever holding the file: a list of
 * events, or an object whose `traceEvents` is such a list. What follows the end is not looked at.
 */
export class JsonScanner {
  readonly #handler: JsonHandler;
  readonly #decoder = new TextDecoder();
  #place: Place = 'before';
  /** Whether the whole is an object that has the list under a key. */
  #keyed = false;
  #key = '';
  /** Open brackets within the entry or value. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** What earlier chunks had of the entry, value or key. */
  #parts: Uint8Array[] = [];
  #length = 0;
  #hasEvents = false;

  constructor(handler: JsonHandler) {
    this.#handler = handler;
  }

  /** Whether the end was reached. */
  get complete(): boolean {
    return this.#place === 'done';
  }

  /** Whether the list of events has begun. */
  get hasEvents(): boolean {
    return this.#hasEvents;
  }

  /** Whether something was found that no trace has at its place. */
  get malformed(): boolean {
    return this.#place === 'bad';
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#isInside()) {
        if (this.#continues(byte)) continue;
        // A comma or bracket after a value is not its own.
        this.#take(chunk.subarray(from, this.#place === 'value' ? at : at + 1));
        this.#finish(byte);
      } else if (byte > SPACE) {
        if (this.#place === 'done' || this.#place === 'bad') return;
        from = at;
        this.#between(byte);
      }
    }
    if (this.#isInside()) this.#take(chunk.slice(from));
  }

  #isInside(): boolean {
    return this.#place === 'event' || this.#place === 'value' || this.#place === 'key';
  }

  /** Takes a byte of an entry, value or key; false where that ends. */
  #continues(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        return this.#place !== 'key';
      }
      return true;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      this.#depth--;
      return this.#depth >= (this.#place === 'value' ? 0 : 1);
    } else return byte !== COMMA || this.#depth > 0;
    return true;
  }

  /** Takes a byte between entries. */
  #between(byte: number): void {
    switch (this.#place) {
      case 'before':
        if (byte === OPEN_LIST) this.#openList();
        else if (byte === OPEN_OBJECT) {
          this.#keyed = true;
          this.#place = 'object';
        } else if (!MARK.includes(byte)) this.#place = 'bad';
        return;
      case 'object':
        if (byte === QUOTE) this.#open('key', byte);
        else if (byte === CLOSE_OBJECT) this.#place = 'done';
        else if (byte !== COMMA) this.#place = 'bad';
        return;
      case 'colon':
        this.#place = byte === COLON ? 'first' : 'bad';
        return;
      case 'first':
        if (byte === OPEN_LIST && this.#key === EVENTS_KEY) this.#openList();
        else this.#open('value', byte);
        return;
      default:
        if (byte === OPEN_OBJECT) this.#open('event', byte);
        else if (byte === CLOSE_LIST) this.#place = this.#keyed ? 'object' : 'done';
        else if (byte !== COMMA) this.#place = 'bad';
    }
  }

  #open(place: Place, byte: number): void {
    this.#place = place;
    this.#depth = 0;
    this.#parts = [];
    this.#length = 0;
    if (!this.#continues(byte)) this.#place = 'bad';
  }

  #openList(): void {
    this.#hasEvents = true;
    this.#place = 'list';
  }

  #take(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#place === 'value' && this.#length > LONGEST_VALUE) this.#parts = [];
    else this.#parts.push(bytes);
  }

  #text(): string {
    const parts = this.#parts;
    this.#parts = [];
    return this.#decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts));
  }

  /** Ends the entry, value or key. */
  #finish(byte: number): void {
    if (this.#place === 'event') {
      this.#handler.event(this.#text());
      this.#place = 'list';
    } else if (this.#place === 'key') {
      this.#key = this.#text();
      this.#place = 'colon';
    } else {
      if (this.#length <= LONGEST_VALUE) {
        this.#handler.value(this.#key.slice(1, -1), this.#text());
      }
      this.#place = byte === CLOSE_OBJECT ? 'done' : 'object';
    }
  }
}
