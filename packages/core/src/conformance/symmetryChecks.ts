import type { Atoms } from '../atoms.ts';
import { transformRows, transposeMatrix } from '../geometry.ts';
import {
  cyclicOrder,
  doubledCell,
  permuted,
  permutedBack,
  rotated,
  rotatedBack,
  scattered,
  sideBySide,
  translated,
} from '../symmetries.ts';
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
  return compare(context, { atoms: translated(atoms, shift) });
};

/** It does not matter in which periodic image an atom is given. */
export const checkImages: Check = async (context) => {
  const { atoms, rng } = context;
  if (!atoms.pbc.includes(true)) return undefined;
  return compare(context, { atoms: scattered(atoms, rng) });
};

/** Turning atoms and cell turns forces and stress and keeps the energy. */
export const checkRotation: Check = async (context) => {
  const { atoms, rng } = context;
  const rotation = randomRotation(rng);
  const back = transposeMatrix(rotation);
  return compare(context, {
    atoms: rotated(atoms, rotation),
    forces: (forces) => transformRows(forces, back),
    stress: (stress) => rotatedBack(stress, rotation),
  });
};

/** The order of the atoms means nothing. */
export const checkPermutation: Check = async (context) => {
  const { atoms, rng } = context;
  const n = atoms.numbers.length;
  if (n < 2) return undefined;
  const order = cyclicOrder(n, rng);
  return compare(context, {
    atoms: permuted(atoms, order),
    forces: (forces) => permutedBack(forces, order),
  });
};

/**
 * Twice the structure has twice the energy: a supercell of two cells along the shortest periodic
 * axis, otherwise two copies far apart.
 */
export const checkExtensivity: Check = async (context) => {
  const { atoms } = context;
  const doubled = atoms.pbc.includes(true) ? doubledCell(atoms) : sideBySide(atoms, atoms, FAR);
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
