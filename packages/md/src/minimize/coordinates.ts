import {
  InvalidArgumentError,
  invertCell,
  matrixFromVoigt,
  transformRows,
  volume,
  withPositions,
  transposeMatrix,
} from '@mlffd/core';
import type { Atoms, Property, Results } from '@mlffd/core';

/** What is varied in a minimisation: the atoms, or the atoms and the cell. */
export interface Coordinates {
  /** Current values, rows of three, Angstrom. */
  readonly x: Float64Array;
  /** What the calculator is asked for. */
  readonly properties: readonly Property[];
  /** The structure at `x`, with arrays of its own. */
  atoms(): Atoms;
  /** Writes the forces that belong to `x` into `out`, eV/Angstrom. */
  forces(results: Results, atoms: Atoms, out: Float64Array): void;
}

/** The atoms move in a fixed cell. */
export function atomCoordinates(start: Atoms): Coordinates {
  const x = start.positions.slice();
  return {
    x,
    properties: ['energy', 'forces'],
    atoms: () => withPositions(start, x.slice()),
    forces(results, _atoms, out) {
      if (results.forces !== undefined) out.set(results.forces);
    },
  };
}

/**
 * Atoms and cell move together, as in ASE's `UnitCellFilter` (Tadmor et al., Phys. Rev. B 59, 235
 * (1999)): N rows are the positions in the cell of the start, three are the deformation gradient
 * times N, so that cell and atoms are about equally stiff.
 *
 * @param pressure external, eV/Angstrom^3
 * @throws InvalidArgumentError for a structure that is not periodic along all axes
 */
export function cellCoordinates(start: Atoms, pressure: number): Coordinates {
  if (start.pbc.includes(false)) {
    throw new InvalidArgumentError('md/invalid-option', 'this cell cannot be relaxed', {
      expected: 'a structure that is periodic along all three axes',
      found: `pbc ${start.pbc.join(' ')}`,
      where: 'cell',
      hint: 'Relax the atoms only, or make the structure periodic.',
    });
  }
  const count = start.numbers.length;
  const x = new Float64Array(3 * count + 9);
  x.set(start.positions);
  for (let k = 0; k < 3; k++) x[3 * count + 4 * k] = count;
  const deformation = () => x.subarray(3 * count).map((value) => value / count);
  return {
    x,
    properties: ['energy', 'forces', 'stress'],
    atoms() {
      const map = transposeMatrix(deformation());
      const positions = transformRows(x.subarray(0, 3 * count), map);
      return withPositions(start, positions, transformRows(start.cell, map));
    },
    forces({ forces, stress }, atoms, out) {
      if (forces === undefined || stress === undefined) return;
      const gradient = deformation();
      out.set(transformRows(forces, gradient));
      const virial = matrixFromVoigt(stress);
      const size = volume(atoms);
      for (let k = 0; k < 3; k++) virial[4 * k] += pressure;
      const pull = transformRows(virial, transposeMatrix(invertCell(gradient)));
      for (let k = 0; k < 9; k++) out[3 * count + k] = (-size * pull[k]) / count;
    },
  };
}
