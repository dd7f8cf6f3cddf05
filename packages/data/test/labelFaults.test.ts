import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { CalculatorPool, createAtoms, ThreadCalculator } from '@mlffd/core';
import type { ThreadCalculatorOptions } from '@mlffd/core';
import { testOnSmallDisk } from '@mlffd/test-support/smallDisk';
import { compactShards, Dataset, labelStructures, readLabelFolder } from '../src/index.ts';
import type { LabelEvent, LabelOptions, Structure, StructureUnit } from '../src/index.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeStructures, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);
let count = 0;
const newFolder = () => join(folder, `labels-${count++}`);

const module = new URL('./support/threadTeachers.mjs', import.meta.url);
let pool: CalculatorPool | undefined;
afterEach(async () => {
  await pool?.dispose();
  pool = undefined;
});

async function moody(
  threads: number,
  options: Partial<ThreadCalculatorOptions> = {},
): Promise<CalculatorPool> {
  const start = { module, factory: 'moody', ...options };
  const copies = Array.from({ length: threads }, () => ThreadCalculator.start(start));
  pool = new CalculatorPool(await Promise.all(copies));
  return pool;
}

/** Elements of the first atoms that make the teacher misbehave; see support/threadTeachers.mjs. */
const MOODS: Readonly<Record<number, number>> = { 3: 2, 8: 3, 14: 4, 15: 4, 21: 5 };

const structures: Structure[] = makeStructures(30).map(({ atoms, meta }, k) => ({
  meta,
  atoms: createAtoms({
    ...atoms,
    numbers: atoms.numbers.map((z, i) => (i === 0 ? (MOODS[k] ?? z) : z)),
  }),
}));

test.each([1, 2])(
  'a teacher that answers NaN, hangs, or dies costs those structures only, with %d threads',
  async (threads) => {
    const target = newFolder();
    const log = `${target}.log`;
    const calculator = await moody(threads, { args: [{ log }], timeout: 0.3 });
    const events: LabelEvent[] = [];
    const options: LabelOptions = {
      structures,
      calculator,
      folder: target,
      shardSize: 7,
      minSuccess: 0.8,
      onEvent: (event) => events.push(event),
    };
    const summary = await labelStructures(options);
    expect(summary.labelled).toBe(26);
    expect(summary.failed.map(({ id, code, attempts }) => [id, code, attempts])).toEqual([
      ['s3', 'data/non-finite', 1],
      ['s8', 'core/calculator-timeout', 2],
      ['s14', 'core/calculator-died', 2],
      ['s15', 'core/calculator-died', 2],
    ]);
    // Beside those three, the one that dies of its first call only.
    expect(summary.retries).toBe(4);
    expect(events.filter(({ type }) => type === 'retry')).toHaveLength(4);
    const journal = readFileSync(join(target, 'journal.jsonl'), 'utf8');
    expect(journal).toContain('"message":"energy[0] is NaN"');
    expect(journal).toContain('did not answer within 0.3 s');
    expect(journal).toContain('exit code 1');
    // The same as without threads, structure by structure.
    const { path } = await compactShards(target, `${target}.h5`);
    const dataset = await Dataset.open(path);
    const good = structures.filter((_, k) => !(k in MOODS) || MOODS[k] === 5);
    expect([...dataset].map(({ meta, energy }) => [meta.id, energy])).toEqual(
      good.map(({ atoms, meta }) => [
        meta.id,
        0.5 * atoms.positions.reduce((sum, x) => sum + x * x, 0),
      ]),
    );
    dataset.close();
  },
);

test('a teacher that cannot be started again ends the run, and no structure is to blame', async () => {
  const target = newFolder();
  const broken = `${target}.mjs`;
  writeFileSync(broken, `export { moody } from ${JSON.stringify(module.href)};`);
  const calculator = await moody(1, { module: `file://${broken}`, maxStarts: 2 });
  rmSync(broken);
  const options = { structures, calculator, folder: target, shardSize: 7, minSuccess: 0.8 };
  // The tenth kills the thread by running out of time.
  const run = labelStructures({ ...options, timeout: 0.5 });
  await expect(run).rejects.toMatchObject({ code: 'core/calculator-unavailable' });
  const { labelled, failed } = readLabelFolder(target);
  expect(labelled).toBe(7);
  expect(failed.map(({ code }) => code)).toEqual(['data/non-finite']);
  const log = `${target}.log`;
  const healthy = await moody(1, { args: [{ log }], timeout: 0.3 });
  const summary = await labelStructures({ ...options, calculator: healthy });
  expect(summary).toMatchObject({ labelled: 26, skipped: 8 });
});

