import { describe, expect, test } from '@jest/globals';
import {
  InvalidArgumentError,
  PropertyNotAvailableError,
  type Calculator,
  type Property,
  type Results,
} from '@mlffd/core';
import {
  initialVelocities,
  langevin,
  MdError,
  runMd,
  velocityVerlet,
  type MdEvent,
  type MdFrame,
} from '../src/index.ts';
import { argonCluster, later, openLennardJones } from './potentials.ts';

const integrator = velocityVerlet({ timestep: 4 });
const start = { atoms: argonCluster(), temperature: 20, seed: 1 };

/** Lennard-Jones that also gives a stress, and notes what it was asked for. */
function recording(): { calculator: Calculator; asked: Property[][] } {
  const inner = openLennardJones();
  const asked: Property[][] = [];
  return {
    asked,
    calculator: {
      ...inner,
      properties: ['energy', 'forces', 'stress', 'energies'],
      calculate(atoms, properties): Results {
        asked.push([...properties]);
        const results = inner.calculate(atoms, properties) as Results;
        const count = atoms.numbers.length;
        return {
          ...results,
          ...(properties.includes('stress') ? { stress: new Float64Array(6).fill(count) } : {}),
          ...(properties.includes('energies') ? { energies: new Float64Array(count) } : {}),
        };
      },
    },
  };
}

