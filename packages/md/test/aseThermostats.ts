import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { runMd, type Integrator, type MdFrame } from '../src/index.ts';
import { periodicLennardJones } from './periodicPotentials.ts';

interface Snapshot {
  readonly positions: number[];
  readonly velocities: number[];
  readonly cell: number[];
  readonly potential: number;
  readonly kinetic: number;
  readonly conserved: number;
}

/** `drawn`: a normal and a sum of squared normals for each step; for a cell one more normal. */
interface RescaledCase {
  readonly frames: Snapshot[];
  readonly drawn: number[][];
}

interface ChainCase {
  readonly chainLength: number;
  readonly substeps: number;
  readonly frames: Snapshot[];
}

/** Made by tooling/python/md/ase_thermostats.py with ASE 3.29. */
export const ASE = JSON.parse(
  readFileSync(new URL('./fixtures/ase-thermostats.json', import.meta.url), 'utf8'),
) as {
  readonly epsilon: number;
  readonly sigma: number;
  readonly cutoff: number;
  readonly timestep: number;
  readonly temperature: number;
  readonly timeConstant: number;
  readonly pressure: number;
  readonly pressureTimeConstant: number;
  readonly numbers: number[];
  readonly stress: number[];
  readonly compressibility: number;
  readonly bussi: RescaledCase;
  readonly cellRescaling: RescaledCase;
  readonly fixed: {
    readonly indices: number[];
    readonly verlet: Snapshot[];
    readonly bussi: RescaledCase;
  };
  readonly noseHoover: ChainCase[];
  readonly mtk: (ChainCase & { readonly pressureChainLength: number })[];
};

/** Same operations in another order of rounding: twelve steps leave 1e-14, positions are up to 10. */
const ASE_TOLERANCE = 1e-10;

/**
 * Runs from the first snapshot and compares every step. ASE counts three degrees of freedom for each
 * atom that moves.
 */
export async function expectStepsOfAse(
  integrator: Integrator,
  frames: Snapshot[],
  fixed: readonly number[] = [],
): Promise<void> {
  const found: MdFrame[] = [];
  await runMd({
    calculator: periodicLennardJones(ASE),
    atoms: createAtoms({
      numbers: ASE.numbers,
      positions: frames[0].positions,
      cell: frames[0].cell,
      pbc: true,
    }),
    velocities: Float64Array.from(frames[0].velocities),
    ndof: 3 * (ASE.numbers.length - fixed.length),
    fixed,
    integrator,
    steps: frames.length - 1,
    onFrame: (frame) => void found.push(frame),
  });
  expect(found).toHaveLength(frames.length);
  let worst = 0;
  found.forEach((frame, step) => {
    const expected = frames[step];
    const pairs: [ArrayLike<number>, number[]][] = [
      [frame.atoms.positions, expected.positions],
      [frame.atoms.cell, expected.cell],
      [frame.velocities, expected.velocities],
      [
        [frame.energy, frame.kinetic, frame.conserved],
        [expected.potential, expected.kinetic, expected.conserved],
      ],
    ];
    for (const [ours, theirs] of pairs) {
      expect(ours).toHaveLength(theirs.length);
      for (const [k, value] of theirs.entries()) worst = Math.max(worst, Math.abs(ours[k] - value));
    }
  });
  expect(worst).toBeLessThan(ASE_TOLERANCE);
}
