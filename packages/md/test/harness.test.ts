import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Calculator, createAtoms } from '@mlffd/core';
import {
  type HarnessEvent,
  type HarnessOptions,
  planHarness,
  readRecords,
  readTrajectory,
  runHarness,
  writeRecords,
} from '../src/index.ts';
import { argon, failingSprings, SHORT, SUBJECT, water, waterSprings } from './harnessSystems.ts';
import { smoothLennardJones } from './potentials.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-harness-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const WATER = { name: 'water-3', atoms: water() };

function options(more: Partial<HarnessOptions> = {}): HarnessOptions {
  const calculator = waterSprings();
  return { calculator, subject: SUBJECT, systems: [WATER], settings: SHORT, ...more };
}

describe('runHarness', () => {
  test('measures a molecule that holds together', async () => {
    const { records, leftOut } = await runHarness(options({ trajectories: folder }));
    expect(leftOut).toEqual([]);
    const [record] = records;
    expect(record).toMatchObject({
      schema: 1,
      system: { name: 'water-3', atoms: 3, formula: 'H2O', periodic: false, density: null },
      settings: { ...SHORT, temperature: 300, bondLimit: 0.5, seed: 0 },
      relaxation: null,
      stability: { picoseconds: 0.1, censored: true, reason: null, bonds: 2, during: null },
      latency: { basis: 'run', steps: 190 },
      list: null,
      forces: null,
    });
    // Fast vibrations at half a femtosecond: some meV/atom of ripple, not of drift.
    expect(record.energy!.low).toBeLessThanOrEqual(record.energy!.slope);
    expect(record.energy!.rms).toBeLessThan(10);
    expect(record.temperature!.mean).toBeGreaterThan(10);
    expect(record.energy!.times).toHaveLength(record.temperature!.values.length);
    expect(record.nsPerDay).toBeCloseTo((86.4 * 0.5) / record.latency!.step.mean, 10);
    expect(record.memory!.peak).toBeGreaterThan(1e6);
    const frames = await readTrajectory(join(folder, 'water-3.xyz'));
    expect(frames[0].step).toBe(0);
    expect(frames[frames.length - 1].step).toBe(200);
  });

  test('takes crystals, whose bonds nobody watches, and times lists', async () => {
    const calculator: Calculator = { ...smoothLennardJones(), cutoff: 8 };
    const { records } = await runHarness(
      options({ calculator, systems: [{ name: 'argon', atoms: argon(), relax: true }] }),
    );
    expect(records[0]).toMatchObject({
      system: { periodic: true, formula: 'Ar4', density: expect.closeTo(1.685, 3) },
      relaxation: { converged: true },
      stability: { bonds: 0, censored: true },
      list: { cutoff: 8, skin: 0.5, latency: { count: 199 } },
    });
  });

  test('asks the teacher on frames of the run', async () => {
    const teacher = { calculator: waterSprings(33), hash: 'x' };
    const [{ forces }] = (await runHarness(options({ teacher }))).records;
    expect(forces!.frames).toBeGreaterThan(10);
    expect(forces!.times).toHaveLength(forces!.frames);
    expect(forces!.times[1]).toBeGreaterThan(0);
    // A tenth less stiff: a tenth less force everywhere.
    expect(forces!.forceRmse).toBeGreaterThan(0);
    expect(forces!.forceMax).toBeGreaterThan(forces!.forceMae);
  });

  test.each([
    ['run', 80],
    ['equilibration', 10],
  ] as const)('says when a molecule explodes in its %s', async (during, calls: number) => {
    const { records } = await runHarness(options({ calculator: failingSprings(calls) }));
    const { stability, latency, energy, forces } = records[0];
    expect(stability).toMatchObject({ censored: false, during });
    expect(stability.reason).toMatch(/^md\/(broken-bond|force-limit|too-hot)$/);
    expect(stability.message).toMatch(/bond|force|temperature/);
    expect(stability.picoseconds > 0).toBe(during === 'run');
    expect(stability.picoseconds).toBeLessThan(0.1);
    // The times are those of a free flight.
    expect(latency).toMatchObject({ basis: 'free-flight', steps: 190 });
    expect(energy === null || during === 'run').toBe(true);
    expect(forces).toBeNull();
  });

  test('says so where a calculator has no answer at all', async () => {
    const calculator: Calculator = {
      ...waterSprings(),
      calculate: () => ({ energy: NaN, forces: new Float64Array(9).fill(NaN) }),
    };
    const { records } = await runHarness(options({ calculator }));
    expect(records[0].stability).toMatchObject({ reason: 'md/non-finite', picoseconds: 0 });
    const relaxed = await runHarness(options({ calculator, systems: [{ ...WATER, relax: true }] }));
    expect(relaxed.records[0].stability.during).toBe('relaxation');
    expect(relaxed.records[0].latency?.basis ?? 'free-flight').toBe('free-flight');
  });

  test('a failure of the calculator is no result', async () => {
    const calculator: Calculator = {
      ...waterSprings(),
      calculate: () => {
        throw new RangeError('broken pipe');
      },
    };
    await expect(runHarness(options({ calculator }))).rejects.toThrow('broken pipe');
  });

  test('leaves out what the calculator does not know', async () => {
    const events: HarnessEvent[] = [];
    const alone = { name: 'one', atoms: createAtoms({ symbols: ['O'], positions: [0, 0, 0] }) };
    const { records, leftOut } = await runHarness(
      options({
        systems: [{ name: 'argon', atoms: argon() }, alone, WATER],
        onEvent: (event) => void events.push(event),
      }),
    );
    expect(records.map(({ system }) => system.name)).toEqual(['water-3']);
    expect(leftOut).toEqual([
      { system: 'argon', reason: 'springs was not trained on Ar' },
      { system: 'one', reason: 'a single atom does not move' },
    ]);
    expect(events.map(({ type }) => type)).toEqual(['left-out', 'left-out', 'started', 'finished']);
  });

  test.each([['a/b'], ['.hidden'], ['']])('refuses a system named %j', (name) => {
    expect(() => planHarness(options({ systems: [{ ...WATER, name }] }))).toThrow(
      expect.objectContaining({ code: 'md/invalid-option' }),
    );
  });

  test('refuses two systems of one name', () => {
    expect(() => planHarness(options({ systems: [WATER, WATER] }))).toThrow('named water-3');
  });

  test.each([
    [{ picoseconds: 0.001 }, 'too short'],
    [{ timestep: 0 }, 'timestep'],
    [{ equilibration: -1 }, 'negative'],
    [{ warmup: 1.5 }, 'warmup'],
  ])('refuses %j', (settings, message) => {
    expect(() => planHarness(options({ settings }))).toThrow(message);
  });
});

