import { describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import { errorBudget } from '../../src/study/errorBudget.ts';

/** Three standard errors of a root mean square over this many samples. */
const SAMPLES = 20_000;
const SCATTER = 3 / Math.sqrt(2 * SAMPLES);

const rms = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe('the error budget', () => {
  test('adds independent errors in squares', () => {
    const rng = new Rng(1, 'budget');
    const teacher = Array.from({ length: SAMPLES }, () => 30 * rng.normal());
    const student = Array.from({ length: SAMPLES }, () => 10 * rng.normal());
    const budget = errorBudget({
      teacher: rms(teacher),
      student: rms(student),
      measured: rms(teacher.map((value, k) => value + student[k])),
    });
    expect(Math.abs(budget.predicted / (budget.measured ?? 0) - 1)).toBeLessThan(SCATTER);
    expect(Math.abs(budget.correlation ?? 1)).toBeLessThan(5 * SCATTER);
  });

  test('tells correlated errors from independent ones', () => {
    expect(errorBudget({ teacher: 3, student: 4, measured: 7 }).correlation).toBeCloseTo(1, 12);
    expect(errorBudget({ teacher: 3, student: 4, measured: 1 }).correlation).toBeCloseTo(-1, 12);
    expect(errorBudget({ teacher: 3, student: 4 })).toEqual({
      teacher: 3,
      student: 4,
      predicted: 5,
      measured: null,
      correlation: null,
      studentShare: 16 / 25,
    });
  });

  test('a perfect student has the error of its teacher', () => {
    expect(errorBudget({ teacher: 30, student: 0, measured: 30 })).toMatchObject({
      predicted: 30,
      correlation: null,
      studentShare: 0,
    });
    expect(errorBudget({ teacher: 0, student: 0 }).studentShare).toBe(0);
  });

  test.each([-1, NaN, Infinity])('an error of %p is refused', (teacher) => {
    expect(() => errorBudget({ teacher, student: 1 })).toThrow('the error teacher');
  });
});
