import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readModelFile } from '../src/chgnet/modelFile.ts';
import { ANI2X } from '../src/python/presets/ani.ts';
import { CHGNET_PYTHON } from '../src/python/presets/chgnet.ts';
import { MACE_MP, MACE_OFF } from '../src/python/presets/mace.ts';
import { requirementsOf } from '../src/python/presets/preset.ts';
import { SEVENNET } from '../src/python/presets/sevennet.ts';

const TESTED = [
  ['torch', SEVENNET],
  ['torch', CHGNET_PYTHON],
  ['torch', ANI2X],
  ['mace', MACE_MP],
  ['mace', MACE_OFF],
] as const;

describe('presets of potentials', () => {
  test.each(TESTED)('ask for what the environment %s was tested with (%#)', (name, preset) => {
    const path = new URL(`../../../tooling/python/${name}/requirements.txt`, import.meta.url);
    const pinned = readFileSync(path, 'utf8').split('\n');
    for (const requirement of requirementsOf(preset)) expect(pinned).toContain(requirement);
  });

  test.each(TESTED)('say where weights come from (%s, %#)', (_, preset) => {
    const { weights, weightsFrom, weightsArgument, license, reference } = preset;
    if (weights !== 'included') {
      expect(weightsFrom).toMatch(/^https:.* MB/);
      expect(weightsArgument).toBe('weights');
    }
    expect(license).not.toBe('');
    expect(reference).toMatch(/^https:/);
  });

  test('know the elements of their training sets', async () => {
    // The same weights in process say it in their file.
    const { elements } = await readModelFile();
    expect(CHGNET_PYTHON.elements).toEqual(elements);
    expect(SEVENNET.elements).toHaveLength(89);
    expect(MACE_MP.elements).toHaveLength(89);
    // H C N O F S Cl, and P Br I.
    expect(ANI2X.elements).toEqual([1, 6, 7, 8, 9, 16, 17]);
    expect(MACE_OFF.elements).toEqual([1, 6, 7, 8, 9, 15, 16, 17, 35, 53]);
  });
});
