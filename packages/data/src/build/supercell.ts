import type { Atoms } from '@mlffd/core';
import { adjugate, determinant, hermiteBasis } from './integerLattice.ts';
import { invalidOption } from './invalidOption.ts';
import { matrixOf, times } from './vector.ts';
import type { Matrix, Vector } from './vector.ts';

/** Three rows of three integers. */
export type IntegerMatrix = readonly (readonly [number, number, number])[];

/**
 * The crystal in the cell whose lattice vectors are integer combinations of the old ones:
 * row k of the new cell is sum_l matrix[k][l] times row l of the old one, as in ASE's
 * `make_supercell`.
 *
 * It has |determinant| times as many atoms. A determinant below 0 turns the handedness of the cell
 * over and nothing else. Copies follow each other in blocks of N atoms, with a diagonal matrix in
 * the order of core's `repeatAtoms`. Charge and spin are multiplied by the number of copies, `info`
 * is kept.
 *
 * @throws InvalidArgumentError `data/invalid-option` unless the matrix has 3 x 3 integers and a
 * determinant other than 0, and leaves the axes that are not periodic alone
 */
export function supercell(atoms: Atoms, matrix: IntegerMatrix): Atoms {
  const rows = readMatrix(matrix);
  requirePeriodicAxes(atoms, rows);
  const shifts = latticePoints(rows);
  const copies = shifts.length;
  const cell = matrixOf(atoms.cell);
  const n = atoms.numbers.length;
  const numbers = new Int32Array(n * copies);
  const positions = new Float64Array(3 * n * copies);
  for (const [copy, shift] of shifts.entries()) {
    const offset = times(shift, cell);
    numbers.set(atoms.numbers, n * copy);
    for (let k = 0; k < 3 * n; k++) {
      positions[3 * n * copy + k] = atoms.positions[k] + offset[k % 3];
    }
  }
  return {
    ...atoms,
    numbers,
    positions,
    cell: Float64Array.from(rows.flatMap((r) => times(r, cell))),
    ...(atoms.charge === undefined ? {} : { charge: atoms.charge * copies }),
    ...(atoms.spin === undefined ? {} : { spin: atoms.spin * copies }),
  };
}

/** The points of the old lattice in the new cell, each once, in units of the old vectors. */
function latticePoints(rows: Matrix): Vector[] {
  const [[a], [, b], [, , c]] = hermiteBasis(rows);
  const det = determinant(rows);
  const inverse = adjugate(rows);
  const points: Vector[] = [];
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let k = 0; k < c; k++) {
        const point: Vector = [i, j, k];
        const [x, y, z] = times(point, inverse);
        // Quotients of integers: their floor is exact.
        const fold: Vector = [Math.floor(x / det), Math.floor(y / det), Math.floor(z / det)];
        const back = times(fold, rows);
        points.push([i - back[0], j - back[1], k - back[2]]);
      }
    }
  }
  return points;
}

function readMatrix(matrix: IntegerMatrix): Matrix {
  const shaped = matrix.length === 3 && matrix.every((r: readonly number[]) => r.length === 3);
  if (!shaped || !matrix.flat().every((x) => Number.isSafeInteger(x))) {
    throw invalidOption('matrix', 'a supercell needs a 3 x 3 matrix of integers', {
      expected: '3 rows of 3 integers',
      found: JSON.stringify(matrix),
    });
  }
  const rows: Matrix = [matrix[0], matrix[1], matrix[2]];
  if (determinant(rows) !== 0) return rows;
  throw invalidOption('matrix', 'the rows of the supercell matrix are linearly dependent', {
    expected: 'a determinant other than 0',
    found: JSON.stringify(matrix),
    hint: 'Give three lattice vectors that span a volume.',
  });
}

function requirePeriodicAxes(atoms: Atoms, rows: Matrix): void {
  for (let k = 0; k < 3; k++) {
    if (atoms.pbc[k]) continue;
    const alone = [0, 1, 2].every((l) => l === k || (rows[k][l] === 0 && rows[l][k] === 0));
    if (alone && rows[k][k] === 1) continue;
    throw invalidOption('matrix', `axis ${'abc'[k]} is not periodic and cannot be combined`, {
      expected: `row and column ${k} of the identity matrix`,
      found: JSON.stringify(rows),
      hint: 'Make the axis periodic first, or leave it out of the matrix.',
    });
  }
}
