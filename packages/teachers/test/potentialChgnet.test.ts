import { afterAll, beforeAll, expect } from '@jest/globals';
import { cellDeterminant } from '@mlffd/core';
import { ChgnetCalculator } from '../src/chgnet/chgnetCalculator.ts';
import { CHGNET_PYTHON } from '../src/python/presets/chgnet.ts';
import type { PythonTeacher } from '../src/python/pythonTeacher.ts';
import { largestDifference } from './fixtures.ts';
import {
  ASE_WATER,
  askDirectly,
  COLD_START,
  atomsOf,
  type DirectCase,
  expectOriginal,
  potentialPeer,
  startPreset,
} from './potentialSupport.ts';

/** Energies in float32 carry 1e-6 eV, differences of them over a strain of 1 % and a small cell more. */
const TOLERANCES = { same: 1e-5, strained: 2e-3 };
/** Sums in another order in float32; the original differs from itself in float64 by 1.3e-4 eV/A. */
const OTHER_PROGRAM = { energyPerAtom: 1.5e-5, forces: 2e-4, stress: 3e-6 };

const peer = potentialPeer('torch');
let chgnet: PythonTeacher | undefined;
let cases: readonly DirectCase[] = [];

beforeAll(async () => {
  if (peer.skip !== undefined) return;
  cases = await askDirectly(peer, 'chgnet');
  chgnet = await startPreset(peer, CHGNET_PYTHON);
}, COLD_START);

afterAll(async () => {
  await chgnet?.dispose();
});

peer.test('what the preset says is so', () => {
  expect(chgnet!.properties).toEqual(CHGNET_PYTHON.properties);
  expect(chgnet!.name).toContain('chgnet 0.4.2');
});

peer.test('answers are those of CHGNetCalculator in Python', async () => {
  expect(cases).toHaveLength(6);
  expect(cases.some(({ cell }) => cellDeterminant(Float64Array.from(cell)) < 0)).toBe(true);
  // The original divides by the signed volume; differences of its energies tell which sign is right.
  for (const item of cases) {
    // Without a cell the original wants a box, whose size rounds positions in float32.
    const same = item.stress === undefined ? OTHER_PROGRAM.forces : TOLERANCES.same;
    await expectOriginal(chgnet!, item, { ...TOLERANCES, same }, 'left-handed turned');
  }
});

peer.test('and those of ChgnetCalculator, which needs no Python', async () => {
  const own = await ChgnetCalculator.load();
  for (const item of cases) {
    const atoms = atomsOf(item);
    const full = item.stress !== undefined;
    const wanted = ['energy', 'forces', ...(full ? (['stress'] as const) : [])] as const;
    const a = await own.calculate(atoms, wanted);
    const b = await chgnet!.calculate(atoms, wanted);
    const perAtom = Math.abs(a.energy! - b.energy!) / item.numbers.length;
    expect(perAtom).toBeLessThan(OTHER_PROGRAM.energyPerAtom);
    expect(largestDifference(a.forces!, b.forces!)).toBeLessThan(OTHER_PROGRAM.forces);
    if (full) expect(largestDifference(a.stress!, b.stress!)).toBeLessThan(OTHER_PROGRAM.stress);
  }
  await own.dispose();
});

peer.test('charge and spin change nothing', async () => {
  const { energy: neutral } = await chgnet!.calculate(ASE_WATER, ['energy']);
  const { energy: charged } = await chgnet!.calculate({ ...ASE_WATER, charge: 1, spin: 1 }, [
    'energy',
  ]);
  expect(charged).toBe(neutral);
});
