import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import { compareAlongTrajectory, firstPassageTime } from '../src/compare.ts';
import { ForceErrorAccumulator } from '../src/forceErrors.ts';
import { later } from './potentials.ts';

const numbers = Int32Array.of(8, 1, 1);
const teacher = Float64Array.of(2, 0, 0, 0, 0.5, 0, 0, 0, 0.05);

describe('force errors', () => {
  test('by element and by the size of the force', () => {
    const groups = new ForceErrorAccumulator();
    expect(groups.summary().worst).toBeNull();
    expect(groups.total()).toMatchObject({ atoms: 0, forceMae: null, forceCosine: null });
    // Off by 3, 4 along two axes; turned round; twice as long.
    const student = Float64Array.of(2, 3, 4, 0, -0.5, 0, 0, 0, 0.1);
    groups.add({ numbers, teacher, student, time: 7 });
    const { byElement, byForce, worst, forceCosine } = groups.summary();
    expect(Object.keys(byElement)).toEqual(['H', 'O']);
    expect(byElement.O).toMatchObject({ atoms: 1, forceMae: 7 / 3, forceMax: 5 });
    expect(byElement.O.forceRmse).toBeCloseTo(5 / Math.sqrt(3), 14);
    expect(byElement.H.forceMae).toBeCloseTo(1.05 / 6, 14);
    expect(byElement.H.forceCosine).toBeCloseTo(0, 14);
    expect(forceCosine).toBeCloseTo(2 / Math.sqrt(29) / 3, 14);
    expect(byForce.map(({ low, high, atoms }) => [low, high, atoms])).toEqual([
      [0, 0.1, 1],
      [0.1, 1, 1],
      [1, null, 1],
    ]);
    expect(byForce[1].forceCosine).toBe(-1);
    expect(worst).toEqual({
      frame: 0,
      time: 7,
      atom: 0,
      symbol: 'O',
      error: 5,
      teacher: [2, 0, 0],
      student: [2, 3, 4],
    });
    // A small error of another frame adds up, and is not the worst.
    groups.add({ numbers, teacher, student: teacher });
    expect(groups.summary().worst).toEqual(worst);
    expect(groups.total()).toMatchObject({ atoms: 6, forceMae: (7 + 1 + 0.05) / 18 });
  });

  test('no direction, no cosine', () => {
    const groups = new ForceErrorAccumulator();
    const none = new Float64Array(9);
    groups.add({ numbers, teacher: none, student: teacher });
    expect(groups.total().forceCosine).toBeNull();
    groups.add({ numbers, teacher, student: none });
    expect(groups.total().forceCosine).toBe(0);
  });

  test('along a trajectory', async () => {
    const frames = [0, 1, 2, 3].map((k) => ({
      atoms: createAtoms({ symbols: ['C', 'O'], positions: [0, 0, 0, 1 + 0.1 * k, 0, 0] }),
      time: 2 * k,
    }));
    const spring = (stiffness: number) =>
      calculatorOf('spring', ({ positions: r }, forces) => {
        forces[3] = -stiffness * (r[3] - 1);
        forces[0] = -forces[3];
        return (stiffness * (r[3] - 1) ** 2) / 2;
      });
    const errors = await compareAlongTrajectory({
      teacher: later(spring(10)),
      student: spring(11),
      frames,
    });
    expect(errors.worst).toMatchObject({ frame: 3, time: 6 });
    expect(errors.worst?.error).toBeCloseTo(0.3, 12);
    expect(errors.forceCosine).toBeCloseTo(1, 12);
    expect(errors.byElement.C).toEqual(errors.byElement.O);
    expect(errors.byElement.C.forceRmse).toBeCloseTo(errors.forceRmse, 14);
    expect(firstPassageTime(errors, 0.1)).toBe(4);
    expect(firstPassageTime(errors, 1)).toBeUndefined();
    expect(JSON.parse(JSON.stringify(errors))).toEqual(errors);
  });
});
