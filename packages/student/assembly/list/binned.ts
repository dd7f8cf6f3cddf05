import { Bins } from './bins';
import { Packing } from './packing';
import { Candidate } from './candidate';
import { Scratch } from './scratch';
import { Integers, Keys } from './views';

/**
 * Tries the atoms of nearby bins only: time and memory are linear in the number of atoms.
 *
 * Each pair is met once: bins, counted on through the images, are searched from the own one on,
 * and the own one from the own slot on. What lies before has met the atom already.
 */
export class Binned {
  /** Finds all pairs of sorted bins. False where a pair does not fit in 64 bits. */
  static find(scratch: Scratch, records: usize, capacity: u64): bool {
    if (!scratch.packing.choose(scratch)) return false;
    for (let i = 0; i <= scratch.atoms; i++) {
      scratch.byLower[i] = 0;
      scratch.byHigher[i] = 0;
    }
    for (let slot = 0; slot < scratch.atoms; slot++) {
      Binned.searchAround(scratch, slot, records, capacity);
    }
    if (scratch.count <= capacity) Binned.sort(scratch, records);
    return true;
  }

  /** Packs the pairs of the atom in `slot` with atoms that come later. */
  private static searchAround(scratch: Scratch, slot: i32, records: usize, capacity: u64): void {
    const atom = scratch.order[slot];
    const b1 = scratch.bins[0];
    const b2 = scratch.bins[1];
    const b3 = scratch.bins[2];
    const own1 = Bins.along(scratch, atom, 0);
    const own2 = Bins.along(scratch, atom, 1);
    const high1 = Binned.highBin(scratch, atom, 0);
    const own3 = Bins.along(scratch, atom, 2);
    const low2 = Binned.lowBin(scratch, atom, 1);
    const high2 = Binned.highBin(scratch, atom, 1);
    const low3 = Binned.lowBin(scratch, atom, 2);
    const high3 = Binned.highBin(scratch, atom, 2);
    const start = scratch.start;
    for (let g1 = own1; g1 <= high1; g1++) {
      const n1 = g1 / b1;
      const row = (g1 - n1 * b1) * b2;
      for (let g2 = g1 === own1 ? own2 : low2; g2 <= high2; g2++) {
        const n2 = Binned.cellOf(g2, b2);
        const column = (row + g2 - n2 * b2) * b3;
        const isOwn = g1 === own1 && g2 === own2;
        const low = isOwn ? own3 : low3;
        for (let n3 = Binned.cellOf(low, b3); n3 * b3 <= high3; n3++) {
          let begin = start[column + max<i32>(low - n3 * b3, 0)];
          if (isOwn && n3 === 0) begin = max<i32>(begin, slot + 1);
          const end = start[column + min<i32>(high3 - n3 * b3, b3 - 1) + 1];
          if (begin >= end) continue;
          Binned.searchRun(scratch, slot, begin, end, n1, n2, n3, records, capacity);
        }
      }
    }
  }

  /** Packs the pairs of the atom in `slot` with one image of the atoms in a run of slots. */
  private static searchRun(
    scratch: Scratch,
    slot: i32,
    begin: i32,
    end: i32,
    n1: i32,
    n2: i32,
    n3: i32,
    records: usize,
    capacity: u64,
  ): void {
    const frame = scratch.frame;
    const a = <f64>n1;
    const b = <f64>n2;
    const c = <f64>n3;
    const x = scratch.x;
    const y = scratch.y;
    const z = scratch.z;
    const sx = f64x2.splat(x[slot] - (a * frame[0] + b * frame[3] + c * frame[6]));
    const sy = f64x2.splat(y[slot] - (a * frame[1] + b * frame[4] + c * frame[7]));
    const sz = f64x2.splat(z[slot] - (a * frame[2] + b * frame[5] + c * frame[8]));
    const radius = scratch.radius + scratch.slack;
    const limit = f64x2.splat(radius * radius);
    const order = scratch.order;
    const near = scratch.near;
    let hits = 0;
    // Without branches, which would be guessed wrong half of the time.
    for (let first = begin; first < end; first += 2) {
      const dx = f64x2.sub(x.two(first), sx);
      const dy = f64x2.sub(y.two(first), sy);
      const dz = f64x2.sub(z.two(first), sz);
      const xx = f64x2.mul(dx, dx);
      const yy = f64x2.mul(dy, dy);
      const squares = f64x2.add(f64x2.add(xx, yy), f64x2.mul(dz, dz));
      const isNear = i64x2.bitmask(f64x2.le(squares, limit));
      near[hits] = order[first];
      hits += isNear & 1;
      near[hits] = order[first + 1];
      // The second lane of the last step belongs to another run.
      hits += (isNear >> 1) & i32(first + 1 !== end);
    }
    Binned.pack(scratch, order[slot], hits, n1, n2, n3, records, capacity);
  }

