import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FileFormatError, FileSystemError } from '@mlffd/core';
import { LogFollower } from '../src/run/logFollower.ts';
import { metricName } from '../src/run/metricNames.ts';
import { readRun } from '../src/run/readRun.ts';
import { parseRunLog } from '../src/run/runLog.ts';
import { bestEpoch, runState } from '../src/run/runState.ts';
import { EPOCH_LINE, exampleLog, STEP_LINE, withRun, type ExampleRun } from './runExample.ts';

const SOON = 2_010_000;

const stateOf = async (run: ExampleRun, now = SOON): Promise<ReturnType<typeof runState>> =>
  withRun(run, (folder) => runState(readRun(folder), now));

describe('how far a run is', () => {
  test('after its last epoch', async () => {
    const state = await stateOf({ lines: exampleLog(4), curve: [{ step: 400 }] });
    expect(state).toMatchObject({ phase: 'completed', step: 400, steps: 400, epoch: 4, epochs: 4 });
    expect(state.secondsLeft).toBeUndefined();
    const bySteps = { config: { epochs: undefined, steps: 400 }, lines: exampleLog(4) };
    expect((await stateOf({ ...bySteps, curve: [{ step: 400 }] })).phase).toBe('completed');
  });

  test('ended early, and going on afterwards', async () => {
    const ended = { lines: exampleLog(2), curve: [{ step: 200 }] };
    expect((await stateOf(ended)).phase).toBe('stopped');
    expect((await stateOf({ ...ended, lines: exampleLog(3) })).phase).toBe('running');
    // Resumed, but no new line yet.
    expect((await stateOf({ ...ended, started: 2005, updated: 2000 })).phase).toBe('running');
  });

  test('with the rate of its checkpoints and the time that is left', async () => {
    const run = { lines: exampleLog(2), checkpoints: { 0: 1001, 100: 1500 } };
    const state = await stateOf(run);
    expect(state.phase).toBe('running');
    // 200 steps in 999 s.
    expect(state.rate).toBeCloseTo(200 / 999, 9);
    expect(state.secondsLeft).toBeCloseTo(999, 6);
    expect(state.secondsSilent).toBe(10);
    // Went on from step 100 at 1000 s; a pause before that does not count.
    const resumed = await stateOf({ ...run, checkpoints: { 50: 20, 100: 30 } });
    expect(resumed.rate).toBeCloseTo(100 / 1000, 9);
  });

  test('with the rate of its lines where they have times, pauses left out', async () => {
    const lines = exampleLog(2).map((line, k) => ({ ...line, time: 1000 * k + (k > 3 ? 1e6 : 0) }));
    const { rate } = await stateOf({ lines });
    // Lines at steps 50, 100, 100, 150 | 200, 200: 100 steps in 4 s that were worked.
    expect(rate).toBeCloseTo(100 / 4, 9);
  });

  test('silent for long', async () => {
    const run = { lines: exampleLog(2) };
    expect((await stateOf(run, 2_290_000)).phase).toBe('running');
    expect((await stateOf(run, 2_310_000)).phase).toBe('silent');
    // A run that logs every 500 s.
    const slow = { ...run, checkpoints: { 100: 1000 } };
    expect((await stateOf(slow, 2_310_000)).phase).toBe('running');
  });

  test('before anything was logged', async () => {
    const state = await stateOf({}, 1_001_000);
    expect(state).toMatchObject({ phase: 'running', step: 0, epoch: 0 });
    expect(state.steps).toBeUndefined();
    expect(state.rate).toBeUndefined();
  });
});

test('the best epoch is that with the smallest metric of the configuration', async () => {
  const best = async (run: ExampleRun): Promise<ReturnType<typeof bestEpoch>> =>
    withRun(run, (folder) => bestEpoch(readRun(folder)));
  const lines = exampleLog(4);
  expect(await best({ lines })).toMatchObject({ epoch: 3, value: 20, since: 1 });
  // A sum of several cannot be told from the log: the error of forces stands for it.
  const several = { validation: { metric: { energy: 1, forces: 1, stress: 0 } } };
  expect(await best({ lines, config: several })).toMatchObject({ metric: 'force_mae_meV_A' });
  expect(await best({ lines: [{ ...EPOCH_LINE, validation: null }] })).toBeUndefined();
});

describe('a log', () => {
  test('is read with what is in the making, damaged or new', () => {
    const text = [
      JSON.stringify(STEP_LINE),
      'no JSON',
      '[]',
      JSON.stringify(EPOCH_LINE),
      '{"step": 120, "outlier": 3}',
      '{"step": 150, "lo',
    ].join('\n');
    const log = parseRunLog(text);
    expect(log.unreadable).toBe(2);
    expect([log.steps.length, log.epochs.length, log.events.length]).toEqual([1, 1, 1]);
    expect(log.lines.length).toBe(3);
  });

  test('is followed line by line, also when a resumed run writes it again', async () => {
    await withRun({}, (folder) => {
      const path = join(folder, 'log.jsonl');
      const line = (step: number, more: object = {}): string =>
        `${JSON.stringify({ ...STEP_LINE, step, ...more })}\n`;
      const follower = new LogFollower(folder);
      const next = (): number[] => follower.next().map(({ step }) => step);
      expect(next()).toEqual([]);
      writeFileSync(path, line(1) + line(2) + '{"step": 3,');
      expect(next()).toEqual([1, 2]);
      appendFileSync(path, '"loss": 1}\n' + line(3, { validation: null }));
      expect(next()).toEqual([3, 3]);
      expect(next()).toEqual([]);
      // Back to step 1, then on: 2 and 3 are known, the second line of 4 comes later.
      rmSync(path);
      writeFileSync(path, line(1));
      expect(next()).toEqual([]);
      appendFileSync(path, line(2) + line(3) + line(3) + line(4));
      expect(next()).toEqual([4]);
      rmSync(path);
      writeFileSync(path, line(1) + line(2) + line(3) + line(3) + line(4) + line(4));
      expect(next()).toEqual([4]);
    });
  });
});

test('a folder without a run, and a damaged one', async () => {
  expect(() => readRun('/nowhere')).toThrow(FileSystemError);
  await withRun({}, (folder) => {
    writeFileSync(join(folder, 'config.json'), '{"version"');
    expect(() => readRun(folder)).toThrow(FileFormatError);
    rmSync(join(folder, 'config.json'));
    expect(() => readRun(folder)).toThrow(folder);
  });
});

test('names of metrics', () => {
  expect(metricName('force_mae_meV_A')).toEqual({ label: 'Force MAE', unit: 'meV/Å' });
  expect(metricName('energy_rmse_meV_atom')).toEqual({ label: 'Energy RMSE', unit: 'meV/atom' });
  expect(metricName('force_r2')).toEqual({ label: 'Force R²' });
  expect(metricName('something new')).toEqual({ label: 'Something new' });
});
