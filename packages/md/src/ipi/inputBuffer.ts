/** Bytes that have come and were not read yet. Grows with what comes, never with what is announced. */
export class InputBuffer {
  #bytes = Buffer.allocUnsafeSlow(4096);
  #view = new DataView(this.#bytes.buffer);
  #start = 0;
  #end = 0;

  /** How many there are. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The memory that they are in, from `start` on; valid until the next `push`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get view(): DataView {
    return this.#view;
  }

  get start(): number {
    return this.#start;
  }

  /** Takes a copy of the first `count` bytes of `chunk`. */
  push(chunk: Uint8Array, count: number = chunk.length): void {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#end + count > this.#bytes.length) this.#makeRoom(count);
    const part = count === chunk.length ? chunk : chunk.subarray(0, count);
    this.#bytes.set(part, this.#end);
    this.#end += count;
  }

  /** Lets go of the first `count` bytes. */
  skip(count: number): void {
    this.#start += count;
  }

  #makeRoom(count: number): void {
    const { length } = this;
    const old = this.#bytes;
    if (2 * (length + count) > old.length) {
      this.#bytes = Buffer.allocUnsafeSlow(2 * (length + count));
      this.#view = new DataView(this.#bytes.buffer);
    }
    old.copy(this.#bytes, 0, this.#start, this.#end);
    this.#start = 0;
    this.#end = length;
  }
}
