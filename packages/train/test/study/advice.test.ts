import { describe, expect, test } from '@jest/globals';
import { advise, WORTHWHILE_GAIN } from '../../src/study/advice.ts';

const law = (exponent: number) => ({ prefactor: 100, exponent, exponentError: null, misfit: 0 });

describe('more data or a bigger student', () => {
  test('a steep curve with a wide gap asks for data', () => {
    const advice = advise({ law: law(0.5), trainError: 5, heldOutError: 20 });
    expect(advice.verdict).toBe('more data');
    expect(advice.gainByLaw).toBeCloseTo(1 - Math.SQRT1_2, 12);
    expect(advice.gap).toBeCloseTo(0.75, 12);
    expect(advice.gainOfData).toBe(advice.gainByLaw);
    expect(advice.gainOfSize).toBeNull();
  });

  test('a student as wrong about what it has seen is too small, however steep the curve', () => {
    const advice = advise({ law: law(1), trainError: 19, heldOutError: 20 });
    expect(advice.verdict).toBe('bigger student');
    expect(advice.gainOfData).toBeCloseTo(0.05, 12);
  });

  test('a flat curve asks for a bigger student, and a rising one promises nothing', () => {
    expect(advise({ law: law(0.01), trainError: 1, heldOutError: 20 }).verdict).toBe(
      'bigger student',
    );
    expect(advise({ law: law(-0.3), trainError: 1, heldOutError: 20 }).gainOfData).toBe(0);
  });

  test('sizes that were measured decide by the larger gain per doubling', () => {
    const input = { law: law(0.5), trainError: 5, heldOutError: 20 };
    const steep = advise({
      ...input,
      sizes: [
        { parameters: 20_000, error: 40 },
        { parameters: 80_000, error: 20 },
      ],
    });
    // A half for four times the parameters is a factor of sqrt(1/2) for twice.
    expect(steep.gainOfSize).toBeCloseTo(1 - Math.SQRT1_2, 12);
    const flat = advise({
      ...input,
      sizes: [
        { parameters: 80_000, error: 20 },
        { parameters: 20_000, error: 20.5 },
      ],
    });
    expect(flat.verdict).toBe('more data');
    const better = advise({
      ...input,
      law: law(0.2),
      sizes: [
        { parameters: 20_000, error: 60 },
        { parameters: 40_000, error: 30 },
        { parameters: 80_000, error: 15 },
      ],
    });
    expect(better.verdict).toBe('bigger student');
    expect(better.gainOfSize).toBeCloseTo(0.5, 12);
  });

  test('neither, where no doubling takes a tenth away', () => {
    const advice = advise({
      law: law(0.1),
      trainError: 19,
      heldOutError: 20,
      sizes: [
        { parameters: 20_000, error: 20.2 },
        { parameters: 80_000, error: 20 },
      ],
    });
    expect(advice.verdict).toBe('neither');
    expect(Math.max(advice.gainOfData, advice.gainOfSize ?? 0)).toBeLessThan(WORTHWHILE_GAIN);
  });

  test('one size, or two of the same, say nothing about sizes', () => {
    const input = { law: law(0.5), trainError: 5, heldOutError: 20 };
    const one = { parameters: 20_000, error: 20 };
    expect(advise({ ...input, sizes: [one] }).gainOfSize).toBeNull();
    expect(advise({ ...input, sizes: [one, one] }).gainOfSize).toBeNull();
    expect(advise({ ...input, heldOutError: 0 }).gap).toBe(0);
  });
});
