import { type Atoms, repeatAtoms, withPositions } from './atoms.ts';
import { transformRows, transposeMatrix } from './geometry.ts';
import type { Rng } from './rng.ts';
import { matrixFromVoigt, voigtFromMatrix } from './voigt.ts';

// What a structure can be turned into without any change of its physics, or with a known one.

/** Moved as a whole; the cell stays. */
export function translated(atoms: Atoms, shift: ArrayLike<number>): Atoms {
  return withPositions(
    atoms,
    atoms.positions.map((x, k) => x + shift[k % 3]),
  );
}

/** Atoms and cell turned: every row vector times the rotation. */
export function rotated(atoms: Atoms, rotation: ArrayLike<number>): Atoms {
  return withPositions(
    atoms,
    transformRows(atoms.positions, rotation),
    transformRows(atoms.cell, rotation),
  );
}

/** Voigt stress of a structure turned by {@link rotated}, brought back to the original axes. */
export function rotatedBack(stress: Float64Array, rotation: ArrayLike<number>): Float64Array {
  // Row vectors turn as v R, so that a tensor turns back as R s R^T.
  const back = transposeMatrix(rotation);
  const half = transformRows(matrixFromVoigt(stress), back);
  return voigtFromMatrix(transposeMatrix(transformRows(transposeMatrix(half), back)));
}

/** An order of n things in which none stays in its place: Sattolo's shuffle, one cycle. */
export function cyclicOrder(n: number, rng: Rng): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.integer(i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Atom i of the result is atom `order[i]`. */
export function permuted(atoms: Atoms, order: Int32Array): Atoms {
  return {
    ...atoms,
    numbers: Int32Array.from(order, (i) => atoms.numbers[i]),
    positions: Float64Array.from({ length: 3 * order.length }, (_, k) => {
      return atoms.positions[3 * order[Math.floor(k / 3)] + (k % 3)];
    }),
  };
}

/** Rows of a {@link permuted} structure in the original order. */
export function permutedBack(rows: Float64Array, order: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let k = 0; k < rows.length; k++) out[3 * order[Math.floor(k / 3)] + (k % 3)] = rows[k];
  return out;
}

/** Every atom in another periodic image, at most two cells away along each axis. */
export function scattered(atoms: Atoms, rng: Rng): Atoms {
  const positions = atoms.positions.slice();
  for (let i = 0; i < positions.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      if (!atoms.pbc[k]) continue;
      const cells = rng.integer(5) - 2;
      for (let a = 0; a < 3; a++) positions[i + a] += cells * atoms.cell[3 * k + a];
    }
  }
  return withPositions(atoms, positions);
}

/** Two cells along the shortest periodic vector. */
export function doubledCell(atoms: Atoms): Atoms {
  const lengths = [0, 1, 2].map((k) => {
    const [x, y, z] = atoms.cell.subarray(3 * k, 3 * k + 3);
    return atoms.pbc[k] ? x * x + y * y + z * z : Infinity;
  });
  const axis = lengths.indexOf(Math.min(...lengths));
  return repeatAtoms(atoms, [axis === 0 ? 2 : 1, axis === 1 ? 2 : 1, axis === 2 ? 2 : 1]);
}

/**
 * The second structure behind the first along x. Charges and numbers of unpaired electrons add up;
 * cell and `info` are those of the first.
 *
 * @param gap between the last atom of the first and the first of the second along x, Angstrom
 */
export function sideBySide(a: Atoms, b: Atoms, gap: number): Atoms {
  let end = -Infinity;
  let start = Infinity;
  for (let k = 0; k < a.positions.length; k += 3) end = Math.max(end, a.positions[k]);
  for (let k = 0; k < b.positions.length; k += 3) start = Math.min(start, b.positions[k]);
  const numbers = new Int32Array(a.numbers.length + b.numbers.length);
  numbers.set(a.numbers);
  numbers.set(b.numbers, a.numbers.length);
  const positions = new Float64Array(3 * numbers.length);
  positions.set(a.positions);
  positions.set(translated(b, [end - start + gap, 0, 0]).positions, a.positions.length);
  const [charge, spin] = [sum(a.charge, b.charge), sum(a.spin, b.spin)];
  return {
    ...a,
    numbers,
    positions,
    ...(charge === undefined ? {} : { charge }),
    ...(spin === undefined ? {} : { spin }),
  };
}

function sum(x: number | undefined, y: number | undefined): number | undefined {
  return x === undefined && y === undefined ? undefined : (x ?? 0) + (y ?? 0);
}
