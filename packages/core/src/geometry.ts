import { withPositions } from './atoms.ts';
import { completeCell, invertCell } from './cell.ts';
import { InvalidArgumentError } from './errors.ts';
import type { Atoms } from './atoms.ts';

/**
 * Fractional coordinates, 3N, with respect to the cell completed by `completeCell`.
 * @throws InvalidAtomsError `atoms/zero-volume`
 */
export function fractionalPositions(atoms: Atoms): Float64Array {
  return transformRows(atoms.positions, invertCell(completeCell(atoms.cell)));
}

/** Cartesian coordinates, Angstrom, 3N, of fractional ones; the inverse of the above. */
export function cartesianPositions(
  fractional: Float64Array,
  cell: ArrayLike<number>,
): Float64Array {
  return transformRows(fractional, completeCell(cell));
}

/**
 * The structure with every atom moved into the cell along periodic axes, fractional coordinates in
 * [0, 1).
 * @throws InvalidAtomsError `atoms/zero-volume`
 */
export function wrapAtoms(atoms: Atoms): Atoms {
  const fractional = fractionalPositions(atoms);
  const positions = atoms.positions.slice();
  for (let i = 0; i < fractional.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      if (!atoms.pbc[k]) continue;
      const f = fractional[i + k];
      let fold = Math.floor(f);
      // -1e-20 + 1 rounds to 1, which is the image at 0.
      if (f - fold >= 1) fold += 1;
      for (let a = 0; a < 3; a++) positions[i + a] -= fold * atoms.cell[3 * k + a];
    }
  }
  return withPositions(atoms, positions);
}

/**
 * The structure under a homogeneous strain: x' = (1 + strain) x for positions and lattice vectors.
 *
 * With a symmetric strain e, the stress is (1/V) dE/de.
 * @param strain 3 x 3, row by row, dimensionless
 * @throws InvalidArgumentError `atoms/invalid-strain` unless it is 9 finite numbers
 */
export function applyStrain(atoms: Atoms, strain: ArrayLike<number>): Atoms {
  const values = Array.from(strain);
  if (values.length !== 9 || !values.every((value) => Number.isFinite(value))) {
    throw new InvalidArgumentError('atoms/invalid-strain', 'a strain has 3 x 3 components', {
      expected: '9 finite numbers',
      found: `[${values.join(', ')}]`,
    });
  }
  // Rows times the transpose: x'_a = sum_b (1 + strain)_ab x_b.
  const map = Float64Array.from({ length: 9 }, (_, k) => {
    const [b, a] = [Math.floor(k / 3), k % 3];
    return values[3 * a + b] + (a === b ? 1 : 0);
  });
  return withPositions(atoms, transformRows(atoms.positions, map), transformRows(atoms.cell, map));
}

/** Every row vector times a 3 x 3 matrix. */
export function transformRows(rows: Float64Array, matrix: ArrayLike<number>): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i += 3) {
    const x = rows[i];
    const y = rows[i + 1];
    const z = rows[i + 2];
    out[i] = x * matrix[0] + y * matrix[3] + z * matrix[6];
    out[i + 1] = x * matrix[1] + y * matrix[4] + z * matrix[7];
    out[i + 2] = x * matrix[2] + y * matrix[5] + z * matrix[8];
  }
  return out;
}

/** Transposed 3 x 3 matrix, row by row. */
export function transposeMatrix(m: ArrayLike<number>): Float64Array {
  return Float64Array.of(m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]);
}
