/** What is watched of the memory of a process, bytes. */
export const MEMORY_TRACKS = ['rss', 'native', 'heapUsed', 'external', 'arrayBuffers'] as const;

/**
 * `rss` is the resident set, everything; `native` what of it is not the heap of JavaScript: buffers, model
 * runtimes, and the program itself; `heapUsed` are JavaScript objects; `external` is memory that such objects
 * hold outside of the heap; `arrayBuffers` is the part of that in buffers of typed arrays.
 */
export type MemoryName = (typeof MEMORY_TRACKS)[number];

/** Values of tracks that buffers of the collector are in. */
type Origin = Readonly<Record<'external' | 'arrayBuffers', number>>;

/** Samples of the memory of this process; room for all of them is there from the start. */
export class MemoryTrack {
  /** Calls made before each sample. */
  readonly #calls: Float64Array;
  readonly #values: Readonly<Record<MemoryName, Float64Array>>;
  #count = 0;

  /** @param capacity most samples; further ones are dropped */
  constructor(capacity: number) {
    const room = (): Float64Array => new Float64Array(capacity);
    this.#calls = room();
    this.#values = {
      rss: room(),
      native: room(),
      heapUsed: room(),
      external: room(),
      arrayBuffers: room(),
    };
  }

  get count(): number {
    return this.#count;
  }

  get calls(): Float64Array {
    return this.#calls.subarray(0, this.#count);
  }

  of(name: MemoryName): Float64Array {
    return this.#values[name].subarray(0, this.#count);
  }

  /**
   * Takes a sample.
   *
   * @param ballast bytes of each buffer that the watcher itself may have left to the collector
   * @param origin values without such buffers, for the first sample
   */
  sample(call: number, ballast = 0, origin?: Origin): void {
    if (this.#count === this.#calls.length) return;
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
    this.add(call, {
      rss,
      native: rss - heapTotal,
      heapUsed,
      external: this.#without('external', external, ballast, origin),
      arrayBuffers: this.#without('arrayBuffers', arrayBuffers, ballast, origin),
    });
  }

  /** Adds what was measured elsewhere. */
  add(call: number, values: Readonly<Record<MemoryName, number>>): void {
    const k = this.#count++;
    this.#calls[k] = call;
    for (const name of MEMORY_TRACKS) this.#values[name][k] = values[name];
  }

  /** Less whole buffers of ballast: as many as bring the value next to the one before. */
  #without(
    name: keyof Origin,
    value: number,
    ...[ballast, origin]: readonly [number, Origin | undefined]
  ): number {
    const before = this.#count === 0 ? origin?.[name] : this.#values[name][this.#count - 1];
    if (ballast === 0 || before === undefined) return value;
    return value - ballast * Math.round((value - before) / ballast);
  }
}
