import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { ANI2X } from '../src/python/presets/ani.ts';
import type { PythonTeacher } from '../src/python/pythonTeacher.ts';
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
import { failureOf } from './pythonSupport.ts';

/** float64 throughout; differences over a strain of 1e-4 are off by its square. */
const TOLERANCES = { same: 1e-5, strained: 1e-7 };

const peer = potentialPeer('torch');
let folder = '';
let weights = '';
let cases: readonly DirectCase[] = [];
let ani: PythonTeacher | undefined;

beforeAll(async () => {
  if (peer.skip !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'mlffd-ani-'));
  weights = join(folder, 'random.pt');
  cases = await askDirectly(peer, 'ani2x', weights);
  ani = await startPreset(peer, ANI2X, { args: { weights } });
}, COLD_START);

afterAll(async () => {
  await ani?.dispose();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

peer.test('what the preset says is so', () => {
  expect(ani!.properties).toEqual(ANI2X.properties);
  expect(ani!.name).toContain('torchani 2.9.0');
});

peer.test('answers are those of the calculator of TorchANI, from a local weight file', async () => {
  expect(cases).toHaveLength(7);
  for (const item of cases) await expectOriginal(ani!, item, TOLERANCES);
});

peer.test('a charge is refused, and stress without a periodic axis', async () => {
  expect(await failureOf(ani!.calculate({ ...ASE_WATER, charge: -1 }, ['energy']))).toMatchObject({
    code: 'teachers/python-error',
    found: expect.stringContaining('neutral molecules only'),
  });
  const open = atomsOf(cases.find(({ name }) => name === 'HF in an open cell')!);
  expect(await failureOf(ani!.calculate(open, ['stress']))).toMatchObject({
    code: 'calculator/property-not-available',
  });
});

peer.test(
  'forceConsistent has the same energy',
  async () => {
    await ani!.dispose();
    ani = await startPreset(peer, ANI2X, { args: { weights }, forceConsistent: true });
    await expectOriginal(ani, cases[0], TOLERANCES);
  },
  60_000,
);

peer.test(
  'a file that holds no such weights is named',
  async () => {
    const other = join(folder, 'other.pt');
    writeFileSync(other, 'no weights');
    const failure = await failureOf(startPreset(peer, ANI2X, { args: { weights: other } }));
    expect(failure).toMatchObject({
      code: 'teachers/bad-weights',
      message: expect.stringContaining(other),
    });
  },
  60_000,
);
