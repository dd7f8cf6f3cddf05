import { HEADER_BYTES, type Reply } from './protocol.ts';

/** Longer frames are none: some 40 million atoms. */
const LONGEST_FRAME = 2 ** 30;

/**
 * Puts chunks of a stream together to frames.
 *
 * Frames have a multiple of 8 bytes, so each begins where numbers may.
 */
export class FrameReader {
  readonly #onReply: (reply: Reply) => void;
  #buffer = new ArrayBuffer(1 << 16);
  #bytes = new Uint8Array(this.#buffer);
  #start = 0;
  #end = 0;

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  /** @throws RangeError for bytes that are no frames */
  push(chunk: Uint8Array): void {
    this.#reserve(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
    while (this.#end - this.#start >= HEADER_BYTES) {
      const [length, kind, number, index] = new Uint32Array(this.#buffer, this.#start, 4);
      if (length < HEADER_BYTES || length > LONGEST_FRAME || length % 8 !== 0) {
        throw new RangeError(`a frame of ${length} bytes`);
      }
      if (this.#end - this.#start < length) break;
      const start = this.#start + HEADER_BYTES;
      const body = { buffer: this.#buffer, start, length: length - HEADER_BYTES };
      this.#start += length;
      this.#onReply({ kind, number, index, ...body });
    }
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const held = this.#bytes.subarray(this.#start, this.#end);
    const size = Math.max(this.#bytes.length, 2 * (held.length + more));
    const buffer = new ArrayBuffer(size);
    const bytes = new Uint8Array(buffer);
    bytes.set(held);
    this.#buffer = buffer;
    this.#bytes = bytes;
    this.#end -= this.#start;
    this.#start = 0;
  }
}
