import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, type Atoms, type Calculator } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import { MdError, runMd, velocityVerlet, type GuardLimits } from '../src/index.ts';
import { argonCluster, openLennardJones } from './potentials.ts';

const integrator = velocityVerlet({ timestep: 4 });

async function failure(
  calculator: Calculator,
  atoms: Atoms,
  options: { guards?: GuardLimits; velocities?: Float64Array; steps?: number } = {},
): Promise<MdError> {
  const { guards = {}, steps = 1000 } = options;
  const velocities = options.velocities ?? new Float64Array(atoms.positions.length);
  const error: unknown = await runMd({
    calculator,
    atoms,
    velocities,
    allowZeroVelocities: true,
    integrator,
    steps,
    guards,
  }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MdError);
  return error as MdError;
}

/** Two argon atoms at `distance` A, the second moving towards the first at `speed` A/fs. */
function pair(distance: number, speed: number): { atoms: Atoms; velocities: Float64Array } {
  return {
    atoms: createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, distance, 0, 0] }),
    velocities: Float64Array.of(0, 0, 0, -speed, 0, 0),
  };
}

/** Free flight, until atom 1 is nearer than `edge`: then `broken` is done to the forces. */
const brokenBelow = (edge: number, broken: (forces: Float64Array) => number): Calculator =>
  calculatorOf('broken', (atoms, forces) => (atoms.positions[3] < edge ? broken(forces) : 0));

describe('guards', () => {
  test.each([
    ['force', (forces: Float64Array) => ((forces[4] = NaN), 0), /force NaN .* atom 1, y/],
    [
      'infinite force',
      (forces: Float64Array) => ((forces[0] = -Infinity), 0),
      /-Infinity .* atom 0, x/,
    ],
    ['energy', () => NaN, /energy NaN/],
  ])('stop at a broken %s, with the frame', async (_, broken, found) => {
    const { atoms, velocities } = pair(10, 0.01);
    const error = await failure(brokenBelow(9, broken), atoms, { velocities });
    expect(error.code).toBe('md/non-finite');
    expect(error.found).toMatch(found);
    // 1 A at 0.01 A/fs is 25 steps of 4 fs; at the edge itself nothing is broken yet.
    expect(error.frame?.step).toBe(26);
    expect(error.frame?.atoms.positions[3]).toBeCloseTo(8.96, 10);
  });

  test('stop at the first structure too', async () => {
    const calculator = calculatorOf('nan', () => NaN);
    const error = await failure(calculator, argonCluster());
    expect(error.frame?.step).toBe(0);
  });

  test('stop at a force above the limit', async () => {
    const { atoms, velocities } = pair(6, 0.02);
    const error = await failure(openLennardJones(), atoms, { velocities, guards: { maxForce: 1 } });
    expect(error.code).toBe('md/force-limit');
    expect(error.frame?.atoms.positions[3]).toBeLessThan(3.4);
  });

  test('stop at a temperature above the limit', async () => {
    const { atoms, velocities } = pair(2.5, 0);
    const error = await failure(openLennardJones(), atoms, {
      velocities,
      guards: { maxTemperature: 1000 },
    });
    expect(error.code).toBe('md/too-hot');
    expect(error.frame?.temperature).toBeGreaterThan(1000);
  });

  test('an explosion stops by default', async () => {
    // An attraction without a floor: atoms fall into each other.
    const fall = calculatorOf('fall', (atoms, forces) => {
      const r = atoms.positions[3] - atoms.positions[0];
      const f = 20 / (r * Math.abs(r));
      forces[0] = f;
      forces[3] = -f;
      return -20 / Math.abs(r);
    });
    const error = await failure(fall, pair(3, 0).atoms);
    expect(['md/force-limit', 'md/too-hot', 'md/non-finite']).toContain(error.code);
  });

  test('stop at a close contact, also with a periodic image', async () => {
    const { atoms, velocities } = pair(6, -0.01);
    const periodic: Atoms = {
      ...atoms,
      cell: Float64Array.of(8, 0, 0, 0, 8, 0, 0, 0, 8),
      pbc: [true, true, true],
    };
    const free = calculatorOf('free', () => 0);
    const error = await failure(free, periodic, { velocities, guards: { minDistance: 1.5 } });
    expect(error.code).toBe('md/close-contact');
    // The image at 8 A is 1.5 A away when x = 6.5: 12.5 steps; checked every tenth.
    expect(error.frame?.step).toBe(20);
    const open = runMd({
      calculator: free,
      atoms,
      velocities,
      integrator,
      steps: 50,
      guards: { minDistance: 1.5 },
    });
    await expect(open).resolves.toMatchObject({ stepsDone: 50 });
  });

  test.each([{ maxForce: -1 }, { maxTemperature: NaN }, { minDistance: -2 }, { stride: 0 }])(
    'a limit of %p is refused',
    async (guards) => {
      const run = runMd({
        calculator: openLennardJones(),
        atoms: argonCluster(),
        temperature: 10,
        seed: 0,
        integrator,
        steps: 1,
        guards,
      });
      await expect(run).rejects.toBeInstanceOf(InvalidArgumentError);
    },
  );
});
