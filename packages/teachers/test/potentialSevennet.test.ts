import { afterAll, beforeAll, expect } from '@jest/globals';
import { SEVENNET } from '../src/python/presets/sevennet.ts';
import type { PythonTeacher } from '../src/python/pythonTeacher.ts';
import {
  ASE_METHANE,
  ASE_WATER,
  askDirectly,
  COLD_START,
  expectOriginal,
  potentialPeer,
  startPreset,
} from './potentialSupport.ts';

/** Energies in float32 carry 1e-6 eV, differences of them over a strain of 1 % and a small cell more. */
const TOLERANCES = { same: 1e-5, strained: 5e-4 };
/** Energies of the real weights by another program run, eV. */
const GOLDEN = 1e-3;

const peer = potentialPeer('torch');
let sevennet: PythonTeacher | undefined;

beforeAll(async () => {
  if (peer.skip === undefined) sevennet = await startPreset(peer, SEVENNET);
}, COLD_START);

afterAll(async () => {
  await sevennet?.dispose();
});

peer.test('what the preset says is so', () => {
  expect(sevennet!.properties).toEqual(SEVENNET.properties);
  expect(sevennet!.name).toContain('sevenn 0.13.0');
  expect(sevennet!.versions.packages.torch).toBe('2.13.0');
});

peer.test('energies are those of SevenNet-0, references included', async () => {
  const { energy: water } = await sevennet!.calculate(ASE_WATER, ['energy']);
  const { energy: methane } = await sevennet!.calculate(ASE_METHANE, ['energy']);
  expect(Math.abs(water! + 14.09352)).toBeLessThan(GOLDEN);
  expect(Math.abs(methane! + 23.80168)).toBeLessThan(GOLDEN);
});

peer.test(
  'answers are those of SevenNetCalculator in Python',
  async () => {
    const cases = await askDirectly(peer, 'sevennet');
    expect(cases).toHaveLength(6);
    for (const expected of cases) await expectOriginal(sevennet!, expected, TOLERANCES);
  },
  60_000,
);

peer.test('an atom alone has an energy and no force', async () => {
  const alone = { ...ASE_WATER, numbers: Int32Array.of(1), positions: new Float64Array(3) };
  const { energy, forces } = await sevennet!.calculate(alone, ['energy', 'forces']);
  expect(Number.isFinite(energy)).toBe(true);
  expect(Array.from(forces!)).toEqual([0, 0, 0]);
});