describe('a disk that is full under the journal', () => {
  testOnSmallDisk(
    'costs the shard in flight, and the run goes on when there is room',
    '4k',
    async (disk) => {
      const target = join(disk.folder, 'elsewhere');
      const labels = newFolder();
      const many = makeStructures(80);
      const run = () =>
        labelStructures({
          structures: many,
          calculator: new PairPotential(),
          folder: labels,
          shardSize: 8,
        });
      // The journal alone is on the small disk: one page, which is full after some lines.
      await expect(
        labelStructures({
          structures: many,
          calculator: new PairPotential(),
          folder: labels,
          signal: AbortSignal.abort(),
        }),
      ).rejects.toMatchObject({ code: 'data/aborted' });
      rmSync(join(labels, 'journal.jsonl'));
      symlinkSync(target, join(labels, 'journal.jsonl'));
      await expect(run()).rejects.toMatchObject({ name: 'FileSystemError', code: 'fs/disk-full' });
      const { labelled } = readLabelFolder(labels);
      expect(labelled).toBeGreaterThan(0);
      expect(labelled % 8).toBe(0);
      disk.resize('1m');
      const summary = await run();
      expect(summary).toMatchObject({ labelled: 80, skipped: labelled });
      const calm = newFolder();
      await labelStructures({ structures: many, calculator: new PairPotential(), folder: calm });
      expect((await compactShards(labels, `${labels}.h5`)).hash).toBe(
        (await compactShards(calm, `${calm}.h5`)).hash,
      );
    },
  );
});

describe('a damaged shard', () => {
  const damages: [string, (path: string) => void][] = [
    ['gone', rmSync],
    [
      'cut off',
      (path) => {
        writeFileSync(path, readFileSync(path).subarray(0, 999));
      },
    ],
    [
      'with changed bytes',
      (path) => {
        const bytes = readFileSync(path);
        // Beyond the headers, over all chunks of data.
        for (let k = 2000; k < bytes.length; k += 97) bytes[k] ^= 0x55;
        rmSync(path);
        writeFileSync(path, bytes);
      },
    ],
  ];
  test.each(damages)('%s is labelled again when that is asked for', async (_name, damage) => {
    const target = newFolder();
    const [calculator, calm] = [new PairPotential(), newFolder()];
    const options = { structures: makeStructures(25), calculator, shardSize: 10 };
    await labelStructures({ ...options, folder: calm });
    await labelStructures({ ...options, folder: target });
    damage(readLabelFolder(target).shards[1]);
    const events: LabelEvent[] = [];
    const onEvent = (event: LabelEvent) => events.push(event);
    const summary = await labelStructures({ ...options, folder: target, repair: true, onEvent });
    expect(summary).toMatchObject({ labelled: 25, skipped: 15, computed: 10, shards: 3 });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'damaged', file: 'shard-000001.h5' }),
    );
    expect(readFileSync(join(target, 'journal.jsonl'), 'utf8')).toContain('"dropped":{"batch":1');
    expect((await compactShards(target, `${target}.h5`)).hash).toBe(
      (await compactShards(calm, `${calm}.h5`)).hash,
    );
    // And nothing is left to repair.
    const again = await labelStructures({ ...options, folder: target, repair: true });
    expect(again).toMatchObject({ labelled: 25, skipped: 25 });
  });

  test('that is missing says what to do', async () => {
    const target = newFolder();
    const options = {
      structures: makeStructures(5),
      calculator: new PairPotential(),
      folder: target,
    };
    await labelStructures(options);
    rmSync(readLabelFolder(target).shards[0]);
    await expect(labelStructures(options)).rejects.toMatchObject({
      code: 'data/bad-shard',
      hint: expect.stringContaining('repair: true'),
    });
    expect(existsSync(join(target, 'lock.json'))).toBe(false);
  });

  test('of a unit makes the unit again', async () => {
    const target = newFolder();
    const all = makeStructures(12);
    const made: string[] = [];
    const units: StructureUnit[] = ['a', 'b', 'c'].map((unit, u) => ({
      unit,
      make: () => {
        made.push(unit);
        return all.slice(4 * u, 4 * u + 4);
      },
    }));
    const options = { structures: units, calculator: new PairPotential(), folder: target };
    await labelStructures(options);
    const { hash } = await compactShards(target, `${target}-1.h5`);
    rmSync(readLabelFolder(target).shards[1]);
    expect(await labelStructures({ ...options, repair: true })).toMatchObject({ labelled: 12 });
    expect(made).toEqual(['a', 'b', 'c', 'b']);
    expect((await compactShards(target, `${target}-2.h5`)).hash).toBe(hash);
  });
});
