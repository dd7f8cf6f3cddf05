import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { MACE_MP, MACE_OFF } from '../src/python/presets/mace.ts';
import type { PythonTeacher } from '../src/python/pythonTeacher.ts';
import {
  ASE_WATER,
  askDirectly,
  COLD_START,
  type DirectCase,
  expectOriginal,
  potentialPeer,
  startPreset,
} from './potentialSupport.ts';
import { failureOf } from './pythonSupport.ts';

/** float64 throughout; differences over a strain of 1e-4 are off by its square. */
const TOLERANCES = { same: 1e-5, strained: 1e-7 };

const peer = potentialPeer('mace');
let folder = '';
let weights = '';
let cases: readonly DirectCase[] = [];
let mace: PythonTeacher | undefined;

beforeAll(async () => {
  if (peer.skip !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'mlffd-mace-'));
  weights = join(folder, 'random.model');
  cases = await askDirectly(peer, 'mace', weights);
  mace = await startPreset(peer, MACE_MP, { args: { weights, default_dtype: 'float64' } });
}, COLD_START);

afterAll(async () => {
  await mace?.dispose();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

peer.test('what the preset says is so', () => {
  expect(mace!.properties).toEqual(MACE_MP.properties);
  expect(mace!.name).toContain('mace-torch 0.3.16');
});

peer.test('answers are those of MACECalculator, from a local weight file', async () => {
  expect(cases).toHaveLength(7);
  for (const item of cases) {
    // The original divides by the volume of a cell that it has stretched along open axes.
    const stressOf = item.pbc.includes(false) ? 'differences' : 'original';
    await expectOriginal(mace!, item, TOLERANCES, stressOf);
  }
  const open = cases.filter(({ pbc, stress }) => stress !== undefined && pbc.includes(false));
  expect(open).toHaveLength(2);
});

peer.test('a surface may face any way', async () => {
  // The second vector of the list is open and along x: the original has no inverse of its cell.
  const layer = (axes: readonly number[]) => {
    const turn = (xyz: readonly number[]) => axes.map((axis) => xyz[axis]);
    return createAtoms({
      numbers: [6, 1, 8],
      positions: [turn([0, 0, 0]), turn([0.7, 0.8, 0.2]), turn([-1.2, 0.1, 0.3])].flat(),
      cell: [turn([0, 3.5, 0]), turn([9, 0, 0]), turn([0, 0, 3.8])].flat(),
      pbc: [true, false, true],
    });
  };
  const wanted = ['energy', 'stress'] as const;
  const one = await mace!.calculate(layer([0, 1, 2]), wanted);
  const other = await mace!.calculate(layer([1, 0, 2]), wanted);
  expect(Math.abs(one.energy! - other.energy!)).toBeLessThan(TOLERANCES.same);
  const [xx, yy, zz, yz, xz, xy] = one.stress!;
  const turned = [yy, xx, zz, xz, yz, xy];
  for (const [k, value] of turned.entries()) expect(other.stress![k]).toBeCloseTo(value, 10);
});

peer.test('elements that a weight file lacks are named', async () => {
  const neon = createAtoms({ symbols: ['Ne'], positions: [0, 0, 0] });
  expect(await failureOf(mace!.calculate(neon, ['energy']))).toMatchObject({
    found: 'ValueError: these weights know H C N O F S Cl, and no Ne',
  });
});

peer.test(
  'MACE-OFF takes a local file, too, and refuses a charge',
  async () => {
    const off = await startPreset(peer, MACE_OFF, { args: { weights } });
    await expectOriginal(off, cases[0], TOLERANCES);
    expect(await failureOf(off.calculate({ ...ASE_WATER, charge: 1 }, ['energy']))).toMatchObject({
      found: expect.stringContaining('neutral molecules only'),
    });
    await off.dispose();
  },
  60_000,
);
