interface Pending {
  readonly count: number;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** Hands out the bytes of a connection in the numbers asked for, however they arrive. */
export class ByteReader {
  #chunks: Buffer[] = [];
  #length = 0;
  #pending: Pending | undefined;
  #failure: Error | undefined;

  /** Bytes that nobody has asked for yet. */
  get buffered(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const pending = this.#pending;
    if (pending === undefined || this.#length < pending.count) return;
    this.#pending = undefined;
    pending.resolve(this.#take(pending.count));
  }

  /** The next bytes; one call at a time. Rejects with the reason given to `fail`. */
  read(count: number): Promise<Buffer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#length >= count) return Promise.resolve(this.#take(count));
    return new Promise((resolve, reject) => {
      this.#pending = { count, resolve, reject };
    });
  }

  /** Ends it: what is read from now on, and what is being read, fails. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#chunks = [];
    this.#length = 0;
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.reject(this.#failure);
  }

  #take(count: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const rest = all.subarray(count);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    return all.subarray(0, count);
  }
}
