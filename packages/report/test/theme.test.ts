import { describe, expect, test } from '@jest/globals';

import {
  COLOURS,
  DENSITY_COLOURS,
  MAX_SERIES,
  seriesColour,
  surfaceColour,
  withScheme,
  type ColourScheme,
} from '../src/plots/theme.ts';

type Rgb = [number, number, number];

/** sRGB to linear light. */
function linear(colour: string): Rgb {
  return [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio of WCAG 2.1. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(linear(a)), luminance(linear(b))].sort((p, q) => p - q);
  return (high + 0.05) / (low + 0.05);
}

// Machado, Oliveira, Fernandes (2009), severity 1, for linear RGB.
const VISION: Record<string, readonly (readonly number[])[]> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
};

function seen(colour: string, vision: string): Rgb {
  const rgb = linear(colour);
  return VISION[vision].map((row) =>
    row.reduce((sum, weight, k) => sum + weight * rgb[k], 0),
  ) as Rgb;
}

/** CIE 1976 L*a*b* of linear sRGB, D65. */
function lab([r, g, b]: Rgb): Rgb {
  const f = (t: number): number =>
    t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116;
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function inScheme(colour: string, scheme: ColourScheme): string {
  return withScheme(`<path fill="${colour}"/>`, scheme).slice('<path fill="'.length, -3);
}

const SERIES = Array.from({ length: MAX_SERIES }, (_, k) => seriesColour(k));

describe.each<ColourScheme>(['light', 'dark'])('in the %s scheme', (scheme) => {
  const page = surfaceColour(scheme);

  test('curves stand out from the page by 3 : 1, text by 4.5 : 1', () => {
    for (const colour of SERIES) {
      expect(contrast(inScheme(colour, scheme), page)).toBeGreaterThan(3);
    }
    for (const colour of [COLOURS.ink, COLOURS.muted, COLOURS.goal]) {
      expect(contrast(inScheme(colour, scheme), page)).toBeGreaterThan(4.5);
    }
  });

  test.each(Object.keys(VISION))('series differ for %s vision', (vision) => {
    // A difference of 2.3 is just noticeable side by side; curves are thin and apart.
    const distinct = 19;
    SERIES.forEach((first, k) => {
      for (const second of SERIES.slice(k + 1)) {
        const [a, b] = [first, second].map((colour) => lab(seen(inScheme(colour, scheme), vision)));
        const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        expect(distance).toBeGreaterThan(distinct);
      }
    });
  });

  test('density rises evenly away from the page', () => {
    const ratios = DENSITY_COLOURS.map((colour) => contrast(inScheme(colour, scheme), page));
    ratios.slice(1).forEach((ratio, k) => {
      expect(ratio).toBeGreaterThan(ratios[k]);
    });
  });
});

test('every colour has a dark one of its own', () => {
  const all = [...Object.values(COLOURS), ...SERIES, ...DENSITY_COLOURS];
  expect(new Set(all).size).toBe(all.length);
  for (const colour of all) expect(inScheme(colour, 'dark')).not.toBe(colour);
});
