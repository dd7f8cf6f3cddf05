/** Running mean of a positive quantity, and whether a value stands out of it. */
export class RunningLevel {
  readonly #memory: number;
  #value = 0;
  #steps = 0;

  /** @param memory steps that the mean goes back */
  constructor(memory: number) {
    this.#memory = memory;
  }

  get value(): number {
    return this.#value;
  }

  /** Values so far, at most `memory`. */
  get steps(): number {
    return this.#steps;
  }

  /** Goes on where another one was. */
  restore(value: number, steps: number): void {
    this.#value = value;
    this.#steps = Math.min(steps, this.#memory);
  }

  /** True where the value is above `factor` times the mean of at least `memory` values. */
  isSpike(value: number, factor: number): boolean {
    return this.#steps >= this.#memory && this.#value > 0 && value > factor * this.#value;
  }

  /** Takes a value in; a spike counts as much as the largest value that is none. */
  add(value: number, factor: number): void {
    const capped = this.isSpike(value, factor) ? factor * this.#value : value;
    if (this.#steps < this.#memory) this.#steps += 1;
    this.#value += (capped - this.#value) / this.#steps;
  }
}
