/** Number of distances. */
export const SHORTEST = 12;

/**
 * The shortest distances between atoms, ascending. When no distance changes by more than e, no entry
 * does, since order statistics follow their values; unlike sums, they answer to a displacement from a
 * symmetric structure in first order.
 */
export class ShortestDistances {
  /** Every distance comes twice, once from each end. */
  readonly #sorted = new Float64Array(2 * SHORTEST).fill(Infinity);

  /** Takes one direction of a pair into account. */
  add(d: number): void {
    const sorted = this.#sorted;
    let k = sorted.length - 1;
    if (d >= sorted[k]) return;
    for (; k > 0 && sorted[k - 1] > d; k--) sorted[k] = sorted[k - 1];
    sorted[k] = d;
  }

  /** Angstrom; 0 where there are fewer pairs. */
  values(): Float64Array {
    return Float64Array.from({ length: SHORTEST }, (_, k) => {
      const d = this.#sorted[2 * k];
      return d === Infinity ? 0 : d;
    });
  }
}
