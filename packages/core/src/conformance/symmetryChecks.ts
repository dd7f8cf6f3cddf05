import { type Atoms, repeatAtoms, withPositions } from '../atoms.ts';
import { transformRows, transposeMatrix } from '../geometry.ts';
import { matrixFromVoigt, voigtFromMatrix } from '../voigt.ts';
import { maxDifference, scaleOf, show, type Check, type CheckContext } from './probe.ts';
import type { Results } from '../calculator.ts';
import { randomRotation } from '../rotation.ts';
import type { Measurement } from './report.ts';

/** Gap between two copies that must not feel each other, Angstrom. */
const FAR = 100;

/** Moving everything changes nothing. */
export const checkTranslation: Check = async (context) => {
  const { atoms, rng } = context;
  const shift = [3 * rng.normal(), 3 * rng.normal(), 3 * rng.normal()];
  const moved = withPositions(
    atoms,
    atoms.positions.map((x, k) => x + shift[k % 3]),
  );
  return compare(context, { atoms: moved });
};

/** It does not matter in which periodic image an atom is given. */
export const checkImages: Check = async (context) => {
  const { atoms, rng } = context;
  if (!atoms.pbc.includes(true)) return undefined;
  const positions = atoms.positions.slice();
  for (let i = 0; i < positions.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      if (!atoms.pbc[k]) continue;
      const cells = rng.integer(5) - 2;
      for (let a = 0; a < 3; a++) positions[i + a] += cells * atoms.cell[3 * k + a];
    }
  }
  return compare(context, { atoms: withPositions(atoms, positions) });
};

/** Turning atoms and cell turns forces and stress and keeps the energy. */
export const checkRotation: Check = async (context) => {
  const { atoms, rng } = context;
  const rotation = randomRotation(rng);
  const back = transposeMatrix(rotation);
  const turned = withPositions(
    atoms,
    transformRows(atoms.positions, rotation),
    transformRows(atoms.cell, rotation),
  );
  return compare(context, {
    atoms: turned,
    forces: (forces) => transformRows(forces, back),
    stress: (stress) => {
      // Row vectors turn as v R, so that a tensor turns back as R s R^T.
      const half = transformRows(matrixFromVoigt(stress), back);
      return voigtFromMatrix(transposeMatrix(transformRows(transposeMatrix(half), back)));
    },
  });
};

/** The order of the atoms means nothing. */
export const checkPermutation: Check = async (context) => {
  const { atoms, rng } = context;
  const n = atoms.numbers.length;
  if (n < 2) return undefined;
  // Sattolo's shuffle: one cycle, so that no atom stays in its place.
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.integer(i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const shuffled: Atoms = {
    ...atoms,
    numbers: Int32Array.from(order, (i) => atoms.numbers[i]),
    positions: Float64Array.from({ length: 3 * n }, (_, k) => {
      return atoms.positions[3 * order[Math.floor(k / 3)] + (k % 3)];
    }),
  };
  return compare(context, {
    atoms: shuffled,
    forces: (forces) => {
      const out = new Float64Array(3 * n);
      for (let k = 0; k < 3 * n; k++) out[3 * order[Math.floor(k / 3)] + (k % 3)] = forces[k];
      return out;
    },
  });
};

/**
 * Twice the structure has twice the energy: a supercell of two cells along the shortest periodic
 * axis, otherwise two copies far apart.
 */
export const checkExtensivity: Check = async (context) => {
  const { atoms } = context;
  const doubled = atoms.pbc.includes(true) ? doubledCell(atoms) : farCopies(atoms);
  return compare(context, {
    atoms: doubled,
    copies: 2,
    forces: (forces) => forces.subarray(0, atoms.positions.length),
  });
};

interface Transformed {
  readonly atoms: Atoms;
  /** How many times the energy must have grown. Default 1. */
  readonly copies?: number;
  /** Brings forces back to those of the original. */
  readonly forces?: (forces: Float64Array) => Float64Array;
  readonly stress?: (stress: Float64Array) => Float64Array;
}

async function compare(
  { probe, atoms, tolerances }: CheckContext,
  { atoms: other, copies = 1, forces: toForces, stress: toStress }: Transformed,
): Promise<Measurement> {
  const before = await probe.state(atoms);
  const after = await probe.state(other);
  const perAtom = atoms.numbers.length * copies;
  const energy =
    Math.abs((after.energy ?? NaN) - copies * (before.energy ?? NaN)) / perAtom / tolerances.energy;
  const forces = difference(before.forces, after.forces, toForces) / scaleOf(before.forces);
  const stress = difference(before.stress, after.stress, toStress);
  const worst = Math.max(energy, forces / tolerances.symmetry, stress / tolerances.symmetry);
  const parts = [`energy ${show(energy * tolerances.energy)} eV/atom`];
  if (before.forces) parts.push(`forces ${show(forces)} of the largest (at least 1 eV/A)`);
  if (before.stress) parts.push(`stress ${show(stress)} eV/A^3`);
  return {
    measured: Number.isNaN(worst) ? Infinity : worst * tolerances.symmetry,
    tolerance: tolerances.symmetry,
    detail: `differences: ${parts.join(', ')}`,
  };
}

function difference(
  before: Results['forces'],
  after: Results['forces'],
  back: ((values: Float64Array) => Float64Array) | undefined,
): number {
  if (before === undefined && after === undefined) return 0;
  if (before === undefined || after === undefined) return Infinity;
  return maxDifference(before, back === undefined ? after : back(after));
}

function doubledCell(atoms: Atoms): Atoms {
  const lengths = [0, 1, 2].map((k) => {
    const [x, y, z] = atoms.cell.subarray(3 * k, 3 * k + 3);
    return atoms.pbc[k] ? x * x + y * y + z * z : Infinity;
  });
  const axis = lengths.indexOf(Math.min(...lengths));
  return repeatAtoms(atoms, [axis === 0 ? 2 : 1, axis === 1 ? 2 : 1, axis === 2 ? 2 : 1]);
}

function farCopies(atoms: Atoms): Atoms {
  let low = Infinity;
  let high = -Infinity;
  for (let k = 0; k < atoms.positions.length; k += 3) {
    low = Math.min(low, atoms.positions[k]);
    high = Math.max(high, atoms.positions[k]);
  }
  const n = atoms.numbers.length;
  const numbers = new Int32Array(2 * n);
  numbers.set(atoms.numbers);
  numbers.set(atoms.numbers, n);
  const positions = new Float64Array(6 * n);
  positions.set(atoms.positions);
  positions.set(
    atoms.positions.map((x, k) => (k % 3 === 0 ? x + (high - low) + FAR : x)),
    3 * n,
  );
  return {
    ...atoms,
    numbers,
    positions,
    ...(atoms.charge === undefined ? {} : { charge: 2 * atoms.charge }),
    ...(atoms.spin === undefined ? {} : { spin: 2 * atoms.spin }),
  };
}
