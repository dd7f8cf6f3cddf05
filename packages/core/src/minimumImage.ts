import { hasPeriodicVolume, invertCell, periodicCell } from './cell.ts';
import { transformRows } from './geometry.ts';
import { InvalidAtomsError } from './errors.ts';
import type { Pbc } from './atoms.ts';

/** Shortening steps after which a lattice counts as reduced; real cells take a handful. */
const MOST_STEPS = 200;
/** A vector must become shorter by this factor (of its square) for the reduction to go on. */
const PROGRESS = 1 - 1e-12;

/**
 * The shortest periodic image of each vector, for any cell.
 *
 * Folding into the cell is not enough for skewed cells: the lattice is Minkowski-reduced first
 * (Nguyen and Stehle, ACM Trans. Algorithms 5, 46, 2009), and in a reduced cell the shortest image
 * is among the 27 around the folded vector. Among equally short images the one found first wins.
 * A neighbour list may need several images of one pair: this is no substitute for one.
 *
 * @param vectors 3M, Angstrom; returned as a new array
 * @throws InvalidAtomsError `atoms/zero-volume` for linearly dependent periodic vectors
 */
export function minimumImages(
  vectors: Float64Array,
  cell: ArrayLike<number>,
  pbc: Pbc,
): Float64Array {
  if (!pbc.includes(true)) return vectors.slice();
  if (!hasPeriodicVolume(cell, pbc)) {
    throw new InvalidAtomsError('atoms/zero-volume', 'periodic lattice vectors span no volume', {
      expected: 'linearly independent lattice vectors',
      found: `[${Array.from(cell).join(', ')}]`,
    });
  }
  const reduced = reduceLattice(cell, pbc);
  const fractional = transformRows(vectors, invertCell(reduced));
  for (let k = 0; k < fractional.length; k++) {
    if (pbc[k % 3]) fractional[k] -= Math.floor(fractional[k] + 0.5);
  }
  const out = transformRows(fractional, reduced);
  const shifts = neighborShifts(reduced, pbc);
  for (let i = 0; i < out.length; i += 3) {
    const [x, y, z] = [out[i], out[i + 1], out[i + 2]];
    let best = x * x + y * y + z * z;
    for (let s = 0; s < shifts.length; s += 3) {
      const a = x + shifts[s];
      const b = y + shifts[s + 1];
      const c = z + shifts[s + 2];
      const d = a * a + b * b + c * c;
      if (d >= best) continue;
      best = d;
      out[i] = a;
      out[i + 1] = b;
      out[i + 2] = c;
    }
  }
  return out;
}

/**
 * The same lattice with periodic vectors as short as they get; rows of non-periodic axes are unit
 * vectors orthogonal to them.
 */
function reduceLattice(cell: ArrayLike<number>, pbc: Pbc): Float64Array {
  const out = periodicCell(cell, pbc);
  const axes = [0, 1, 2].filter((k) => pbc[k]);
  for (let step = 0; step < MOST_STEPS; step++) {
    axes.sort((a, b) => squaredLength(out, a) - squaredLength(out, b));
    const longest = axes.at(-1);
    if (longest === undefined || axes.length < 2) return out;
    const others = axes.slice(0, -1);
    const changed =
      shorten(out, longest, others) ||
      (others.length === 2 && shorten(out, others[1], [others[0]]));
    if (!changed) return out;
  }
  return out;
}

/** Subtracts the combination of the other vectors that leaves row k shortest; false if none does. */
function shorten(cell: Float64Array, k: number, others: readonly number[]): boolean {
  const before = squaredLength(cell, k);
  const [u, v] = others;
  const [x, y] = projection(cell, k, others);
  let best = before * PROGRESS;
  let change: [number, number] | undefined;
  for (let a = Math.floor(x); a <= Math.floor(x) + 1; a++) {
    for (let b = Math.floor(y); b <= Math.floor(y) + (others.length === 2 ? 1 : 0); b++) {
      let length = 0;
      for (let c = 0; c < 3; c++) {
        const second = others.length === 2 ? b * cell[3 * v + c] : 0;
        length += (cell[3 * k + c] - a * cell[3 * u + c] - second) ** 2;
      }
      if (length >= best) continue;
      best = length;
      change = [a, b];
    }
  }
  if (change === undefined) return false;
  for (let c = 0; c < 3; c++) {
    const second = others.length === 2 ? change[1] * cell[3 * v + c] : 0;
    cell[3 * k + c] -= change[0] * cell[3 * u + c] + second;
  }
  return true;
}

/** Coefficients of row k in the plane (or line) of the other rows. */
function projection(cell: Float64Array, k: number, others: readonly number[]): [number, number] {
  const [u, v] = others;
  const uu = squaredLength(cell, u);
  const ku = dot(cell, k, u);
  if (others.length === 1) return [ku / uu, 0];
  const vv = squaredLength(cell, v);
  const uv = dot(cell, u, v);
  const kv = dot(cell, k, v);
  const det = uu * vv - uv * uv;
  return [(ku * vv - kv * uv) / det, (kv * uu - ku * uv) / det];
}

function dot(cell: Float64Array, a: number, b: number): number {
  return (
    cell[3 * a] * cell[3 * b] +
    cell[3 * a + 1] * cell[3 * b + 1] +
    cell[3 * a + 2] * cell[3 * b + 2]
  );
}

function squaredLength(cell: Float64Array, k: number): number {
  return dot(cell, k, k);
}

/** Lattice vectors of the images around the home cell, which itself is left out. */
function neighborShifts(cell: Float64Array, pbc: Pbc): number[] {
  const shifts: number[] = [];
  const range = pbc.map((periodic) => (periodic ? [-1, 0, 1] : [0]));
  for (const a of range[0]) {
    for (const b of range[1]) {
      for (const c of range[2]) {
        if (a === 0 && b === 0 && c === 0) continue;
        for (let x = 0; x < 3; x++) shifts.push(a * cell[x] + b * cell[3 + x] + c * cell[6 + x]);
      }
    }
  }
  return shifts;
}
