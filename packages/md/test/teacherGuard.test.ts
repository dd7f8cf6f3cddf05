import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Calculator,
  DomainBuilder,
  PropertyNotAvailableError,
  type Results,
} from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import {
  type GuardLimits,
  type Integrator,
  langevin,
  MdError,
  type MdEvent,
  type MdFrame,
  mtk,
  noseHooverChain,
  readRestart,
  runMd,
  type RunMdOptions,
  type TeacherCall,
  velocityVerlet,
} from '../src/index.ts';
import { holedLennardJones } from './holedPotential.ts';
import { argonCluster, argonCrystal, later, openLennardJones } from './potentials.ts';
import { periodicLennardJones } from './periodicPotentials.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-teacher-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const teacher = openLennardJones();
const STEPS = 850;
const START = { atoms: argonCluster(), temperature: 15, seed: 1 };
/** Brings two atoms as near as 3.36 A, where the student's hole begins, after some 700 steps. */
const bath = langevin({ timestep: 4, temperature: 40, friction: 0.001, seed: 3 });

const guards: GuardLimits = {
  forceSpike: 8,
  maxForce: Infinity,
  actions: { forceSpike: 'teacher' },
  teacher,
  teacherSteps: 20,
};

interface Watched {
  readonly calls: TeacherCall[];
  readonly switches: Extract<MdEvent, { type: 'teacher' }>[];
  readonly frames: MdFrame[];
}

function watched(): Watched & Pick<RunMdOptions, 'onTeacherCall' | 'onEvent' | 'onFrame'> {
  const found: Watched = { calls: [], switches: [], frames: [] };
  return {
    ...found,
    onTeacherCall: (call) => void found.calls.push(call),
    onEvent: (event) => {
      if (event.type === 'teacher') found.switches.push(event);
    },
    onFrame: (frame) => void found.frames.push(frame),
  };
}

function runWith(options: Partial<RunMdOptions>): ReturnType<typeof runMd> {
  return runMd({
    ...START,
    calculator: holedLennardJones(),
    integrator: bath,
    steps: STEPS,
    guards,
    ...options,
  } as RunMdOptions);
}

