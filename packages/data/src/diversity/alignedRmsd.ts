import {
  InvalidArgumentError,
  invertCell,
  minimumImages,
  periodicCell,
  transformRows,
} from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { StructureDescriptor } from '../descriptors/structureDescriptor.ts';
import { assign } from './assignment.ts';
import { superpose } from './kabsch.ts';

/** Options of `alignedRmsd`. */
export interface AlignedRmsdOptions {
  /**
   * Atoms of one element may change places; default true. The best order found is that of the
   * structure, or one that starts from similar environments, both refined until nothing changes: an
   * upper bound of the smallest RMSD, which nobody can compute in reasonable time.
   */
  readonly permute?: boolean;
  /** Mirror images count as equal; default false. */
  readonly reflections?: boolean;
}

const MOST_REFINEMENTS = 10;

/**
 * Distance of two molecules or clusters with the same elements: RMSD in Angstrom after the best rigid
 * motion of one onto the other.
 *
 * @throws InvalidArgumentError `data/not-comparable` for other elements or periodic structures
 */
export function alignedRmsd(a: Atoms, b: Atoms, options: AlignedRmsdOptions = {}): number {
  const { permute = true, reflections = false } = options;
  requireComparable(a, b);
  const starts: Int32Array[] = [];
  if (a.numbers.every((z, k) => z === b.numbers[k])) {
    starts.push(Int32Array.from(a.numbers, (_, k) => k));
  }
  if (permute) starts.push(matchEnvironments(a, b));
  let best = Infinity;
  for (const start of starts) {
    for (const mirror of reflections ? [1, -1] : [1]) {
      const other = mirror === 1 ? b.positions : b.positions.map((x) => -x);
      best = Math.min(best, refine({ a, other, numbers: b.numbers, permute }, start));
    }
  }
  return best;
}

interface Pair {
  readonly a: Atoms;
  /** Positions of the other structure, 3N, Angstrom. */
  readonly other: Float64Array;
  readonly numbers: Int32Array;
  readonly permute: boolean;
}

/** Superposes and assigns in turns until the order stays. */
function refine({ a, other, numbers, permute }: Pair, start: Int32Array): number {
  let order = start;
  let fit = superpose(a.positions, reorder(other, order));
  for (let step = 0; permute && step < MOST_REFINEMENTS; step++) {
    const moved = new Float64Array(other.length);
    for (const [i, j] of order.entries()) {
      for (let c = 0; c < 3; c++) moved[3 * j + c] = fit.positions[3 * i + c];
    }
    const next = assignByElement(a.numbers, numbers, (i, j) => {
      const x = a.positions[3 * i] - moved[3 * j];
      const y = a.positions[3 * i + 1] - moved[3 * j + 1];
      const z = a.positions[3 * i + 2] - moved[3 * j + 2];
      return x * x + y * y + z * z;
    });
    if (next.every((j, i) => j === order[i])) break;
    const better = superpose(a.positions, reorder(other, next));
    if (better.rmsd >= fit.rmsd) break;
    order = next;
    fit = better;
  }
  return fit.rmsd;
}

function reorder(positions: Float64Array, order: Int32Array): Float64Array {
  const out = new Float64Array(positions.length);
  for (const [i, j] of order.entries()) {
    for (let c = 0; c < 3; c++) out[3 * i + c] = positions[3 * j + c];
  }
  return out;
}

/** Pairs atoms whose surroundings are alike, wherever they are. */
function matchEnvironments(a: Atoms, b: Atoms): Int32Array {
  const descriptor = new StructureDescriptor();
  const width = descriptor.atomSize;
  const p = descriptor.atoms(a);
  const q = descriptor.atoms(b);
  return assignByElement(a.numbers, b.numbers, (i, j) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += (p[i * width + k] - q[j * width + k]) ** 2;
    return sum;
  });
}

