import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PipelineEvent } from '../src/pipeline/progress.ts';
import { lockRun } from '../src/pipeline/runLock.ts';
import { StageRunner, type Stage } from '../src/pipeline/stage.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-stage-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function runner(signal = new AbortController().signal): {
  runner: StageRunner;
  events: PipelineEvent[];
} {
  const events: PipelineEvent[] = [];
  return {
    runner: new StageRunner({ folder, signal, total: 2, onEvent: (event) => events.push(event) }),
    events,
  };
}

function counting(
  inputs: unknown,
  version = 1,
): { stage: Stage<{ runs: number }>; runs: () => number } {
  let runs = 0;
  return {
    stage: {
      name: 'count',
      version,
      inputs,
      run: () => Promise.resolve({ runs: ++runs }),
      summarize: (output) => `${output.runs} runs`,
    },
    runs: () => runs,
  };
}

describe('stages', () => {
  test('a stage with the same inputs is not run again', async () => {
    const { stage, runs } = counting({ a: 1, b: [1, 2] });
    const first = await runner().runner.run(stage);
    const { runner: second, events } = runner();
    const again = await second.run(stage);
    expect(runs()).toBe(1);
    expect(again).toMatchObject({ key: first.key, output: { runs: 1 }, reused: true });
    expect(events.map((event) => event.type)).toEqual(['stage-reused']);
  });

  test.each([
    ['inputs', counting({ a: 2 }).stage],
    ['version', counting({ a: 1 }, 2).stage],
  ])('other %s give another key', async (_, other) => {
    const first = await runner().runner.run(counting({ a: 1 }).stage);
    const second = await runner().runner.run(other);
    expect(second.key).not.toBe(first.key);
    expect(second.reused).toBe(false);
  });

  test('a stage that fails leaves no record and keeps its folder', async () => {
    let attempts = 0;
    const stage: Stage<string> = {
      name: 'fragile',
      version: 1,
      inputs: {},
      run: ({ folder: own }) => {
        if (attempts++ === 0) {
          writeFileSync(join(own, 'half.txt'), 'half');
          return Promise.reject(new Error('power cut'));
        }
        return Promise.resolve(existsSync(join(own, 'half.txt')) ? 'went on' : 'began again');
      },
      summarize: (output) => output,
    };
    await expect(runner().runner.run(stage)).rejects.toThrow('power cut');
    const { output } = await runner().runner.run(stage);
    expect(output).toBe('went on');
  });

  test('a truncated record is no record', async () => {
    const { stage, runs } = counting({});
    const { folder: own } = await runner().runner.run(stage);
    writeFileSync(join(own, 'stage.json'), '{"name":"cou');
    await runner().runner.run(stage);
    expect(runs()).toBe(2);
  });

  test('no stage starts after a request to stop', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(runner(controller.signal).runner.run(counting({}).stage)).rejects.toMatchObject({
      name: 'AbortedError',
      code: 'run/stopped',
    });
  });

  test('an unwritable run folder is a typed error', async () => {
    writeFileSync(join(folder, 'stages'), 'a file where the folder should be');
    await expect(runner().runner.run(counting({}).stage)).rejects.toMatchObject({
      code: 'run/not-writable',
    });
  });
});

describe('the lock of a run folder', () => {
  test('keeps a second process out while the first lives', () => {
    // Of a process on another machine nothing can be known, so it counts as alive.
    const owner = { pid: 1, host: 'another machine', space: '', start: '' };
    writeFileSync(join(folder, 'run.lock'), JSON.stringify(owner));
    expect(() => lockRun(folder)).toThrow(
      expect.objectContaining({ code: 'run/locked', hint: expect.stringContaining('--out') }),
    );
  });

  test('is taken over from a process that is gone', () => {
    writeFileSync(join(folder, 'run.lock'), '');
    const release = lockRun(folder);
    release();
    expect(existsSync(join(folder, 'run.lock'))).toBe(false);
  });

  test('says that a folder cannot be written', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => lockRun(join(file, 'run'))).toThrow(
      expect.objectContaining({ code: 'run/not-writable' }),
    );
  });
});
