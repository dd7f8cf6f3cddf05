import { spawn } from 'node:child_process';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import { compactShards, Dataset, readLabelFolder } from '../src/index.ts';
import type { LabelSummary } from '../src/index.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const loader = fileURLToPath(new URL('./support/tsLoader.mjs', import.meta.url));
const worker = fileURLToPath(new URL('./support/labelChild.ts', import.meta.url));

/** Runs the child until it ends, or is killed `lifetime` ms after it began to work. */
async function label(
  target: string,
  pause: number,
  lifetime?: number,
): Promise<LabelSummary | undefined> {
  const child = spawn(
    process.execPath,
    ['--conditions=@mlffd/source', `--import=${loader}`, worker, target, String(pause)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '' && lifetime !== undefined)
      timer = setTimeout(() => child.kill('SIGKILL'), lifetime);
    output += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  return code === 0 ? (JSON.parse(output.slice('ready\n'.length)) as LabelSummary) : undefined;
}

/** Milliseconds per structure in the child: slow enough that a kill finds it at work. */
const PAUSE = 8;

test('a labelling run killed again and again ends with the labels of one that was not', async () => {
  const [calm, killed] = [join(folder, 'calm'), join(folder, 'killed')];
  const whole = (await label(calm, 0))!;
  expect(whole.labelled + whole.failed.length).toBe(60);
  expect(whole.failed.length).toBeGreaterThan(0);

  const rng = new Rng(20, 'kill');
  let kills = 0;
  let done = 0;
  let summary: LabelSummary | undefined;
  while (summary === undefined) {
    summary = await label(killed, PAUSE, kills < 5 ? 20 + rng.integer(150) : undefined);
    if (summary !== undefined) break;
    kills++;
    const { labelled, failed } = readLabelFolder(killed);
    // Nothing that was once finished is ever lost.
    expect(labelled + failed.length).toBeGreaterThanOrEqual(done);
    done = labelled + failed.length;
  }
  expect(kills).toBeGreaterThanOrEqual(3);
  expect(summary.labelled).toBe(whole.labelled);
  expect(summary.failed).toEqual(whole.failed);
  expect(summary.computed + summary.skipped).toBe(60);

  const first = await compactShards(calm, join(folder, 'calm.h5'));
  const second = await compactShards(killed, join(folder, 'killed.h5'));
  expect(second.hash).toBe(first.hash);
  const [a, b] = [await Dataset.open(first.path), await Dataset.open(second.path)];
  expect([...b]).toEqual([...a]);
  a.close();
  b.close();
});

test('what a kill can leave is cleared away, and half a line of the journal does not count', async () => {
  const target = join(folder, 'leftovers');
  const before = (await label(target, 0))!;
  const { shards } = readLabelFolder(target);
  writeFileSync(join(target, 'shard-000099.h5'), 'renamed, but not yet in the journal');
  writeFileSync(join(target, 'shard-000098.h5.tmp'), 'half written');
  writeFileSync(join(target, 'lock.json'), '{"pid":');
  appendFileSync(join(target, 'journal.jsonl'), '{"batch":15,"labelled":[["s5');
  const after = (await label(target, 0))!;
  expect(after).toMatchObject({ labelled: before.labelled, computed: 0, skipped: 60 });
  expect(readdirSync(target).sort()).toEqual(
    [
      ...shards.map((path) => path.slice(target.length + 1)),
      'journal.jsonl',
      'manifest.json',
    ].sort(),
  );
});