/** The cheapest pairing of atoms that leaves elements alone: the partner of each atom. */
function assignByElement(
  first: Int32Array,
  second: Int32Array,
  cost: (i: number, j: number) => number,
): Int32Array {
  const out = new Int32Array(first.length);
  for (const z of new Set(first)) {
    const rows = indicesOf(first, z);
    const columns = indicesOf(second, z);
    const n = rows.length;
    const matrix = new Float64Array(n * n);
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < n; c++) matrix[r * n + c] = cost(rows[r], columns[c]);
    }
    const chosen = assign(matrix, n);
    for (let r = 0; r < n; r++) out[rows[r]] = columns[chosen[r]];
  }
  return out;
}

function indicesOf(numbers: Int32Array, z: number): number[] {
  const out: number[] = [];
  for (let k = 0; k < numbers.length; k++) if (numbers[k] === z) out.push(k);
  return out;
}

function requireComparable(a: Atoms, b: Atoms): void {
  const periodic = a.pbc.includes(true) || b.pbc.includes(true);
  const sorted = (atoms: Atoms): string => atoms.numbers.slice().sort().join(' ');
  if (!periodic && sorted(a) === sorted(b)) return;
  throw new InvalidArgumentError('data/not-comparable', 'these structures have no aligned RMSD', {
    expected: 'two structures without periodicity, with the same elements',
    found: periodic ? 'a periodic structure' : 'other elements',
    hint: periodic ? 'Use periodicRmsd.' : 'Compare their descriptors.',
  });
}

/** Cells that differ by more than this, relative to their size, have no common frame. */
const MOST_STRAIN = 0.2;
const MOST_SHIFTS = 10;
/** A mean displacement below this is gone, Angstrom. */
const NO_SHIFT = 1e-10;

/**
 * Distance of two periodic structures with the same atoms in the same order and similar cells: root of
 * the mean squared displacement, Angstrom, by minimum images in their mean cell, without the common
 * translation. A difference of the cells themselves does not count; nothing is rotated or reordered.
 *
 * @returns undefined where elements, order, periodicity or cells differ too much to tell
 */
export function periodicRmsd(a: Atoms, b: Atoms): number | undefined {
  const { pbc } = a;
  const alike =
    a.numbers.length === b.numbers.length &&
    a.numbers.every((z, k) => z === b.numbers[k]) &&
    pbc.every((flag, k) => flag === b.pbc[k]);
  if (!alike) return undefined;
  const cells = [periodicCell(a.cell, pbc), periodicCell(b.cell, pbc)];
  const mean = cells[0].map((x, k) => (x + cells[1][k]) / 2);
  const difference = cells[0].map((x, k) => x - cells[1][k]);
  if (Math.hypot(...difference) > MOST_STRAIN * Math.hypot(...mean)) return undefined;
  const p = transformRows(transformRows(a.positions, invertCell(cells[0])), mean);
  const q = transformRows(transformRows(b.positions, invertCell(cells[1])), mean);
  const raw = p.map((x, k) => x - q[k]);
  // Where to begin matters, as every displacement is folded: nothing, or the shift of the first atom.
  const starts = [new Float64Array(3), raw.subarray(0, 3)];
  return Math.min(
    ...starts.map((start) => withoutShift(raw, start, (d) => minimumImages(d, mean, pbc))),
  );
}

function withoutShift(
  raw: Float64Array,
  start: Float64Array,
  fold: (displacements: Float64Array) => Float64Array,
): number {
  const shift = Float64Array.from(start);
  let folded = raw;
  for (let step = 0; step < MOST_SHIFTS; step++) {
    folded = fold(raw.map((x, k) => x - shift[k % 3]));
    const mean = new Float64Array(3);
    for (let k = 0; k < folded.length; k++) mean[k % 3] += (3 * folded[k]) / folded.length;
    for (let c = 0; c < 3; c++) shift[c] += mean[c];
    if (Math.hypot(...mean) < NO_SHIFT) break;
  }
  return Math.sqrt(folded.reduce((sum, x) => sum + x * x, 0) / (folded.length / 3));
}
