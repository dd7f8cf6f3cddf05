/** Where values lie. */
export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly p05: number;
  readonly median: number;
  readonly mean: number;
  readonly p95: number;
  readonly max: number;
  readonly stdev: number;
}

/** Counts between edges; the last bin includes its upper edge. */
export interface Bins {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Distribution of finite values; null of none. Quantiles are linear between neighbours. */
export function distributionOf(values: ArrayLike<number>): Distribution | null {
  return values.length === 0 ? null : distributionOfSome(values);
}

/** Distribution of at least one finite value. */
export function distributionOfSome(values: ArrayLike<number>): Distribution {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  const mean = sorted.reduce((sum, x) => sum + x, 0) / count;
  const variance = sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
  return {
    count,
    min: sorted[0],
    p05: quantile(sorted, 0.05),
    median: quantile(sorted, 0.5),
    mean,
    p95: quantile(sorted, 0.95),
    max: sorted[count - 1],
    stdev: Math.sqrt(variance),
  };
}

function quantile(sorted: Float64Array, part: number): number {
  const at = part * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** Counts of values in `count` equal bins between two quantiles, all else in the outermost bins. */
export function binsOf(
  values: readonly number[],
  [low, high]: readonly [number, number],
  count = 40,
): Bins {
  const span = high > low ? high - low : 1;
  const start = high > low ? low : low - span / 2;
  const counts = new Array<number>(count).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - start) / span) * count);
    counts[Math.min(count - 1, Math.max(0, bin))]++;
  }
  return { edges: Array.from({ length: count + 1 }, (_, k) => start + (span * k) / count), counts };
}

/**
 * Counts of positive values over many decades, as they come: bins of equal ratio, in memory that does
 * not depend on the number of values.
 */
export class LogCounts {
  readonly #low: number;
  readonly #perDecade: number;
  readonly #counts: Float64Array;
  #count = 0;
  #sum = 0;
  #squares = 0;
  #min = Infinity;
  #max = 0;

  /** @param range lowest and highest edge; what lies outside counts in the outermost bins */
  constructor([low, high]: readonly [number, number], perDecade = 20) {
    this.#low = low;
    this.#perDecade = perDecade;
    this.#counts = new Float64Array(Math.round(Math.log10(high / low) * perDecade));
  }

  add(value: number): void {
    this.#count++;
    this.#sum += value;
    this.#squares += value * value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    const bin = Math.floor(Math.log10(value / this.#low) * this.#perDecade);
    this.#counts[Math.min(this.#counts.length - 1, Math.max(0, bin))]++;
  }

  get bins(): Bins {
    const edges = Array.from({ length: this.#counts.length + 1 }, (_, k) => this.#edge(k));
    return { edges, counts: [...this.#counts] };
  }

  /** Distribution with quantiles from the bins, right to their width; null of no values. */
  get distribution(): Distribution | null {
    if (this.#count === 0) return null;
    const mean = this.#sum / this.#count;
    return {
      count: this.#count,
      min: this.#min,
      p05: this.#quantile(0.05),
      median: this.#quantile(0.5),
      mean,
      p95: this.#quantile(0.95),
      max: this.#max,
      stdev: Math.sqrt(Math.max(0, this.#squares / this.#count - mean * mean)),
    };
  }

  #edge(k: number): number {
    return Number((this.#low * 10 ** (k / this.#perDecade)).toPrecision(6));
  }

  #quantile(part: number): number {
    let left = part * this.#count;
    for (const [k, count] of this.#counts.entries()) {
      if (count > 0 && left <= count) {
        const value = this.#low * 10 ** ((k + left / count) / this.#perDecade);
        return Math.min(this.#max, Math.max(this.#min, value));
      }
      left -= count;
    }
    return this.#max;
  }
}
