import { describe, expect, test } from '@jest/globals';
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatPercent,
  formatUncertainty,
} from '@mlffd/report';
import fc from 'fast-check';

describe('formatNumber', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [12_345, '12,345'],
    [1234.5, '1,235'],
    [0.12345, '0.123'],
    [-5.4213, '−5.42'],
    [0.001, '0.00100'],
    [0.00041, '4.10×10⁻⁴'],
    [-1.5e-12, '−1.50×10⁻¹²'],
    [6.02214076e23, '6.02×10²³'],
    [NaN, 'NaN'],
    [-Infinity, '−∞'],
  ])('%p is written %p', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test('decimals, digits, ASCII and thousands follow the options', () => {
    expect(formatNumber(0.99812, { decimals: 4 })).toBe('0.9981');
    expect(formatNumber(77_124.4, { significant: 7 })).toBe('77,124.40');
    expect(formatNumber(-0.0000123, { ascii: true })).toBe('-1.23e-5');
    expect(formatNumber(Infinity, { ascii: true })).toBe('Infinity');
    expect(formatNumber(12_345, { thousands: false })).toBe('12345');
  });

  test('what rounds to zero has no sign', () => {
    expect(formatNumber(-0.0004, { decimals: 2 })).toBe('0.00');
  });

  test('the text of a number reads back to within half a unit of its last digit', () => {
    // Three significant digits: relative error at most 0.5 %.
    const relative = 0.00501;
    fc.assert(
      fc.property(fc.double({ min: -1e300, max: 1e300, noNaN: true }), (value) => {
        const back = Number(formatNumber(value, { ascii: true, thousands: false }));
        expect(Math.abs(back - value)).toBeLessThanOrEqual(relative * Math.abs(value));
      }),
    );
  });
});

test('formatUncertainty keeps both numbers at one precision', () => {
  expect(formatUncertainty(1.2345, 0.041)).toBe('1.23 ± 0.04');
  expect(formatUncertainty(1.2345, 0.014)).toBe('1.234 ± 0.014');
  expect(formatUncertainty(123.4, 20)).toBe('123 ± 20');
  expect(formatUncertainty(1, NaN)).toBe('1 ± NaN');
  expect(formatUncertainty(1e-12, 1e-13, { ascii: true })).toBe('1.00e-12 +/- 1.0e-13');
});

test('formatPercent', () => {
  expect(formatPercent(0.9512)).toBe('95.1 %');
});

test.each([
  [0, '0 s'],
  [2.5e-10, '0.250 ns'],
  [42e-6, '42 µs'],
  [0.0009999, '1.00 ms'],
  [1.5, '1.50 s'],
  [59.99, '1 min 00 s'],
  [125, '2 min 05 s'],
  [3599.7, '1 h 00 min'],
  [11_520, '3 h 12 min'],
  [187_200, '2 d 4 h'],
  [-3, '−3 s'],
  [Infinity, '∞'],
])('%p seconds are written %p', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_230_000, '1.23 MB'],
  [999_600, '1.00 MB'],
  [-2500, '−2.50 kB'],
  [NaN, 'NaN'],
])('%p bytes are written %p', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