describe('runMd', () => {
  test('gives frames at multiples of the stride, and the first', async () => {
    const steps: number[] = [];
    const times: number[] = [];
    await runMd({
      ...start,
      calculator: openLennardJones(),
      integrator,
      steps: 10,
      stride: 4,
      onFrame: (frame) => {
        steps.push(frame.step);
        times.push(frame.time);
      },
    });
    expect(steps).toEqual([0, 4, 8]);
    expect(times).toEqual([0, 16, 32]);
  });

  test('calls the calculator once per step, and asks for stress on frames only', async () => {
    const { calculator, asked } = recording();
    const frames: MdFrame[] = [];
    await runMd({
      ...start,
      calculator,
      integrator,
      steps: 6,
      stride: 3,
      properties: ['stress', 'energies'],
      onFrame: (frame) => void frames.push(frame),
    });
    expect(asked).toHaveLength(7);
    expect(asked.map((properties) => properties.includes('stress'))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
    expect(frames.map((frame) => frame.stress?.[0])).toEqual([13, 13, 13]);
    expect(frames[0].energies).toHaveLength(13);
  });

  test('frames are copies, the input is not touched', async () => {
    const atoms = argonCluster();
    const velocities = initialVelocities(atoms, { temperature: 20, seed: 1 });
    const frames: MdFrame[] = [];
    await runMd({
      calculator: openLennardJones(),
      atoms,
      velocities,
      integrator,
      steps: 2,
      onFrame: (frame) => void frames.push(frame),
    });
    expect(frames[0].atoms.positions).toEqual(argonCluster().positions);
    expect(frames[2].atoms.positions).not.toEqual(frames[1].atoms.positions);
    expect(atoms).toEqual(argonCluster());
    expect(velocities).toEqual(initialVelocities(atoms, { temperature: 20, seed: 1 }));
    expect(frames[1].total).toBe(frames[1].energy + frames[1].kinetic);
  });

  test('positions are handed to the calculator in one and the same buffer', async () => {
    const inner = openLennardJones();
    const buffers = new Set<Float64Array>();
    await runMd({
      ...start,
      calculator: {
        ...inner,
        calculate: (atoms, properties) => {
          buffers.add(atoms.positions);
          return inner.calculate(atoms, properties);
        },
      },
      integrator,
      steps: 5,
    });
    expect(buffers.size).toBe(1);
  });

  test('a calculator of promises gives the same run', async () => {
    const end = async (calculator: Calculator): Promise<MdFrame> =>
      (await runMd({ ...start, calculator, integrator, steps: 20 })).frame;
    expect(await end(later(openLennardJones()))).toEqual(await end(openLennardJones()));
  });

  test('a slow consumer of frames is waited for', async () => {
    const log: string[] = [];
    await runMd({
      ...start,
      calculator: openLennardJones(),
      integrator,
      steps: 2,
      onFrame: async (frame) => {
        log.push(`begin ${frame.step}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        log.push(`end ${frame.step}`);
      },
    });
    expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  test('timers run during a long run of a synchronous calculator', async () => {
    const abort = new AbortController();
    setTimeout(() => {
      abort.abort();
    }, 5);
    const run = runMd({
      ...start,
      calculator: openLennardJones(),
      integrator,
      steps: 1e9,
      signal: abort.signal,
    });
    await expect(run).rejects.toMatchObject({ code: 'md/aborted', hint: /restart/ });
  });

  test('tells of its start, progress and end', async () => {
    const events: MdEvent[] = [];
    await runMd({
      ...start,
      calculator: openLennardJones(),
      integrator,
      steps: 5,
      eventInterval: 0,
      onEvent: (event) => void events.push(event),
    });
    expect(events[0]).toEqual({
      type: 'start',
      step: 0,
      steps: 5,
      calculator: 'open-lj',
      integrator: 'velocity-verlet',
    });
    const progress = events.filter((event) => event.type === 'progress');
    expect(progress.map((event) => event.step)).toEqual([1, 2, 3, 4, 5]);
    expect(progress[4].secondsLeft).toBe(0);
    expect(progress[1].nsPerDay).toBeCloseTo(0.0864 * 4 * progress[1].stepsPerSecond, 6);
    expect(progress[4].temperature).toBeGreaterThan(0);
    expect(events.at(-1)).toMatchObject({ type: 'end', step: 5 });
  });

  test('no steps is a single evaluation', async () => {
    const { calculator, asked } = recording();
    const { frame, stepsDone } = await runMd({ ...start, calculator, integrator, steps: 0 });
    expect(asked).toHaveLength(1);
    expect(stepsDone).toBe(0);
    expect(frame.energy).toBeLessThan(0);
  });

  test('heavier atoms are slower', async () => {
    const masses = new Float64Array(13).fill(4 * 39.948);
    const { frame } = await runMd({
      ...start,
      masses,
      calculator: openLennardJones(),
      integrator,
      steps: 0,
    });
    const light = initialVelocities(start.atoms, start);
    expect(frame.velocities[4]).toBeCloseTo(light[4] / 2, 12);
  });
});

describe('runMd refuses', () => {
  const run = (options: object): Promise<unknown> =>
    runMd({ ...start, calculator: openLennardJones(), integrator, steps: 1, ...options });

  test('NVE from rest, unless it is allowed', async () => {
    const still = { velocities: new Float64Array(39), temperature: undefined };
    await expect(run(still)).rejects.toBeInstanceOf(MdError);
    await expect(run({ temperature: undefined })).rejects.toMatchObject({
      code: 'md/zero-velocities',
    });
    await expect(run({ ...still, allowZeroVelocities: true })).resolves.toBeDefined();
    const bath = langevin({ timestep: 1, temperature: 10, friction: 0.01, seed: 1 });
    await expect(run({ ...still, integrator: bath })).resolves.toBeDefined();
  });

  test.each([
    ['negative steps', { steps: -1 }],
    ['half a step', { steps: 0.5 }],
    ['a stride of zero', { stride: 0 }],
    ['a temperature without a seed', { seed: undefined }],
    ['temperature and velocities', { velocities: new Float64Array(39).fill(1) }],
    ['too few velocities', { temperature: undefined, velocities: new Float64Array(38).fill(1) }],
    ['a NaN velocity', { temperature: undefined, velocities: new Float64Array(39).fill(NaN) }],
    ['a mass of zero', { masses: new Float64Array(13) }],
    ['no degree of freedom', { ndof: 0 }],
    ['a restart interval of zero', { restart: { path: 'never-written', every: 0 } }],
  ])('%s', async (_, options) => {
    await expect(run(options)).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  test('a property that the calculator lacks', async () => {
    await expect(run({ properties: ['stress'] })).rejects.toBeInstanceOf(PropertyNotAvailableError);
  });

  test('an answer without forces, or with too few', async () => {
    const answering = (results: Results): Calculator => ({
      ...openLennardJones(),
      calculate: () => results,
    });
    for (const results of [{ energy: 0 }, { energy: 0, forces: new Float64Array(3) }, {}]) {
      await expect(run({ calculator: answering(results) })).rejects.toMatchObject({
        code: 'md/missing-result',
      });
    }
  });

  test('to swallow what onFrame or the calculator throws', async () => {
    const boom = new Error('boom');
    const onFrame = (): never => {
      throw boom;
    };
    await expect(run({ onFrame })).rejects.toBe(boom);
    const calculator = { ...openLennardJones(), calculate: onFrame };
    await expect(run({ calculator })).rejects.toBe(boom);
  });
});
