import { describe, expect, test } from '@jest/globals';
import { AbortedError, InvalidArgumentError, type Calculator } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import {
  compareAlongTrajectory,
  firstPassageTime,
  MdError,
  runMd,
  velocityVerlet,
  type FrameErrors,
  type MdFrame,
} from '../src/index.ts';
import { argonCluster, later, openLennardJones } from './potentials.ts';

/** Rounding of a mean over some hundred forces, eV/A. */
const ROUNDING = 1e-14;

async function frames(steps: number): Promise<MdFrame[]> {
  const found: MdFrame[] = [];
  await runMd({
    calculator: openLennardJones(),
    atoms: argonCluster(),
    temperature: 30,
    seed: 3,
    integrator: velocityVerlet({ timestep: 5 }),
    steps,
    stride: 5,
    onFrame: (frame) => void found.push(frame),
  });
  return found;
}

/** Right but for a constant push on atom 2 along y that grows with x of atom 0. */
function wrong(push: (x: number) => number): Calculator {
  const inner = openLennardJones();
  return calculatorOf('wrong', (atoms, forces) => {
    const results = inner.calculate(atoms, ['energy', 'forces']) as {
      energy: number;
      forces: Float64Array;
    };
    forces.set(results.forces);
    forces[7] += push(atoms.positions[0]);
    return results.energy + 0.13;
  });
}

describe('compareAlongTrajectory', () => {
  test('a student that is the teacher has no error', async () => {
    const errors = await compareAlongTrajectory({
      teacher: openLennardJones(),
      student: later(openLennardJones()),
      frames: await frames(20),
    });
    expect(errors.frames).toHaveLength(5);
    expect(errors).toMatchObject({ energyMae: 0, forceMae: 0, forceRmse: 0, forceMax: 0 });
    expect(errors.forceAccuracy).toBe(1);
  });

  test('a planted error comes out with its size and place', async () => {
    const seen: FrameErrors[] = [];
    const errors = await compareAlongTrajectory({
      teacher: openLennardJones(),
      student: wrong(() => -0.078),
      frames: await frames(10),
      onEvent: (event) => void seen.push(event.frame),
    });
    expect(errors.energyMae).toBeCloseTo(0.01, 12);
    expect(errors.forceMax).toBeCloseTo(0.078, 12);
    expect(errors.forceMae).toBeCloseTo(0.078 / 39, 12);
    expect(errors.forceRmse).toBeCloseTo(0.078 / Math.sqrt(39), 12);
    expect(errors.frames.map((frame) => frame.time)).toEqual([0, 25, 50]);
    expect(seen).toEqual(errors.frames);
    const rms = errors.frames[0].teacherForceRms;
    expect(rms).toBeGreaterThan(0);
    const found = Math.abs(errors.frames[0].forceRmse - errors.forceRmse);
    expect(found).toBeLessThan(ROUNDING);
  });

  test('frames may come one by one', async () => {
    const list = await frames(5);
    const oneByOne = async function* (): AsyncGenerator<MdFrame> {
      for (const frame of list) {
        await Promise.resolve();
        yield frame;
      }
    };
    const calculators = { teacher: openLennardJones(), student: wrong(() => 0.01) };
    const streamed = await compareAlongTrajectory({ ...calculators, frames: oneByOne() });
    expect(streamed).toEqual(await compareAlongTrajectory({ ...calculators, frames: list }));
  });

  test('the time at which the error first passes a limit', async () => {
    const points = [0, 1, 2, 3].map((x) => {
      const atoms = argonCluster();
      atoms.positions[0] = x / 10;
      return { atoms, time: 10 * x };
    });
    const errors = await compareAlongTrajectory({
      teacher: openLennardJones(),
      student: wrong((x) => x * Math.sqrt(39)),
      frames: points,
    });
    expect(firstPassageTime(errors, 0.15)).toBe(20);
    expect(firstPassageTime(errors, 0.5)).toBeUndefined();
  });

  test('no frames, an answer without forces, an abort', async () => {
    const teacher = openLennardJones();
    const student = openLennardJones();
    await expect(compareAlongTrajectory({ teacher, student, frames: [] })).rejects.toBeInstanceOf(
      InvalidArgumentError,
    );
    const empty: Calculator = { ...student, calculate: () => ({ energy: 1 }) };
    const some = [{ atoms: argonCluster() }];
    await expect(
      compareAlongTrajectory({ teacher, student: empty, frames: some }),
    ).rejects.toBeInstanceOf(MdError);
    const abort = new AbortController();
    const aborted = compareAlongTrajectory({
      teacher,
      student,
      frames: [...some, ...some],
      signal: abort.signal,
      onEvent: () => {
        abort.abort();
      },
    });
    await expect(aborted).rejects.toBeInstanceOf(AbortedError);
    await expect(aborted).rejects.toThrow(/after 1 frame/);
  });
});
