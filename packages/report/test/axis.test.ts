import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { extentOf, quantitativeAxis } from '../src/plots/axis.ts';

// Ends of a domain are sums of rounded steps.
const ROUNDING = 1e-9;

test('ticks lie inside the domain, rise, are few, and have labels of their own', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
      (low, span) => {
        // A span below the resolution of the numbers themselves has no ticks to tell apart.
        fc.pre(span > 1e-6 * Math.abs(low));
        const axis = quantitativeAxis({ label: 'x' }, [low, low + span]);
        const [from, to] = axis.domain;
        const slack = ROUNDING * (to - from);
        expect(from).toBeLessThanOrEqual(low + slack);
        expect(to).toBeGreaterThanOrEqual(low + span - slack);
        expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
        expect(axis.ticks.length).toBeLessThanOrEqual(12);
        axis.ticks.forEach((tick, k) => {
          expect(tick.value).toBeGreaterThanOrEqual(from - slack);
          expect(tick.value).toBeLessThanOrEqual(to + slack);
          if (k > 0) expect(tick.value).toBeGreaterThan(axis.ticks[k - 1].value);
        });
        expect(new Set(axis.ticks.map((tick) => tick.label)).size).toBe(axis.ticks.length);
      },
    ),
  );
});

test('logarithmic ticks lie inside the domain and have labels of their own', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -12, max: 8, noNaN: true }),
      fc.double({ min: 0.05, max: 12, noNaN: true }),
      (exponent, decades) => {
        const low = 10 ** exponent;
        const axis = quantitativeAxis({ label: 'x', scale: 'log' }, [low, low * 10 ** decades]);
        expect(axis.domain[0]).toBeLessThanOrEqual(low * (1 + ROUNDING));
        expect(axis.ticks.length).toBeGreaterThanOrEqual(1);
        expect(axis.ticks.length).toBeLessThanOrEqual(14);
        for (const tick of axis.ticks) {
          expect(tick.value).toBeGreaterThanOrEqual(axis.domain[0] * (1 - ROUNDING));
          expect(tick.value).toBeLessThanOrEqual(axis.domain[1] * (1 + ROUNDING));
        }
        expect(new Set(axis.ticks.map((tick) => tick.label)).size).toBe(axis.ticks.length);
      },
    ),
  );
});

test('labels are written as a reader expects them', () => {
  const labels = (low: number, high: number, scale: 'linear' | 'log' = 'linear'): string[] =>
    quantitativeAxis({ label: 'x', scale }, [low, high]).ticks.map((tick) => tick.label);
  expect(labels(0, 20_000)).toEqual(['0', '5,000', '10,000', '15,000', '20,000']);
  expect(labels(-0.1, 0.1)).toEqual(['−0.10', '−0.05', '0.00', '0.05', '0.10']);
  expect(labels(0, 4e-6)).toEqual(['0', '1×10⁻⁶', '2×10⁻⁶', '3×10⁻⁶', '4×10⁻⁶']);
  expect(labels(1e-6, 1e-2, 'log')).toEqual(['10⁻⁶', '10⁻⁵', '10⁻⁴', '0.001', '0.01']);
  expect(labels(20, 300, 'log')).toEqual(['20', '50', '100', '200', '500']);
});

test('a single value, no value and a given domain all make an axis', () => {
  expect(quantitativeAxis({ label: 'x' }, [3, 3]).domain[0]).toBeLessThan(3);
  expect(quantitativeAxis({ label: 'x' }, undefined).domain).toEqual([0, 1]);
  expect(quantitativeAxis({ label: 'x', scale: 'log' }, [3, 3]).domain).toEqual([1, 10]);
  expect(quantitativeAxis({ label: 'x', domain: [-1, 7] }, [0, 1]).domain).toEqual([-1, 7]);
});

test('extentOf leaves out what an axis cannot show', () => {
  expect(extentOf([[NaN, 2, Infinity], new Float64Array([-1, 5])])).toEqual([-1, 5]);
  expect(extentOf([[-1, 0, 4]], 'log')).toEqual([4, 4]);
  expect(extentOf([[NaN]])).toBeUndefined();
});
