import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { type Atoms, checkCalculator, createAtoms, type Property } from '@mlffd/core';
import { OnnxTeacher } from '../src/onnx/onnxTeacher.ts';
import {
  atomsOf,
  type FixtureStructure,
  largestDifference,
  PERIODIC,
  type ReferenceAnswer,
} from './fixtures.ts';

interface Case extends FixtureStructure, ReferenceAnswer {
  /** Which of the exported models. */
  readonly model: string;
}

// The graph is float32: 6e-8 of sums over some ten features of 10 eV, and of forces up to 8 eV/A;
// a cell of one atom has 60 edges and little volume, which its stress is divided by.
const ENERGY_PER_ATOM = 5e-6;
const FORCE = 1e-5;
const STRESS = 2e-6;

const fixture = (name: string): URL => new URL(`fixtures/onnxSevennet/${name}`, import.meta.url);
const load = (model: string, threads = 1): Promise<OnnxTeacher> =>
  OnnxTeacher.load({ path: fileURLToPath(fixture(`${model}.onnx`)), threads });

const { cases } = JSON.parse(readFileSync(fixture('answers.json'), 'utf8')) as { cases: Case[] };
const MODELS = ['degree-1', 'degree-2'];
const ALL: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];

describe.each(MODELS)('exported SevenNet of %s', (model) => {
  test('answers as sevenn does', async () => {
    const teacher = await load(model);
    const own = cases.filter((item) => item.model === model);
    expect(own.length).toBe(7);
    for (const item of own) {
      const n = item.numbers.length;
      const hasStress = item.stress !== undefined;
      const found = await teacher.calculate(atomsOf(item), hasStress ? ALL : ALL.slice(0, 3));
      expect(Math.abs(found.energy! - item.energy) / n).toBeLessThan(ENERGY_PER_ATOM);
      expect(largestDifference(found.energies!, item.energies)).toBeLessThan(ENERGY_PER_ATOM);
      expect(largestDifference(found.forces!, item.forces)).toBeLessThan(FORCE);
      if (hasStress) expect(largestDifference(found.stress!, item.stress)).toBeLessThan(STRESS);
    }
    await teacher.dispose();
  });

  test('keeps to the contract of calculators', async () => {
    const structures = cases.filter(
      ({ model: owner, name }) =>
        owner === model && ['triclinic crystal', 'ethanol', 'slab'].includes(name),
    );
    const report = await checkCalculator(await load(model), {
      structures: structures.map((item) => ({ name: item.name, atoms: atomsOf(item) })),
      // Energies in float32 carry some 1e-5 eV, which a difference divides by its step.
      tolerances: { forces: 1e-3, stress: 5e-5, energy: 5e-6, symmetry: 2e-5, smoothness: 4e-5 },
      steps: { displacement: 1e-2, strain: 4e-3, cutoff: 1e-3 },
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(25);
  });

  test('gives the same bits on 1 and 2 threads', async () => {
    // 400 atoms: a sum whose order depends on the threads would show at such sizes only.
    const crystal = cases.find(({ name }) => name === 'triclinic crystal')!;
    const atoms = repeated(crystal, 4);
    const answers = [];
    for (const threads of [1, 2]) {
      const teacher = await load(model, threads);
      answers.push(await teacher.calculate(atoms, ALL), await teacher.calculate(atoms, ALL));
      await teacher.dispose();
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

/** `cells`^3 copies side by side. */
function repeated({ numbers, positions, cell }: FixtureStructure, cells: number): Atoms {
  const all: { numbers: number[]; positions: number[] } = { numbers: [], positions: [] };
  for (let k = 0; k < cells ** 3; k++) {
    const shift = [k % cells, Math.floor(k / cells) % cells, Math.floor(k / cells ** 2)];
    all.numbers.push(...numbers);
    positions.forEach((x, c) => {
      const [a, b, d] = shift;
      all.positions.push(x + a * cell[c % 3] + b * cell[3 + (c % 3)] + d * cell[6 + (c % 3)]);
    });
  }
  return createAtoms({ ...all, cell: cell.map((x) => cells * x), pbc: PERIODIC });
}
