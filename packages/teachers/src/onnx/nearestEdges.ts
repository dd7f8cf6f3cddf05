/**
 * Picks the nearest edges of a centre, as k-nearest-neighbour graphs have them.
 *
 * Of edges of exactly the same length those that come first in the list are kept, so that a list
 * has one answer; an atom that is moved or turned may get another one, since lengths are rounded.
 */
export class NearestEdges {
  readonly #count: number;
  /** The shortest lengths met so far, ascending. */
  readonly #shortest: Float64Array;

  /** @param count edges that each centre keeps */
  constructor(count: number) {
    this.#count = count;
    this.#shortest = new Float64Array(count);
  }

  /**
   * Writes the indices of the edges kept among `start` to `end`, in the order of the list.
   *
   * @param out written from `place` on
   * @returns the place after the last one written
   */
  select(
    distances: Float64Array,
    [start, end]: readonly [number, number],
    out: Int32Array,
    place: number,
  ): number {
    const count = this.#count;
    let next = place;
    if (end - start <= count) {
      for (let e = start; e < end; e++) out[next++] = e;
      return next;
    }
    const limit = this.#findLimit(distances, start, end);
    const shortest = this.#shortest;
    let equal = count;
    while (equal > 0 && shortest[count - equal] < limit) equal--;
    for (let e = start; e < end; e++) {
      if (distances[e] > limit) continue;
      if (distances[e] === limit && equal-- <= 0) continue;
      out[next++] = e;
    }
    return next;
  }

  /** The longest length that is kept. */
  #findLimit(distances: Float64Array, start: number, end: number): number {
    const count = this.#count;
    const shortest = this.#shortest;
    let filled = 0;
    for (let e = start; e < end; e++) {
      const d = distances[e];
      if (filled === count && d >= shortest[count - 1]) continue;
      let place = filled < count ? filled++ : count - 1;
      while (place > 0 && shortest[place - 1] > d) {
        shortest[place] = shortest[place - 1];
        place--;
      }
      shortest[place] = d;
    }
    return shortest[count - 1];
  }
}