describe('a guard that calls the teacher', () => {
  test('carries a run over what the student does not know', async () => {
    const alone = runWith({ guards: { maxForce: Infinity } });
    await expect(alone).rejects.toBeInstanceOf(MdError);
    const seen = watched();
    const { stepsDone } = await runWith(seen);
    expect(stepsDone).toBe(STEPS);
    // Some dozen steps, in one piece or a few.
    expect(seen.calls.length).toBeGreaterThan(20);
    expect(seen.calls.length).toBeLessThan(STEPS / 3);
    const [first, second] = seen.switches;
    expect(first).toMatchObject({ calls: true, guard: 'forceSpike' });
    expect(second).toMatchObject({ calls: false });
    // The teacher stays for 20 steps after the spike, at least.
    expect(second.step - first.step).toBeGreaterThanOrEqual(20);
    expect(seen.calls[0].frame.step).toBe(first.step);
  });

  test('gives labelled structures, each step once, with the reason', async () => {
    const seen = watched();
    await runWith(seen);
    const steps = seen.calls.map(({ frame }) => frame.step);
    expect(new Set(steps).size).toBe(steps.length);
    for (const { frame, guard, reason } of seen.calls) {
      const label = teacher.calculate(frame.atoms, ['energy', 'forces']);
      expect(label).toMatchObject({ energy: frame.energy, forces: frame.forces });
      expect(guard).toBe('forceSpike');
      expect(reason).toMatch(/the force on atom \d+ has jumped/);
    }
  });

  const integrators: readonly (readonly [string, Integrator])[] = [
    ['velocity Verlet', velocityVerlet({ timestep: 4 })],
    ['Langevin', bath],
    // Its heat is a function of the chain, so that the jumps must be kept apart from it.
    ['Nose-Hoover', noseHooverChain({ timestep: 4, temperature: 40, timeConstant: 100 })],
  ];
  test.each(integrators)('%s: the conserved quantity has no jump', async (_, integrator) => {
    const seen = watched();
    await runWith({
      ...seen,
      integrator,
      temperature: 40,
      steps: 500,
      // No spike: the student is a fifth too weak, and the teacher is called near contacts.
      calculator: openLennardJones({ epsilon: 0.0083 }),
      guards: {
        ...guards,
        forceSpike: Infinity,
        minDistance: 3.5,
        actions: { minDistance: 'teacher' },
      },
    });
    expect(seen.switches.length).toBeGreaterThan(2);
    const jumps = (pick: (frame: MdFrame) => number): number =>
      seen.frames
        .slice(1)
        .reduce(
          (most, frame, k) => Math.max(most, Math.abs(pick(frame) - pick(seen.frames[k]))),
          0,
        );
    // A fifth of the cohesion, 0.44 eV, comes and goes; the error of a step is below a hundredth of it.
    if (integrator.temperature === undefined) {
      expect(jumps(({ total }) => total)).toBeGreaterThan(0.05);
    }
    expect(jumps(({ conserved }) => conserved)).toBeLessThan(1e-3);
  });

  test('an answer that comes later changes nothing', async () => {
    const [now, then] = [watched(), watched()];
    const { restart } = await runWith(now);
    const found = await runWith({ ...then, guards: { ...guards, teacher: later(teacher) } });
    expect(found.restart).toEqual(restart);
    expect(then.calls).toEqual(now.calls);
  });

  test('goes on bit for bit from a restart, also in the middle of the teacher’s steps', async () => {
    const whole = watched();
    const { restart } = await runWith(whole);
    const start = whole.switches[0].step;
    for (const stop of [90, start - 1, start, start + 7, whole.switches[1].step]) {
      const path = join(folder, `${stop}.json`);
      const parts = watched();
      await runWith({ ...parts, steps: stop, restart: { path } });
      const resumed = await runMd({
        ...parts,
        calculator: holedLennardJones(),
        integrator: bath,
        guards,
        resume: readRestart(path),
        steps: STEPS,
      });
      expect(resumed.restart).toEqual(restart);
      expect(parts.frames).toEqual(whole.frames);
      expect(parts.calls.map(({ frame }) => frame)).toEqual(whole.calls.map(({ frame }) => frame));
    }
  });

  test('a run that is resumed without the teacher goes back to the calculator', async () => {
    const whole = watched();
    await runWith({ ...whole, steps: 1000 });
    const seen = watched();
    const { restart } = await runWith({ steps: whole.switches[0].step + 3 });
    expect(restart.guards?.teacherUntil).toBe(whole.switches[0].step + 20);
    const resumed = await runMd({
      ...seen,
      calculator: openLennardJones({ epsilon: 0.009 }),
      integrator: bath,
      resume: restart,
      initialFrame: true,
      steps: restart.step + 10,
    });
    expect(seen.switches).toEqual([{ type: 'teacher', step: restart.step, calls: false }]);
    expect(resumed.stepsDone).toBe(10);
    expect(Math.abs(seen.frames[0].conserved - whole.frames[restart.step].conserved)).toBeLessThan(
      1e-12,
    );
  });

  test('for atoms that are outside of what the student was trained on, from the start', async () => {
    const domain = new DomainBuilder().domain();
    const seen = watched();
    const { frame } = await runWith({
      ...seen,
      steps: 30,
      guards: { domain, actions: { domain: 'teacher' }, teacher },
    });
    expect(seen.calls).toHaveLength(31);
    const { frame: expected } = await runWith({ calculator: teacher, steps: 30, guards: {} });
    expect(frame.atoms).toEqual(expected.atoms);
  });

  test('a spike of the temperature is seen after the step, and the next one is the teacher’s', async () => {
    const seen = watched();
    await runWith({
      ...seen,
      steps: 1000,
      calculator: holedLennardJones({ pull: 5 }),
      guards: {
        ...guards,
        forceSpike: Infinity,
        temperatureSpike: 2.5,
        actions: { temperatureSpike: 'teacher' },
      },
    });
    expect(seen.switches[0]).toMatchObject({ calls: true, guard: 'temperatureSpike' });
    expect(seen.calls[0].frame.step).toBe(seen.switches[0].step);
    expect(seen.calls[1].frame.step).toBe(seen.switches[0].step + 1);
  });

  test('where the uncertainty is high', async () => {
    const calculator: Calculator = {
      ...holedLennardJones(),
      uncertainty: () => Promise.resolve({ energy: 0, forces: Float64Array.of(1) }),
    };
    const seen = watched();
    await runWith({
      ...seen,
      calculator,
      steps: 30,
      guards: { maxUncertainty: 0.5, actions: { maxUncertainty: 'teacher' }, teacher },
    });
    expect(seen.calls).toHaveLength(31);
    expect(seen.calls[5].reason).toBe('the force on atom 0 is uncertain');
  });

  test('stress for a barostat, and energies of atoms only from who has them', async () => {
    const seen = watched();
    const rough = periodicLennardJones({ epsilon: 0.009 });
    const frames: MdFrame[] = [];
    await runMd({
      atoms: argonCrystal(),
      temperature: 40,
      seed: 1,
      calculator: {
        ...rough,
        properties: [...rough.properties, 'energies'],
        calculate: (atoms, properties) => {
          const answer = rough.calculate(atoms, properties) as Results;
          return { ...answer, energies: new Float64Array(32) };
        },
      },
      integrator: mtk({
        timestep: 4,
        temperature: 40,
        timeConstant: 100,
        pressure: 0,
        pressureTimeConstant: 1000,
      }),
      steps: 60,
      properties: ['energies'],
      guards: {
        minDistance: 3.6,
        teacher: periodicLennardJones(),
        actions: { minDistance: 'teacher' },
      },
      onTeacherCall: seen.onTeacherCall!,
      onFrame: (frame) => void frames.push(frame),
    });
    expect(seen.calls.length).toBeGreaterThan(10);
    for (const { frame } of seen.calls) {
      const { stress } = periodicLennardJones().calculate(frame.atoms, ['stress']) as {
        stress?: Float64Array;
      };
      expect(frame.stress).toEqual(stress);
      expect(frame.energies).toBeUndefined();
    }
    expect(frames[0].energies).toHaveLength(32);
  });

  test('a teacher that lacks a property is refused before the first step', async () => {
    const poor = { ...calculatorOf('poor', () => 0), properties: ['energy'] as const };
    const run = runWith({ guards: { ...guards, teacher: poor } });
    await expect(run).rejects.toBeInstanceOf(PropertyNotAvailableError);
  });
});
