import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createAtoms, Rng } from '@mlffd/core';
import {
  CALL_SPAN,
  initializeParameters,
  profileStudent,
  type Student,
  type StudentConfig,
} from '@mlffd/student';
import {
  chromeTrace,
  hotspots,
  insertTrace,
  readTrace,
  roofline,
  traceOfSpans,
} from '../src/index.ts';
import { expectValidFormat } from './traceFormat.ts';

const folder = mkdtempSync(join(tmpdir(), 'profiler-student-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const CONFIG: StudentConfig = {
  ...{ features: 64, interactions: 2, cutoff: 5, cutoffFunction: 'cosine' },
  radialBasis: { type: 'bessel', count: 20 },
};
const STUDENT: Student = {
  config: CONFIG,
  parameters: initializeParameters(CONFIG, 1),
  baseline: { energies: new Float64Array(100), scale: 1, elements: [1, 6, 8] },
  provenance: {},
};
const SIDE = 4;
const SPACING = 1.8;

/** 64 atoms on a rattled grid. */
const ATOMS = ((): ReturnType<typeof createAtoms> => {
  const rng = new Rng(1, 'atoms');
  const positions = Array.from({ length: SIDE ** 3 }, (_, k) =>
    [k % SIDE, Math.floor(k / SIDE) % SIDE, Math.floor(k / SIDE ** 2)].map(
      (n) => SPACING * n + 0.2 * rng.uniform(),
    ),
  );
  const numbers = positions.map((_, k) => [1, 6, 8][k % 3]);
  return createAtoms({ numbers, positions });
})();

/** Blocks of a student of two blocks, and the way back through each. */
const BLOCKS = [
  ...['embedding', 'edges', 'readout', 'list'],
  ...['interaction0', 'interaction1', 'mixing0', 'mixing1'],
  ...['interaction0/filter', 'interaction1/filter'],
];
const GRADIENTS = [
  ...['edges, gradient', 'readout, gradient'],
  ...['interaction0, gradient', 'interaction1, gradient', 'mixing0, gradient', 'mixing1, gradient'],
];

/**
 * Of the time that a program measures around a session, the profile of the session explains at least so
 * much in the call that was disturbed least; the rest is the way into the library and out of it.
 */
const EXPLAINED = 0.9;

test('a student on ONNX Runtime: every block has its time, and the sums are those of the clock', async () => {
  const profile = await profileStudent(STUDENT, ATOMS, { backend: 'onnx', folder, calls: 12 });
  expect(profile.files).toHaveLength(1);
  const [{ path, span }] = profile.files;
  const session = await readTrace(path);
  const outside = profile.spans.filter(({ name }) => name === span);
  const inside = session.events.filter(({ name }) => name === 'model_run');
  expect(inside).toHaveLength(outside.length);
  const explained = inside.map(
    ({ duration }, k) => duration / (1e3 * (outside[k].end - outside[k].start)),
  );
  expect(Math.max(...explained)).toBeGreaterThan(EXPLAINED);
  // Whole microseconds in the file.
  expect(Math.max(...explained)).toBeLessThan(1.01);

  const program = traceOfSpans(profile.spans, { run: CALL_SPAN });
  const trace = insertTrace(program, session, { outer: span, inner: 'model_run' });
  if (trace === undefined) throw new Error('the session has not run as often as it was called');
  expectValidFormat(chromeTrace(trace));
  const { rows, overhead, wall, runs, dropped } = hotspots(trace, { by: 'block' });
  expect(runs + dropped).toBe(12);
  const names = rows.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...BLOCKS, ...GRADIENTS]));
  // All nodes of a student are in a block.
  expect(names.filter((name) => name.startsWith('outside'))).toEqual([]);
  const sum = [...rows, ...overhead].reduce((total, { time }) => total + time, 0);
  expect(Math.abs(sum - wall) / wall).toBeLessThan(1e-6);
  expect(overhead.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['ONNX Runtime, between operators', span, CALL_SPAN]),
  );

  const work = roofline(session, { flops: 1e11, bandwidth: 1e10 }, { by: 'block' });
  expect(work.unknown).toBe(0);
  expect(work.points.find(({ name }) => name === 'interaction0')?.flops).toBeGreaterThan(0);
});

test('a fused student: stages are in the same blocks', async () => {
  const profile = await profileStudent(STUDENT, ATOMS, { backend: 'fused', calls: 12 });
  expect(profile.files).toEqual([]);
  const trace = traceOfSpans(profile.spans, { run: CALL_SPAN });
  const { rows, overhead, wall } = hotspots(trace, { by: 'block' });
  expect(new Set(rows.map(({ name }) => name))).toEqual(
    new Set([
      ...['edges', 'interaction0', 'interaction1', 'mixing0', 'mixing1'],
      ...['interaction0, gradient', 'interaction1, gradient', 'mixing0, gradient'],
      ...['embedding, gradient', 'edges, gradient'],
    ]),
  );
  const sum = [...rows, ...overhead].reduce((total, { time }) => total + time, 0);
  expect(Math.abs(sum - wall) / wall).toBeLessThan(1e-6);
});

test('traces that do not belong together are not put together', () => {
  const spans = [{ name: 'session', start: 0, end: 1 }];
  const outer = traceOfSpans(spans);
  const inner = traceOfSpans([...spans, ...spans]);
  expect(insertTrace(outer, inner, { outer: 'session', inner: 'session' })).toBeUndefined();
  expect(insertTrace(outer, inner, { outer: 'none', inner: 'none' })).toBeUndefined();
});

test('what a device did moves with the clock of its launches', () => {
  const outer = traceOfSpans([{ name: 'session', start: 10, end: 11 }]);
  const inner = {
    ...traceOfSpans([{ name: 'model_run', start: 0, end: 0.8 }]),
    tracks: [
      { process: 'p', thread: 'main', kind: 'cpu' as const },
      { process: 'd', thread: 'stream', kind: 'gpu' as const },
    ],
    phases: [{ name: 'step', track: 0, start: 0, duration: 800 }],
  };
  const kernel = {
    ...{ name: 'k', category: 'Kernel', track: 1, start: 500, duration: 90, args: {} },
    ...{ operator: 'MatMul', launch: 300 },
  };
  const trace = insertTrace(
    outer,
    { ...inner, events: [...inner.events, kernel] },
    { outer: 'session', inner: 'model_run' },
  );
  expect(trace?.events.at(-1)).toMatchObject({ track: 2, start: 10_600, launch: 10_400 });
  expect(trace?.phases).toEqual([{ name: 'step', track: 0, start: 10_100, duration: 800 }]);
});
