import { createAtoms, neighborList, Rng, volume } from '@mlffd/core';
import type { Atoms, Calculator, Results } from '@mlffd/core';
import type { LabelledStructure } from '@mlffd/train';

/** Range of the potential, Angstrom. */
const MORSE_CUTOFF = 4;
/** Energies of the free atoms, eV, by atomic number. */
const FREE_ATOMS: Readonly<Record<number, number>> = { 6: -10, 8: -20 };

/** Depth (eV) and distance (Angstrom) of the minimum for a pair of elements. */
function pair(a: number, b: number): { depth: number; distance: number } {
  if (a !== b) return { depth: 1, distance: 1.6 };
  return a === 6 ? { depth: 0.6, distance: 1.9 } : { depth: 0.3, distance: 2.2 };
}

/** Morse pairs of carbon and oxygen, switched off smoothly at the cutoff, on free-atom energies. */
function morse(atoms: Atoms): Required<Results> {
  const list = neighborList(atoms, MORSE_CUTOFF);
  const forces = new Float64Array(atoms.positions.length);
  const virial = new Float64Array(9);
  const energies = Float64Array.from(atoms.numbers, (z) => FREE_ATOMS[z]);
  let energy = 0;
  for (const z of atoms.numbers) energy += FREE_ATOMS[z];
  for (let e = 0; e < list.count; e++) {
    const i = list.centers[e];
    const j = list.neighbors[e];
    const r = list.distances[e];
    const { depth, distance } = pair(atoms.numbers[i], atoms.numbers[j]);
    const x = Math.exp(-1.5 * (r - distance));
    const value = depth * (x * x - 2 * x);
    const slope = -2 * 1.5 * depth * (x * x - x);
    const cut = 0.5 * (1 + Math.cos((Math.PI * r) / MORSE_CUTOFF));
    const cutSlope = (-0.5 * Math.PI * Math.sin((Math.PI * r) / MORSE_CUTOFF)) / MORSE_CUTOFF;
    energy += 0.5 * value * cut;
    energies[i] += 0.5 * value * cut;
    const derivative = slope * cut + value * cutSlope;
    for (let a = 0; a < 3; a++) {
      const unit = list.vectors[3 * e + a] / r;
      // Each pair is listed in both directions, and each direction pulls its centre.
      forces[3 * i + a] += derivative * unit;
      for (let b = 0; b < 3; b++)
        virial[3 * a + b] += 0.5 * derivative * unit * list.vectors[3 * e + b];
    }
  }
  const periodic = atoms.pbc[0];
  const v = periodic ? volume(atoms) : 1;
  const stress = Float64Array.from([0, 4, 8, 5, 2, 1], (k) => virial[k] / v);
  return { energy, energies, forces, stress };
}

/** Atoms along each axis of the grid. */
const SIDE = 2;

/** Choices of a random structure. */
export interface StructureOptions {
  /** Atoms, at most 8. */
  readonly count?: number;
  readonly periodic?: boolean;
  /** Whether it has energies of its atoms; default not. */
  readonly nodes?: boolean;
}

/** Random structure of carbon and oxygen: a jittered grid, as a cluster or in a periodic cell. */
function randomAtoms(seed: number, options: StructureOptions = {}): Atoms {
  const { count = SIDE ** 3, periodic = false } = options;
  const rng = new Rng(seed, 'structure');
  const spacing = 1.8 + 0.3 * rng.uniform();
  const positions: number[] = [];
  const numbers: number[] = [];
  for (let k = 0; k < count; k++) {
    const cell = [k % SIDE, Math.floor(k / SIDE) % SIDE, Math.floor(k / SIDE / SIDE)];
    for (const x of cell) positions.push(spacing * x + 0.12 * rng.normal());
    numbers.push(rng.uniform() < 0.5 ? 6 : 8);
  }
  const length = SIDE * spacing;
  return createAtoms({
    numbers,
    positions,
    ...(periodic
      ? { cell: [length, 0, 0, 0, length, 0, 0, 0, length], pbc: [true, true, true] }
      : {}),
  });
}

/** A random structure with all labels that it can have. */
export function labelledStructure(seed: number, options: StructureOptions = {}): LabelledStructure {
  const atoms = randomAtoms(seed, options);
  const { energy, energies, forces, stress } = morse(atoms);
  return {
    atoms,
    energy,
    forces,
    ...(options.periodic === true ? { stress } : {}),
    ...(options.nodes === true ? { energies } : {}),
  };
}

/** The potential as a calculator. */
export function morseCalculator(): Calculator {
  return {
    name: 'morse',
    properties: ['energy', 'energies', 'forces', 'stress'],
    calculate: (atoms) => morse(atoms),
    dispose: () => undefined,
  };
}

/** Hyper-parameters of a student that trains in seconds. */
export const TINY_MODEL = {
  features: 8,
  interactions: 2,
  radialBasis: { type: 'bessel', count: 6 },
  cutoff: MORSE_CUTOFF,
  cutoffFunction: 'polynomial',
  maxAtomicNumber: 8,
} as const;
