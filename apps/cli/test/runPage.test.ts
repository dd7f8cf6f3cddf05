import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mlffd } from './support/mlffd.ts';

let run: string;

beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'mlffd-run-'));
});
afterEach(() => {
  rmSync(run, { recursive: true, force: true });
});

const line = (step: number): string =>
  `${JSON.stringify({ step, epoch: 0, loss: 1 / step, learningRate: 1e-3, gradientNorm: 1 })}\n`;
const epoch = (step: number, n: number): string =>
  `${JSON.stringify({ epoch: n, step, loss: 1, validation: { force_mae_meV_A: 50 } })}\n`;

/** A run of two epochs of two steps, of which the first is done. */
function start(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const config = { version: '0.1.0', config: { epochs: 2, logEvery: 1 } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'log.jsonl'), line(1) + line(2) + epoch(2, 1));
}

function finish(folder: string): void {
  appendFileSync(join(folder, 'log.jsonl'), line(3) + line(4) + epoch(4, 2));
  writeFileSync(join(folder, 'curve.json'), JSON.stringify([{ step: 2 }, { step: 4 }]));
}

/** Waits until a file is there. */
async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((done) => setTimeout(done, 5));
}

describe('run page', () => {
  test('writes a page into the folder of the run', async () => {
    start(run);
    const { code, stdout, stderr } = await mlffd(['run', 'page', run]);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain(join(run, 'run.html'));
    expect(readFileSync(join(run, 'run.html'), 'utf8')).toContain('http-equiv="refresh"');
  });

  test('finds the training inside a run of distill', async () => {
    start(join(run, 'stages', 'train-1', 'training'));
    const out = join(run, 'pages', 'page.html');
    const { code } = await mlffd(['run', 'page', run, '-o', out]);
    expect(code).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('<title>train-1</title>');
  });

  test('follows a run to its end', async () => {
    start(run);
    const page = join(run, 'run.html');
    const job = mlffd(['run', 'page', run, '--follow', '--every', '0.02']);
    await appears(page);
    finish(run);
    const { code, stdout } = await job;
    expect(code).toBe(0);
    expect(stdout).toContain('The run has ended.');
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('2 of 2');
    expect(html).not.toContain('http-equiv="refresh"');
  });

  test('stops following when it is asked to', async () => {
    start(run);
    const controller = new AbortController();
    const job = mlffd(['run', 'page', run, '--follow'], controller.signal);
    await appears(join(run, 'run.html'));
    controller.abort();
    const { code, stdout } = await job;
    expect(code).toBe(0);
    expect(stdout).toContain('Stopped; the run goes on.');
  });

  test('tells where no run is', async () => {
    const { code, stderr } = await mlffd(['run', 'page', run]);
    expect(code).toBe(1);
    expect(stderr).toContain('report/no-run');
  });
});

describe('run tensorboard', () => {
  const events = (): Buffer => {
    const [name] = readdirSync(join(run, 'tensorboard'));
    expect(name).toMatch(/tfevents/);
    return readFileSync(join(run, 'tensorboard', name));
  };
  const count = (bytes: Buffer): number => {
    let records = 0;
    for (let at = 0; at < bytes.length; records++) at += Number(bytes.readBigUInt64LE(at)) + 16;
    return records;
  };

  test('writes the log as one event file, the same each time', async () => {
    start(run);
    const { code, stdout, stderr } = await mlffd(['run', 'tensorboard', run]);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain('3 lines');
    // A version and three lines.
    const first = events();
    expect(count(first)).toBe(4);
    await mlffd(['run', 'tensorboard', run]);
    expect(events().equals(first)).toBe(true);
  });

  test('follows a run to its end and misses nothing', async () => {
    start(run);
    const job = mlffd(['run', 'tensorboard', run, '--follow', '--every', '0.02']);
    await appears(join(run, 'tensorboard', 'events.out.tfevents.0000000000.mlffd'));
    finish(run);
    const { code, stdout } = await job;
    expect(code).toBe(0);
    expect(stdout).toContain('The run has ended.');
    expect(count(events())).toBe(7);
    expect(events().includes('validation/force_mae_meV_A')).toBe(true);
  });
});
