import { Int64Buffer } from './int64Buffer.ts';
import type { EdgeGraph } from './edgeGraph.ts';

/** Every two edges of the same centre that are both short: what an angle is made of. */
export class TripleList {
  count = 0;
  /** The edge that comes first, by its index in the tensors of the graph. */
  readonly first: Int64Buffer = new Int64Buffer();
  readonly second: Int64Buffer = new Int64Buffer();

  /** Counts those of edges shorter than `cutoff`, Angstrom. */
  find({ atoms, offsets, distances }: EdgeGraph, cutoff: number): void {
    let count = 0;
    for (let i = 0; i < atoms; i++) {
      let short = 0;
      for (let e = offsets[i]; e < offsets[i + 1]; e++) if (distances[e] < cutoff) short++;
      count += (short * (short - 1)) / 2;
    }
    this.count = count;
  }

  /** Writes those that `find` counted. */
  fill({ atoms, offsets, distances, dummies }: EdgeGraph, cutoff: number): void {
    const first = this.first.reserve(this.count);
    const second = this.second.reserve(this.count);
    let place = 0;
    for (let i = 0; i < atoms; i++) {
      const end = offsets[i + 1];
      for (let e = offsets[i]; e < end; e++) {
        if (distances[e] >= cutoff) continue;
        for (let f = e + 1; f < end; f++) {
          if (distances[f] >= cutoff) continue;
          first[place] = e + dummies;
          second[place] = f + dummies;
          place += 2;
        }
      }
    }
  }

  /** One angle of the first dummy edge with itself, beyond every cutoff. */
  fillDummy(): void {
    this.count = 1;
    this.first.reserve(1)[0] = 0;
    this.second.reserve(1)[0] = 0;
  }
}
