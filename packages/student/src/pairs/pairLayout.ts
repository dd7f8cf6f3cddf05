import { ElectronBuffers } from '../electronic/electronInputs.ts';
import { Growing, IndexBuffer } from '../layout.ts';

/** An open structure, as `layoutPairs` takes it. */
export interface OpenStructure {
  /** Atomic numbers, N. */
  readonly numbers: ArrayLike<number>;
  /** Angstrom, 3N, about the structure's own middle: they are rounded to float32. */
  readonly positions: ArrayLike<number>;
}

/**
 * Open structures with a slot for every pair of their atoms, as `buildPairPainn` takes them: B
 * structures, each filled up to N atoms.
 *
 * | field | shape | content |
 * |---|---|---|
 * | `numbers` | B N | atomic numbers; 0 for atoms that only fill up |
 * | `positions` | 3 x B x N | Angstrom |
 * | `present` | B x N | 1, or 0 for atoms that only fill up |
 * | `apart` | B x N x N | 0, or what is added to the squared distance (Angstrom^2) so that no edge is there |
 */
export interface PairBatch {
  /** B */
  readonly structures: number;
  /** N, of the largest. */
  readonly atoms: number;
  readonly numbers: BigInt64Array;
  readonly positions: Float32Array;
  readonly present: Float32Array;
  readonly apart: Float32Array;
}

/** Memory that `layoutPairs` writes to and keeps between calls; it grows and never shrinks. */
export class PairBuffers {
  readonly numbers: IndexBuffer = new IndexBuffer();
  readonly positions: Growing<Float32Array> = new Growing<Float32Array>((n) => new Float32Array(n));
  readonly present: Growing<Float32Array> = new Growing<Float32Array>((n) => new Float32Array(n));
  readonly apart: Growing<Float32Array> = new Growing<Float32Array>((n) => new Float32Array(n));
  /** As in `EdgeBuffers`. */
  readonly electrons: ElectronBuffers = new ElectronBuffers();
}

/** Pairs that are none, such as an atom with itself, are this many cutoffs apart. */
const APART = 2;

/**
 * Arranges open structures; the arrays that come back are views of `buffers`, valid until the next
 * call with the same.
 *
 * @param cutoff Angstrom
 */
export function layoutPairs(
  structures: readonly OpenStructure[],
  cutoff: number,
  buffers: PairBuffers = new PairBuffers(),
): PairBatch {
  const count = structures.length;
  let atoms = 0;
  for (const { numbers } of structures) atoms = Math.max(atoms, numbers.length);
  const rows = count * atoms;
  const low = buffers.numbers.take(rows);
  const positions = buffers.positions.take(3 * rows);
  const present = buffers.present.take(rows);
  const apart = buffers.apart.take(rows * atoms);
  const far = (APART * cutoff) ** 2;
  for (let b = 0; b < count; b++) {
    const structure = structures[b];
    const n = structure.numbers.length;
    for (let i = 0; i < atoms; i++) {
      const row = b * atoms + i;
      const real = i < n;
      low[2 * row] = real ? structure.numbers[i] : 0;
      present[row] = real ? 1 : 0;
      for (let c = 0; c < 3; c++) {
        positions[c * rows + row] = real ? structure.positions[3 * i + c] : 0;
      }
      apart.fill(real ? 0 : far, row * atoms, row * atoms + n);
      apart.fill(far, row * atoms + n, (row + 1) * atoms);
      apart[row * atoms + i] = far;
    }
  }
  return {
    structures: count,
    atoms,
    numbers: buffers.numbers.indices(rows),
    positions,
    present,
    apart,
  };
}