  /** Packs the pairs of an atom with one image of the `hits` atoms of `near`. */
  private static pack(
    scratch: Scratch,
    atom: i32,
    hits: i32,
    n1: i32,
    n2: i32,
    n3: i32,
    records: usize,
    capacity: u64,
  ): void {
    const first = scratch.count;
    scratch.count += hits;
    // The rest is only counted: nothing is sorted any more.
    if (first + hits > capacity) return;
    const packing = scratch.packing;
    const forward = packing.code(n1, n2, n3);
    const backward = packing.code(-n1, -n2, -n3);
    const shift = packing.atom;
    const image = packing.image;
    const near = scratch.near;
    const byLower = scratch.byLower;
    const byHigher = scratch.byHigher;
    const keys = Keys.at(records + 8 * <usize>first);
    for (let k = 0; k < hits; k++) {
      const other = near[k];
      const lower = min<i32>(atom, other);
      const higher = max<i32>(atom, other);
      byLower[lower] += 1;
      byHigher[higher] += 1;
      const atoms = ((<u64>lower) << shift) | <u64>higher;
      keys[k] = (atoms << image) | (atom > other ? backward : forward);
    }
  }

  /** Sorts the packed pairs by the higher, then by the lower atom, which unpacks them. */
  private static sort(scratch: Scratch, records: usize): void {
    const found = Keys.at(records);
    const sorted = scratch.keys;
    const count = <i32>scratch.count;
    const atoms = scratch.atoms;
    const byHigher = scratch.byHigher;
    const byLower = scratch.byLower;
    Binned.accumulate(byHigher, atoms);
    Binned.accumulate(byLower, atoms);
    const packing = scratch.packing;
    const image = packing.image;
    const shift = packing.atom;
    const mask = ((<u64>1) << shift) - 1;
    for (let k = 0; k < count; k++) {
      const key = found[k];
      const higher = <i32>((key >> image) & mask);
      sorted[byHigher[higher]] = key;
      byHigher[higher] += 1;
    }
    for (let k = 0; k < count; k++) {
      const key = sorted[k];
      const lower = <i32>(key >> (image + shift));
      Binned.unpack(scratch, key, Candidate.at(records, <usize>byLower[lower]));
      byLower[lower] += 1;
    }
  }

  /** Turns how many pairs each atom has into where its first one goes. */
  private static accumulate(counts: Integers, atoms: i32): void {
    let sum = 0;
    for (let i = 0; i < atoms; i++) {
      const count = counts[i];
      counts[i] = sum;
      sum += count;
    }
  }

  private static unpack(scratch: Scratch, key: u64, pair: Candidate): void {
    const packing = scratch.packing;
    const atoms = key >> packing.image;
    const i = <i32>(atoms >> packing.atom);
    const j = <i32>(atoms & (((<u64>1) << packing.atom) - 1));
    const folds = scratch.folds;
    const n1 = packing.first(key) + folds[3 * i] - folds[3 * j];
    const n2 = packing.middle(key) + folds[3 * i + 1] - folds[3 * j + 1];
    const n3 = packing.last(key) + folds[3 * i + 2] - folds[3 * j + 2];
    pair.fill(i, j, n1, n2, n3, scratch.cell);
  }

  /** First bin along axis k, counted through the images, that can hold neighbours of an atom. */
  @inline
  private static lowBin(scratch: Scratch, atom: i32, k: i32): i32 {
    const bin = <i32>floor<f64>(scratch.coordinates[3 * atom + k] - scratch.span[k]);
    return scratch.isPeriodic(k) ? bin : max<i32>(bin, 0);
  }

  /** Last bin along axis k, counted through the images, that can hold neighbours of an atom. */
  @inline
  private static highBin(scratch: Scratch, atom: i32, k: i32): i32 {
    const bin = <i32>floor<f64>(scratch.coordinates[3 * atom + k] + scratch.span[k]);
    return scratch.isPeriodic(k) ? bin : min<i32>(bin, scratch.bins[k] - 1);
  }

  /** The image of the cell that a bin lies in: the quotient rounded down. */
  @inline
  private static cellOf(bin: i32, bins: i32): i32 {
    return <i32>floor<f64>(<f64>bin / <f64>bins);
  }
}
