import { GrowingInt32 } from '../split/growingArray.ts';

/** `meta.source` of every structure, 4 bytes each. */
export class SourceTable {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #of = new GrowingInt32();

  /** Number of structures. */
  get length(): number {
    return this.#of.length;
  }

  push(source: string): void {
    let id = this.#ids.get(source);
    if (id === undefined) {
      id = this.#names.length;
      this.#ids.set(source, id);
      this.#names.push(source);
    }
    this.#of.push(id);
  }

  sourceOf(k: number): string {
    return this.#names[this.#of.view()[k]];
  }
}
