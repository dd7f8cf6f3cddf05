import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import {
  type Atoms,
  type Calculator,
  createAtoms,
  neighborList,
  type Results,
  volume,
} from '@mlffd/core';
import type { TeacherInconsistency, ValidationStudent, ValidationSystem } from '../src/index.ts';

const CUTOFF = 5;
const WIDTH = 1.4;

/** How a pair potential differs from the teacher's. */
export interface PairChange {
  /** Well depth, eV; default 0.35. */
  readonly depth?: number;
  /** Factor of the forces: not the gradient where it is not 1. */
  readonly force?: number;
  /** Energy falls again below this distance, Angstrom: nuclei attract. */
  readonly hole?: number;
  readonly elements?: readonly number[];
}

/** A Morse potential with its minimum at 2.5 Angstrom, times a polynomial that ends at 5 Angstrom. */
export function pairPotential(name: string, change: PairChange = {}): Calculator {
  const { depth = 0.35, force = 1, hole = 0, elements } = change;
  return {
    name,
    properties: ['energy', 'forces', 'stress'],
    cutoff: CUTOFF,
    ...(elements === undefined ? {} : { elements }),
    calculate(atoms): Results {
      const list = neighborList(atoms, CUTOFF);
      const forces = new Float64Array(atoms.positions.length);
      const virial = new Float64Array(6);
      let energy = 0;
      for (let e = 0; e < list.count; e++) {
        const r = list.distances[e];
        const { value, slope } = pairEnergy(r, depth, hole);
        energy += value / 2;
        const v = [0, 1, 2].map((c) => list.vectors[3 * e + c]);
        for (let c = 0; c < 3; c++) forces[3 * list.centers[e] + c] += (force * slope * v[c]) / r;
        const pairs = [
          [0, 0],
          [1, 1],
          [2, 2],
          [1, 2],
          [0, 2],
          [0, 1],
        ];
        pairs.forEach(([a, b], k) => (virial[k] += (slope * v[a] * v[b]) / (2 * r)));
      }
      const stress = atoms.pbc.every(Boolean)
        ? virial.map((value) => value / volume(atoms))
        : virial;
      return { energy, forces, stress };
    },
    dispose: () => undefined,
  };
}

function pairEnergy(r: number, depth: number, hole: number): { value: number; slope: number } {
  const x = Math.exp(-WIDTH * (r - 2.5));
  const morse = depth * (x * x - 2 * x);
  const morseSlope = depth * WIDTH * (-2 * x * x + 2 * x);
  const s = 1 - (r / CUTOFF) ** 2;
  const inner = Math.max(0, hole - r);
  return {
    value: morse * s ** 3 - 200 * inner ** 3,
    slope: morseSlope * s ** 3 - (morse * 3 * s * s * 2 * r) / CUTOFF ** 2 + 600 * inner ** 2,
  };
}

export function studentOf(name: string, change: PairChange = {}): ValidationStudent {
  const calculator = pairPotential(name, change);
  return {
    name,
    calculator,
    hash: JSON.stringify([name, change]),
    fresh: () => pairPotential(name, change),
    references: [
      {
        name: 'again',
        factor: 'precision',
        calculator: pairPotential('again', change),
        dynamics: true,
      },
      {
        name: 'too slow',
        factor: 'precision',
        calculator: pairPotential('slow', change),
        dynamics: false,
        mostAtoms: 3,
      },
    ],
  };
}

/** Four atoms in a tetrahedron, nearly at rest. */
export const cluster: ValidationSystem = {
  name: 'cluster',
  atoms: createAtoms({
    symbols: ['Cu', 'Cu', 'Cu', 'Cu'],
    positions: [0, 0, 0, 1.75, 1.75, 0.02, 1.75, 0, 1.75, 0, 1.75, 1.75],
  }),
};

const CELL = 3.5;

/** A cell of copper, distorted. */
export const crystal: ValidationSystem = {
  name: 'crystal',
  relax: true,
  atoms: crystalAtoms(),
};

function crystalAtoms(): Atoms {
  const half = CELL / 2;
  return createAtoms({
    symbols: ['Cu', 'Cu', 'Cu', 'Cu'],
    positions: [0.05, 0, 0, half, half, 0, half, 0.04, half, 0, half, half],
    cell: [CELL, CELL, CELL],
    pbc: true,
  });
}

export const consistent: TeacherInconsistency = { conservative: true, figures: [] };

/** A folder of its own for each call, gone after the tests. */
export function folders(): () => string {
  const root = mkdtempSync(join(tmpdir(), 'mlffd-validation-'));
  let count = 0;
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  return () => join(root, String(count++));
}
