import { describe, expect, test } from '@jest/globals';
import { heatMap, ReportDataError } from '@mlffd/report';

import { COLOURS, DENSITY_COLOURS } from '../src/plots/theme.ts';

const LOWEST = DENSITY_COLOURS[0];
const HIGHEST = DENSITY_COLOURS[DENSITY_COLOURS.length - 1];

const base = {
  title: 'Distances',
  rows: 2,
  columns: 3,
  values: [0, 0, 4, NaN, 2, 4],
  value: { label: 'RMSD', unit: 'Å' },
} as const;

/** Filled rectangles of an SVG, by colour. */
function rectangles(svg: string, colour: string): number {
  return svg.match(new RegExp(`<path[^>]*fill="${colour}"`, 'g'))?.length ?? 0;
}

describe('heatMap', () => {
  test('neighbours of one colour are one rectangle, and what is not finite stays blank', async () => {
    const svg = await heatMap(base);
    expect(rectangles(svg, LOWEST)).toBe(1);
    expect(rectangles(svg, HIGHEST)).toBe(2);
    expect(rectangles(svg, DENSITY_COLOURS[4])).toBe(1);
  });

  test('the same data give the same bytes', async () => {
    expect(await heatMap(base)).toBe(await heatMap(base));
  });

  test('says what the colours mean', async () => {
    const svg = await heatMap(base);
    expect(svg).toContain('RMSD (Å)');
    expect(svg).toContain('RMSD of 2 by 3 cells, from 0 to 4 Å.');
  });

  test('rows run from the top', async () => {
    const svg = await heatMap({
      ...base,
      rows: 2,
      columns: 1,
      values: [0, 4],
      rowLabels: ['a', 'b'],
    });
    const height = (label: string): number =>
      Number(new RegExp(`<text[^>]*translate\\([^,]*,([\\d.]+)\\)[^>]*>${label}<`).exec(svg)?.[1]);
    expect(height('a')).toBeLessThan(height('b'));
  });

  test('cells with texts stand apart, dark ones have light texts, blank ones a pale ground', async () => {
    const svg = await heatMap({ ...base, texts: ['H', 'He', 'Li', 'Be', '', 'C'] });
    expect(rectangles(svg, LOWEST)).toBe(2);
    expect(rectangles(svg, COLOURS.grid)).toBe(1);
    const fill = (label: string): string | undefined =>
      new RegExp(`<text[^>]*fill="(#[0-9a-f]+)"[^>]*>${label}<`).exec(svg)?.[1];
    expect([fill('H'), fill('Li'), fill('Be')]).toEqual([
      COLOURS.ink,
      COLOURS.surface,
      COLOURS.muted,
    ]);
  });

  test('a logarithmic scale puts zero at its low end', async () => {
    const svg = await heatMap({
      ...base,
      values: [0, 1, 10, 100, 1000, 10000],
      value: { label: 'Structures', scale: 'log' },
    });
    // 0 and 1 are one rectangle of the lowest colour.
    expect(rectangles(svg, LOWEST)).toBe(1);
    expect(svg).toContain('from 1 to 10,000');
  });

  test.each([
    ['equal values', [3, 3, 3, 3, 3, 3]],
    ['no values', [NaN, NaN, NaN, NaN, NaN, NaN]],
  ])('%s are drawn, too', async (_, values) => {
    const svg = await heatMap({ ...base, values });
    expect(svg).toMatch(/^<svg[\s\S]*<\/svg>$/);
    expect(svg.includes('No finite data')).toBe(Number.isNaN(values[0]));
  });

  test('lists of other lengths are refused', async () => {
    await expect(heatMap({ ...base, values: [1, 2] })).rejects.toThrow(ReportDataError);
    await expect(heatMap({ ...base, texts: ['a'] })).rejects.toThrow(ReportDataError);
  });
});
