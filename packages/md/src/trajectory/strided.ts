import type { MdFrame } from '../frame.ts';
import type { FrameWriter } from './types.ts';

/** A writer that can tell which steps were there when it was opened. */
export interface OpenedWriter extends FrameWriter {
  /** Steps of the first and of the last two frames. */
  readonly steps: readonly number[];
}

/**
 * Writes every `stride`-th of the frames that it is given, beginning with the first.
 *
 * In a file that goes on, the next is the one that would have come without the break: as many steps
 * after the last as that is after the one before. After a single frame nothing is known about steps
 * until there are two more, so the first of them waits for the second.
 */
export class StridedWriter implements FrameWriter {
  readonly #inner: FrameWriter;
  readonly #stride: number;
  /** Frames to pass over until the next that is written. */
  #skip = 0;
  /** Step of the next frame that is written, where it is known from the file. */
  #due: number | undefined;
  /** Step of the only frame that was there. */
  #only: number | undefined;
  #held: MdFrame | undefined;

  constructor(inner: OpenedWriter, stride: number) {
    this.#inner = inner;
    this.#stride = stride;
    const { steps } = inner;
    const [last, before] = [steps.at(-1), steps.at(-2)];
    if (last !== undefined && before !== undefined) this.#due = 2 * last - before;
    else this.#only = last;
  }

  get path(): string {
    return this.#inner.path;
  }

  get frames(): number {
    return this.#inner.frames;
  }

  write(frame: MdFrame): void {
    if (this.#only !== undefined) {
      this.#learn(frame, this.#only);
      return;
    }
    if (this.#due !== undefined) {
      if (frame.step < this.#due) return;
      this.#due = undefined;
    } else if (this.#skip > 0) {
      this.#skip -= 1;
      return;
    }
    this.#inner.write(frame);
    this.#skip = this.#stride - 1;
  }

  flush(): void {
    this.#inner.flush();
  }

  close(): void {
    this.#inner.close();
  }

  #learn(frame: MdFrame, only: number): void {
    const held = this.#held;
    if (held === undefined) {
      this.#held = frame;
      return;
    }
    this.#held = undefined;
    this.#only = undefined;
    this.#due = only + this.#stride * (frame.step - held.step);
    this.write(held);
    this.write(frame);
  }
}
