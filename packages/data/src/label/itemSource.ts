import type { LabelItem, LabelOptions } from './labelOptions.ts';

/** Takes items from a list or a stream, one at a time, without waiting. */
export class ItemSource {
  readonly #iterator: Iterator<LabelItem> | AsyncIterator<LabelItem>;
  readonly #wake: () => void;
  #arrived: IteratorResult<LabelItem> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #pending = false;
  #ended = false;

  /** `wake` is called when a stream has something new. */
  constructor(structures: LabelOptions['structures'], wake: () => void) {
    this.#iterator =
      Symbol.asyncIterator in structures
        ? structures[Symbol.asyncIterator]()
        : structures[Symbol.iterator]();
    this.#wake = wake;
  }

  /** No more items will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * The next item; undefined when the stream has none yet, or has ended.
   *
   * @throws what the source throws
   */
  poll(): LabelItem | undefined {
    if (this.#ended || this.#pending) return undefined;
    if (this.#failure !== undefined) {
      this.#ended = true;
      throw this.#failure.error;
    }
    const arrived = this.#arrived;
    this.#arrived = undefined;
    if (arrived !== undefined) return this.#take(arrived);
    const next = this.#iterator.next();
    if (!(next instanceof Promise)) return this.#take(next);
    this.#pending = true;
    void next.then(
      (result) => {
        this.#arrived = result;
        this.#settle();
      },
      (error: unknown) => {
        this.#failure = { error };
        this.#settle();
      },
    );
    return undefined;
  }

  /** Tells a source that is not at its end that no more is wanted. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    const closed = this.#iterator.return?.();
    // A stream that waits for something may never come to this.
    if (closed instanceof Promise) closed.catch(() => undefined);
  }

  #take(result: IteratorResult<LabelItem>): LabelItem | undefined {
    if (result.done !== true) return result.value;
    this.#ended = true;
    return undefined;
  }

  #settle(): void {
    this.#pending = false;
    this.#wake();
  }
}
