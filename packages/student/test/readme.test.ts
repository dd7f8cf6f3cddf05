import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import {
  countParameters,
  initializeParameters,
  PRESETS,
  saveStudent,
  StudentCalculator,
} from '../src/index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the example of the README', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'student-'));
  const config = PRESETS.tiny;
  const energies = new Float64Array(100);
  energies.set([-13.6], 1);
  energies.set([-2042.6], 8);
  try {
    await saveStudent(folder, {
      config,
      parameters: initializeParameters(config, 1),
      baseline: { energies, scale: 1, elements: [1, 8] },
      provenance: { note: 'random weights' },
    });
    const water = createAtoms({
      symbols: ['O', 'H', 'H'],
      positions: [
        [0, 0, 0.117],
        [0, 0.757, -0.469],
        [0, -0.757, -0.469],
      ],
    });
    const calculator = await StudentCalculator.load(folder);
    const { energy, forces } = await calculator.calculate(water, ['energy', 'forces']);
    await calculator.dispose();
    // Reference energies of -2069.8 eV and a network output of order 1.
    expect(Math.abs(energy! + 2069.8)).toBeLessThan(20);
    expect(forces!.length).toBe(9);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the parameter counts of the README', () => {
  for (const [name, preset] of Object.entries(PRESETS)) {
    expect(readme).toContain(`\`${name}\` ${countParameters(preset).toLocaleString('en-US')}`);
  }
});
