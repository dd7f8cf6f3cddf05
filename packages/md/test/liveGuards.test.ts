import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Atoms,
  type Calculator,
  createAtoms,
  DomainBuilder,
  InvalidArgumentError,
  readExtxyzFile,
  type TrainingDomain,
  type Uncertainties,
} from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import {
  type GuardLimits,
  type Integrator,
  langevin,
  MdError,
  type MdEvent,
  runMd,
  Simulation,
  velocityVerlet,
} from '../src/index.ts';
import { argonCluster, later, openLennardJones } from './potentials.ts';
import { holedLennardJones } from './holedPotential.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-guards-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Case {
  readonly guards: GuardLimits;
  readonly calculator?: Calculator;
  readonly atoms?: Atoms;
  readonly velocities?: Float64Array;
  readonly steps?: number;
  readonly integrator?: Integrator;
  readonly dumpFolder?: string;
  readonly onEvent?: (event: MdEvent) => void;
}

/** Warms up for some 700 steps before the first two atoms come as near as 3.36 A. */
const bath = langevin({ timestep: 4, temperature: 40, friction: 0.001, seed: 3 });
const START = { atoms: argonCluster(), temperature: 15, seed: 1 };

/** A run of an argon cluster that will meet the hole of its potential, unless told otherwise. */
function run(options: Case): ReturnType<typeof runMd> {
  const { atoms = START.atoms, velocities, ...rest } = options;
  const shared = { calculator: holedLennardJones(), steps: 1500, ...rest, atoms };
  if (velocities === undefined) return runMd({ integrator: bath, ...START, ...shared });
  return runMd({ integrator: velocityVerlet({ timestep: 4 }), ...shared, velocities });
}

async function failure(options: Case): Promise<MdError> {
  const error: unknown = await run(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MdError);
  return error as MdError;
}

const free = calculatorOf('free', () => 0);

/** Two atoms, the second moving along x at `speed` A/fs. */
function pair(distance: number, speed: number): { atoms: Atoms; velocities: Float64Array } {
  return {
    atoms: createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, distance, 0, 0] }),
    velocities: Float64Array.of(0, 0, 0, speed, 0, 0),
  };
}

describe('spikes', () => {
  test('a force far above the running level stops the run before it moves an atom', async () => {
    const error = await failure({ guards: { forceSpike: 8, maxForce: Infinity } });
    expect(error.code).toBe('md/force-spike');
    expect(error.frame?.step).toBeGreaterThan(700);
    expect(error.expected).toMatch(
      /at most 8 times the running mean of the largest force, 0\.\d+ eV/,
    );
    // The sound potential has nothing of the kind in the same run.
    const sound = run({
      guards: { forceSpike: 8, temperatureSpike: 3 },
      calculator: openLennardJones(),
    });
    await expect(sound).resolves.toMatchObject({ stepsDone: 1500 });
  });

  test('a temperature that jumps stops the run', async () => {
    const error = await failure({
      calculator: holedLennardJones({ pull: 5 }),
      guards: { temperatureSpike: 3, maxForce: Infinity },
    });
    expect(error.code).toBe('md/temperature-spike');
    expect(error.frame?.temperature).toBeGreaterThan(80);
    expect(error.frame?.temperature).toBeLessThan(1e4);
  });

  test('the level has to be known first, and zero is none', async () => {
    // From a minimum the forces grow from nothing; from free flight they begin.
    const quiet = run({
      guards: { forceSpike: 1.01, temperatureSpike: 1.01, levelSteps: 200 },
      calculator: openLennardJones(),
      steps: 199,
    });
    await expect(quiet).resolves.toMatchObject({ stepsDone: 199 });
    const flight = run({
      ...pair(20, -0.002),
      guards: { forceSpike: 2 },
      calculator: free,
      steps: 300,
    });
    await expect(flight).resolves.toMatchObject({ stepsDone: 300 });
  });
});

