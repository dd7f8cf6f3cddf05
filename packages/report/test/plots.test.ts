import { describe, expect, test } from '@jest/globals';
import { latencyDistribution } from '@mlffd/core';
import { COLOURS } from '../src/plots/theme.ts';
import {
  bandChart,
  barChart,
  histogram,
  latencyChart,
  lineChart,
  parityPlot,
  parityStatistics,
  rdfChart,
  ReportDataError,
  scatterPlot,
  svgToPng,
} from '@mlffd/report';

import { normals } from './random.ts';

const x = Array.from({ length: 50 }, (_, k) => k + 1);
const noise = normals(5);
const y = x.map((value) => 10 / value + 0.1 * Math.abs(noise()));

const drift = x.map((value) => 0.01 * value + 0.1 * noise());

const examples: Record<string, () => Promise<string>> = {
  lineChart: () =>
    lineChart({
      title: 'Learning curve',
      subtitle: 'with a goal',
      x: { label: 'Epoch' },
      y: { label: 'Force MAE', unit: 'meV/Å', scale: 'log' },
      series: [
        { name: 'Training', x, y },
        { name: 'Validation', x, y: y.map((value) => value * 1.1), dashed: true, points: true },
      ],
      goal: { value: 1, label: 'goal' },
    }),
  parityPlot: () =>
    parityPlot({
      title: 'Forces',
      quantity: 'Force component',
      unit: 'eV/Å',
      teacher: y,
      student: y.map((value) => value + 0.01),
      errorUnit: { unit: 'meV/Å', factor: 1000 },
    }),
  barChart: () =>
    barChart({
      title: 'Time per call',
      value: { label: 'Time', unit: 'ms', scale: 'log' },
      bars: [
        { label: 'Teacher', value: 50, low: 48, high: 55, reference: true },
        { label: 'Student', value: 0.7 },
        { label: 'Broken', value: NaN },
      ],
      goal: { value: 5, label: 'goal' },
    }),
  latencyChart: () =>
    latencyChart({
      title: 'Times of calls',
      unit: 'call',
      series: [{ name: 'student', latency: latencyDistribution(y) }],
    }),
  'barChart, grouped': () =>
    barChart({
      title: 'Force error by element',
      direction: 'vertical',
      category: 'Element',
      value: { label: 'Force MAE', unit: 'meV/Å' },
      bars: ['H', 'O'].flatMap((label, k) => [
        { label, series: 'tiny', value: 20 + k },
        { label, series: 'original', value: 10 + k, high: 14 },
      ]),
      goal: { value: 15, label: 'goal' },
      valueLabel: false,
    }),
  bandChart: () =>
    bandChart({
      title: 'Energy conservation',
      x: { label: 'Time', unit: 'ps' },
      y: { label: 'Energy deviation', unit: 'meV/atom' },
      values: { x, y: drift },
      fit: { slope: 0.01, low: 0.008, high: 0.012 },
      slopeUnit: 'meV/atom/ps',
    }),
  histogram: () =>
    histogram({
      title: 'Errors',
      x: { label: 'Absolute error', unit: 'meV/Å', domain: [0, 5] },
      series: [
        { name: 'Training', values: y },
        { name: 'Test', values: new Float32Array(y) },
      ],
      markers: [{ value: 2, label: 'goal' }],
    }),
  'histogram, logarithmic': () =>
    histogram({
      title: 'Errors',
      x: { label: 'Absolute error', unit: 'meV/Å', scale: 'log' },
      series: [{ name: 'Test', values: [...y, 0, -1, NaN] }],
      bins: 12,
    }),
  rdfChart: () =>
    rdfChart({ title: 'Oxygen', pair: 'O-O', r: x, teacher: y, student: y.map((g) => g * 1.01) }),
  scatterPlot: () =>
    scatterPlot({
      title: 'Error against cost',
      x: { label: 'Time per call', unit: 'ms', scale: 'log' },
      y: { label: 'Force MAE', unit: 'meV/Å' },
      series: [
        { name: 'ONNX', x: [1, 2, 12], y: [80, 36, 24], labels: ['a', 'b', 'far to the right'] },
        { name: 'Fused', x: [0.2, NaN, -1], y: [80, 36, 24] },
      ],
      goal: { value: 50, label: 'goal' },
    }),
};

