import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { thinCurve } from '../src/plots/series.ts';
import { textWidth, truncateText, wrapText } from '../src/plots/text.ts';

const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) },
);

test('a thinned curve keeps its extremes and ends and stays small', () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 400 }),
      fc.integer({ min: 1, max: 40 }),
      (y, columns) => {
        const x = y.map((_, k) => k);
        const points = thinCurve(x, y, { columns });
        const shown = points.flatMap((point) => (point.y === null ? [] : [point.y]));
        const finite = y.filter(Number.isFinite);
        expect(points.length).toBeLessThanOrEqual(5 * columns);
        expect(shown.length > 0).toBe(finite.length > 0);
        if (finite.length === 0) return;
        expect(Math.min(...shown)).toBe(Math.min(...finite));
        expect(Math.max(...shown)).toBe(Math.max(...finite));
        expect(shown[0]).toBe(finite[0]);
        expect(shown.at(-1)).toBe(finite.at(-1));
        points.slice(1).forEach((point, k) => {
          expect(point.x).toBeGreaterThanOrEqual(points[k].x);
        });
      },
    ),
  );
});

test('values that are not finite, or not positive on a logarithmic axis, leave a gap', () => {
  expect(thinCurve([0, 1, 2], [1, NaN, 3])).toEqual([
    { x: 0, y: 1 },
    { x: 1, y: null },
    { x: 2, y: 3 },
  ]);
  expect(thinCurve([0, 1, 2], [1, -1, 3], { positive: true })[1]).toEqual({ x: 1, y: null });
});

test('text is wrapped and cut to a width', () => {
  const lines = wrapText('a title of several words that does not fit on one line', 14, 120);
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(textWidth(line, 14)).toBeLessThanOrEqual(120);
  expect(lines.join(' ')).toBe('a title of several words that does not fit on one line');
  expect(truncateText('short', 12, 200)).toBe('short');
  const cut = truncateText('a very long category name', 12, 60);
  expect(cut.endsWith('…')).toBe(true);
  expect(textWidth(cut, 12)).toBeLessThanOrEqual(60);
  expect(textWidth('水', 10)).toBe(10);
});
