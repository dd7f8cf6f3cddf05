import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Atoms, checkCalculator, createAtoms, type Property, Rng } from '@mlffd/core';
import { StillingerWeber } from '../src/index.ts';
import { OnnxTeacher } from '../src/onnx/onnxTeacher.ts';
import { largestDifference, PERIODIC } from './fixtures.ts';
import { onnxFixture } from './onnxSupport.ts';

// float32 sums of terms of some eV and eV/A; stress divided by a volume of 160 A^3 and more.
const ENERGY_PER_ATOM = 3e-6;
const FORCE = 2e-5;
const STRESS = 5e-7;
const ALL: readonly Property[] = ['energy', 'forces', 'stress'];

/** Cubic cells of diamond silicon, 8 atoms each, displaced at random. */
function silicon(cells: number): Atoms {
  const rng = new Rng(1, 'silicon');
  const a = 5.431;
  const corners = [
    [0, 0, 0],
    [0, 2, 2],
    [2, 0, 2],
    [2, 2, 0],
  ];
  const sites = [0, 1].flatMap((shift) => corners.map((site) => site.map((x) => x + shift)));
  const positions: number[] = [];
  for (let k = 0; k < cells ** 3; k++) {
    const corner = [k % cells, Math.floor(k / cells) % cells, Math.floor(k / cells ** 2)];
    for (const site of sites) {
      for (let x = 0; x < 3; x++) {
        positions.push(a * (corner[x] + site[x] / 4) + 0.12 * rng.normal());
      }
    }
  }
  return createAtoms({
    numbers: new Int32Array(8 * cells ** 3).fill(14),
    positions,
    cell: [cells * a, 0, 0, 0.2, cells * a, 0, -0.1, 0.3, cells * a],
    pbc: PERIODIC,
  });
}

const bent = createAtoms({
  numbers: Int32Array.of(14, 14, 14),
  positions: [0, 0, 0, 2.3, 0.1, 0, -0.4, 2.4, 0.2],
});

let teacher: OnnxTeacher;
beforeAll(async () => {
  teacher = await OnnxTeacher.load(onnxFixture('stillinger-weber.onnx'));
});
afterAll(async () => {
  await teacher.dispose();
});

test.each([
  ['crystal of 8', silicon(1)],
  ['crystal of 64', silicon(2)],
  ['slab', { ...silicon(1), pbc: [true, false, true] as const }],
  ['bent molecule', bent],
  // Edges, but no two at an atom.
  ['pair', createAtoms({ symbols: ['Si', 'Si'], positions: [0, 0, 0, 2.2, 0.3, 0.1] })],
  ['single atom', createAtoms({ symbols: ['Si'], positions: [0, 0, 0] })],
])('a potential of angles answers as the analytic one: %s', async (_, atoms) => {
  const properties = atoms.cell[0] === 0 ? ALL.slice(0, 2) : ALL;
  const found = await teacher.calculate(atoms, properties);
  const reference = new StillingerWeber().calculate(atoms, properties);
  const n = atoms.numbers.length;
  expect(Math.abs(found.energy! - reference.energy!) / n).toBeLessThan(ENERGY_PER_ATOM);
  expect(largestDifference(found.forces!, reference.forces!)).toBeLessThan(FORCE);
  if (properties.length < ALL.length) return;
  expect(largestDifference(found.stress!, reference.stress!)).toBeLessThan(STRESS);
});

test('a potential of angles keeps to the contract of calculators', async () => {
  const other = await OnnxTeacher.load(onnxFixture('stillinger-weber.onnx'));
  const report = await checkCalculator(other, {
    structures: [silicon(1), bent],
    // float32: energies carry 1e-6 eV per atom, which a difference divides by its step.
    tolerances: { forces: 2e-3, stress: 2e-4, energy: 5e-6, symmetry: 1e-4 },
    steps: { displacement: 1e-2, strain: 2e-3, cutoff: 1e-3 },
  });
  expect(report.failures).toEqual([]);
});
