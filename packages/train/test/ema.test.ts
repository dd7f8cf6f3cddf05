import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Ema, rampedDecay } from '../src/ema.ts';

/** Float32 rounding of values of order one. */
const FLOAT32 = 1e-6;

describe('Ema', () => {
  it('follows the definition with its ramp by hand', () => {
    const ema = new Ema(Float32Array.of(1), 0.999);
    ema.update(Float32Array.of(2)); // decay 1/10
    expect(ema.values[0]).toBeCloseTo(0.1 * 1 + 0.9 * 2, 6);
    ema.update(Float32Array.of(4)); // decay 2/11
    expect(ema.values[0]).toBeCloseTo((2 / 11) * 1.9 + (9 / 11) * 4, 6);
  });

  it('reaches the decay that was asked for and never more', () => {
    expect(rampedDecay(0.9, 0)).toBeCloseTo(0.1);
    expect(rampedDecay(0.9, 79)).toBeLessThan(0.9);
    expect(rampedDecay(0.9, 81)).toBe(0.9);
    expect(rampedDecay(0.9, 1e9)).toBe(0.9);
  });

  it('stays between the smallest and the largest of what it averages', () => {
    const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(values, (series) => {
        const ema = new Ema(Float32Array.of(series[0]), 0.99);
        for (const value of series) ema.update(Float32Array.of(value));
        expect(ema.values[0]).toBeGreaterThanOrEqual(Math.min(...series) - FLOAT32);
        expect(ema.values[0]).toBeLessThanOrEqual(Math.max(...series) + FLOAT32);
      }),
    );
  });
});
