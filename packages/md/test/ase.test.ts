import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { langevin, runMd, velocityVerlet, type Integrator, type MdFrame } from '../src/index.ts';
import { openLennardJones } from './potentials.ts';

interface Snapshot {
  readonly positions: number[];
  readonly velocities: number[];
  readonly potential: number;
  readonly kinetic: number;
}

interface Noisy {
  readonly frames: Snapshot[];
  readonly normals: number[][];
}

/** Made by tooling/python/md/ase_nve.py with ASE 3.29. */
const reference = JSON.parse(
  readFileSync(new URL('./fixtures/ase-integrators.json', import.meta.url), 'utf8'),
) as {
  readonly epsilon: number;
  readonly sigma: number;
  readonly timestep: number;
  readonly temperature: number;
  readonly friction: number;
  readonly numbers: number[];
  readonly masses: number[];
  readonly nve: Snapshot[];
  readonly vec: Noisy;
  readonly baoab: Noisy;
};

/** Same operations in another order of rounding: ten steps leave 1e-14, positions are up to 10 A. */
const TOLERANCE = 1e-10;

async function replay(integrator: Integrator, frames: Snapshot[]): Promise<MdFrame[]> {
  const found: MdFrame[] = [];
  await runMd({
    calculator: openLennardJones(reference),
    atoms: createAtoms({ numbers: reference.numbers, positions: frames[0].positions }),
    velocities: Float64Array.from(frames[0].velocities),
    integrator,
    steps: frames.length - 1,
    onFrame: (frame) => void found.push(frame),
  });
  return found;
}

function expectSame(found: MdFrame[], expected: Snapshot[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((frame, step) => {
    const { positions, velocities, potential, kinetic } = expected[step];
    const worst = (a: ArrayLike<number>, b: number[]): number =>
      Math.max(...b.map((value, k) => Math.abs(value - a[k])));
    expect(worst(frame.atoms.positions, positions)).toBeLessThan(TOLERANCE);
    expect(worst(frame.velocities, velocities)).toBeLessThan(TOLERANCE);
    expect(Math.abs(frame.energy - potential)).toBeLessThan(TOLERANCE);
    expect(Math.abs(frame.kinetic - kinetic)).toBeLessThan(TOLERANCE);
  });
}

describe('steps are those of ASE 3.29', () => {
  const { timestep, temperature, friction } = reference;

  test('velocity Verlet', async () => {
    expectSame(await replay(velocityVerlet({ timestep }), reference.nve), reference.nve);
  });

  test('Langevin with the same random numbers', async () => {
    const { frames, normals } = reference.vec;
    const integrator = langevin({
      timestep,
      temperature,
      friction,
      seed: 0,
      // ASE draws xi of all atoms, then eta of all atoms.
      normals: (out, step) => {
        for (let k = 0; k < out.length; k += 1) {
          const atom = Math.floor(k / 6);
          const eta = k % 6 >= 3 ? 1 : 0;
          out[k] = normals[2 * step + eta][3 * atom + (k % 3)];
        }
      },
    });
    expectSame(await replay(integrator, frames), frames);
  });

  test('BAOAB with the same random numbers', async () => {
    const { frames, normals } = reference.baoab;
    const integrator = langevin({
      timestep,
      temperature,
      friction,
      seed: 0,
      scheme: 'baoab',
      normals: (out, step) => {
        out.set(normals[step]);
      },
    });
    expectSame(await replay(integrator, frames), frames);
  });
});
