import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type Calculator, createAtoms, neighborList, volume, VOIGT_PAIRS } from '@mlffd/core';
import { minimize } from '../src/index.ts';
import type { DescentMethod, MinimizeFrame } from '../src/index.ts';
import { openLennardJones } from './potentials.ts';

interface Case {
  readonly name: string;
  readonly method: DescentMethod;
  readonly numbers: number[];
  readonly positions: number[];
  readonly cell: number[];
  readonly pbc: [boolean, boolean, boolean];
  readonly energies: number[];
  readonly final: number[];
  readonly final_cell: number[];
  readonly pressure?: number;
  readonly stress?: number[];
}

/** Made by tooling/python/sampling/minimize.py with ASE 3.29. */
const reference = JSON.parse(
  readFileSync(new URL('./fixtures/minimize.json', import.meta.url), 'utf8'),
) as {
  readonly parameters: { readonly epsilon: number; readonly sigma: number };
  readonly cutoff: number;
  readonly cases: Case[];
};

/**
 * The same arithmetic in another order. Walks into a minimum forget rounding errors rather than
 * amplify them; over 80 steps 1e-11 is seen.
 */
const TOLERANCE = 1e-9;

/** ASE's `LennardJones`: energies shifted to zero at the cutoff, forces cut off. */
const shiftedLennardJones: Calculator = {
  name: 'shifted-lj',
  properties: ['energy', 'forces', 'stress'],
  calculate(atoms) {
    const { epsilon, sigma } = reference.parameters;
    const pair = (r: number) => 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6);
    const list = neighborList(atoms, reference.cutoff);
    const forces = new Float64Array(atoms.positions.length);
    const stress = new Float64Array(6);
    const size = volume(atoms);
    let energy = 0;
    for (let e = 0; e < list.count; e += 1) {
      const d = list.distances[e];
      const slope = (24 * epsilon * ((sigma / d) ** 6 - 2 * (sigma / d) ** 12)) / d;
      const r = list.vectors.subarray(3 * e, 3 * e + 3);
      energy += (pair(d) - pair(reference.cutoff)) / 2;
      for (let c = 0; c < 3; c += 1) forces[3 * list.centers[e] + c] += (slope * r[c]) / d;
      for (const [v, [a, b]] of VOIGT_PAIRS.entries()) {
        stress[v] += (slope * r[a] * r[b]) / d / (2 * size);
      }
    }
    return { energy, forces, stress };
  },
  dispose: () => undefined,
};

const largest = (found: ArrayLike<number>, expected: readonly number[]) =>
  expected.reduce((most, value, k) => Math.max(most, Math.abs(found[k] - value)), 0);

test.each(reference.cases)('the steps of ASE: $name', async (golden) => {
  const frames: MinimizeFrame[] = [];
  const { numbers, positions, cell, pbc, method, pressure } = golden;
  const relaxCell = pressure !== undefined;
  const result = await minimize(
    relaxCell ? shiftedLennardJones : openLennardJones(reference.parameters),
    createAtoms({ numbers, positions, cell, pbc }),
    {
      method,
      fmax: 1e-12,
      maxSteps: golden.energies.length - 1,
      onFrame: (frame) => void frames.push(frame),
      ...(relaxCell ? { cell: true, pressure } : {}),
    },
  );
  expect(result).toMatchObject({ converged: false, reason: 'max-steps', rollbacks: 0 });
  const energies = frames.map(({ energy }) => energy);
  expect(energies).toHaveLength(golden.energies.length);
  expect(largest(energies, golden.energies)).toBeLessThan(TOLERANCE);
  const last = frames[frames.length - 1];
  expect(largest(last.atoms.positions, golden.final)).toBeLessThan(TOLERANCE);
  expect(largest(last.atoms.cell, golden.final_cell)).toBeLessThan(TOLERANCE);
  if (golden.stress !== undefined) {
    expect(largest(last.stress!, golden.stress)).toBeLessThan(TOLERANCE);
  }
});

test.each(['fire', 'lbfgs'] as const)('a crystal under pressure: %s', async (method) => {
  const { numbers, positions, cell, pbc, pressure = 0 } = reference.cases[2];
  const start = createAtoms({ numbers, positions, cell, pbc });
  const options = { method, cell: true, maxSteps: 400, fmax: 1e-3, stressMax: 1e-5 };
  const pressed = await minimize(shiftedLennardJones, start, { ...options, pressure });
  const free = await minimize(shiftedLennardJones, start, options);
  for (const [{ converged, stress, maxForce }, p] of [
    [pressed, pressure],
    [free, 0],
  ] as const) {
    expect(converged).toBe(true);
    expect(maxForce).toBeLessThan(1e-3);
    expect(largest(stress!, [-p, -p, -p, 0, 0, 0])).toBeLessThan(1e-5);
  }
  expect(volume(pressed.atoms)).toBeLessThan(volume(free.atoms));
});