const AXES: Record<string, readonly string[]> = {
  lineChart: ['Epoch', 'Force MAE (meV/Å)'],
  parityPlot: ['Teacher force component (eV/Å)', 'Student force component (eV/Å)'],
  barChart: ['Time (ms)'],
  latencyChart: ['Time of a call (ms)', 'Calls (%)'],
  'barChart, grouped': ['Element', 'Force MAE (meV/Å)'],
  bandChart: ['Time (ps)', 'Energy deviation (meV/atom)'],
  histogram: ['Absolute error (meV/Å)', 'Share of values (%)'],
  'histogram, logarithmic': ['Absolute error (meV/Å)', 'Share of values (%)'],
  rdfChart: ['Distance r (Å)', 'g(r) O-O'],
  scatterPlot: ['Time per call (ms)', 'Force MAE (meV/Å)'],
};

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
}

describe.each(Object.keys(examples))('%s', (name) => {
  test('names its axes with units, and tells its content to those who cannot see it', async () => {
    const svg = await examples[name]();
    expect(texts(svg)).toEqual(expect.arrayContaining([...AXES[name]]));
    expect(svg).toMatch(/^<svg [^>]*role="img"/);
    expect(svg).toMatch(/<title>[^<]{3,}<\/title><desc>[^<]{20,}<\/desc>/);
    expect(svg).not.toMatch(/undefined|NaN|Infinity/);
  });

  test('is the same text each time, whatever was drawn in between', async () => {
    const first = await examples[name]();
    await examples.lineChart();
    expect(await examples[name]()).toBe(first);
  });

  test('is well-formed XML without references to elsewhere, and small', async () => {
    const svg = await examples[name]();
    // resvg reads strict XML and refuses anything else.
    await expect(svgToPng(svg, { width: 200 })).resolves.toBeInstanceOf(Uint8Array);
    expect(svg.replace(' xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|@import/);
    expect(svg.length).toBeLessThan(30_000);
  });
});

test('curves of a hundred thousand points stay small and keep their spike', async () => {
  const times = Float64Array.from({ length: 100_000 }, (_, k) => k);
  const energies = times.map((time) => (time === 54_321 ? 40 : noise()));
  const svg = await lineChart({
    title: 'Energy',
    x: { label: 'Step' },
    y: { label: 'Energy', unit: 'eV' },
    series: [{ name: 'Energy', x: times, y: energies }],
  });
  expect(svg.length).toBeLessThan(40_000);
  expect(texts(svg)).toContain('40');
});

test('a parity plot names whom it is told to', async () => {
  const data = { teacher: [1, 2, 3], student: [1, 2, 3.5] };
  const options = { title: 'Forces', quantity: 'Force', unit: 'eV/Å', ...data };
  const svg = await parityPlot({ ...options, names: ['EMT', 'CHGNet'] });
  expect(svg).toContain('EMT force (eV/Å)');
  expect(svg).toContain('CHGNet against EMT, force in eV/Å');
  expect(svg).not.toContain('eacher');
});

test('parity of 100,000 points stays below 150 kB, however they are spread', async () => {
  const count = 100_000;
  const teacher = Float64Array.from({ length: count }, () => noise());
  const near = teacher.map((value) => value + 0.03 * noise());
  const far = teacher.map(() => noise());
  for (const student of [near, far]) {
    const svg = await parityPlot({
      title: 'Forces',
      quantity: 'Force component',
      unit: 'eV/Å',
      teacher,
      student,
    });
    expect(Buffer.byteLength(svg)).toBeLessThan(150_000);
    expect(texts(svg)).toContain('n = 100,000');
    expect(texts(svg).some((text) => text.startsWith('Points per cell'))).toBe(true);
  }
});

test('parity of 2,000 points draws each of them below 150 kB', async () => {
  const teacher = Float64Array.from({ length: 2000 }, () => noise());
  const svg = await parityPlot({
    title: 'Energies',
    quantity: 'Energy',
    unit: 'eV/atom',
    teacher,
    student: teacher.map((value) => value + 0.05 * noise()),
  });
  expect(Buffer.byteLength(svg)).toBeLessThan(150_000);
  expect(svg.match(/<use /g)).toHaveLength(2000);
});

test('parityStatistics by hand', () => {
  const statistics = parityStatistics([0, 1, 2, 3, NaN], [0.5, 1, 2, 2, 7]);
  expect(statistics.count).toBe(4);
  expect(statistics.mae).toBeCloseTo(1.5 / 4, 14);
  expect(statistics.rmse).toBeCloseTo(Math.sqrt(1.25 / 4), 14);
  expect(statistics.max).toBe(1);
  // Mean 1.5, spread 2.25 + 0.25 + 0.25 + 2.25 = 5.
  expect(statistics.r2).toBeCloseTo(1 - 1.25 / 5, 14);
  expect(parityStatistics([2, 2], [2, 2]).r2).toBeNaN();
});

test('a plot without finite data says so and is still an image', async () => {
  const axis = { label: 'x' };
  const empty = [
    lineChart({ title: 'Empty', x: axis, y: axis, series: [{ name: 'a', x: [1], y: [NaN] }] }),
    scatterPlot({ title: 'Empty', x: axis, y: axis, series: [{ name: 'a', x: [], y: [] }] }),
    barChart({ title: 'Empty', value: axis, bars: [] }),
    histogram({ title: 'Empty', x: axis, series: [{ name: 'a', values: [] }] }),
    parityPlot({ title: 'Empty', quantity: 'Force', unit: 'eV/Å', teacher: [], student: [] }),
    rdfChart({ title: 'Empty', r: [], teacher: [], student: [] }),
    bandChart({
      title: 'Empty',
      x: axis,
      y: axis,
      values: { x: [], y: [] },
      fit: { slope: 0, low: 0, high: 0 },
      slopeUnit: 'meV/atom/ps',
    }),
  ];
  for (const svg of await Promise.all(empty)) {
    expect(texts(svg)).toContain('No finite data to show');
    await expect(svgToPng(svg, { width: 100 })).resolves.toBeInstanceOf(Uint8Array);
  }
});

test('constant data, one point and one bar make an image', async () => {
  const axis = { label: 'x' };
  const plots = await Promise.all([
    lineChart({ title: 'One', x: axis, y: axis, series: [{ name: 'a', x: [1], y: [1] }] }),
    histogram({ title: 'Same', x: axis, series: [{ name: 'a', values: [2, 2, 2] }] }),
    barChart({ title: 'Zero', value: axis, bars: [{ label: 'a', value: 0 }] }),
    barChart({ title: 'Negative', value: axis, bars: [{ label: 'a', value: -3 }] }),
    parityPlot({ title: 'One', quantity: 'Energy', unit: 'eV', teacher: [1], student: [1] }),
  ]);
  for (const svg of plots) expect(svg).not.toMatch(/undefined|Infinity|"NaN|NaN"/);
});

test('lists of other lengths are refused with their name', async () => {
  const axis = { label: 'x' };
  const series = [{ name: 'loss', x: [1, 2], y: [1] }];
  const call = lineChart({ title: 'Lengths', x: axis, y: axis, series });
  await expect(call).rejects.toThrow(ReportDataError);
  await expect(call).rejects.toMatchObject({
    code: 'REPORT_DATA',
    where: 'series "loss"',
    expected: '2 values',
    found: '1 values',
  });
  await expect(
    rdfChart({ title: 'Lengths', r: [1, 2], teacher: [1, 2], student: [1] }),
  ).rejects.toThrow(ReportDataError);
});

test('more series than the palette can tell apart are refused', async () => {
  const series = Array.from({ length: 8 }, (_, k) => ({ name: `s${k}`, x: [1, 2], y: [k, k] }));
  await expect(
    lineChart({ title: 'Many', x: { label: 'x' }, y: { label: 'y' }, series }),
  ).rejects.toThrow('at most 7 series');
});

test('names are shown as written, whatever they contain', async () => {
  const name = `</text><script>alert("1")</script> & 'quoted' \u0000 ]])[datum.value]`;
  const svg = await barChart({
    title: name,
    value: { label: name, unit: name },
    bars: [
      { label: name, value: 1, series: name },
      { label: 'b', value: 2, series: 'other' },
    ],
    goal: { value: 1, label: name },
  });
  expect(svg).not.toContain('<script');
  expect(svg).toContain('&lt;/text&gt;&lt;script&gt;');
  await expect(svgToPng(svg, { width: 100 })).resolves.toBeInstanceOf(Uint8Array);
});

test('the legend of a bar chart shows a reference series in the colour of its bars', async () => {
  const chart = (reference: boolean): Promise<string> =>
    barChart({
      title: 'Time',
      value: { label: 'Time', unit: 'ms' },
      bars: [
        { label: 'a', series: 'teacher', value: 2, reference },
        { label: 'a', series: 'student', value: 1 },
      ],
    });
  const quiet = (svg: string): number => svg.split(COLOURS.pale).length - 1;
  // One bar and one mark of the legend; the style sheet names the colour in both charts.
  expect(quiet(await chart(true)) - quiet(await chart(false))).toBe(2);
});
