import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import { Dataset, readLabelFolder } from '../src/index.ts';
import type { LabelSummary } from '../src/index.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

/** Structures, and structures per shard, of the child. */
const COUNT = 40;
const SHARD_SIZE = 4;
/** Results that two calls at once may have in hand beside the shard that is filled: four each. */
const IN_HAND = 8;

const child = fileURLToPath(new URL('./support/labelChild.mjs', import.meta.url));

interface Outcome {
  readonly summary: LabelSummary;
  readonly hash: string;
}

/** Runs the child until it ends, dies at `point`, or is killed `lifetime` ms after it began. */
async function label(
  target: string,
  { point = 'never', pause = 0, lifetime }: { point?: string; pause?: number; lifetime?: number },
): Promise<Outcome | undefined> {
  const process_ = spawn(process.execPath, [child, target, point, String(pause)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  process_.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '' && lifetime !== undefined)
      timer = setTimeout(() => process_.kill('SIGKILL'), lifetime);
    output += text;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    process_.on('close', (...end) => {
      resolve(end);
    }),
  );
  clearTimeout(timer);
  expect([code, signal]).toContain(code === 0 ? 0 : 'SIGKILL');
  return code === 0 ? (JSON.parse(output.slice('ready\n'.length)) as Outcome) : undefined;
}

const callsOf = (target: string): number =>
  !existsSync(`${target}.calls`)
    ? 0
    : readFileSync(`${target}.calls`, 'utf8').split('\n').length - 1;

let calm: Outcome;
beforeAll(async () => {
  calm = (await label(join(folder, 'calm'), {}))!;
});

test('a run that nobody disturbs labels all but the structures that fail', () => {
  expect(calm.summary.labelled + calm.summary.failed.length).toBe(COUNT);
  expect(calm.summary.failed.length).toBeGreaterThan(0);
});

function expectAsCalm({ summary, hash }: Outcome, target: string): void {
  expect(hash).toBe(calm.hash);
  expect(summary.labelled).toBe(calm.summary.labelled);
  expect(new Set(summary.failed)).toEqual(new Set(calm.summary.failed));
  expect(summary.computed + summary.skipped).toBe(COUNT);
  const { entries } = readLabelFolder(target);
  const ids = entries.flatMap((entry) => [
    ...entry.labelled.map(([id]) => id),
    ...entry.failed.map(({ id }) => id),
  ]);
  expect(ids).toHaveLength(COUNT);
  expect(new Set(ids).size).toBe(COUNT);
  expect(readdirSync(target).filter((name) => /tmp|lock/.test(name))).toEqual([]);
}

const POINTS = [
  'before the manifest',
  'while computing',
  'in a shard',
  'before a shard is flushed',
  'before a shard has its name',
  'between shard and journal',
  'in the journal',
  'after the journal',
  'in the compaction',
  'before the dataset has its name',
  'after the dataset has its name',
];

describe('killed', () => {
  test('at every point, one after the other, a run loses a shard at most', async () => {
    const target = join(folder, 'points');
    let done = 0;
    for (const point of POINTS) {
      const before = callsOf(target);
      expect([point, await label(target, { point })]).toEqual([point, undefined]);
      if (!existsSync(join(target, 'manifest.json'))) continue;
      const { labelled, failed } = readLabelFolder(target);
      const gained = labelled + failed.length - done;
      expect([point, gained >= 0]).toEqual([point, true]);
      const lost = callsOf(target) - before - gained;
      expect([point, lost >= 0 && lost <= SHARD_SIZE + IN_HAND]).toEqual([point, true]);
      done += gained;
    }
    const outcome = (await label(target, {}))!;
    expect(outcome.summary.skipped).toBe(COUNT);
    expectAsCalm(outcome, target);
    const dataset = await Dataset.open(join(target, 'all.h5'));
    dataset.verify();
    dataset.close();
  });

  test('again and again at any moment, as well', async () => {
    const target = join(folder, 'again');
    const rng = new Rng(20, 'kill');
    let kills = 0;
    let done = 0;
    let outcome: Outcome | undefined;
    while (outcome === undefined) {
      const lifetime = 10 + rng.integer(60);
      outcome = await label(target, { pause: 20, ...(kills < 3 ? { lifetime } : {}) });
      if (outcome !== undefined) break;
      kills++;
      if (!existsSync(join(target, 'manifest.json'))) continue;
      const { labelled, failed } = readLabelFolder(target);
      // Nothing that was once finished is ever lost.
      expect(labelled + failed.length).toBeGreaterThanOrEqual(done);
      done = labelled + failed.length;
    }
    expect(kills).toBe(3);
    expectAsCalm(outcome, target);
  });
});

test('what a kill can leave is cleared away, and half a line of the journal does not count', async () => {
  const target = join(folder, 'calm');
  const { shards } = readLabelFolder(target);
  writeFileSync(join(target, 'shard-000099.h5'), 'renamed, but not yet in the journal');
  writeFileSync(join(target, 'shard-000098.h5.tmp'), 'half written');
  writeFileSync(join(target, 'lock.json'), '{"pid":');
  appendFileSync(join(target, 'journal.jsonl'), '{"batch":15,"labelled":[["s5');
  const { summary } = (await label(target, {}))!;
  expect(summary).toMatchObject({ labelled: calm.summary.labelled, computed: 0, skipped: COUNT });
  expect(readdirSync(target).sort()).toEqual(
    [
      ...shards.map((path) => path.slice(target.length + 1)),
      'all.h5',
      'journal.jsonl',
      'manifest.json',
    ].sort(),
  );
});
