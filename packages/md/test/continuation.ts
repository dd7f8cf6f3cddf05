import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import {
  readRestart,
  runMd,
  type FreshStart,
  type Integrator,
  type MdFrame,
} from '../src/index.ts';
import { argonCrystal, later } from './potentials.ts';
import { periodicLennardJones } from './periodicPotentials.ts';

const START: FreshStart = { atoms: argonCrystal(), temperature: 40, seed: 5 };
const STEPS = 24;

/**
 * A run that is stopped at every one of `stops`, written to a file and read again by another
 * calculator, gives the frames and the restart of an uninterrupted run, bit for bit.
 */
export async function expectBitExactRestart(
  integrator: Integrator,
  stops: readonly number[],
  more: Partial<FreshStart> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-md-'));
  try {
    const start: FreshStart = { ...START, ...more };
    const expected: MdFrame[] = [];
    const whole = await runMd({
      ...start,
      calculator: periodicLennardJones(),
      integrator,
      steps: STEPS,
      onFrame: (frame) => void expected.push(frame),
    });
    const path = join(folder, 'restart.json');
    const frames: MdFrame[] = [];
    const shared = {
      integrator,
      restart: { path },
      onFrame: (frame: MdFrame) => void frames.push(frame),
    };
    const [first, ...others] = [...stops, STEPS];
    await runMd({ ...shared, ...start, calculator: periodicLennardJones(), steps: first });
    for (const steps of others) {
      const calculator = later(periodicLennardJones());
      await runMd({ ...shared, calculator, resume: readRestart(path), steps });
    }
    expect(readRestart(path)).toEqual(whole.restart);
    expect(frames).toEqual(expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
