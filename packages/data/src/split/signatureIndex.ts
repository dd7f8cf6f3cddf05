import type { GeometrySignature } from './geometrySignature.ts';
import { GrowingFloat32, GrowingFloat64, GrowingInt32 } from './growingArray.ts';
import { PAIR_SUMS } from './pairSums.ts';
import { SHORTEST } from './shortestDistances.ts';

/** Closer than this part of the slack, two structures are one for all others. */
const ONE = 1e-3;

/** Signatures of many structures, 200 bytes each, and which of them are nearly the same. */
export class SignatureIndex {
  readonly #keys = new Map<string, number>();
  readonly #keyOf = new GrowingInt32();
  readonly #owners = new GrowingInt32();
  readonly #sums = new GrowingFloat64();
  readonly #sumSlack = new GrowingFloat32();
  readonly #distances = new GrowingFloat64();
  #distanceSlack = 0;

  add(k: number, signature: GeometrySignature): void {
    const { key, sums, sumSlack, distances, distanceSlack } = signature;
    let id = this.#keys.get(key);
    if (id === undefined) {
      id = this.#keys.size;
      this.#keys.set(key, id);
    }
    this.#keyOf.push(id);
    this.#owners.push(k);
    for (const value of sums) this.#sums.push(value);
    for (const value of sumSlack) this.#sumSlack.push(value);
    for (const value of distances) this.#distances.push(value);
    this.#distanceSlack = Math.max(this.#distanceSlack, distanceSlack);
  }

  /**
   * Pairs [a, b], a < b, that were added with signatures equal within their slack. Of n copies of one
   * structure, n - 1 pairs with one of them are given, not all n (n - 1) / 2.
   */
  *pairs(): Generator<readonly [number, number], void, undefined> {
    const keys = this.#keyOf.view();
    const sums = this.#sums.view();
    const owners = this.#owners.view();
    const order = Int32Array.from(keys, (_, row) => row).sort(
      (a, b) => keys[a] - keys[b] || sums[PAIR_SUMS * a] - sums[PAIR_SUMS * b] || a - b,
    );
    const widest = this.#widestSlack();
    const absorbed = new Uint8Array(order.length);
    for (let i = 0; i < order.length; i++) {
      const a = order[i];
      if (absorbed[a] === 1) continue;
      const limit = sums[PAIR_SUMS * a] + widest[keys[a]];
      for (let j = i + 1; j < order.length && keys[order[j]] === keys[a]; j++) {
        const b = order[j];
        if (sums[PAIR_SUMS * b] > limit) break;
        const ratio = this.#ratio(a, b);
        if (ratio > 1) continue;
        if (ratio <= ONE) absorbed[b] = 1;
        yield owners[a] < owners[b] ? [owners[a], owners[b]] : [owners[b], owners[a]];
      }
    }
  }

  /** Largest slack of the first sum for each key. */
  #widestSlack(): Float64Array {
    const keys = this.#keyOf.view();
    const slack = this.#sumSlack.view();
    const widest = new Float64Array(this.#keys.size);
    for (let row = 0; row < keys.length; row++) {
      widest[keys[row]] = Math.max(widest[keys[row]], slack[PAIR_SUMS * row]);
    }
    return widest;
  }

  /** Largest difference of two signatures in units of the slack. */
  #ratio(a: number, b: number): number {
    const sums = this.#sums.view();
    const slack = this.#sumSlack.view();
    const distances = this.#distances.view();
    let most = 0;
    for (let m = 0; m < PAIR_SUMS && most <= 1; m++) {
      const [p, q] = [PAIR_SUMS * a + m, PAIR_SUMS * b + m];
      const difference = Math.abs(sums[p] - sums[q]);
      if (difference > 0) most = Math.max(most, difference / Math.max(slack[p], slack[q]));
    }
    for (let m = 0; m < SHORTEST && most <= 1; m++) {
      const difference = Math.abs(distances[SHORTEST * a + m] - distances[SHORTEST * b + m]);
      most = Math.max(most, difference / this.#distanceSlack);
    }
    return most;
  }
}