describe('bonds', () => {
  /** Harmonic near its minimum at 1.1 A, and with an end at a height of 1 eV. */
  const morse = calculatorOf('morse', (atoms, forces) => {
    const r = atoms.positions[3] - atoms.positions[0];
    const x = Math.exp(-2.5 * (r - 1.1));
    forces[0] = 2 * 2.5 * (1 - x) * x;
    forces[3] = -forces[0];
    return (1 - x) ** 2;
  });
  const nitrogen = createAtoms({ symbols: ['N', 'N'], positions: [0, 0, 0, 1.1, 0, 0] });
  const hot = (speed: number): Float64Array => Float64Array.of(-speed, 0, 0, speed, 0, 0);

  test('one that breaks stops the run', async () => {
    // Kinetic energies m v^2 of 0.3 and 1.3 eV: below and above the end of the well.
    const shared = {
      atoms: nitrogen,
      calculator: morse,
      integrator: velocityVerlet({ timestep: 0.5 }),
    };
    const guards = { maxStretch: 0.5 };
    const bound = run({ ...shared, guards, velocities: hot(0.015), steps: 2000 });
    await expect(bound).resolves.toMatchObject({ stepsDone: 2000 });
    const error = await failure({ ...shared, guards, velocities: hot(0.03) });
    expect(error.code).toBe('md/broken-bond');
    expect(error.message).toMatch(/the bond of atoms 0 \(N\) and 1 \(N\) is broken at step \d+0$/);
    expect(error.frame?.atoms.positions[3]).toBeGreaterThan(1.35);
  });

  test('a warm molecule that falls apart in a bath stops it too', async () => {
    const error = await failure({
      atoms: nitrogen,
      velocities: hot(0.001),
      calculator: morse,
      integrator: langevin({ timestep: 0.5, temperature: 9000, friction: 0.02, seed: 2 }),
      guards: { maxStretch: 0.5 },
      steps: 20_000,
    });
    expect(error.code).toBe('md/broken-bond');
  });

  test('one that forms stops the run, also across the boundary', async () => {
    const { atoms, velocities } = pair(5, -0.01);
    const error = await failure({
      atoms,
      velocities,
      calculator: free,
      guards: { newBonds: true },
    });
    expect(error.code).toBe('md/new-bond');
    // 2.12 A are the two radii; a look is taken every 0.4 A.
    expect(error.frame?.atoms.positions[3]).toBeLessThan(2.12);
    expect(error.frame?.atoms.positions[3]).toBeGreaterThan(1.71);
    const periodic: Atoms = {
      ...atoms,
      cell: Float64Array.of(8, 0, 0, 0, 8, 0, 0, 0, 8),
      pbc: [true, true, true],
    };
    const across = await failure({
      atoms: periodic,
      velocities: Float64Array.of(0, 0, 0, 0.01, 0, 0),
      calculator: free,
      guards: { newBonds: true },
    });
    expect(across.code).toBe('md/new-bond');
  });

  test('another structure can be the reference', async () => {
    const { atoms, velocities } = pair(1.5, -0.001);
    const options = { atoms, velocities, calculator: free, steps: 100 };
    const bonded = run({ ...options, guards: { newBonds: true } });
    await expect(bonded).resolves.toMatchObject({ stepsDone: 100 });
    const error = await failure({
      ...options,
      guards: { newBonds: true, reference: pair(5, 0).atoms },
    });
    expect(error.frame?.step).toBe(0);
    const none = run({ ...options, atoms: pair(5, 0).atoms, guards: { maxStretch: 0.5 } });
    await expect(none).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});

describe('training domain', () => {
  const domainOf = (...structures: Atoms[]): TrainingDomain => {
    const builder = new DomainBuilder();
    for (const atoms of structures) builder.add(atoms);
    return builder.domain();
  };

  test('an element that was not in training stops the run at its start', async () => {
    const neon = createAtoms({ symbols: ['Ne', 'Ne'], positions: [0, 0, 0, 3, 0, 0] });
    const error = await failure({ guards: { domain: domainOf(neon) } });
    expect(error.code).toBe('md/outside-training');
    expect(error.message).toBe('atom 0 is Ar, which was not in the training structures at step 0');
  });

  test('a distance and a neighbourhood that were not', async () => {
    const domain = domainOf(pair(3.2, 0).atoms, pair(9, 0).atoms);
    const near = await failure({ ...pair(6, -0.01), calculator: free, guards: { domain } });
    expect(near.found).toMatch(/atoms 0 \(Ar\) and 1 \(Ar\) are 2\.\d+ A apart/);
    const wide = { domain, domainMargins: { distance: 0.8 } };
    const farther = run({ ...pair(6, -0.01), calculator: free, guards: wide, steps: 120 });
    await expect(farther).resolves.toMatchObject({ stepsDone: 120 });
    const crowd = await failure({ guards: { domain } });
    expect(crowd.found).toMatch(/atom 0 \(Ar\) has 12 Ar within 4 A/);
  });
});

describe('uncertainty', () => {
  /** As uncertain as it is near, eV/A. */
  const unsure = (
    answer: (found: Uncertainties) => Uncertainties | Promise<Uncertainties>,
  ): Calculator => ({
    ...free,
    uncertainty: ({ positions }) =>
      answer({ energy: 0, forces: Float64Array.of(0.01, 1 / positions[3]) }),
  });

  test.each([
    ['at once', unsure((found) => found)],
    ['later', unsure((found) => Promise.resolve(found))],
  ])('of a force above the limit stops the run: answered %s', async (_, calculator) => {
    const error = await failure({
      ...pair(6, -0.01),
      calculator,
      guards: { maxUncertainty: 0.26 },
    });
    expect(error.code).toBe('md/uncertain');
    // It is 0.25 at 4 A, after 50 steps, and a look is taken every 10.
    expect(error.frame?.step).toBe(60);
    expect(error.found).toBe('0.2778 eV/A on atom 1');
  });

  test('NaN is above any limit', async () => {
    const calculator = unsure(() => ({ energy: 0, forces: Float64Array.of(0.1, NaN) }));
    const error = await failure({ ...pair(6, 0.01), calculator, guards: { maxUncertainty: 1 } });
    expect(error.code).toBe('md/uncertain');
  });

  test('has to be known to the calculator', async () => {
    await expect(run({ guards: { maxUncertainty: 1 } })).rejects.toMatchObject({
      code: 'md/invalid-option',
      where: 'guards.maxUncertainty',
    });
  });
});

test('a conserved quantity that drifts stops the run', async () => {
  // Forces that are no gradient: they turn a particle about the z axis, ever faster.
  const curl = calculatorOf('curl', ({ positions }, forces) => {
    forces[0] = -0.05 * positions[1];
    forces[1] = 0.05 * positions[0];
    return 0;
  });
  const atoms = createAtoms({ symbols: ['Ar'], positions: [1, 0, 0] });
  const start = { atoms, velocities: Float64Array.of(0.001, 0, 0), calculator: curl };
  const error = await failure({ ...start, guards: { maxDrift: 1e-3 } });
  expect(error.code).toBe('md/energy-drift');
  expect(error.found).toMatch(/1\.\d+e-3 eV per atom/);
  const sound = run({ guards: { maxDrift: 1e-4 }, calculator: openLennardJones() });
  await expect(sound).resolves.toMatchObject({ stepsDone: 1500 });
});

describe('warnings', () => {
  test('are events, and few; the run goes on as without guards', async () => {
    const events: MdEvent[] = [];
    const options = { calculator: openLennardJones(), steps: 1000 };
    const plain = await run({ ...options, guards: {} });
    const warned = await run({
      ...options,
      guards: {
        minDistance: 10,
        maxForce: 1e-6,
        stride: 5,
        actions: { minDistance: 'warn', maxForce: 'warn' },
        warningStride: 400,
      },
      onEvent: (event) => void events.push(event),
    });
    expect(warned.restart).toEqual(plain.restart);
    const guards = events.flatMap((event) => (event.type === 'guard' ? [event] : []));
    expect(guards.map(({ guard, step, suppressed }) => [guard, step, suppressed])).toEqual([
      ['maxForce', 0, 0],
      ['minDistance', 0, 0],
      ['maxForce', 400, 399],
      ['minDistance', 400, 79],
      ['maxForce', 800, 399],
      ['minDistance', 800, 79],
    ]);
    expect(guards[1]).toMatchObject({
      message: 'atoms 0 and 1 are too close',
      expected: 'at least 10 A',
    });
  });

  test('do not hide what stops', async () => {
    const error = await failure({
      guards: { maxForce: 1e-6, minDistance: 10, actions: { maxForce: 'warn' } },
    });
    expect(error.code).toBe('md/close-contact');
  });
});

describe('the dump of a frame', () => {
  const guards = { forceSpike: 8, maxForce: Infinity };

  test('is a file with structure, labels and reason, and nothing else', async () => {
    const dumpFolder = join(folder, 'new', 'dumps');
    const error = await failure({ guards, dumpFolder });
    const names = readdirSync(dumpFolder);
    expect(names).toHaveLength(1);
    expect(names[0]).toMatch(/^step-\d{8}-force-spike\.extxyz$/);
    expect(error.dump).toBe(join(dumpFolder, names[0]));
    expect(error.hint).toContain(names[0]);
    const [{ atoms, results }] = readExtxyzFile(error.dump!);
    expect(atoms.positions).toEqual(error.frame?.atoms.positions);
    expect(results.forces).toEqual(error.frame?.forces);
    expect(atoms.info).toMatchObject({
      code: 'md/force-spike',
      reason: error.message,
      step: error.frame?.step,
    });
  });

  test('of forces that are not finite', async () => {
    const broken = calculatorOf('nan', () => NaN);
    const error = await failure({ guards, calculator: broken, dumpFolder: folder });
    expect(error.code).toBe('md/non-finite');
    expect(readFileSync(error.dump!, 'utf8')).toContain('md/non-finite');
  });

  test('that cannot be written leaves the error as it is', async () => {
    const dumpFolder = join(folder, 'file');
    writeFileSync(dumpFolder, '');
    const error = await failure({ guards, dumpFolder });
    expect(error).toMatchObject({ code: 'md/force-spike', dump: undefined });
    expect(error.frame).toBeDefined();
    expect(error.hint).toContain('No frame was saved');
  });
});

test('guards of a simulation that its owner steps', () => {
  const events: MdEvent[] = [];
  const simulation = new Simulation({
    ...START,
    calculator: holedLennardJones(),
    integrator: bath,
    guards: {
      forceSpike: 8,
      teacher: openLennardJones(),
      actions: { forceSpike: 'teacher' },
    },
    onEvent: (event) => void events.push(event),
  });
  simulation.advance(1500);
  expect(events.some(({ type }) => type === 'teacher')).toBe(true);
  const late = new Simulation({
    ...START,
    calculator: holedLennardJones(),
    integrator: bath,
    guards: {
      forceSpike: 8,
      teacher: later(openLennardJones()),
      actions: { forceSpike: 'teacher' },
    },
  });
  expect(() => {
    late.advance(1500);
  }).toThrow(expect.objectContaining({ code: 'md/asynchronous-calculator' }));
});

test.each([
  { temperatureSpike: 0.5 },
  { forceSpike: NaN },
  { maxStretch: -1 },
  { maxDrift: -1 },
  { levelSteps: 0 },
  { warningStride: 0 },
  { stride: 20, teacherSteps: 10 },
  { actions: { maxForce: 'teacher' } },
  { actions: { maxDrift: 'teacher' }, teacher: openLennardJones() },
])('guards %j are refused', async (guards) => {
  await expect(run({ guards: guards as GuardLimits })).rejects.toMatchObject({
    code: 'md/invalid-option',
    where: expect.stringMatching(/^guards\./),
  });
});
