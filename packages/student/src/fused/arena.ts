import { FusedMemoryError } from './errors.ts';
import type { KernelMemory } from './webAssembly.ts';

const PAGE = 65_536;
/** Rows begin where a cache line does. */
const ALIGNMENT = 64;
/** Pages that 32-bit addresses reach. */
const MOST_PAGES = 65_536;

/** Memory of the kernels, handed out from one end; what is taken is never given back one by one. */
export class Arena {
  readonly memory: KernelMemory;
  #top: number;

  /** @param first address of the first byte to hand out */
  constructor(memory: KernelMemory, first: number) {
    this.memory = memory;
    this.#top = first;
  }

  /** Where the next piece begins; `release` back to it forgets all that was taken since. */
  get top(): number {
    return this.#top;
  }

  /**
   * Address of `bytes` bytes.
   *
   * @throws FusedMemoryError where the machine has no more
   */
  take(bytes: number): number {
    const address = Math.ceil(this.#top / ALIGNMENT) * ALIGNMENT;
    const end = address + bytes;
    const missing = Math.ceil(end / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (missing > 0) this.#grow(missing, end);
    this.#top = end;
    return address;
  }

  /** Copies values to a new place, and returns its address. */
  put(values: Float32Array | Uint32Array): number {
    const address = this.take(values.byteLength);
    new Uint8Array(this.memory.buffer).set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      address,
    );
    return address;
  }

  /** Forgets everything from `top` on. */
  release(top: number): void {
    this.#top = top;
  }

  #grow(pages: number, end: number): void {
    const now = this.memory.buffer.byteLength / PAGE;
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw new FusedMemoryError(
        'student/fused-memory',
        `${Math.ceil(end / 2 ** 20)} MiB of memory are needed`,
        {
          expected: `at most ${(MOST_PAGES * PAGE) / 2 ** 20} MiB, and that the machine has them`,
          found: `${(now * PAGE) / 2 ** 20} MiB, and no more to be had`,
          hint: 'Compute a smaller structure, or take the back end `onnx`.',
          cause,
        },
      );
    }
  }
}