describe('an interrupted run', () => {
  const systems = [WATER, { name: 'second', atoms: water(), relax: true }];

  test('goes on with the systems that it has not done', async () => {
    const file = join(folder, 'results.json');
    const controller = new AbortController();
    const first = runHarness(
      options({
        systems,
        file,
        signal: controller.signal,
        onEvent: ({ type }) => {
          if (type === 'finished') controller.abort();
        },
      }),
    );
    await expect(first).rejects.toMatchObject({ name: 'AbortedError' });
    const left = readdirSync(folder);
    expect(left).toEqual([expect.stringMatching(/^results\.json\.[0-9a-f]{16}\.partial$/)]);
    const [kept] = readRecords(join(folder, left[0]), 'mlffd-benchmark');

    // Another task does not take it over.
    const other = await runHarness(options({ systems, file, settings: { ...SHORT, seed: 4 } }));
    other.finish();
    expect(readdirSync(folder)).toEqual(left);

    const types: string[] = [];
    const second = await runHarness(
      options({ systems, file, onEvent: ({ type }) => void types.push(type) }),
    );
    expect(types).toEqual(['reused', 'started', 'finished']);
    expect(second.records[0]).toEqual(kept);
    expect(second.records.map(({ system }) => system.name)).toEqual(['water-3', 'second']);
    writeRecords(file, 'mlffd-benchmark', second.records);
    second.finish();
    expect(readdirSync(folder)).toEqual(['results.json']);
    expect(readRecords(file, 'mlffd-benchmark')).toEqual(second.records);
  });

  test('a damaged file of finished systems is refused and left', async () => {
    const file = join(folder, 'results.json');
    const run = await runHarness(options({ file }));
    const partial = join(folder, readdirSync(folder)[0]);
    const half = readFileSync(partial, 'utf8').slice(0, 300);
    writeFileSync(partial, half);
    await expect(runHarness(options({ file }))).rejects.toMatchObject({
      code: 'md/invalid-records',
      where: partial,
    });
    expect(readFileSync(partial, 'utf8')).toBe(half);
    expect(run.records).toHaveLength(1);
  });

  test('a place that cannot be written to is found before the first system', async () => {
    writeFileSync(join(folder, 'file'), '');
    const types: string[] = [];
    const run = runHarness(
      options({
        file: join(folder, 'file', 'results.json'),
        onEvent: ({ type }) => void types.push(type),
      }),
    );
    await expect(run).rejects.toMatchObject({ name: 'FileSystemError' });
    expect(types).toEqual([]);
    mkdirSync(join(folder, 'water-3.xyz'));
    await expect(runHarness(options({ trajectories: folder }))).rejects.toMatchObject({
      code: 'fs/is-a-directory',
    });
  });
});
