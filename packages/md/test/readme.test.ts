import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as core from '@mlffd/core';
import * as md from '../src/index.ts';
import { argonCluster, openLennardJones } from './potentials.ts';

/** The code blocks of the README that have these words in them, with file names moved into `folder`. */
function example(folder: string, ...words: readonly string[]): string {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
  return words
    .map((word) => blocks.find((code) => code.includes(word)) ?? '')
    .join('\n')
    .replace(/import \{([^}]*)\} from '@mlffd\/(\w+)';/g, 'const {$1} = $2;')
    .replaceAll(/'((?:n2|unseen)\.[a-z.]+|stopped)'/g, (_, name: string) =>
      JSON.stringify(join(folder, name)),
    );
}

const AsyncFunction = (async () => Promise.resolve()).constructor as FunctionConstructor;

/** Runs code with what it takes for granted; returns what it prints. */
async function printedBy(code: string, given: Record<string, unknown> = {}): Promise<unknown[][]> {
  const printed: unknown[][] = [];
  const console = { log: (...values: unknown[]) => void printed.push(values) };
  const all = { core, md, console, ...given };
  const run = new AsyncFunction(...Object.keys(all), code) as (
    ...values: unknown[]
  ) => Promise<void>;
  await run(...Object.values(all));
  return printed;
}

test('the examples of runs and trajectories do what they say', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-md-'));
  const printed = await printedBy(example(folder, 'runNve(', 'createTrajectory('));
  expect(printed[0][0]).toBe(3000);
  expect(printed[1][0]).toMatch(/ meV\/atom\/ps, 95 % between /);
  const trajectory = await md.readTrajectory(join(folder, 'n2.xyz'));
  expect(trajectory.map((frame) => frame.step)).toEqual(
    Array.from({ length: 21 }, (_, k) => 100 * k),
  );
  // One millionth of the 26 meV of thermal energy per femtosecond would be 26.
  expect(Math.abs(Number.parseFloat(String(printed[1][0])))).toBeLessThan(0.1);
  // Of the frames at steps 2001, 2011 ... 2491 those up to 2291 are left.
  expect(printed[2]).toEqual([30, expect.any(Number)]);
  rmSync(folder, { recursive: true });
});

const student = openLennardJones({ epsilon: 0.0094, sigma: 3.38 });
const teacher = openLennardJones();
const atoms = argonCluster();

test('the example of multiple time steps', async () => {
  const frames: md.MdFrame[] = [];
  const onFrame = (frame: md.MdFrame): void => void frames.push(frame);
  const code = example('', 'respa(').replace('10_000', '500');
  await printedBy(code, { student, teacher, atoms, onFrame });
  expect(frames).toHaveLength(501);
  expect(frames[500].time).toBe(2000);
  const label = teacher.calculate(frames[500].atoms, ['energy', 'forces']);
  expect(label).toMatchObject({ energy: frames[500].energy });
});

test('the example of guards', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-md-'));
  const builder = new core.DomainBuilder();
  builder.add(atoms);
  const knowing = { ...student, domain: builder.domain() };
  await printedBy(example(folder, 'toLabel'), { student: knowing, teacher, atoms });
  // At 300 K the cluster evaporates: atoms without neighbours were not in training.
  const unseen = await md.readTrajectory(join(folder, 'unseen.xyz'));
  expect(unseen.length).toBeGreaterThan(100);
  expect(teacher.calculate(unseen[50].atoms, ['energy'])).toMatchObject({
    energy: unseen[50].energy,
  });
  rmSync(folder, { recursive: true });
});

/** cm^-1. */
const README_FREQUENCY = 1079.3;

test('the example of the measurements does what it says', async () => {
  const [[frequencies, moved], [flips, minima, spikes]] = (await printedBy(
    example('', 'harmonicFrequencies('),
  )) as [[number[], number], [number, md.CurvePoint[], number[]]];
  // sqrt(k / mu) / 2 pi c.
  expect(frequencies).toHaveLength(1);
  expect(Math.abs(frequencies[0] - README_FREQUENCY)).toBeLessThan(0.1);
  expect(moved).toBeCloseTo(0.025, 2);
  expect([flips, minima.length, spikes]).toEqual([1, 1, []]);
});

test('the example of a validation finds the student too soft', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-md-'));
  const [[figure], [verdict]] = await printedBy(example(folder, 'validationSettings'));
  expect(figure).toMatchObject({ key: 'force-rmse', status: 'fail' });
  expect(verdict).toMatchObject({ useCase: 'short-md', answer: 'no', passed: false });
  rmSync(folder, { recursive: true });
});
